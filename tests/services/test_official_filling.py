"""What is written into the rows of an official form: which cells, and what of a conditional or differing answer."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from models import AnswerValue
from services import official_filling
from services.differences import Difference
from services.official_filling import Written, entries_of
from services.reading.checklist_words import Part
from services.revisions import SubmittedAnswer

YES, NO = AnswerValue.YES, AnswerValue.NO
DAY, LATER = date(2026, 12, 5), date(2027, 2, 1)


def told(answer: SubmittedAnswer, *, is_accepted: bool) -> Written:
    return official_filling._of_vendor(answer, is_accepted)


def test_a_conditional_yes_stands_as_yes_only_once_it_is_accepted() -> None:
    answer = SubmittedAnswer("2-4", YES, is_conditional=True, condition="保守契約の範囲で", checked_on=DAY)
    waiting, accepted = told(answer, is_accepted=False), told(answer, is_accepted=True)
    assert (waiting.value, accepted.value) == (None, YES)
    assert "保守契約の範囲で" in waiting.remark
    assert waiting.remark == accepted.remark


def test_a_no_for_one_system_is_a_no_and_says_for_which() -> None:
    differs = Difference(uuid4(), "画像サーバ", NO, target_on=LATER, remark="更新の予定")
    written = told(SubmittedAnswer("2-6", YES, checked_on=DAY, differences=(differs,)), is_accepted=True)
    assert (written.value, written.target_on) == (NO, LATER)
    assert "画像サーバ: 更新の予定" in written.remark


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({Part.ANSWER: 4}, [(4, "answer", "no", "2026-12-05")]),
        ({Part.ANSWER: 4, Part.DATE: 5}, [(4, "answer", "no", ""), (5, "date", "2026-12-05", "")]),
        ({Part.YES: 4, Part.NO: 5}, [(5, "tick", "true", "")]),
        ({Part.TARGET: 6, Part.REMARK: 7}, [(6, "date", "2027-02-01", ""), (7, "text", "予定", "")]),
        (
            {Part.SECOND_ANSWER: 8, Part.SECOND_DATE: 9},
            [(8, "answer", "yes", ""), (9, "date", "2027-02-01", "")],
        ),
        ({}, []),
    ],
)
def test_only_the_cells_that_the_form_has_are_written(
    columns: dict[Part, int], expected: list[tuple[int, str, str, str]]
) -> None:
    answer = Written(NO, DAY, LATER, "予定", YES, LATER)
    found = [(entry.column, entry.kind, entry.value, entry.day) for entry in entries_of(9, columns, answer)]
    assert found == expected


def test_an_answer_that_was_not_given_leaves_the_cells_as_they_are() -> None:
    nothing = Written(None, None, None, "", None, None)
    assert not list(entries_of(9, {part: place for place, part in enumerate(Part, 1)}, nothing))


def test_a_date_under_its_answer_is_written_there() -> None:
    columns = {Part.ANSWER: 4, Part.SECOND_ANSWER: 6}
    answer = Written(YES, DAY, None, "", None, None)
    found = [(entry.row, entry.column, entry.kind) for entry in entries_of(9, columns, answer, is_dated_below=True)]
    assert found == [(10, 4, "date"), (9, 4, "answer")]
