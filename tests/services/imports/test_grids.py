"""Files and pasted lines become cells whatever their encoding, separator and line ends, or are refused in words."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exports import csv_bytes
from services.imports.grids import MAX_CELL, MAX_COLUMNS, MAX_ROWS, read_csv, read_text
from services.imports.refusals import TableRefused
from tests.naughty import NAUGHTY

TABLE = "会社名,メール\r\nみどり電子カルテ㈱,a@vendor.example\r\n"
CELLS = [["会社名", "メール"], ["みどり電子カルテ㈱", "a@vendor.example"]]


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        codecs.BOM_UTF8 + TABLE.encode(),
        TABLE.encode("utf-16"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        TABLE.encode("cp932"),
        "会社名,メール\nﾐﾄﾞﾘ,a@vendor.example".encode("cp932"),
    ],
)
def test_japanese_files_are_read_in_the_encodings_that_programs_write(content: bytes) -> None:
    assert read_csv(content)[0] == CELLS[0]
    assert read_csv(content)[1][1] == "a@vendor.example"


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode("euc_jp", "replace"),
        TABLE.replace("㈱", "").encode("iso2022_jp"),
        TABLE.encode("utf-16-le"),
        b"\xff\xfe\x00",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"a,b\n\x00,c",
        b"\x80\xff\xfd" * 10,
    ],
)
def test_what_is_no_text_we_can_read_is_refused_with_a_way_out(content: bytes) -> None:
    with pytest.raises(TableRefused) as refused:
        read_csv(content)
    assert "Excel" in str(refused.value)


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_found(separator: str, end: str) -> None:
    text = end.join(separator.join(row) for row in [*CELLS, ["あおい", "b@vendor.example"], [], ["もも", ""]])
    assert read_text(text) == [*CELLS, ["あおい", "b@vendor.example"], [], ["もも"]]


def test_mixed_line_ends_and_line_breaks_in_cells_keep_rows_apart() -> None:
    assert read_text('名,メモ\r\nあ,"一\r\n二"\nい,"三\r四"\rう,五') == [
        ["名", "メモ"],
        ["あ", "一\n二"],
        ["い", "三\n四"],
        ["う", "五"],
    ]


def test_a_title_above_and_commas_in_addresses_do_not_hide_the_separator() -> None:
    text = "取引先一覧\n会社名\t住所\nMidori, Inc.\t1-1, Chiyoda, Tokyo\nAoi, Inc.\t2-2, Minato, Tokyo"
    assert read_text(text)[2] == ["Midori, Inc.", "1-1, Chiyoda, Tokyo"]


def test_quotation_marks_on_the_clipboard_are_no_trouble_and_an_open_one_in_a_file_is_told() -> None:
    assert read_text('会社名\t電話\n"みどり" 東京\t03') == [["会社名", "電話"], ['"みどり" 東京', "03"]]
    with pytest.raises(TableRefused) as refused:
        read_csv('会社名,電話\n"みどり,03\nあおい,03'.encode())
    assert "引用符" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        ",".join("x" * (MAX_COLUMNS + 1)),
        "x," * 1_000_000 + "x",
        "a\n" * (MAX_ROWS + 2),
        "\n" * (10 * MAX_ROWS) + "a",
        f"name\n{'長' * (MAX_CELL + 1)}",
        "name\n" + "y" * 200_000,
        " \n\t\n , , ,\n",
        "",
    ],
)
def test_tables_beyond_the_limits_are_refused(text: str) -> None:
    with pytest.raises(TableRefused):
        read_text(text)


def test_empty_columns_and_lines_at_the_ends_do_not_count() -> None:
    assert read_text("会社名,メール" + "," * 500 + "\nみどり,\n" + ",\n" * 20_000) == [["会社名", "メール"], ["みどり"]]


def test_what_an_export_of_ours_put_an_apostrophe_before_comes_back_as_it_was() -> None:
    texts = ["=1+1", "+81-3-0000-0000", "@vendor", "ordinary", "'quoted'"]
    assert read_csv(csv_bytes(["会社名", "メモ"], [[text, "あ"] for text in texts])) == [
        ["会社名", "メモ"],
        *([text, "あ"] for text in texts),
    ]


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_strings_survive(text: str) -> None:
    assert read_csv(csv_bytes(["会社名", "メモ"], [["みどり", text]]))[1] == ["みどり", text]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        grid = read_csv(content)
    except TableRefused:
        return
    assert all(len(row) <= MAX_COLUMNS for row in grid)
