"""Lists of question numbers as people paste them."""

from __future__ import annotations

import pytest

from services.number_lists import Numbers, read_numbers

PLAIN = ["1", "1.1", "1.2", "1.3", "2", "2.1", "2.10", "3", "4", "5"]
DASHED = ["CO-01", "CO-02", "CO-03", "1-1", "1-2", "1-3", "A&A-01.1"]


@pytest.mark.parametrize(
    ("text", "known", "found"),
    [
        ("1.1、1.3", PLAIN, ["1.1", "1.3"]),
        ("１．１，　２．１０", PLAIN, ["1.1", "2.10"]),
        ("2.1\n1.1\t1.2;1.1", PLAIN, ["1.1", "1.2", "2.1"]),
        ("1.1〜1.3", PLAIN, ["1.1", "1.2", "1.3"]),
        ("１．１　～　１．３", PLAIN, ["1.1", "1.2", "1.3"]),
        ("3-5", PLAIN, ["3", "4", "5"]),
        ("3から5", PLAIN, ["3", "4", "5"]),
        ("3…4", PLAIN, ["3", "4"]),
        ("2.*", PLAIN, ["2.1", "2.10"]),
        ("co-01 ~ CO-03", DASHED, ["CO-01", "CO-02", "CO-03"]),
        ("1-2", DASHED, ["1-2"]),
        ("1-1-1-3", DASHED, ["1-1", "1-2", "1-3"]),
        ("ＣＯ－０２・A&A-01.1", DASHED, ["CO-02", "A&A-01.1"]),
        ("", PLAIN, []),
    ],
)
def test_numbers_are_found_however_they_are_separated(text: str, known: list[str], found: list[str]) -> None:
    assert read_numbers(text, known) == Numbers(found, [])


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("1.1 9.9", ["9.9"]),
        ("1.3〜1.1", ["1.3~1.1"]),
        ("1.1〜9", ["1.1~9"]),
        ("*", ["*"]),
        ("7.* 番号", ["7.*", "番号"]),
    ],
)
def test_what_names_no_question_is_told(text: str, missing: list[str]) -> None:
    assert read_numbers(text, PLAIN).missing == missing


def test_a_list_of_any_length_ends_in_time() -> None:
    assert len(read_numbers("9 " * 100_000, PLAIN).missing) == 1
    assert read_numbers("~" * 100_000, PLAIN).found == []
