"""Every route as every actor, against the written matrix of doors.toml; a route that is missing there fails."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import Session, SQLModel, col, select

from api.addresses import list_routes
from models import (
    Clinic,
    ContactWay,
    Disclosure,
    DisclosureAnswer,
    Document,
    Evidence,
    ImportKind,
    Invitation,
    Mail,
    MemberInvitation,
    MemberSession,
    Membership,
    OfficialWorkbook,
    Role,
)
from models.database import Database
from services import (
    api_tokens,
    assessments,
    clock,
    contact_log,
    desk_news,
    disclosure_evidence,
    export_orders,
    groups,
    letters,
    webhooks,
)
from services.calendar_feeds import make_feed
from services.contact_log import Contact
from services.export_making import make_export
from services.imports.drafts import start_import
from services.jobs import prepare_jobs
from services.keys import digest_of, new_token
from services.letter_making import make_letters
from tests import factories
from tests.browser import BASE, Browser
from tests.learning import rows_of_form, teach
from tests.people import Clerk, Engineer, Mailbox, signed_in
from tests.services.reading.checklist_books import make_checklist
from tests.stories import answer_everything, upload
from web.downloads import XLSX

MATRIX: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "doors.toml").read_text(encoding="utf-8"))
ACTORS = (
    *("anonymous", "link_only", "vendor", "other_vendor", "desk"),
    *("viewer", "editor", "owner", "other_owner", "operator"),
)
LAST = (
    "withdraw",
    "take_import",
    "archive",
    "remove_official",
    "delete",
    "discard",
    "decline",
    "remove",
    "leave_answering",
    "report",
    "revoke",
    "leave_clinic",
    "leave_desk",
    "end_",
    "sign_out",
)


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    name: str
    method: str
    path: str

    @property
    def order(self) -> tuple[int, bool, str]:
        """Readers first, and what takes something away last."""
        taking = next((place for place, verb in enumerate(LAST, start=1) if self.name.startswith(verb)), 0)
        return taking if self.method != "GET" else 0, self.method != "GET", self.name


def doors_of(app: FastAPI, *, of_api: bool = False) -> Iterator[Door]:
    """The doors of people; those of programs have a matrix of their own, tests/api/doors.toml."""
    for name, path, methods in list_routes(app.routes):
        if methods and path.startswith("/api/") is of_api:
            for method in sorted(methods - {"HEAD"}):
                yield Door(name, method, path)


def group_of(name: str) -> dict[str, Any]:
    groups = [group for group in MATRIX.values() if name in group["routes"]]
    assert len(groups) == 1, f"{name} stands in {len(groups)} groups of doors.toml"
    return groups[0]


class World:
    """Alice's clinic with one of everything, submitted once and returned, so that each door leads to a real thing."""

    def __init__(self, app: FastAPI, database: Database, mailbox: Mailbox, alice: Clerk) -> None:
        self.app, self.database, self.mailbox, self.alice = app, database, mailbox, alice
        with database.open_writer() as session:
            vendor, contact = factories.make_vendor(session, alice.clinic, email="vera@vendor.example")
            system = factories.make_system(session, alice.clinic, vendor)
            submission = factories.make_submission(session, alice.clinic, vendor, [system], created_by=alice.member.id)
            assessments.start_assessment(session, clinic=alice.clinic, fiscal_year=submission.fiscal_year)
            session.commit()
        self.submission = submission
        alice.invites(submission, "vera@vendor.example")
        vera = Engineer(Browser(app), mailbox, "vera@vendor.example")
        vera.enters()
        self.link = vera.link
        vera.browser.post(f"/answer/{submission.id}/threads/2-4", {"text": "質問です。"})
        upload(vera, submission, "SDS.pdf")
        answer_everything(vera, submission)
        self.vera = vera
        self.values = {
            "clinic_id": alice.clinic.id,
            "submission_id": submission.id,
            "vendor_id": vendor.id,
            "contact_id": contact.id,
            "system_id": system.id,
            "section_key": "general",
            "item_key": "2-4",
            "thread_key": "2-4",
            "scan_id": uuid4(),
            "number": 1,
            "source": "last-year",
            "token": self.link.rsplit("/", 1)[1],
            "year": 2026,
            "news_token": self.come_to_desk(),
            "import_kind": "vendors",
            "form": "csv",
            "fiscal_year": 2026,
            "batch_id": self.make_letter(),
            "export_id": self.make_export(),
            "table": "answers",
            "entry_id": self.note_call(),
            **self.make_group(),
            **self.make_form(),
            **self.give_workbook(),
            **self.find_ids(),
        }

    def make_group(self) -> dict[str, Any]:
        """A group of Alice and somebody else, to which Alice's clinic agreed."""
        with self.database.open_writer() as session:
            clinic, alice = self.alice.clinic, self.alice.member
            group = groups.create_group(
                session, name="県医師会", email="chair@group.example", person_name="会長", language="ja"
            )
            person_id = groups.list_people(session, group=group)[0].id
            groups.add_person(session, group=group, email=alice.email, name="", language="ja", added_by="")
            groups.agree(session, clinic=clinic, group=group, agreed_by=alice.id)
            consent_id = groups.list_consents(session, clinic_id=clinic.id)[0].id
            session.commit()
        return {"group_id": group.id, "person_id": person_id, "consent_id": consent_id}

    def come_to_desk(self) -> str:
        """The token of a mail that tells somebody at a vendor of new requests."""
        with self.database.open_writer() as session:
            desk_news.greet(session, email="desk@vendor.example", language="ja")
            person = desk_news.find_person(session, email="desk@vendor.example")
            assert person is not None
            session.commit()
        return desk_news.token_of(person)

    def make_form(self) -> dict[str, Any]:
        """A form that was learned, and the file it was learned from."""
        with self.database.open_writer() as session:
            learned = teach(session, self.alice.clinic.id)
            other = teach(session, self.alice.clinic.id, rows_of_form(word="管理"))
            session.commit()
        return {"template_id": learned.id, "other_template_id": other.id, "sample_id": learned.sample_id}

    def give_workbook(self) -> dict[str, Any]:
        """A draft of an edition with one of its two workbooks, so that it cannot be published yet."""
        files = [("files", ("様式.xlsx", make_checklist(), XLSX))]
        assert self.alice.browser.post("/editions", {}, files=files).status == 200
        with self.database.open_reader() as session:
            workbook = session.exec(select(OfficialWorkbook)).one()
        return {"imported_id": workbook.imported_edition_id, "workbook_id": workbook.id}

    def note_call(self) -> UUID:
        """A line of the contact log."""
        call = Contact(ContactWay.CALL, False, clock.today(), "サポート窓口", "来週までに回答するとのこと。")
        with self.database.open_writer() as session:
            entry = contact_log.add_entry(session, submission=self.submission, contact=call, recorded_by="山本 あかり")
            session.commit()
        return entry.id

    def make_letter(self) -> UUID:
        """A PDF with one letter, made while the request waits for its vendor."""
        prepare_jobs(self.database)
        with self.database.open_writer() as session:
            vendor, _contact = factories.make_vendor(session, self.alice.clinic)
            asked = factories.make_submission(session, self.alice.clinic, vendor, created_by=self.alice.member.id)
            wanted = [letters.WantedLetter(asked.id)]
            clinic, member_id = self.alice.clinic, self.alice.member.id
            batch = letters.order_letters(session, clinic=clinic, member_id=member_id, wanted=wanted)
            session.commit()
        make_letters(self.database, str(batch.id))
        return batch.id

    def make_export(self) -> UUID:
        """Everything of the clinic as one workbook, made."""
        with self.database.open_writer() as session:
            clinic, member_id = self.alice.clinic, self.alice.member.id
            export = export_orders.order_export(session, clinic=clinic, member_id=member_id, language="ja")
            session.commit()
        make_export(self.database, str(export.id))
        return export.id

    def find_ids(self) -> dict[str, Any]:
        with self.database.open_writer() as session:
            clinic_id = self.alice.clinic.id
            invited = MemberInvitation(
                clinic_id=clinic_id,
                email="new@clinic.example",
                role=Role.VIEWER,
                token_hash=digest_of(new_token()),
                invited_by=self.alice.member.id,
                created_at=clock.now(),
                expires_at=clock.now(),
            )
            session.add(invited)
            disclosure = session.exec(select(Disclosure).where(Disclosure.clinic_id == clinic_id)).one()
            session.add(
                DisclosureAnswer(clinic_id=clinic_id, disclosure_id=disclosure.id, position=0, number="1", value="no")
            )
            token, _text = api_tokens.make_token(
                session, clinic_id=clinic_id, name="連携", scopes=[], days=1, made_by=self.alice.member.id
            )
            webhook, _secret = webhooks.register_webhook(
                session,
                clinic=session.get_one(Clinic, clinic_id),
                url="https://hooks.example.jp/portal",
                events=["document.uploaded"],
                made_by=self.alice.member.id,
            )
            delivery_id = webhooks.send_test(session, webhook=webhook)
            session.commit()
            return {
                "token_id": token.id,
                "evidence_id": self.link_answer(session),
                "webhook_id": webhook.id,
                "delivery_id": delivery_id,
                "document_id": session.exec(
                    select(Document.id).where(Document.submission_id == self.submission.id)
                ).first(),
                "mail_id": session.exec(select(Mail.id).where(Mail.clinic_id == clinic_id)).first(),
                "membership_id": session.exec(select(Membership.id).where(Membership.clinic_id == clinic_id)).first(),
                "session_id": session.exec(
                    select(MemberSession.id).where(MemberSession.member_id == self.alice.member.id)
                ).first(),
                # Both kinds of invitation share the name in their paths; see `address`.
                "invitation_id": session.exec(
                    select(Invitation.id).where(Invitation.clinic_id == clinic_id).order_by(col(Invitation.created_at))
                ).first(),
                "member_invitation_id": invited.id,
                "import_id": self.give_table(session),
                "feed_token": self.make_feed(session),
            }

    def link_answer(self, session: Session) -> UUID:
        """An answer in a disclosure that is evidence of an item of the own check."""
        clinic_id, year = self.alice.clinic.id, self.submission.fiscal_year
        assessment = assessments.get_assessment(session, clinic_id=clinic_id, fiscal_year=year)
        answer = session.exec(select(DisclosureAnswer).where(DisclosureAnswer.clinic_id == clinic_id)).one()
        document = session.exec(select(Document).where(Document.submission_id == self.submission.id)).one()
        disclosure_evidence.link_answer(
            session,
            assessment=assessment,
            item_key="2-4",
            document=document,
            answer=answer,
            linked_by=self.alice.member.id,
        )
        session.flush()
        return session.exec(select(Evidence.id).where(Evidence.number != "")).one()

    def make_feed(self, session: Session) -> str:
        token = make_feed(session, clinic_id=self.alice.clinic.id, member_id=self.alice.member.id)
        session.commit()
        return token

    def give_table(self, session: Session) -> UUID:
        given = start_import(
            session,
            clinic_id=self.alice.clinic.id,
            member_id=self.alice.member.id,
            kind=ImportKind.VENDORS,
            grid=[["会社名"], ["みどり"]],
        )
        session.commit()
        return given.id

    def address(self, door: Door, *, strange: bool = False) -> str:
        """The door's path to Alice's things, or to things that never were."""
        values = dict(self.values)
        if door.path.startswith("/members/invitations"):
            values["invitation_id"] = values["member_invitation_id"]
        if strange:
            values |= {name: uuid4() for name, value in values.items() if name.endswith("_id") and value}
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: str(values[match.group(1)]), door.path)

    def browser_of(self, actor: str) -> Browser:
        """A browser as this actor has it."""
        if actor == "anonymous":
            return Browser(self.app)
        if actor == "vendor":
            return self.vera.browser
        if actor == "link_only":
            self.alice.invites(self.submission, "link@vendor.example")
            guest = Engineer(Browser(self.app), self.mailbox, "link@vendor.example")
            landing = guest.open(guest.link)
            landing.submit(landing.path)
            return guest.browser
        if actor == "owner":
            return self.alice.browser
        with self.database.open_writer() as session:
            if actor in ("viewer", "editor"):
                member, clinic = factories.make_member(session, self.alice.clinic, role=Role(actor)), self.alice.clinic
            elif actor == "operator":
                member, clinic = factories.make_member(session, None, operator=True), self.alice.clinic
            else:
                clinic = factories.make_clinic(session, "さくら調剤薬局")
                member = factories.make_member(session, clinic)
            session.commit()
        clerk = signed_in(self.app, self.database, member, clinic)
        if actor in ("other_vendor", "desk"):
            walter = self.other_vendor(clerk)
            if actor == "other_vendor":
                walter.enters()
            else:
                walter.comes_to_desk()
            return walter.browser
        return clerk.browser

    def other_vendor(self, clerk: Clerk) -> Engineer:
        """A vendor whom another clinic asks: with a session of its own, or signed in at the desk."""
        with self.database.open_writer() as session:
            vendor, _contact = factories.make_vendor(session, clerk.clinic)
            submission = factories.make_submission(session, clerk.clinic, vendor, created_by=clerk.member.id)
            session.commit()
        clerk.invites(submission, "walter@other.example")
        return Engineer(Browser(self.app), self.mailbox, "walter@other.example")


def outcome_of(response: Response) -> str:
    if response.status_code == 404:
        return "missing"
    if response.status_code == 403:
        return "forbidden"
    location = response.headers.get("location", "")
    if response.status_code == 401 or (response.status_code == 303 and location.startswith("/sign-in?")):
        return "sign in"
    assert response.status_code < 500, response.text[:500]
    return "in"


def knock(browser: Browser, door: Door, address: str) -> Response:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
    # Forms of one choice, where nothing else can be sent; all others are sent empty.
    data = {"switch_language": {"language": "ja", "back": "/"}, "change_role": {"role": "owner"}}.get(door.name)
    return browser.client.request(door.method, address, data=data, headers=headers)


@pytest.fixture
def world(app: FastAPI, database: Database, mailbox: Mailbox, alice: Clerk) -> World:
    return World(app, database, mailbox, alice)


def test_every_route_stands_in_one_group_and_every_group_names_routes_that_exist(app: FastAPI) -> None:
    names = {door.name for door in doors_of(app)}
    for name in names:
        group_of(name)
    listed = {name for group in MATRIX.values() for name in group["routes"]}
    assert listed == names
    for group in MATRIX.values():
        assert set(group["outcomes"]) == set(ACTORS)


@pytest.mark.parametrize("actor", ACTORS)
def test_doors_open_for_whom_they_should(world: World, actor: str) -> None:
    browser = world.browser_of(actor)
    wrong = []
    for door in sorted(doors_of(world.app), key=lambda door: door.order):
        expected = group_of(door.name)["outcomes"][actor]
        found = outcome_of(knock(browser, door, world.address(door)))
        if expected not in (found, "any"):
            wrong.append(f"{door.method} {door.path} ({door.name}): {found} instead of {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", ["other_owner", "other_vendor", "desk", "anonymous"])
def test_what_is_not_yours_looks_like_what_never_was(world: World, actor: str) -> None:
    browser = world.browser_of(actor)
    for door in doors_of(world.app):
        if group_of(door.name)["outcomes"][actor] == "missing" and "_id}" in door.path:
            foreign = knock(browser, door, world.address(door))
            unknown = knock(browser, door, world.address(door, strange=True))
            assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content), door


def test_readers_change_nothing(world: World) -> None:
    before = rows_of(world.database)
    for actor in ("owner", "vendor"):
        browser = world.browser_of(actor)
        for door in doors_of(world.app):
            if door.method == "GET":
                knock(browser, door, world.address(door))
    after = rows_of(world.database)
    # Who looked at answers and files is written down; nothing else is.
    looked = {"events", "event_heads"}
    assert {name: rows for name, rows in before.items() if name not in looked} == {
        name: rows for name, rows in after.items() if name not in looked
    }


def rows_of(database: Database) -> dict[str, list[str]]:
    with database.reader.connect() as connection:
        return {
            name: sorted(str(row) for row in connection.execute(table.select()))
            for name, table in SQLModel.metadata.tables.items()
        }


@pytest.mark.parametrize(
    "site", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}]
)
def test_no_form_is_taken_from_another_site(world: World, site: dict[str, str]) -> None:
    for door in doors_of(world.app):
        if door.method != "GET":
            response = world.alice.browser.client.request(
                door.method, world.address(door), headers={"Origin": "https://evil.example", **site}
            )
            assert response.status_code == 403, door


def test_every_answer_carries_the_security_headers(world: World) -> None:
    for door in doors_of(world.app):
        response = knock(world.alice.browser, door, world.address(door))
        for name in ("content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id"):
            assert name in response.headers, f"{door}: {name}"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in response.headers["content-security-policy"], door
        assert not [name for name in response.headers if name.startswith("access-control")], door
        assert "server" not in response.headers
