"""The own form: started once per year, answered by people, complete or refused, in the window that the year allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select
from time_machine import travel

from models import AnswerValue, Assessment, AssessmentAnswer, Clinic, ClinicKind, Event, Member
from services import assessments, editions
from services.assessment_refusals import AnswerIncomplete, OwnAnswerEditedMeanwhile, YearNotOpen
from services.edition_forms import Item
from services.own_answers import Draft, OwnAnswer, State, find_faults, settle, state_of
from services.refusals import NotFound
from tests import factories

TODAY = date(2026, 11, 20)
YES, NO = AnswerValue.YES, AnswerValue.NO
SAID_YES = Draft(value=YES, checked_on=TODAY)
SAID_NO = Draft(value=NO, checked_on=TODAY, target_on=date(2027, 2, 1), remark="準備中です。", owner_name="院長")


@pytest.fixture(autouse=True)
def on_a_day_in_november() -> Iterator[None]:
    with travel("2026-11-20 10:00 +0900", tick=True):
        yield


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session)


@pytest.fixture
def member(session: Session, clinic: Clinic) -> Member:
    return factories.make_member(session, clinic, name="山本 あかり")


@pytest.fixture
def assessment(session: Session, clinic: Clinic) -> Assessment:
    return assessments.start_assessment(session, clinic=clinic, fiscal_year=2026)


def item_of(key: str, kind: ClinicKind = ClinicKind.CLINIC) -> Item:
    item = editions.form_for_kind(editions.get_edition("r7"), kind).find_item(key)
    assert item is not None
    return item


def answer(session: Session, assessment: Assessment, member: Member, draft: Draft, *, version: int = 0) -> None:
    assessments.answer_item(
        session,
        assessment=assessment,
        item=item_of("3-1"),
        draft=draft,
        targets=[],
        version=version,
        answered_by=member.id,
    )


def read(session: Session, assessment: Assessment, key: str = "3-1") -> OwnAnswer:
    sheet = assessments.get_sheet(session, clinic_id=assessment.clinic_id, fiscal_year=assessment.fiscal_year)
    return sheet.answers[key]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (ClinicKind.CLINIC, "institution"),
        (ClinicKind.DENTAL_CLINIC, "institution"),
        (ClinicKind.HOSPITAL, "institution"),
        (ClinicKind.MATERNITY_HOME, "institution"),
        (ClinicKind.PHARMACY, "pharmacy"),
    ],
)
def test_each_kind_of_institution_gets_its_own_form(session: Session, kind: ClinicKind, form: str) -> None:
    clinic = factories.make_clinic(session, kind=kind)
    assessments.start_assessment(session, clinic=clinic, fiscal_year=2026)
    sheet = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=2026)
    assert (sheet.form.id, sheet.edition_id, sheet.form.fiscal_year) == (form, "r7", 2025)


def test_a_year_is_started_once_and_found_again(session: Session, clinic: Clinic, assessment: Assessment) -> None:
    again = assessments.start_assessment(session, clinic=clinic, fiscal_year=2026)
    assert again.id == assessment.id
    started = [event for event in session.exec(select(Event)) if event.verb == "assessment.started"]
    assert len(started) == 1


def test_only_this_fiscal_year_and_the_one_before_can_be_started(session: Session, clinic: Clinic) -> None:
    assert assessments.years_to_start() == [2026, 2025]
    with travel("2027-03-31 23:59 +0900"):
        assert assessments.years_to_start() == [2026, 2025]
    with travel("2027-04-01 00:00 +0900"):
        assert assessments.years_to_start() == [2027, 2026]
    for year in (2024, 2027):
        with pytest.raises(YearNotOpen):
            assessments.start_assessment(session, clinic=clinic, fiscal_year=year)


def test_the_form_is_a_copy_that_the_catalog_no_longer_touches(session: Session, assessment: Assessment) -> None:
    sheet = assessments.get_sheet(session, clinic_id=assessment.clinic_id, fiscal_year=2026)
    original = editions.form_for_kind(editions.get_edition("r7"), ClinicKind.CLINIC)
    assert sheet.form == original
    assert sheet.form is not original


def test_another_clinics_form_is_not_found(session: Session, assessment: Assessment) -> None:
    other = factories.make_clinic(session)
    with pytest.raises(NotFound):
        assessments.get_assessment(session, clinic_id=other.id, fiscal_year=2026)
    assert assessments.find_sheet(session, clinic_id=other.id, fiscal_year=2026) is None
    assert assessments.list_assessed_years(session, clinic_id=other.id) == []


def test_the_gate_keeps_its_day_and_says_when_the_check_is_over(
    session: Session, assessment: Assessment, member: Member
) -> None:
    def sheet() -> assessments.Sheet:
        return assessments.get_sheet(session, clinic_id=assessment.clinic_id, fiscal_year=2026)

    assert (sheet().has_open_gate, sheet().is_over) == (True, False)
    assessments.answer_gate(session, assessment=assessment, value=NO, answered_by=member.id)
    assert (sheet().has_open_gate, sheet().is_over) == (False, True)
    assert sheet().answers["gate"].checked_on == TODAY
    with travel("2026-12-01 10:00 +0900"):
        assessments.answer_gate(session, assessment=assessment, value=NO, answered_by=member.id)
        assert sheet().answers["gate"].checked_on == TODAY, "the same answer again is no new check"
        assessments.answer_gate(session, assessment=assessment, value=YES, answered_by=member.id)
        assert (sheet().is_over, sheet().answers["gate"].checked_on) == (False, date(2026, 12, 1))


def test_an_answer_is_stored_with_who_and_when(session: Session, assessment: Assessment, member: Member) -> None:
    answer(session, assessment, member, SAID_NO)
    stored = read(session, assessment)
    assert {name: getattr(stored, name) for name in assessments.FIELDS} == {
        name: getattr(SAID_NO, name) for name in assessments.FIELDS
    }
    assert (stored.version, stored.saved_by_name) == (1, "山本 あかり")
    event = session.exec(select(Event).where(Event.verb == "assessment.answered")).one()
    assert event.details["item"] == "3-1"
    assert "準備中" not in str(event.details), "the log holds no answers"


def test_somebody_elses_answer_is_never_overwritten_unseen(
    session: Session, assessment: Assessment, member: Member
) -> None:
    answer(session, assessment, member, SAID_NO)
    with pytest.raises(OwnAnswerEditedMeanwhile) as clash:
        answer(session, assessment, member, SAID_YES, version=0)
    assert clash.value.stored.remark == "準備中です。"
    assert read(session, assessment).value is NO
    answer(session, assessment, member, SAID_YES, version=1)
    assert (read(session, assessment).value, read(session, assessment).version) == (YES, 2)


def test_saving_the_same_again_writes_nothing(session: Session, assessment: Assessment, member: Member) -> None:
    answer(session, assessment, member, SAID_NO)
    answer(session, assessment, member, SAID_NO, version=0)
    assert read(session, assessment).version == 1
    assert len([event for event in session.exec(select(Event)) if event.verb == "assessment.answered"]) == 1


def test_an_incomplete_answer_is_not_stored(session: Session, assessment: Assessment, member: Member) -> None:
    with pytest.raises(AnswerIncomplete) as refusal:
        answer(session, assessment, member, Draft(value=NO, checked_on=TODAY))
    assert set(refusal.value.faults) == {"target_on", "remark", "owner_name"}
    assert session.exec(select(AssessmentAnswer)).all() == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, set()),
        ({"value": None}, set()),
        ({"remark": ""}, {"remark"}),
        ({"owner_name": ""}, {"owner_name"}),
        ({"checked_on": None}, {"checked_on"}),
        ({"checked_on": date(2026, 11, 21)}, {"checked_on"}),
        ({"checked_on": date(2026, 4, 1)}, set()),
        ({"checked_on": date(2026, 3, 31)}, {"checked_on"}),
        ({"target_on": None}, {"target_on"}),
        ({"target_on": TODAY}, set()),
        ({"target_on": date(2026, 11, 19)}, {"target_on"}),
        ({"target_on": date(2027, 3, 31)}, set()),
        ({"target_on": date(2027, 4, 1)}, {"target_on"}),
        ({"second_value": YES}, {"second_checked_on"}),
        ({"second_checked_on": TODAY}, {"second_value"}),
        ({"second_value": YES, "second_checked_on": TODAY}, set()),
        ({"second_value": YES, "second_checked_on": date(2026, 11, 19)}, {"second_checked_on"}),
        ({"second_value": YES, "second_checked_on": date(2026, 11, 21)}, {"second_checked_on"}),
    ],
)
def test_what_a_no_needs(changes: dict[str, Any], fields: set[str]) -> None:
    draft = Draft(**{name: getattr(SAID_NO, name) for name in assessments.FIELDS} | changes)
    assert set(find_faults(item_of("3-1"), draft, 2026)) == fields


def test_a_second_check_that_finds_a_no_needs_as_much_as_a_first_one() -> None:
    draft = Draft(value=YES, checked_on=date(2026, 5, 1), second_value=NO, second_checked_on=TODAY)
    assert set(find_faults(item_of("3-1"), draft, 2026)) == {"target_on", "remark", "owner_name"}


def test_a_form_of_last_year_can_still_be_answered() -> None:
    draft = Draft(value=NO, checked_on=TODAY, target_on=date(2026, 3, 31), remark="…", owner_name="院長")
    assert find_faults(item_of("3-1"), draft, 2025) == {}


@pytest.mark.parametrize(
    ("target_on", "is_fine"), [(date(2027, 4, 1), True), (date(2028, 3, 31), True), (date(2028, 4, 1), False)]
)
def test_a_plan_that_counts_may_reach_as_far_as_the_edition_says(target_on: date, is_fine: bool) -> None:
    planned = Draft(value=YES, checked_on=TODAY, target_on=target_on)
    assert (find_faults(item_of("2-10"), planned, 2026) == {}) is is_fine
    refused = Draft(value=NO, checked_on=TODAY, target_on=target_on, remark="…", owner_name="院長")
    assert set(find_faults(item_of("2-10"), refused, 2026)) == {"target_on"}, "a no needs a date inside the year"


def test_an_answer_keeps_only_what_it_has_use_for() -> None:
    plain = settle(item_of("3-1"), Draft(value=YES, checked_on=TODAY, target_on=TODAY, remark=" 図あり \n"))
    assert (plain.target_on, plain.remark) == (None, "図あり")
    mended = settle(item_of("3-1"), Draft(value=NO, target_on=TODAY, second_value=YES))
    assert mended.target_on == TODAY, "the plan of the first check stays on record"
    assert settle(item_of("2-10"), Draft(value=YES, target_on=TODAY)).target_on == TODAY
    open_one = settle(item_of("3-1"), Draft(checked_on=TODAY, target_on=TODAY, remark="調べ中", second_value=YES))
    assert open_one == Draft(remark="調べ中")


@pytest.mark.parametrize(
    ("key", "draft", "has_vendors", "state"),
    [
        ("3-1", None, True, State.OPEN),
        ("3-1", Draft(remark="調べ中"), True, State.OPEN),
        ("3-1", SAID_YES, True, State.YES),
        ("3-1", SAID_NO, True, State.NO),
        ("3-1", Draft(value=NO, target_on=date(2026, 11, 19)), True, State.LATE),
        ("3-1", Draft(value=NO, target_on=TODAY), True, State.NO),
        ("3-1", Draft(value=NO, target_on=date(2026, 11, 1), second_value=YES), True, State.YES),
        ("2-2", None, True, State.OPEN),
        ("2-2", None, False, State.EMPTY),
        ("2-3", None, False, State.EMPTY),
        ("2-4", None, False, State.OPEN),
        ("2-2", SAID_YES, False, State.YES),
    ],
)
def test_where_an_item_stands(key: str, draft: Draft | None, has_vendors: bool, state: State) -> None:
    assert state_of(item_of(key), draft, has_vendors=has_vendors) is state


def test_an_item_for_reference_only_may_stay_empty() -> None:
    form = editions.form_for_kind(editions.get_edition("r5"), ClinicKind.CLINIC)
    item = next(item for item in form.items if item.reference_only)
    assert state_of(item, None, has_vendors=True) is State.EMPTY


def test_the_year_before_stands_beside_this_one(
    session: Session, clinic: Clinic, assessment: Assessment, member: Member
) -> None:
    last = assessments.start_assessment(session, clinic=clinic, fiscal_year=2025)
    answer(session, last, member, Draft(value=YES, checked_on=date(2025, 10, 3)))
    sheet = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=2026)
    assert sheet.years == (2026, 2025)
    assert sheet.last is not None
    assert sheet.last.answers["3-1"].checked_on == date(2025, 10, 3)
    assert "3-1" not in sheet.answers
    before = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=2025)
    assert before.last is None
