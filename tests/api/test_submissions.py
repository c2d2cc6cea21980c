"""Submissions through the API: asked, followed, read, judged; with what vendors answered and handed over."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import select

from api.v1.shapes import Listed
from api.v1.submission_shapes import SubmissionListed
from models import Event, Scope, Stage, Submission
from models.database import Database
from services import clock
from tests import factories
from tests.api.programs import Program, code_of, program_of
from tests.people import Clerk, Engineer, Mailbox, submission_by_id
from tests.queries import recorded
from tests.stories import answer_everything, fill_in, hand_in, in_days, pdf_of, upload


@pytest.fixture
def program(app: FastAPI, alice: Clerk) -> Program:
    """May do everything at Alice's clinic."""
    return program_of(app, alice)


@pytest.fixture
def vendor_id(program: Program) -> str:
    """A vendor with one system and somebody to write to, entered through the API."""
    vendor = program.post("/vendors", {"name": "みどりメディカルシステム"})
    program.post(f"/vendors/{vendor['id']}/contacts", {"name": "サポート窓口", "email": "vera@vendor.example"})
    program.post("/systems", {"name": "KarteNova", "kind": "electronic_chart", "vendor_id": vendor["id"]})
    return str(vendor["id"])


def request_of(vendor_id: str, **ask: Any) -> dict[str, Any]:
    return {"fiscal_year": 2026, "due_on": in_days(40).isoformat(), "asks": [{"vendor_id": vendor_id, **ask}]}


def test_a_program_asks_and_the_vendor_is_mailed(
    program: Program, vendor_id: str, mailbox: Mailbox, database: Database, alice: Clerk
) -> None:
    told = program.post("/submissions", request_of(vendor_id) | {"message_ja": "よろしくお願いします。"}, expected=201)
    assert (told["mailed"], told["prepared"], told["links"], told["skipped"]) == (1, 0, [], [])
    assert "よろしくお願いします。" in mailbox.last("vera@vendor.example", "invitation").text
    submission = program.get(f"/submissions/{told['submission_ids'][0]}")
    assert submission["stage"] == "invited"
    assert [system["name"] for system in submission["systems"]] == ["KarteNova"]
    stored = submission_by_id(database, UUID(submission["id"]))
    assert stored.created_by == alice.member.id
    again = program.post("/submissions", request_of(vendor_id))
    assert again["skipped"] == ["みどりメディカルシステム"]
    assert again["submission_ids"] == []


def test_a_link_is_told_once_and_is_no_longer_readable(app: FastAPI, program: Program, vendor_id: str) -> None:
    told = program.post("/submissions", request_of(vendor_id, delivery="link"))
    link = told["links"][0]
    assert "/i/" in link["link"]
    assert len(link["code"]) == 6
    assert link["code"] not in program.call("GET", f"/submissions/{link['submission_id']}").text
    other = program.post(f"/submissions/{link['submission_id']}/links", {}, expected=201)
    assert other["link"] != link["link"]


def test_nobody_is_asked_where_one_ask_cannot_be_right(
    program: Program, vendor_id: str, database: Database, charlie: Clerk
) -> None:
    bare = program.post("/vendors", {"name": "住所のない会社"})["id"]
    asks = [{"vendor_id": vendor_id}, {"vendor_id": bare}]
    answer = program.call("POST", "/submissions", request_of(vendor_id) | {"asks": asks})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/asks/1/email")
    answer = program.call("POST", "/submissions", request_of(vendor_id) | {"due_on": "2020-01-01"})
    assert (answer.status_code, code_of(answer)) == (422, "due_date_passed")
    answer = program.call("POST", "/submissions", request_of(vendor_id) | {"edition_id": "r99"})
    assert answer.json()["errors"][0]["pointer"] == "#/edition_id"
    with database.open_writer() as session:
        foreign, _contact = factories.make_vendor(session, charlie.clinic)
        session.commit()
    assert program.call("POST", "/submissions", request_of(str(foreign.id))).status_code == 404
    with database.open_reader() as session:
        assert session.exec(select(Submission)).all() == []


def test_lists_are_narrowed_and_read_on_with_a_cursor(
    program: Program, alice: Clerk, database: Database, charlie: Clerk
) -> None:
    with database.open_writer() as session:
        for number in range(5):
            vendor, _contact = factories.make_vendor(session, alice.clinic, name=f"会社{number}")
            made = factories.make_submission(session, alice.clinic, vendor, created_by=alice.member.id)
            made.sent_at = clock.now()
            if number == 0:
                made.due_on = clock.today() - timedelta(days=1)
            session.add(made)
        factories.make_submission(
            session, charlie.clinic, factories.make_vendor(session, charlie.clinic)[0], created_by=charlie.member.id
        )
        session.commit()
    names, cursor = [], ""
    while cursor is not None:
        piece = program.get("/submissions", limit=2, cursor=cursor)
        names += [item["vendor_name"] for item in piece["items"]]
        cursor = piece["next_cursor"]
    assert names == [f"会社{number}" for number in range(5)]
    assert [item["vendor_name"] for item in program.get("/submissions", overdue=True)["items"]] == ["会社0"]
    assert len(program.get("/submissions", stage=["invited", "draft"])["items"]) == 5
    assert program.get("/submissions", stage="accepted")["items"] == []
    assert program.get("/submissions", fiscal_year=2025)["items"] == []
    later = (clock.now() + timedelta(minutes=1)).isoformat()
    assert program.get("/submissions", updated_since=later)["items"] == []
    earlier = (clock.now() - timedelta(minutes=1)).isoformat()
    assert len(program.get("/submissions", updated_since=earlier)["items"]) == 5
    overdue = program.get("/submissions", overdue=True)["items"][0]
    assert (overdue["stage"], overdue["stage_label"]) == ("invited", "Overdue")


def test_a_list_tells_what_its_description_says(program: Program, asked: Submission, vera: Engineer) -> None:
    vera.enters()
    upload(vera, asked, "SDS.pdf")
    answer_everything(vera, asked)
    told = program.call("GET", "/submissions")
    assert set(told.json()["items"][0]) == set(SubmissionListed.model_fields)
    assert told.json()["items"][0]["document_kinds"] == ["sds"]
    assert Listed[SubmissionListed].model_validate_json(told.content, strict=True).items[0].stage is Stage.SUBMITTED


@pytest.mark.parametrize("cursor", ["x", "W10x", "eyJhIjoxfQ", "=" * 10, "WzEsMl0"])
def test_a_cursor_that_is_none(program: Program, cursor: str) -> None:
    answer = program.call("GET", "/submissions", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "cursor")


@pytest.mark.parametrize(
    ("params", "name"),
    [({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"updated_since": "2026-11-01T00:00:00"}, "updated_since")],
)
def test_wrong_parameters_are_named(program: Program, params: dict[str, Any], name: str) -> None:
    answer = program.call("GET", "/submissions", params=params)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, name)


def test_the_number_of_queries_does_not_grow(program: Program, alice: Clerk, database: Database) -> None:
    def grow(count: int) -> None:
        with database.open_writer() as session:
            for _ in range(count):
                vendor, _contact = factories.make_vendor(session, alice.clinic)
                system = factories.make_system(session, alice.clinic, vendor)
                factories.make_submission(session, alice.clinic, vendor, [system], created_by=alice.member.id)
            session.commit()

    grow(1)
    program.get("/submissions")
    with recorded(database) as few:
        program.get("/submissions")
    grow(9)
    with recorded(database) as many:
        assert len(program.get("/submissions")["items"]) == 10
    assert len(many) == len(few)


def test_answers_are_read_with_their_numbers_and_the_look_is_noted(
    app: FastAPI, program: Program, asked: Submission, vera: Engineer, database: Database
) -> None:
    vera.enters()
    fill_in(vera, asked, {"2-4": in_days(60)})
    draft = program.get(f"/submissions/{asked.id}/answers")
    assert draft["revision"] is None
    assert draft["answered"] == draft["item_count"]
    assert {item["value"] for item in draft["items"]} == {None}
    hand_in(vera, asked)
    told = program.get(f"/submissions/{asked.id}/answers")
    item = next(item for item in told["items"] if item["item_key"] == "2-4")
    assert told["revision"] == 1
    assert (item["value"], item["target_on"]) == ("no", in_days(60).isoformat())
    assert item["number"].startswith("2-")
    japanese = Program(app, program.token, language="ja").get(f"/submissions/{asked.id}/answers")
    labels = [[item["label"] for item in each["items"]] for each in (told, japanese)]
    assert labels[0] != labels[1]
    assert program.call("GET", f"/submissions/{asked.id}/answers?revision=2").status_code == 404
    with database.open_reader() as session:
        looks = session.exec(select(Event).where(Event.verb == "submission.viewed")).all()
    assert [(look.actor_kind, look.details["revision"]) for look in looks] == [("token", 1)] * 2


def test_a_revision_is_accepted_only_as_it_was_read(
    program: Program, asked: Submission, vera: Engineer, database: Database
) -> None:
    vera.enters()
    answer_everything(vera, asked)
    answer = program.call("POST", f"/submissions/{asked.id}/accept", {"revision": 2})
    assert (answer.status_code, code_of(answer)) == (409, "newer_revision")
    told = program.post(f"/submissions/{asked.id}/accept", {"revision": 1})
    assert (told["stage"], told["revisions"][0]["verdict"]) == ("accepted", "accepted")
    again = program.call("POST", f"/submissions/{asked.id}/accept", {"revision": 1})
    assert (again.status_code, code_of(again)) == (409, "not_reviewable")


def test_a_return_carries_its_words_to_the_vendor(program: Program, asked: Submission, vera: Engineer) -> None:
    vera.enters()
    answer_everything(vera, asked)
    silent = program.call("POST", f"/submissions/{asked.id}/return", {"revision": 1})
    assert (silent.status_code, code_of(silent)) == (422, "nothing_to_say")
    words = {
        "revision": 1,
        "remarks": [{"item_key": "2-4", "words": "版数を教えてください。"}],
        "words": "お礼",
    }
    assert program.post(f"/submissions/{asked.id}/return", words)["stage"] == "returned"
    assert vera.open(f"/answer/{asked.id}/sections/general").says("版数を教えてください。")


def test_reminding_changing_the_day_and_withdrawing(
    program: Program, asked: Submission, vera: Engineer, mailbox: Mailbox, database: Database
) -> None:
    program.post(f"/submissions/{asked.id}/remind")
    assert mailbox.all(vera.email, "reminder")
    twice = program.call("POST", f"/submissions/{asked.id}/remind")
    assert (twice.status_code, code_of(twice)) == (409, "reminded_just_now")
    day = in_days(50).isoformat()
    changed = program.call("PATCH", f"/submissions/{asked.id}", {"due_on": day})
    assert changed.json()["due_on"] == day
    program.post(f"/submissions/{asked.id}/invitations", {"email": "other@vendor.example", "name": "別の窓口"})
    assert mailbox.all("other@vendor.example", "invitation")
    assert program.post(f"/submissions/{asked.id}/withdraw", {"tell_vendor": True})["stage"] == "withdrawn"
    assert submission_by_id(database, asked.id).stage is Stage.WITHDRAWN
    assert mailbox.all("other@vendor.example", "withdrawn")


def test_documents_come_with_their_digest_and_the_download_is_noted(
    app: FastAPI, program: Program, asked: Submission, vera: Engineer, database: Database, alice: Clerk
) -> None:
    vera.enters()
    content = pdf_of()
    upload(vera, asked, "KarteNova_SDS.pdf", content)
    assert program.get("/documents")["items"] == []
    answer_everything(vera, asked)
    document = program.get("/documents", kind="sds", submission_id=str(asked.id))["items"][0]
    assert (document["file_name"], document["kind_label"]) == ("KarteNova_SDS.pdf", "SDS")
    file = program.call("GET", f"/documents/{document['id']}/file")
    assert file.content == content
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert file.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]
    with database.open_reader() as session:
        event = session.exec(select(Event).where(Event.verb == "document.downloaded")).one()
    assert event.actor_kind == "token"
    without = program_of(app, alice, Scope.SUBMISSIONS_READ)
    assert without.call("GET", f"/documents/{document['id']}/file").status_code == 403


def test_the_log_is_followed_by_its_sequence(program: Program, asked: Submission) -> None:
    first = program.get("/events", limit=2)
    assert [event["sequence"] for event in first["items"]] == [1, 2]
    rest = program.get("/events", after=first["last_sequence"])
    assert rest["items"][0]["sequence"] == 3
    assert program.get("/events", after=rest["last_sequence"]) == {
        "items": [],
        "last_sequence": rest["last_sequence"],
    }
    sent = program.get("/events", verb="invitation.")["items"]
    assert {event["verb"] for event in sent} == {"invitation.sent"}


def test_a_stranger_finds_nothing(app: FastAPI, asked: Submission, charlie: Clerk) -> None:
    program = program_of(app, charlie)
    for path in ("", "/answers"):
        foreign = program.call("GET", f"/submissions/{asked.id}{path}")
        unknown = program.call("GET", f"/submissions/{uuid4()}{path}")
        assert (foreign.status_code, foreign.content) == (404, unknown.content)
    assert program.get("/submissions")["items"] == []
