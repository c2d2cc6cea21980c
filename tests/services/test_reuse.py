"""Reuse: what is offered of earlier answers, and what confirming it saves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from models import AnswerOrigin, AnswerValue, Clinic, Member, Responsibility, Submission, System, Vendor
from services import answers, clock, reuse
from services.reuse import Offer
from tests import factories

Place = tuple[Clinic, Vendor, Member, System]
NO, YES = AnswerValue.NO, AnswerValue.YES


@pytest.fixture
def place(session: Session) -> Place:
    clinic = factories.make_clinic(session)
    vendor, _ = factories.make_vendor(session, clinic)
    return clinic, vendor, factories.make_member(session, clinic), factories.make_system(session, clinic, vendor)


def ask(
    session: Session, place: Place, year: int, *, edition_id: str = "r7", systems: list[System] | None = None
) -> Submission:
    clinic, vendor, member, system = place
    covered = [system] if systems is None else systems
    return factories.make_submission(
        session, clinic, vendor, covered, created_by=member.id, edition_id=edition_id, fiscal_year=year
    )


def offers_of(session: Session, submission: Submission) -> dict[str, Offer]:
    sheet = answers.read_worksheet(session, submission=submission)
    earlier = reuse.find_last_year(session, submission=submission)
    assert earlier is not None
    return {offer.item.key: offer for part in reuse.list_offers(sheet, earlier) for offer in part.offers}


def test_every_answer_of_last_year_is_offered_with_today_as_the_day_of_the_check(
    session: Session, place: Place
) -> None:
    then = {"2-4": {"responsibility": Responsibility.VENDOR, "responsibility_note": "夜間", "remark": "自動です"}}
    factories.submit_answers(session, ask(session, place, 2025), then)
    offers = offers_of(session, ask(session, place, 2026))
    assert len(offers) == 13
    assert all(offer.is_open and offer.given["value"] is YES for offer in offers.values())
    told = offers["2-4"].given
    assert (told["checked_on"], told["remark"], told["responsibility_note"]) == (clock.today(), "自動です", "夜間")
    assert told["responsibility"] is Responsibility.VENDOR


def test_a_no_is_offered_with_its_words_and_with_its_date_only_while_that_can_be_kept(
    session: Session, place: Place
) -> None:
    ahead = clock.today() + timedelta(days=20)
    then: dict[str, dict[str, Any]] = {
        "2-4": {"value": NO, "target_on": date(2026, 3, 31), "remark": "3月に更新します"},
        "2-5": {"value": NO, "target_on": ahead, "remark": "次の保守で"},
    }
    factories.submit_answers(session, ask(session, place, 2025), then)
    submission = ask(session, place, 2026)
    offers = offers_of(session, submission)
    assert offers["2-4"].given["target_on"] is None
    assert offers["2-4"].given["remark"] == "3月に更新します"
    assert offers["2-5"].given["target_on"] == ahead
    assert set(reuse.find_faults(submission, offers["2-4"], {})) == {"target_on"}
    assert reuse.find_faults(submission, offers["2-5"], {}) == {}


@pytest.mark.parametrize(
    ("server", "pc", "value", "remark"),
    [
        ({}, {}, YES, ""),
        ({"remark": "自動"}, {"remark": "手動"}, YES, "自動\n手動"),
        ({"remark": "自動"}, {"value": NO, "remark": "未対応"}, NO, "未対応"),
        ({"second_value": NO, "remark": "後で"}, {}, NO, "後で"),
    ],
    ids=["both yes", "both yes, two remarks", "one no", "the second check said no"],
)
def test_rows_that_became_one_are_a_yes_only_if_all_were(
    session: Session, place: Place, server: dict[str, Any], pc: dict[str, Any], value: AnswerValue, remark: str
) -> None:
    factories.submit_answers(session, ask(session, place, 2025, edition_id="r6"), {"2-4.server": server, "2-4.pc": pc})
    offer = offers_of(session, ask(session, place, 2026))["2-4"]
    assert [number for number, _answer in offer.said] != []
    assert (offer.given["value"], offer.given["remark"]) == (value, remark)


def test_a_condition_of_one_row_stays_a_condition_of_the_whole(session: Session, place: Place) -> None:
    then = {"2-4.pc": {"is_conditional": True, "condition": "診察室だけ"}}
    factories.submit_answers(session, ask(session, place, 2025, edition_id="r6"), then)
    given = offers_of(session, ask(session, place, 2026))["2-4"].given
    assert (given["is_conditional"], given["condition"]) == (True, "診察室だけ")


def test_an_item_that_has_no_forerunner_or_an_unanswered_one_is_not_offered(session: Session, place: Place) -> None:
    factories.submit_answers(session, ask(session, place, 2025, edition_id="r6"), {"2-4.pc": {"value": None}})
    offers = offers_of(session, ask(session, place, 2026))
    assert not offers["2-4"].is_open
    assert not offers["2-7"].is_open, "new in this edition"
    assert offers["2-5"].is_open


def test_confirming_saves_with_where_it_came_from_and_writing_over_it_makes_it_written(
    session: Session, place: Place
) -> None:
    revision = factories.submit_answers(session, ask(session, place, 2025))
    submission = ask(session, place, 2026)
    submission.sent_at = clock.now()
    earlier = reuse.find_last_year(session, submission=submission)
    assert earlier is not None
    sheet = answers.read_worksheet(session, submission=submission)
    offer = offers_of(session, submission)["2-4"]
    saved = reuse.confirm(
        session, sheet=sheet, offer=offer, edited={"remark": "変わりません"}, earlier=earlier, person="vera"
    ).answer
    assert saved is not None
    assert (saved.origin, saved.origin_details["revision_id"]) == (AnswerOrigin.LAST_YEAR, str(revision.id))
    assert (saved.value, saved.remark, saved.checked_on) == (YES, "変わりません", clock.today())
    assert not offers_of(session, submission)["2-4"].is_open
    written = answers.save_answer(
        session, submission=submission, item=offer.item, given={"remark": "更新"}, version=1, person="vera"
    ).answer
    assert written is not None
    assert (written.origin, written.origin_details) == (AnswerOrigin.TYPED, {})


def test_answers_about_other_systems_are_not_offered(session: Session, place: Place) -> None:
    clinic, vendor, _member, _system = place
    other = factories.make_system(session, clinic, vendor)
    factories.submit_answers(session, ask(session, place, 2025, systems=[other]))
    assert reuse.find_last_year(session, submission=ask(session, place, 2026)) is None
    assert reuse.find_last_year(session, submission=ask(session, place, 2026, systems=[])) is not None
