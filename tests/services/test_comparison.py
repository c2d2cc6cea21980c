"""Comparison: this year beside last year, one version beside another, and what counts as a difference."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session

from models import AnswerValue, Clinic, Member, Submission, System, Vendor
from services import comparison, editions, submissions
from services.comparison import Pair
from tests import factories

Place = tuple[Clinic, Vendor, Member, System]


@pytest.fixture
def place(session: Session) -> Place:
    clinic = factories.make_clinic(session)
    vendor, _ = factories.make_vendor(session, clinic)
    return clinic, vendor, factories.make_member(session, clinic), factories.make_system(session, clinic, vendor)


def ask(
    session: Session,
    place: Place,
    year: int,
    edition_id: str = "r7",
    systems: list[System] | None = None,
) -> Submission:
    clinic, vendor, member, system = place
    covered = [system] if systems is None else systems
    return factories.make_submission(
        session, clinic, vendor, covered, created_by=member.id, edition_id=edition_id, fiscal_year=year
    )


def pairs_of(session: Session, submission: Submission) -> dict[str, Pair]:
    revision = factories.submit_answers(session, submission) if submission.submitted_at is None else None
    newest = revision or submissions.latest_revision(session, submission=submission)
    assert newest is not None
    before = comparison.find_last_year(session, submission=submission)
    sections = comparison.compare_years(submission, newest, before)
    return {pair.item.key: pair for section in sections for pair in section.pairs}


def test_every_item_of_the_form_stands_in_the_comparison_even_without_a_year_before(
    session: Session, place: Place
) -> None:
    submission = ask(session, place, 2026)
    pairs = pairs_of(session, submission)
    assert list(pairs) == [item.key for item in editions.read_form(submission.asked).items]
    assert not any(pair.before or pair.is_changed for pair in pairs.values())


@pytest.mark.parametrize(
    ("last", "now", "changes"),
    [
        ({}, {}, set()),
        ({"checked_on": date(2025, 6, 1)}, {"checked_on": date(2026, 6, 1)}, set()),
        ({"responsibility_note": "前"}, {"responsibility_note": "後"}, set()),
        ({"value": AnswerValue.NO, "target_on": date(2026, 3, 1)}, {}, {"value", "target_on"}),
        ({}, {"is_conditional": True, "condition": "VPNに限る"}, {"is_conditional", "condition"}),
        ({"remark": "前"}, {"remark": "後"}, {"remark"}),
        ({}, {"second_value": AnswerValue.NO}, {"second_value"}),
    ],
)
def test_what_counts_as_a_difference(
    session: Session,
    place: Place,
    last: dict[str, object],
    now: dict[str, object],
    changes: set[str],
) -> None:
    factories.submit_answers(session, ask(session, place, 2025), {"2-4": last})
    submission = ask(session, place, 2026)
    factories.submit_answers(session, submission, {"2-4": now})
    pairs = pairs_of(session, submission)
    assert pairs["2-4"].changes == changes
    assert pairs["2-4"].is_changed == bool(changes)
    assert not pairs["2-5"].is_changed


def test_between_editions_only_the_carry_over_map_says_what_belongs_together(session: Session, place: Place) -> None:
    factories.submit_answers(session, ask(session, place, 2024, "r6"), {"2-4.pc": {"value": AnswerValue.NO}})
    pairs = pairs_of(session, ask(session, place, 2025))
    assert [label for label, _ in pairs["2-4"].before] == ["2-(4) サーバ", "2-(4) 端末PC"], "one item came from two"
    assert pairs["2-4"].is_changed, "one of the two said no"
    assert [answer.item_key for _, answer in pairs["2-6"].before] == ["2-7.server", "2-7.pc", "2-7.network"]
    assert pairs["2-7"].before == (), "2-7 was something else in the edition before"


def test_an_edition_that_names_another_one_before_it_is_not_compared(session: Session, place: Place) -> None:
    factories.submit_answers(session, ask(session, place, 2025, "r5"))
    pairs = pairs_of(session, ask(session, place, 2026, "r7"))
    assert not any(pair.before for pair in pairs.values())


def test_only_the_year_before_of_the_same_vendor_and_clinic_is_taken(session: Session, place: Place) -> None:
    clinic, _vendor, member, system = place
    other_vendor, _ = factories.make_vendor(session, clinic)
    elsewhere = factories.make_clinic(session)
    foreign_vendor, _ = factories.make_vendor(session, elsewhere)
    for strange in (
        ask(session, place, 2024),
        ask(session, (clinic, other_vendor, member, system), 2025, systems=[]),
        ask(session, (elsewhere, foreign_vendor, member, system), 2025, systems=[]),
    ):
        factories.submit_answers(session, strange)
    ask(session, place, 2025)
    submission = ask(session, place, 2026)
    assert comparison.find_last_year(session, submission=submission) is None, "last year's was never submitted"


def test_of_several_requests_last_year_the_one_about_the_same_systems_is_taken(session: Session, place: Place) -> None:
    clinic, vendor, _member, _system = place
    other = factories.make_system(session, clinic, vendor)
    wanted = factories.submit_answers(session, ask(session, place, 2025))
    factories.submit_answers(session, ask(session, place, 2025, systems=[other]))
    found = comparison.find_last_year(session, submission=ask(session, place, 2026))
    assert found is not None
    assert found.revision.id == wanted.id


def test_the_last_version_of_last_year_is_the_one_compared(session: Session, place: Place) -> None:
    last = ask(session, place, 2025)
    factories.submit_answers(session, last, {"2-4": {"value": AnswerValue.NO}})
    newest = factories.submit_answers(session, last)
    found = comparison.find_last_year(session, submission=ask(session, place, 2026))
    assert found is not None
    assert found.revision.id == newest.id


def test_two_versions_of_one_request_are_compared_item_by_item(session: Session, place: Place) -> None:
    submission = ask(session, place, 2026)
    older = factories.submit_answers(session, submission)
    newer = factories.submit_answers(session, submission, {"2-9": {"value": AnswerValue.NO}})
    sections = comparison.compare_revisions(submission, newer, older)
    changed = [pair.item.key for section in sections for pair in section.pairs if pair.is_changed]
    assert changed == ["2-9"]
    first = comparison.compare_revisions(submission, older, None)
    assert not any(pair.before for section in first for pair in section.pairs)


def test_a_conditional_yes_is_called_out_unless_a_second_check_said_no(session: Session, place: Place) -> None:
    submission = ask(session, place, 2026)
    conditional = {"is_conditional": True, "condition": "夜間のみ"}
    factories.submit_answers(
        session, submission, {"2-4": conditional, "2-5": {**conditional, "second_value": AnswerValue.NO}}
    )
    pairs = pairs_of(session, submission)
    assert pairs["2-4"].is_conditional
    assert not pairs["2-5"].is_conditional


def test_an_edition_that_is_gone_is_compared_with_itself_only(session: Session, place: Place) -> None:
    form = editions.read_form({**ask(session, place, 2026).asked, "edition_id": "r99"})
    assert comparison.sources_by_item(form, "r7") == {}
    assert comparison.sources_by_item(form, "r99")["2-4"] == ("2-4",)
