"""Workbooks are read in a process of their own: the right sheet, merged cells as a reader takes them, hostile ones
refused in words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import pytest
import xlsxwriter

from models import ImportKind
from services.exports import workbook_bytes
from services.imports.columns import find_head
from services.imports.given import read_file
from services.imports.grids import Grid
from services.imports.refusals import TableRefused
from services.imports.templates import template_sheets
from settings import Settings
from tests.naughty import NAUGHTY

pytestmark = pytest.mark.usefixtures("settings")
VENDORS = ImportKind.VENDORS


def book_of(sheets: dict[str, Sequence[Sequence[str | int]]], *, merged: str = "", hidden: str = "") -> bytes:
    """A workbook as Excel writes it."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if merged and name == next(iter(sheets)):
                sheet.merge_range(merged, rows[1][0])
            if name == hidden:
                sheet.hide()
    return target.getvalue()


def read(content: bytes, name: str = "一覧.xlsx") -> Grid:
    return read_file(content, file_name=name, kind=VENDORS)


def test_the_sheet_that_looks_like_a_list_is_read_and_texts_stay_as_they_are() -> None:
    content = book_of(
        {
            "表紙": [["取引先一覧"], ["2026年11月"]],
            "一覧": [["会社名", "法人番号", "メモ"], *(["みどり", 1180301018771, text] for text in NAUGHTY)],
            "控え": [["会社名", "法人番号", "メモ", "メール"], ["古い", "", "", ""]],
        },
        hidden="控え",
    )
    assert read(content) == [
        ["会社名", "法人番号", "メモ"],
        *(["みどり", "1180301018771", text] for text in NAUGHTY),
    ]


def test_a_merged_company_belongs_to_each_of_its_contacts() -> None:
    rows = [
        ["会社名", "メール"],
        ["みどり", "a@vendor.example"],
        ["", "b@vendor.example"],
        ["もも", "c@vendor.example"],
    ]
    assert read(book_of({"一覧": rows}, merged="A2:A3"))[1:] == [
        ["みどり", "a@vendor.example"],
        ["みどり", "b@vendor.example"],
        ["もも", "c@vendor.example"],
    ]


def test_a_filled_template_comes_back_and_a_workbook_is_known_by_what_it_is() -> None:
    content = workbook_bytes(template_sheets(VENDORS))
    grid = read(content, "template.csv")
    assert find_head(VENDORS, grid)[0] == 1
    assert grid[1][0].startswith("（例）")


def test_workbooks_of_other_kinds_and_damaged_ones_are_refused_in_words() -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    for content, name in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old.xls"),
        (zipped.getvalue(), "list.xlsx"),
        (book_of({"一覧": [["会社名"], ["みどり"]]})[:-200], "cut.xlsx"),
        (b"%PDF-1.7\n%%EOF", "list.pdf"),
        (book_of({"空": []}), "empty.xlsx"),
    ):
        with pytest.raises(TableRefused) as refused:
            read(content, name)
        assert str(refused.value).endswith("。")


def test_one_cell_at_the_far_end_of_a_sheet_is_no_table(settings: Settings) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet().write_string(1_048_575, 16_383, "x")
    with pytest.raises(TableRefused):
        read(target.getvalue())
    assert not list((settings.files_folder / "incoming").iterdir())
