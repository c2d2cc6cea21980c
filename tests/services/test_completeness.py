"""Which dates an answer may bear, what it lacks, and what contradicts what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from models import Answer, AnswerValue, DocumentKind, Submission
from services import completeness, editions
from services.completeness import Contradiction, Lack
from services.edition_forms import Item
from services.languages import speaking

YES, NO = AnswerValue.YES, AnswerValue.NO
EDITION = editions.get_edition("r7")
FORM = EDITION.vendor_form
NOVEMBER = datetime(2026, 11, 23, 3, tzinfo=UTC)


def item_of(key: str) -> Item:
    item = FORM.find_item(key)
    assert item is not None
    return item


def asked(fiscal_year: int = 2026, created_at: datetime = NOVEMBER) -> Submission:
    return Submission(
        clinic_id=uuid4(),
        vendor_id=uuid4(),
        fiscal_year=fiscal_year,
        edition_id="r7",
        asked={},
        item_count=13,
        due_on=date(2027, 1, 15),
        created_by=uuid4(),
        created_at=created_at,
    )


def answer(**values: Any) -> Answer:
    return Answer(clinic_id=uuid4(), submission_id=uuid4(), item_key="2-4", saved_at=NOVEMBER, **values)


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({}, {Lack.VALUE}),
        ({"value": YES}, {Lack.CHECKED_ON}),
        ({"value": YES, "checked_on": date(2026, 11, 1)}, set()),
        ({"value": NO, "checked_on": date(2026, 11, 1)}, {Lack.TARGET_ON, Lack.REMARK}),
        ({"value": NO, "checked_on": date(2026, 11, 1), "target_on": date(2027, 3, 31)}, {Lack.REMARK}),
        ({"value": NO, "checked_on": date(2026, 11, 1), "remark": "確認中"}, {Lack.TARGET_ON}),
        ({"value": YES, "checked_on": date(2026, 11, 1), "is_conditional": True}, {Lack.CONDITION}),
        ({"value": YES, "checked_on": date(2026, 11, 1), "is_conditional": True, "condition": "サーバのみ"}, set()),
        ({"value": YES, "checked_on": date(2026, 11, 1), "second_value": YES}, {Lack.SECOND_CHECKED_ON}),
        ({"value": YES, "checked_on": date(2026, 11, 1), "second_checked_on": date(2026, 11, 2)}, {Lack.SECOND_VALUE}),
    ],
)
def test_an_answer_says_what_it_lacks(given: dict[str, Any], lacks: set[Lack]) -> None:
    assert set(completeness.lacks_of(item_of("2-4"), answer(**given))) == lacks


def test_an_item_without_an_answer_lacks_it_unless_the_edition_lets_it_be_empty() -> None:
    item = item_of("2-4")
    assert completeness.lacks_of(item, None) == (Lack.VALUE,)
    for flag in ("reference_only", "empty_without_vendors"):
        assert completeness.lacks_of(item.model_copy(update={flag: True}), None) == ()


def test_every_lack_and_contradiction_has_its_sentence_in_both_languages() -> None:
    for spoken in ("ja", "en"):
        with speaking(spoken):
            said = {completeness.sentence_for(lack) for lack in Lack}
            said |= {str(completeness.Mismatch(item_of("2-3"), kind)) for kind in Contradiction}
            assert len(said) == len(Lack) + len(Contradiction)


@time_machine.travel(NOVEMBER, tick=False)
@pytest.mark.parametrize(
    ("dates", "wrong"),
    [
        ({"checked_on": date(2026, 11, 23)}, set()),
        ({"checked_on": date(2026, 11, 24)}, {"checked_on"}),
        ({"checked_on": date(2026, 4, 1)}, set()),
        ({"checked_on": date(2026, 3, 31)}, {"checked_on"}),
        ({"checked_on": date(2026, 11, 1), "target_on": date(2026, 11, 1)}, set()),
        ({"checked_on": date(2026, 11, 2), "target_on": date(2026, 11, 1)}, {"target_on"}),
        ({"checked_on": date(2026, 11, 1), "target_on": date(2027, 3, 31)}, set()),
        ({"checked_on": date(2026, 11, 1), "target_on": date(2027, 4, 1)}, {"target_on"}),
        ({"target_on": date(2026, 3, 31)}, {"target_on"}),
        ({"checked_on": date(2026, 11, 1), "second_checked_on": date(2026, 10, 31)}, {"second_checked_on"}),
        ({"checked_on": date(2026, 11, 1), "second_checked_on": date(2026, 11, 24)}, {"second_checked_on"}),
    ],
)
def test_dates_lie_inside_the_fiscal_year_and_in_their_order(dates: dict[str, date], wrong: set[str]) -> None:
    with speaking("ja"):
        faults = completeness.find_faults(asked(), item_of("2-4"), value=NO, dates=dates)
    assert set(faults) == wrong
    assert all("から" in sentence and "日付" in sentence for sentence in faults.values())


@time_machine.travel(datetime(2026, 11, 23, 16, tzinfo=UTC), tick=False)
def test_today_is_the_day_in_japan() -> None:
    """At 16:00 UTC it is the next day there."""
    assert not completeness.find_faults(asked(), item_of("2-4"), value=YES, dates={"checked_on": date(2026, 11, 24)})


@time_machine.travel(datetime(2027, 4, 5, tzinfo=UTC), tick=False)
def test_a_late_answer_is_no_dead_end() -> None:
    """Checked after the year has ended, a no may be planned for the year in which it was checked."""
    dates = {"checked_on": date(2027, 4, 5), "target_on": date(2027, 9, 30)}
    assert not completeness.find_faults(asked(), item_of("2-4"), value=NO, dates=dates)
    checked_in_time = {"checked_on": date(2027, 3, 30), "target_on": date(2027, 9, 30)}
    assert set(completeness.find_faults(asked(), item_of("2-4"), value=NO, dates=checked_in_time)) == {"target_on"}


@time_machine.travel(datetime(2026, 3, 20, tzinfo=UTC), tick=False)
def test_a_form_asked_for_before_its_year_may_be_checked_before_it() -> None:
    early = asked(created_at=datetime(2026, 3, 10, tzinfo=UTC))
    assert not completeness.find_faults(early, item_of("2-4"), value=YES, dates={"checked_on": date(2026, 3, 12)})
    assert completeness.find_faults(early, item_of("2-4"), value=YES, dates={"checked_on": date(2026, 3, 9)})
    planned = {"checked_on": date(2026, 3, 12), "target_on": date(2026, 3, 25)}
    assert set(completeness.find_faults(early, item_of("2-4"), value=NO, dates=planned)) == {"target_on"}


@time_machine.travel(NOVEMBER, tick=False)
def test_where_a_plan_counts_a_yes_may_reach_as_far_as_the_edition_says() -> None:
    two_factor = item_of("2-10")
    planned = {"checked_on": date(2026, 11, 1), "target_on": date(2028, 3, 31)}
    assert not completeness.find_faults(asked(), two_factor, value=YES, dates=planned)
    assert set(completeness.find_faults(asked(), two_factor, value=NO, dates=planned)) == {"target_on"}
    too_far = {**planned, "target_on": date(2028, 4, 1)}
    assert set(completeness.find_faults(asked(), two_factor, value=YES, dates=too_far)) == {"target_on"}


@pytest.mark.parametrize(
    ("value", "kinds", "found"),
    [
        (YES, [], [Contradiction.NO_DISCLOSURE]),
        (YES, [DocumentKind.CERTIFICATE], [Contradiction.NO_DISCLOSURE]),
        (YES, [DocumentKind.SDS], []),
        (YES, [DocumentKind.MDS2], []),
        (NO, [DocumentKind.MDS], [Contradiction.UNSAID_DISCLOSURE]),
        (NO, [], []),
        (None, [], []),
    ],
)
def test_what_is_said_about_disclosures_is_held_against_the_files(
    value: AnswerValue | None, kinds: list[DocumentKind], found: list[Contradiction]
) -> None:
    mismatches = completeness.find_contradictions(asked(), FORM, {"2-3": answer(value=value)}, kinds)
    assert [mismatch.contradiction for mismatch in mismatches] == found
    assert all(mismatch.item.key == "2-3" for mismatch in mismatches)


def test_a_form_whose_edition_is_gone_is_not_held_against_anything() -> None:
    submission = asked()
    submission.edition_id = "no-such-edition"
    assert completeness.find_contradictions(submission, FORM, {"2-3": answer(value=YES)}, []) == []
