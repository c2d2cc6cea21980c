"""Groups: founded by the operator, agreed to by owners, seeing counts of those who agree at this moment and no more."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import UUID

import openpyxl
import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import Session, col, select

from models import AnswerValue, Clinic, Event, Group, Member, Membership, Role, Submission
from models.database import Database
from services import assessments, clock, groups, invitations, outcomes, reviews, submissions
from services.letter_numbers import format_number
from tests import factories
from tests.browser import Browser, Page
from tests.people import CODE, Clerk, Mailbox, signed_in
from tests.queries import recorded

CHAIR = "chair@group.example"


@pytest.fixture
def group(database: Database) -> Group:
    """An association with one person, as the operator's command makes it."""
    with database.open_writer() as session:
        made = groups.create_group(session, name="県医師会", email=CHAIR, person_name="会長", language="ja")
        session.commit()
    return made


@pytest.fixture
def chair(app: FastAPI, database: Database, group: Group, clinic: Clinic) -> Clerk:
    """The group's person, who belongs to no clinic."""
    with database.open_reader() as session:
        member = session.exec(select(Member).where(Member.email == CHAIR)).one()
    return signed_in(app, database, member, clinic)


def agree(database: Database, group: Group, clinic: Clinic, member_id: UUID) -> None:
    with database.open_writer() as session:
        groups.agree(session, clinic=clinic, group=group, agreed_by=member_id)
        session.commit()


def ask(session: Session, clinic: Clinic, member_id: UUID, *, days: int = 30) -> Submission:
    vendor, contact = factories.make_vendor(session, clinic)
    due_on = clock.today() + timedelta(days=days)
    made = factories.make_submission(session, clinic, vendor, created_by=member_id, due_on=due_on)
    invitations.invite_vendor(session, submission=made, email=contact.email, name="", invited_by=member_id)
    return made


def cells_of(page: Page, name: str) -> list[str]:
    """The numbers in the row of a clinic."""
    [row] = page.tree.xpath("//tbody/tr[th[normalize-space()=$name]]", name=name)
    return [cell.xpath("string((.//text())[1])").split()[0] for cell in row.xpath("td[position()<7]")]


def test_an_owner_agrees_by_number_after_reading_what_is_shown(alice: Clerk, group: Group, chair: Clerk) -> None:
    assert chair.open("/groups").says("同意した医療機関はまだありません")
    page = alice.open("/settings").follow("進み具合を見せるグループ")
    asked = page.submit("/settings/groups", {"number": format_number(group.number).lower()})
    assert asked.says("「県医師会」に進み具合を見せますか？")
    assert asked.says("会長")
    assert asked.says("自院とベンダーの回答")
    assert not chair.open("/groups").says(alice.clinic.name), "nothing is shown before the second press"
    agreed = asked.submit("/settings/groups")
    assert agreed.says("「県医師会」が自院の進み具合を見られるようになりました。")
    assert chair.open("/groups").says(alice.clinic.name)
    assert alice.open("/log").says("グループに進み具合を見せることにしました：県医師会")


def test_a_group_sees_counts_and_dates_by_year(alice: Clerk, group: Group, chair: Clerk, database: Database) -> None:
    clinic, member_id = alice.clinic, alice.member.id
    with database.open_writer() as session:
        for days in (30, 12, -3):
            ask(session, clinic, member_id, days=days)
        accepted, submitted, declined, withdrawn = (ask(session, clinic, member_id) for _ in range(4))
        for one in (accepted, submitted):
            factories.submit_answers(session, one)
        reviews.accept_submission(session, clinic=clinic, submission=accepted, revision_number=1, reviewed_by=member_id)
        outcomes.decline_submission(session, submission=declined, reason="秘密の理由", person="x")
        submissions.withdraw_submission(session, submission=withdrawn)
        sheet = assessments.start_assessment(session, clinic=clinic, fiscal_year=accepted.fiscal_year)
        assessments.answer_gate(session, assessment=sheet, value=AnswerValue.YES, answered_by=member_id)
        vendor, _contact = factories.make_vendor(session, clinic)
        factories.make_submission(session, clinic, vendor, created_by=member_id)  # prepared, not sent
        session.commit()
    agree(database, group, clinic, member_id)
    page = chair.open(f"/groups/{group.id}", year=2026)
    due = clock.today() + timedelta(days=12)
    assert cells_of(page, clinic.name) == ["6", "2", "1", "1", f"{due.month}月{due.day}日", "未回答"]
    assert page.says("未回答 18項目")
    for secret in ("みどりメディカルシステム", "秘密の理由", "support"):
        assert not page.says(secret)
    last_year = chair.open(f"/groups/{group.id}", year=2025)
    assert cells_of(last_year, clinic.name) == ["0", "0", "0", "0", "—", "未着手"]


def test_from_the_moment_a_consent_ends_nothing_is_seen(
    alice: Clerk, charlie: Clerk, group: Group, chair: Clerk, database: Database
) -> None:
    for clerk in (alice, charlie):
        with database.open_writer() as session:
            ask(session, clerk.clinic, clerk.member.id)
            session.commit()
        agree(database, group, clerk.clinic, clerk.member.id)
    assert chair.open(f"/groups/{group.id}").says(charlie.clinic.name)
    consents = charlie.open("/settings/groups")
    ended = consents.submit("/end")
    assert ended.says("グループから自院の内容は見えなくなりました。")
    page = chair.open(f"/groups/{group.id}")
    assert page.says(alice.clinic.name)
    for form in ("csv", "xlsx"):
        content = chair.browser.client.get(f"/groups/{group.id}/table.{form}").content
        assert charlie.clinic.name.encode() not in content
    assert not page.says(charlie.clinic.name)
    assert charlie.open("/settings/groups").says("進み具合を見せているグループはありません。")
    agree(database, group, charlie.clinic, charlie.member.id)
    assert chair.open(f"/groups/{group.id}").says(charlie.clinic.name), "and again, if the owner agrees again"


def test_two_presses_are_one_consent_and_a_wrong_number_none(alice: Clerk, group: Group, database: Database) -> None:
    for _press in range(2):
        alice.post("/settings/groups", {"number": group.number, "is_read": "true"})
    with database.open_reader() as session:
        assert len(groups.list_consents(session, clinic_id=alice.clinic.id)) == 1
    for number in ("2222-2222-2222", "x", "'; DROP TABLE groups"):
        assert alice.post("/settings/groups", {"number": number}).says("この番号のグループはありません")


def test_the_table_is_taken_away_as_csv_and_workbook(
    alice: Clerk, group: Group, chair: Clerk, database: Database
) -> None:
    with database.open_writer() as session:
        session.get_one(Clinic, alice.clinic.id).name = '=cmd|"x"'
        ask(session, alice.clinic, alice.member.id)
        session.commit()
    agree(database, group, alice.clinic, alice.member.id)
    text = chair.browser.client.get(f"/groups/{group.id}/table.csv").content
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows[1][:3] == ['\'=cmd|"x"', "1", "0"]
    book = chair.browser.client.get(f"/groups/{group.id}/table.xlsx").content
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][1:3] in ([1, 0], ["1", "0"])
    assert all(cell.data_type != "f" for row in sheet for cell in row)


def test_more_clinics_take_no_more_queries(group: Group, chair: Clerk, database: Database) -> None:
    counts = []
    for _round in range(2):
        with database.open_writer() as session:
            for _clinic in range(4):
                clinic = factories.make_clinic(session)
                member = factories.make_member(session, clinic)
                for days in (-2, 10):
                    ask(session, clinic, member.id, days=days)
                assessments.start_assessment(session, clinic=clinic, fiscal_year=2026)
                groups.agree(session, clinic=clinic, group=group, agreed_by=member.id)
            session.commit()
        with recorded(database) as statements:
            page = chair.open(f"/groups/{group.id}", year=2026)
        assert len(page.tree.xpath("//tbody/tr")) == 4 * (_round + 1)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_person_without_password_chooses_one_and_lands_at_the_group(
    app: FastAPI, group: Group, mailbox: Mailbox, database: Database
) -> None:
    told = mailbox.last(CHAIR, "group_joined")
    assert "http://localhost:8000/forgotten" in told.text
    assert not CODE.search(told.text)
    browser = Browser(app)
    browser.open("/forgotten").submit("/forgotten", {"email": CHAIR})
    link = next(word for word in mailbox.last(CHAIR, "password_reset").text.split() if "/reset/" in word)
    path = "/reset/" + link.rsplit("/", 1)[1]
    password = "四つの言葉を並べる長い合言葉"
    page = browser.open(path).submit(path, {"password": password, "password_again": password})
    if page.path.startswith("/sign-in"):
        page = page.submit("/sign-in", {"email": CHAIR, "password": password})
    assert page.path == f"/groups/{group.id}"
    assert page.heading == "県医師会"
    assert browser.open("/dashboard").path == f"/groups/{group.id}"


def test_nobody_signs_in_before_a_password_was_chosen(app: FastAPI, group: Group) -> None:
    page = Browser(app).open("/sign-in").submit("/sign-in", {"email": CHAIR, "password": "!"})
    assert page.status == 422


def test_people_let_others_in_and_out(chair: Clerk, group: Group, bob: Clerk, mailbox: Mailbox) -> None:
    address = f"/groups/{group.id}/people"
    with bob.database.open_writer() as session:
        session.get_one(Member, bob.member.id).password_hash = "a hash of some password"
        session.commit()
    page = chair.open(address).submit(address, {"name": "坊野", "email": bob.member.email})
    assert page.says("坊野 武"), "the member's own name stays"
    assert "/sign-in" in mailbox.last(bob.member.email, "group_joined").text
    assert chair.open(address).submit(address, {"name": "x", "email": bob.member.email}).status == 422
    assert bob.open("/dashboard").offers("グループ")
    assert bob.open(address).status == 200
    with bob.database.open_reader() as session:
        person = next(one for one in groups.list_people(session, group=group) if one.email == bob.member.email)
    assert chair.post(f"{address}/{person.id}/remove").path == address
    assert bob.open(address).status == 404
    assert not bob.open("/dashboard").offers("グループ")
    with bob.database.open_reader() as session:
        last = groups.list_people(session, group=group)[0]
    assert chair.post(f"{address}/{last.id}/remove").status == 409


def test_a_day_has_a_limit_of_people(chair: Clerk, group: Group, database: Database) -> None:
    address = f"/groups/{group.id}/people"
    statuses = [chair.post(address, {"name": "x", "email": f"p{number}@group.example"}).status for number in range(21)]
    assert statuses[:19] == [200] * 19
    assert statuses[-1] == 429


def test_who_is_invited_to_a_clinic_works_there_from_the_groups_page(
    alice: Clerk, group: Group, chair: Clerk, database: Database, app: FastAPI
) -> None:
    agree(database, group, alice.clinic, alice.member.id)
    assert not chair.open(f"/groups/{group.id}").offers("この医療機関で作業する")
    assert chair.open("/vendors").path == f"/groups/{group.id}"
    with database.open_writer() as session:
        session.add(
            Membership(clinic_id=alice.clinic.id, member_id=chair.member.id, role=Role.EDITOR, created_at=clock.now())
        )
        session.commit()
    page = chair.open(f"/groups/{group.id}")
    assert page.submit("/clinics/switch", button=f"clinic_id={alice.clinic.id}").path == "/dashboard"


def test_agreeing_and_people_need_a_fresh_proof_and_ending_does_not(
    alice: Clerk, group: Group, chair: Clerk, database: Database
) -> None:
    agree(database, group, alice.clinic, alice.member.id)
    with time_machine.travel(clock.now() + timedelta(minutes=15)):
        assert alice.post("/settings/groups", {"number": group.number, "is_read": "true"}).status == 403
        assert chair.post(f"/groups/{group.id}/people", {"name": "x", "email": "x@group.example"}).status == 403
        assert alice.open("/settings/groups").submit("/end").says("見えなくなりました")


def test_the_operators_command_founds_a_group(
    database: Database, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    from api.commands import main

    assert main(["add-group", "県薬剤師会", "pharma@group.example"]) == 0
    printed = capsys.readouterr().out
    with database.open_reader() as session:
        made = session.exec(select(Group).where(Group.name == "県薬剤師会")).one()
        verbs = session.exec(select(Event.verb).order_by(col(Event.sequence))).all()
    assert format_number(made.number) in printed
    assert {"group.created", "group.person_added"} <= set(verbs)


def test_strangers_and_owners_of_seen_clinics_do_not_see_the_group(
    alice: Clerk, bob: Clerk, charlie: Clerk, group: Group, database: Database
) -> None:
    agree(database, group, alice.clinic, alice.member.id)
    for clerk in (alice, charlie):
        for path in ("", "/people", "/table.csv"):
            assert clerk.open(f"/groups/{group.id}{path}").status == 404
        assert clerk.open("/groups").says("所属しているグループはありません")
    assert bob.open("/settings/groups").status == 403
    with database.open_reader() as session:
        [consent] = groups.list_consents(session, clinic_id=alice.clinic.id)
    assert charlie.post(f"/settings/groups/{consent.id}/end").status == 404
