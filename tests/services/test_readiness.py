"""Readiness: what is missing before the inspection is named once, counted once, and leads to its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlmodel import Session
from time_machine import travel

from models import AnswerValue, Clinic, Member, Submission
from services import assessments, clock, outcomes
from services.own_answers import Draft
from services.own_form import read_overview
from services.readiness import AT_HAND, Readiness, check_readiness
from tests import factories

TODAY = date(2026, 11, 20)
YES, NO = AnswerValue.YES, AnswerValue.NO
PLANNED = Draft(value=NO, checked_on=TODAY, target_on=date(2027, 2, 1), remark="準備中です。", owner_name="院長")


@pytest.fixture(autouse=True)
def on_a_day_in_november() -> Iterator[None]:
    with travel("2026-11-20 10:00 +0900", tick=True):
        yield


class Office:
    """A clinic whose form is answered はい throughout, with no vendor yet."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clinic: Clinic = factories.make_clinic(session)
        self.member: Member = factories.make_member(session, self.clinic)
        self.assessment = assessments.start_assessment(session, clinic=self.clinic, fiscal_year=2026)
        assessments.answer_gate(session, assessment=self.assessment, value=YES, answered_by=self.member.id)
        factories.make_system(session, self.clinic, None, name="院内の予約表", pc_count=1)
        for item in self.sheet().form.items:
            self.answer(item.key, Draft(value=YES, checked_on=TODAY))

    def sheet(self) -> assessments.Sheet:
        return assessments.get_sheet(self.session, clinic_id=self.clinic.id, fiscal_year=2026)

    def answer(self, key: str, draft: Draft) -> None:
        sheet = self.sheet()
        stored = sheet.answers.get(key)
        assessments.answer_item(
            self.session,
            assessment=self.assessment,
            item=sheet.get_item(key),
            draft=draft,
            targets=[],
            version=stored.version if stored else 0,
            answered_by=self.member.id,
        )

    def asks(self, name: str) -> Submission:
        vendor, _ = factories.make_vendor(self.session, self.clinic, name=name)
        system = factories.make_system(self.session, self.clinic, vendor, name=f"{name}カルテ", pc_count=1)
        submission = factories.make_submission(
            self.session, self.clinic, vendor, [system], created_by=self.member.id, due_on=date(2027, 1, 15)
        )
        submission.sent_at = clock.now()
        return submission

    def check(self) -> Readiness:
        return check_readiness(read_overview(self.session, sheet=self.sheet()))


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session)


def test_with_everything_answered_nothing_is_missing(office: Office) -> None:
    readiness = office.check()
    assert readiness.count == 0
    assert [thing.item.key for thing in readiness.at_hand] == list(AT_HAND)
    assert all(thing.is_ready for thing in readiness.at_hand)


def test_each_open_item_is_missing_once(office: Office) -> None:
    office.answer("3-1", Draft())
    office.answer("1-1", Draft())
    readiness = office.check()
    assert [missing.item.key for missing in readiness.own_form if missing.item] == ["1-1", "3-1"]
    assert readiness.count == 2, "the contact chart counts as an open item, not a second time as a paper"


def test_a_no_with_a_plan_is_acceptable_but_a_paper_that_is_planned_is_not_at_hand(office: Office) -> None:
    office.answer("2-7", PLANNED)
    assert office.check().count == 0
    office.answer("3-3", PLANNED)
    readiness = office.check()
    assert readiness.own_form == ()
    assert [thing.item.key for thing in readiness.at_hand if not thing.is_ready] == ["3-3"]
    assert readiness.count == 1


def test_a_plan_whose_day_has_passed_is_missing(office: Office) -> None:
    office.answer("2-7", PLANNED)
    with travel("2027-02-02 09:00 +0900"):
        late = office.check().own_form
    assert [(missing.item.key, missing.is_late) for missing in late if missing.item] == [("2-7", True)]
    assert "2027年2月1日（月）" in late[0].sentence


def test_the_first_question_is_asked_for(session: Session) -> None:
    clinic = factories.make_clinic(session)
    assessments.start_assessment(session, clinic=clinic, fiscal_year=2026)
    sheet = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=2026)
    overview = read_overview(session, sheet=sheet)
    missing = check_readiness(overview).own_form
    assert missing[0].item is None
    assert len(missing) == overview.unfinished_count == 19


def test_a_no_at_the_first_question_leaves_nothing_to_do(office: Office) -> None:
    office.answer("3-1", Draft())
    assessments.answer_gate(office.session, assessment=office.assessment, value=NO, answered_by=office.member.id)
    overview = read_overview(office.session, sheet=office.sheet())
    assert (overview.unfinished_count, overview.finished_count) == (0, 18)
    assert office.check().count == 0


def test_every_vendors_form_that_has_not_come_is_missing_with_its_reason(office: Office) -> None:
    draft, waiting, returned, answered = (office.asks(name) for name in ("あおば", "北斗", "みどり", "東洋"))
    draft.sent_at = None
    for submission in (returned, answered):
        factories.submit_answers(office.session, submission)
        factories.hand_over(office.session, submission)
    returned.returned_at = clock.now()
    vendor, _ = factories.make_vendor(office.session, office.clinic, name="サクラネット")
    factories.make_system(office.session, office.clinic, vendor, name="院内LAN", pc_count=1)
    missing = office.check().vendor_forms
    assert [(thing.about, thing.sentence) for thing in missing] == [
        ("あおば", "依頼がまだ送られていません。"),
        ("みどり", "差し戻した回答の訂正を待っています。"),
        ("北斗", "まだ回答がありません。期限は2027年1月15日（金）です。"),
        ("サクラネット", "今年度の依頼をまだしていません。"),
    ]
    assert [thing.submission_id for thing in missing] == [draft.id, returned.id, waiting.id, None]


def test_an_overdue_form_is_told_as_late(office: Office) -> None:
    office.asks("北斗")
    with travel("2027-01-16 00:01 +0900"):
        missing = office.check().vendor_forms
    assert [(thing.sentence, thing.is_late) for thing in missing] == [
        ("期限（2027年1月15日（金））を過ぎています。", True)
    ]


def test_a_vendor_that_declined_is_told_but_not_counted(office: Office) -> None:
    submission = office.asks("北斗")
    before = office.check().count
    outcomes.decline_submission(office.session, submission=submission, reason="契約外です。", person="北斗")
    readiness = office.check()
    assert [thing.about for thing in readiness.declined] == ["北斗"]
    assert readiness.vendor_forms == ()
    assert readiness.count == before - 1


def test_contradictions_lead_to_their_items(office: Office) -> None:
    submission = office.asks("みどり")
    factories.submit_answers(
        office.session,
        submission,
        {"2-9": {"value": NO, "target_on": date(2027, 2, 1), "remark": "制限します。"}},
    )
    found = office.check().contradictions
    assert [thing.item.key for thing in found if thing.item] == ["2-3", "2-9"]
