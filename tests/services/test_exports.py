"""What people typed leaves the portal as text: whole, readable, and never a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.exports import MAX_CELL_UNITS, csv_bytes, xlsx_bytes
from services.languages import speaking

FORMULAS = [
    "=1+1",
    "+81 3-0000-0000",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u3000=1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "\tplain",
]
HARMLESS = ["はい", "a=b", "", "03-0000-0000", "'quoted", "1-2", "・項目", "ー長音", "“=”"]

typed = st.text() | st.text(alphabet=st.sampled_from("=+-@＝＋－＠ \t\r\n\x00\u3000'\",a\ufeff\ud800あ"))


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_sheets(content: bytes) -> dict[str, Any]:
    workbook = load_workbook(io.BytesIO(content))
    return {sheet.title: sheet for sheet in workbook.worksheets}


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_puts_an_apostrophe_before_what_could_be_a_formula(text: str) -> None:
    [_head, [cell]] = read_csv(csv_bytes(["項目"], [[text]]))
    assert cell == "'" + text.replace("\r", "\n")


@pytest.mark.parametrize("text", HARMLESS)
def test_csv_leaves_other_text_alone(text: str) -> None:
    assert read_csv(csv_bytes(["項目"], [[text]]))[1] == [text]


def test_csv_opens_in_excel_in_any_language() -> None:
    assert csv_bytes(["名前", "件数"], [['みどり, "電子"\nカルテ', -3], [None, 1.5]]) == (
        '\ufeff"名前","件数"\r\n"みどり, ""電子""\nカルテ","-3"\r\n"","1.5"\r\n'.encode()
    )


def test_csv_replaces_control_characters() -> None:
    assert read_csv(csv_bytes(["a"], [["\x00=1\x1b[31m\x7f\x85 \ud800"]]))[1] == [
        "\ufffd=1\ufffd[31m\ufffd\ufffd \ufffd"
    ]


@given(rows=st.lists(st.lists(typed, min_size=2, max_size=2), max_size=5))
@example(rows=[["\x00=1", "\r\n=1"]])
def test_csv_of_anything_reads_back_with_nothing_that_could_be_a_formula(rows: list[list[str]]) -> None:
    read_back = read_csv(csv_bytes(["a", "b"], rows))[1:]
    assert len(read_back) == len(rows)
    for cells, texts in zip(read_back, rows, strict=True):
        for cell, text in zip(cells, texts, strict=True):
            assert not cell.strip().startswith(tuple("=+-@＝＋－＠"))
            assert not cell.startswith(("\t", "\n", "\r"))
            assert len(cell.removeprefix("'")) in {len(text.replace("\r\n", "\n")), len(text.replace("\r\n", "\n")) - 1}


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS, "https://example.jp", "007", "_x0041_", "<b>&amp;"])
def test_xlsx_cells_are_text_equal_to_what_was_typed(text: str) -> None:
    cell = read_sheets(xlsx_bytes("回答", ["項目"], [[text]]))["回答"]["A2"]
    assert (cell.value or "") == text.replace("\r", "\n")
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.number_format == "@"
    assert bool(cell.quotePrefix) == (text in FORMULAS)


@given(text=typed)
@settings(max_examples=50, deadline=None)
def test_xlsx_of_anything_holds_no_formula(text: str) -> None:
    for row in read_sheets(xlsx_bytes("s", ["a"], [[text], [text]]))["s"].iter_rows():
        assert all(cell.data_type != "f" for cell in row)


def test_xlsx_numbers_are_text_too() -> None:
    sheet = read_sheets(xlsx_bytes("回答", ["件数"], [[12], [-1.5], [None]]))["回答"]
    assert [cell.value for cell in sheet["A"]] == ["件数", "12", "-1.5", ""]


def test_xlsx_replaces_control_characters() -> None:
    assert read_sheets(xlsx_bytes("s", ["a"], [["\x00\x0b\x1f a\tb\nc \uffff\udc00"]]))["s"]["A2"].value == (
        "\ufffd\ufffd\ufffd a\tb\nc \ufffd\ufffd"
    )


def test_xlsx_has_a_head_that_stays_with_filters_and_widths_for_japanese() -> None:
    sheet = read_sheets(
        xlsx_bytes("回答", ["ベンダー", "いいえ"], [["みどり電子カルテサービス", "2"], ["x" * 500, ""]])
    )["回答"]
    assert sheet["A1"].font.b
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"
    assert sheet.column_dimensions["A"].width == pytest.approx(60, abs=1)
    assert 9 <= sheet.column_dimensions["B"].width <= 11
    assert sheet.row_dimensions[3].height > 8 * sheet.row_dimensions[2].height
    narrow = read_sheets(xlsx_bytes("回答", ["ベンダー"], [["みどり電子カルテ"]]))["回答"]
    assert narrow.column_dimensions["A"].width >= 16


@pytest.mark.parametrize("text", ["長" * 40_000, "𠮷" * 20_000, "x" * (MAX_CELL_UNITS + 1)])
def test_xlsx_loses_no_letter_of_a_text_longer_than_a_cell(text: str) -> None:
    with speaking("en"):
        sheets = read_sheets(xlsx_bytes("Answers", ["Remark"], [["short"], [text]]))
    first, notice = sheets["Answers"]["A3"].value.split("\n")
    assert "Long texts" in notice
    rest = [(row[0].value, row[1].value) for row in sheets["Long texts"].iter_rows(min_row=2)]
    assert {cell for cell, _piece in rest} == {"A3"}
    assert first + "".join(piece for _cell, piece in rest) == text


def test_xlsx_takes_a_text_of_exactly_the_limit_into_its_cell() -> None:
    sheets = read_sheets(xlsx_bytes("s", ["a"], [["x" * MAX_CELL_UNITS]]))
    assert list(sheets) == ["s"]
    assert len(sheets["s"]["A2"].value) == MAX_CELL_UNITS


def test_an_empty_table_is_a_head_alone() -> None:
    assert csv_bytes(["a"], []) == b'\xef\xbb\xbf"a"\r\n'
    assert read_sheets(xlsx_bytes("a/b:[c]" + "d" * 40, ["a"], []))["a b  c " + "d" * 24].max_row == 1


def test_more_rows_than_a_sheet_holds_are_refused_rather_than_cut() -> None:
    with pytest.raises(ValueError, match="1048576"):
        xlsx_bytes("s", ["a"], [[]] * 1_048_576)
