"""Tables to take away, as CSV and XLSX: what people typed stays text and never becomes a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from services.languages import _

Cell = str | int | float | None

MAX_ROWS: Final = 1_048_576
MAX_CELL_UNITS: Final = 32_767
_LONGEST_SHEET_NAME: Final = 31
_PIECE: Final = 16_000
_WIDEST_COLUMN: Final = 60
# Widths and heights are measured on the beginning of a text: more is not on the screen anyway.
_SHOWN: Final = 1000
_LINE_HEIGHT: Final = 18.75
_HIGHEST_ROW: Final = 409
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT: Final = {"font_name": "Yu Gothic", "font_size": 11, "valign": "top", "text_wrap": True, "num_format": "@"}
# Control characters but tab and line feed, halves of surrogate pairs, and the two that XML does not know.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file that Excel opens in any language: UTF-8 with a mark, every cell quoted, lines ended as on Windows.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers are written as they are.
    """
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in (head, *rows):
        writer.writerow([_guarded(cell) if isinstance(cell, str) else _text(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


class SheetOf(NamedTuple):
    """One sheet of a workbook: its name, the names of its columns, its rows."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def xlsx_bytes(sheet_name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet; see `workbook_bytes`."""
    return workbook_bytes([SheetOf(sheet_name, head, rows)])


def workbook_bytes(sheets: Iterable[SheetOf]) -> bytes:
    """A workbook of text cells; every sheet with a head that stays, filters and widths that fit.

    Text longer than a cell may hold goes on in a last sheet, and its cell says so. Raises ValueError for more
    rows than a sheet may have.
    """
    target = io.BytesIO()
    # Loaded when the first workbook is made: it takes 14 MB that most processes never need.
    import xlsxwriter

    names: list[str] = []
    continued: list[list[str]] = []
    with xlsxwriter.Workbook(target, _OPTIONS) as workbook:
        for sheet in sheets:
            lines = [sheet.head, *sheet.rows]
            if len(lines) > MAX_ROWS:
                raise ValueError(f"a sheet holds {MAX_ROWS} rows, not {len(lines)}")
            names.append(_free_name(sheet.name, names))
            cut = _add_sheet(workbook, names[-1], [[_text(cell) for cell in line] for line in lines])
            continued += [[*piece, names[-1]] for piece in cut]
        if continued:
            head = [_("Cell"), _("Continuation"), _("Sheet")]
            _add_sheet(workbook, _free_name(_("Long texts"), names), [head, *continued])
    return target.getvalue()


def _free_name(wanted: str, taken: Sequence[str]) -> str:
    """A name that a sheet may have and no other has: without the signs that mean something there, short enough."""
    name = re.sub(r"[\[\]:*?/\\']", " ", wanted)[:_LONGEST_SHEET_NAME]
    number = 1
    while name.casefold() in {other.casefold() for other in taken}:
        number += 1
        name = f"{name[: _LONGEST_SHEET_NAME - 4]} {number}"
    return name


def _add_sheet(workbook: Any, name: str, table: list[list[str]]) -> list[list[str]]:
    """Write a table; gives back the rest of texts that were too long, each with the name of its cell."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    sheet = workbook.add_worksheet(name)
    plain = workbook.add_format(_FONT)
    # Without the quote prefix Excel would turn `=…` into a formula as soon as somebody edits the cell.
    quoted = workbook.add_format({**_FONT, "quote_prefix": True})
    bold = workbook.add_format({**_FONT, "bold": True, "bg_color": "#E6F1F0", "bottom": 1})
    continued: list[list[str]] = []
    widths = list(_column_widths(table))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for number, row in enumerate(table):
        sheet.set_row(number, _row_height(row, widths))
        for column, text in enumerate(row):
            first, rest = _split_long(text)
            form = bold if number == 0 else quoted if _could_be_formula(first) else plain
            sheet.write_string(number, column, first, form)
            continued += [[xl_rowcol_to_cell(number, column), piece] for piece in rest]
    last_row, last_column = len(table) - 1, max(len(widths) - 1, 0)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last_row, last_column)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(last_row, last_column)}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C&P / &N")
    return continued


def _split_long(text: str) -> tuple[str, list[str]]:
    if len(text.encode("utf-16-le")) // 2 <= MAX_CELL_UNITS:
        return text, []
    first, *rest = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    return f"{first}\n{_('… continues on the sheet “Long texts”')}", rest


def _column_widths(table: list[list[str]]) -> Iterator[int]:
    for column in range(max(map(len, table))):
        widest = max(_widest_line(row[column]) for row in table if column < len(row))
        yield min(max(widest, 6) + 3, _WIDEST_COLUMN)


def _row_height(row: list[str], widths: list[int]) -> float:
    """In points; not every program finds it out by itself where text is wrapped."""
    lines = max(
        (
            sum(1 + _display_width(line[:_SHOWN]) // width for line in text[:_SHOWN].split("\n"))
            for text, width in zip(row, widths, strict=False)
        ),
        default=1,
    )
    return min(lines * _LINE_HEIGHT, _HIGHEST_ROW)


def _widest_line(text: str) -> int:
    return max(_display_width(line[:_WIDEST_COLUMN]) for line in text[:_SHOWN].split("\n"))


def _display_width(line: str) -> int:
    """In Latin letters; a Japanese letter takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in line)


def _text(cell: Cell) -> str:
    text = "" if cell is None else str(cell)
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _guarded(text: str) -> str:
    text = _text(text)
    return f"'{text}" if _could_be_formula(text) else text


def unguarded(text: str) -> str:
    """A cell of a CSV file of ours as it was before, without the apostrophe that keeps it from being a formula."""
    return text[1:] if text.startswith("'") and _could_be_formula(text[1:]) else text


def _could_be_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula: it begins, after what is trimmed, with = + - @ or their
    full-width forms, or with a tab or a line break, which some programs drop before they look."""
    if text.startswith(("\t", "\n")):
        return True
    for letter in text:
        if not letter.isspace() and unicodedata.category(letter) != "Cf":
            return unicodedata.normalize("NFKC", letter)[0] in "=+-@"
    return False
