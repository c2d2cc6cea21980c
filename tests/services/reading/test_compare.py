"""Every difference between two disclosures is told, what was promised and is no more first."""

from __future__ import annotations

from pathlib import Path

from services.reading.compare import ChangeKind, compare_answers, count_transitions, is_worse
from services.reading.readings import Answer, Remark
from services.reading.templates import Value
from tests.services.reading.forms import mds2, read_path, write_mds2


def answer(number: str, value: Value, remark: str = "", raw: str = "") -> Answer:
    remarks = (Remark(remark, "D1"),) if remark else ()
    return Answer(number, value, raw, remarks=remarks)


def test_yes_to_no_stands_first_then_yes_to_not_applicable() -> None:
    before = [
        answer("1", Value.NO),
        answer("2", Value.YES),
        answer("3", Value.YES),
        answer("4", Value.YES, "以前"),
        answer("5", Value.YES),
        answer("6", Value.UNANSWERED),
        answer("7", Value.TEXT, raw="版 1"),
        answer("8", Value.NO),
    ]
    after = [
        answer("1", Value.YES),
        answer("2", Value.NOT_APPLICABLE),
        answer("3", Value.NO),
        answer("4", Value.YES, "以後"),
        answer("6", Value.NO),
        answer("7", Value.TEXT, raw="版 2"),
        answer("8", Value.NO),
        answer("9", Value.YES),
    ]
    changes = compare_answers(before, after)
    assert [(change.number, change.kind) for change in changes] == [
        ("3", ChangeKind.ANSWER),
        ("2", ChangeKind.ANSWER),
        ("1", ChangeKind.ANSWER),
        ("6", ChangeKind.ANSWER),
        ("7", ChangeKind.ANSWER),
        ("5", ChangeKind.REMOVED),
        ("9", ChangeKind.ADDED),
        ("4", ChangeKind.REMARK),
    ]
    assert count_transitions(changes)[Value.YES, Value.NO] == 1
    assert sum(count_transitions(changes).values()) == 5


def test_blanks_and_width_make_no_difference() -> None:
    before = [answer("1", Value.YES, "院内 のみ"), answer("2", Value.TEXT, raw="Ｖ１")]
    assert not compare_answers(before, [answer("1", Value.YES, "院内のみ\n"), answer("2", Value.TEXT, raw="V1 ")])


def test_across_templates_only_what_a_person_matched_is_compared() -> None:
    before = [answer("4.1.1", Value.YES), answer("4.2", Value.YES)]
    after = [answer("4.1.1", Value.NO), answer("5.3", Value.NO)]
    (change,) = compare_answers(before, after, correspondence={"4.2": "5.3"})
    assert (change.number, change.after) == ("4.2", after[1])


def test_a_change_is_worse_by_what_a_clinic_is_glad_of(tmp_path: Path) -> None:
    questions = mds2().questions
    before = read_path(write_mds2(tmp_path / "a.xlsx", {"AUTH-3": "No", "ALOF-1": "Yes", "MPII-1": "Yes"}))
    after = read_path(write_mds2(tmp_path / "b.xlsx", {"AUTH-3": "Yes", "ALOF-1": "No", "MPII-1": "No"}))
    changes = compare_answers(before.answers, after.answers)
    assert {change.number for change in changes} == {"AUTH-3", "ALOF-1", "MPII-1"}
    assert {change.number for change in changes if is_worse(questions[change.number], change)} == {"AUTH-3", "ALOF-1"}


def test_the_same_form_republished_with_columns_shifted_has_no_difference(tmp_path: Path) -> None:
    said = dict.fromkeys(list(mds2().questions)[15:90], "Yes")
    before = read_path(write_mds2(tmp_path / "a.xlsx", said))
    after = read_path(write_mds2(tmp_path / "b.xlsx", said, shift=(3, 5)))
    assert compare_answers(before.answers, after.answers) == []
