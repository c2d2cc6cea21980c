"""The calendar: a secret address, made by its member, shown once, fetched by programs, gone when it should be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from icalendar import Calendar
from sqlmodel import select

from models import (
    AnswerValue,
    AssessmentAnswer,
    CalendarFeed,
    Clinic,
    Disclosure,
    DisclosureAnswer,
    Document,
    Event,
    Member,
    Membership,
    Role,
    Submission,
    Way,
)
from models.database import Database
from services import assessments, calendar_feeds, clock, due_dates, handed_over, treatments
from services.keys import digest_of
from tests import factories
from tests.browser import Browser
from tests.naughty import NAUGHTY
from tests.people import Clerk, Engineer
from tests.stories import answer_everything, in_days, upload
from web.clinic.calendar import FETCHES


def make_address(clerk: Clerk) -> str:
    """Make an address through the page; its path."""
    made = clerk.open("/account").follow("カレンダー").submit("/calendar")
    assert made.heading == "カレンダーのアドレス"
    address: str = made.tree.xpath("string(//input[@id='address']/@value)")
    assert address.startswith("http://localhost:8000/calendar/")
    return address.removeprefix("http://localhost:8000")


def fetch(browser: Browser, path: str) -> list[dict[str, Any]]:
    """The entries that a calendar program finds; it has no cookies of ours."""
    response = browser.client.get(path)
    assert response.status_code == 200, response.text[:300]
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    return [dict(event) for event in Calendar.from_ical(response.content).walk("VEVENT")]


def test_due_dates_appear_in_a_calendar_that_knows_nothing_but_the_address(
    alice: Clerk, stranger: Browser, asked: Submission
) -> None:
    (entry,) = fetch(stranger, make_address(alice))
    assert str(entry["SUMMARY"]) == "回答期限：みどりメディカルシステム"
    assert entry["DTSTART"].dt == asked.due_on
    assert entry["DTEND"].dt == asked.due_on + timedelta(days=1)
    assert str(entry["UID"]) == f"due-{asked.id}@vendor-security-portal"
    assert str(entry["URL"]) == f"http://localhost:8000/submissions/{asked.id}"


def test_a_changed_day_keeps_its_entry_and_counts_the_change(
    alice: Clerk, stranger: Browser, asked: Submission, database: Database
) -> None:
    path = make_address(alice)
    (before,) = fetch(stranger, path)
    assert stranger.client.get(path).content == stranger.client.get(path).content
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False), database.open_writer() as session:
        found = session.get_one(Submission, asked.id)
        due_dates.give_time(session, submission=found, due_on=asked.due_on + timedelta(days=7))
        session.commit()
    (after,) = fetch(stranger, path)
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert after["DTSTART"].dt == asked.due_on + timedelta(days=7)


def test_answered_requests_leave_the_calendar(
    alice: Clerk, stranger: Browser, asked: Submission, vera: Engineer
) -> None:
    path = make_address(alice)
    vera.enters()
    answer_everything(vera, asked)
    assert fetch(stranger, path) == []


def test_target_dates_and_the_inspection_stand_there_without_a_word_of_an_answer(
    alice: Clerk, stranger: Browser, database: Database, clinic: Clinic
) -> None:
    day = clock.today() + timedelta(days=30)
    with database.open_writer() as session:
        assessment = assessments.start_assessment(session, clinic=clinic, fiscal_year=2026)
        item = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=2026).form.items[0]
        session.add(
            AssessmentAnswer(
                clinic_id=clinic.id,
                assessment_id=assessment.id,
                item_key=item.key,
                value=AnswerValue.NO,
                target_on=day,
                remark="秘密の事情",
                saved_by=alice.member.id,
                saved_at=clock.now(),
            )
        )
        assessments.plan_inspection(session, assessment=assessment, inspection_on=day + timedelta(days=1))
        session.commit()
    path = make_address(alice)
    entries = {str(entry["SUMMARY"]): entry for entry in fetch(stranger, path)}
    assert set(entries) == {f"自院のチェックの目標日：{item.number}", "立入検査（令和8年度（2026年度））"}
    assert "秘密" not in stranger.client.get(path).text
    assert "alice@" not in stranger.client.get(path).text


def test_what_vendors_promised_and_documents_to_look_at_again_stand_there_until_they_are_closed(
    alice: Clerk, stranger: Browser, asked: Submission, vera: Engineer, database: Database
) -> None:
    vera.enters()
    upload(vera, asked, "SDS.pdf")
    answer_everything(vera, asked, {"2-4": in_days(30)})
    path = make_address(alice)
    entries = {str(entry["SUMMARY"]): entry for entry in fetch(stranger, path)}
    promised = entries["目標日：みどりメディカルシステム、2-④"]
    assert promised["DTSTART"].dt == in_days(30)
    assert str(promised["URL"]).startswith("http://localhost:8000/follow-ups?year=")
    again = entries["SDSの見直し：みどりメディカルシステム"]
    assert again["SEQUENCE"] == 0
    assert "次の保守で" not in stranger.client.get(path).text
    with database.open_writer() as session:
        document = session.exec(select(Document)).one()
        handed_over.plan_review(session, document=document, review_on=in_days(10))
        session.commit()
    moved = {str(entry["SUMMARY"]): entry for entry in fetch(stranger, path)}["SDSの見直し：みどりメディカルシステム"]
    assert (moved["UID"], moved["SEQUENCE"]) == (again["UID"], 1)
    assert moved["DTSTART"].dt == in_days(10)


def test_a_measure_stands_in_the_calendar_until_it_is_done(
    alice: Clerk, stranger: Browser, asked: Submission, vera: Engineer, database: Database
) -> None:
    vera.enters()
    upload(vera, asked, "SDS.pdf")
    answer_everything(vera, asked)
    path = make_address(alice)

    def decide(done_on: date | None) -> None:
        with database.open_writer() as session:
            document = session.exec(select(Document)).one()
            disclosure = session.exec(select(Disclosure)).one()
            if not session.exec(select(DisclosureAnswer)).all():
                clinic_id, disclosure_id = asked.clinic_id, disclosure.id
                session.add(
                    DisclosureAnswer(
                        clinic_id=clinic_id, disclosure_id=disclosure_id, position=0, number="5-1", value="no"
                    )
                )
                session.flush()
            treatments.decide_treatment(
                session,
                disclosure=disclosure,
                document=document,
                number="5-1",
                way=Way.REDUCE,
                risk="秘密のリスク",
                measure="秘密の対策",
                owner_name="",
                until_on=in_days(40),
                done_on=done_on,
                person="山本 あかり",
            )
            session.commit()

    decide(None)
    entries = {str(entry["SUMMARY"]): entry for entry in fetch(stranger, path)}
    assert entries["対策：みどりメディカルシステム、5-1"]["DTSTART"].dt == in_days(40)
    assert "秘密" not in stranger.client.get(path).text
    decide(clock.today())
    assert "対策：みどりメディカルシステム、5-1" not in {str(entry["SUMMARY"]) for entry in fetch(stranger, path)}


def test_the_calendar_speaks_the_language_of_its_member(
    alice: Clerk, stranger: Browser, asked: Submission, database: Database
) -> None:
    path = make_address(alice)
    with database.open_writer() as session:
        session.get_one(Member, alice.member.id).language = "en"
        session.commit()
    assert str(fetch(stranger, path)[0]["SUMMARY"]) == "Due: みどりメディカルシステム"


def test_a_new_address_stops_the_old_one_and_stopping_stops_it(
    alice: Clerk, stranger: Browser, asked: Submission
) -> None:
    first = make_address(alice)
    second = make_address(alice)
    assert stranger.client.get(first).status_code == 404
    assert fetch(stranger, second)
    assert "/calendar/" not in "".join(alice.open("/calendar").tree.xpath("//input/@value"))
    assert alice.open("/calendar").submit("/calendar/stop").says("アドレスを止めました")
    unknown = stranger.client.get("/calendar/never-was.ics")
    stopped = stranger.client.get(second)
    assert (stopped.status_code, stopped.content) == (unknown.status_code, unknown.content)
    assert stopped.status_code == 404


def test_an_address_ends_after_a_year_and_when_its_member_leaves(
    alice: Clerk, bob: Clerk, stranger: Browser, asked: Submission
) -> None:
    path = make_address(bob)
    with time_machine.travel(clock.now() + timedelta(days=366), tick=False):
        assert stranger.client.get(path).status_code == 404
    members = alice.open("/members")
    (action,) = members.tree.xpath("//form/@action[contains(., '/remove')]")
    alice.post(action)
    assert stranger.client.get(path).status_code == 404


def test_an_address_from_before_does_not_come_back_with_its_member(
    alice: Clerk, stranger: Browser, asked: Submission, database: Database, clinic: Clinic
) -> None:
    path = make_address(alice)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False), database.open_writer() as session:
        former = session.exec(select(Membership).where(Membership.member_id == alice.member.id)).one()
        former.removed_at = clock.now()
        session.flush()
        session.add(Membership(clinic_id=clinic.id, member_id=alice.member.id, role=Role.OWNER, created_at=clock.now()))
        session.commit()
    assert stranger.client.get(path).status_code == 404


def test_only_the_digest_is_kept_and_the_log_tells_who_made_it(alice: Clerk, database: Database) -> None:
    token = make_address(alice).removeprefix("/calendar/").removesuffix(".ics")
    with database.open_reader() as session:
        feed = session.exec(select(CalendarFeed)).one()
        details = session.exec(select(Event.details).where(Event.verb == "member.calendar_made")).one()
    assert feed.token_hash == digest_of(token)
    assert details == {"token": feed.token_hash.hex()[:8]}
    assert alice.open("/log").says("カレンダーのアドレスを作りました")


def test_a_program_that_asks_without_end_is_told_to_wait(alice: Clerk, stranger: Browser, asked: Submission) -> None:
    path = make_address(alice)
    for _ in range(FETCHES.amount):
        assert stranger.client.get(path).status_code == 200
    refused = stranger.client.get(path)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize("name", [*NAUGHTY, "二行\r\nSUMMARY:偽物"])
def test_no_name_breaks_out_of_its_line(alice: Clerk, database: Database, clinic: Clinic, name: str) -> None:
    with database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, clinic, name=name)
        made = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
        made.sent_at = clock.now()
        token = calendar_feeds.make_feed(session, clinic_id=clinic.id, member_id=alice.member.id)
        session.commit()
    (entry,) = fetch(alice.browser, f"/calendar/{token}.ics")
    assert str(entry["SUMMARY"]) == "回答期限：" + " ".join(name.split())


def test_a_stranger_makes_no_address(stranger: Browser) -> None:
    assert stranger.open("/calendar").path.startswith("/sign-in")
    assert stranger.post("/calendar").status == 401
