"""A sheet as a person sees it: real addresses, merged cells as one, a page of rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.form_pointing import Pointing
from services.reading.grid import Range, Sheet, letters_of

ROWS_PER_PAGE: Final = 25
MOST_COLUMNS: Final = 40
_LONGEST: Final = 160


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell to draw; a merged one spans what is shown of its range."""

    address: str
    text: str
    role: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row to draw."""

    number: int
    is_heading: bool
    is_hidden: bool
    cells: list[GridCell]


@dataclass(frozen=True, slots=True)
class Grid:
    """A page of a sheet."""

    columns: list[tuple[int, str, str, bool]]
    """Number, letters, what it is, and whether it is hidden in the file."""
    rows: list[GridRow]
    page: int
    pages: int
    total: int
    has_more_columns: bool


def draw_grid(sheet: Sheet, pointing: Pointing, *, page: int) -> Grid:
    """The rows of a page; page 0 is the one with the names of the columns."""
    numbers = [number for number, _cells in sheet.rows()]
    columns, has_more = _columns(sheet)
    columns = sorted({*columns, *pointing.roles})
    pages = max(1, -(-len(numbers) // ROWS_PER_PAGE))
    if not page:
        before = sum(number < pointing.heading for number in numbers)
        page = before // ROWS_PER_PAGE + 1
    page = min(max(page, 1), pages)
    shown = numbers[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
    heads = [
        (column, letters_of(column), str(pointing.roles.get(column, "")), sheet.is_column_hidden(column))
        for column in columns
    ]
    rows = _rows(sheet, pointing, shown, columns)
    return Grid(heads, rows, page, pages, len(numbers), has_more)


def _columns(sheet: Sheet) -> tuple[list[int], bool]:
    """The columns that hold something or offer a list, one more for answers that have no place yet, and the limit."""
    used = {cell.column for cell in sheet.cells.values()}
    used |= {area.left for dropdown in sheet.dropdowns for area in dropdown.ranges}
    listed = sorted(used)[:MOST_COLUMNS]
    if listed and len(listed) < MOST_COLUMNS:
        listed.append(listed[-1] + 1)
    return listed, len(used) > MOST_COLUMNS


def _rows(sheet: Sheet, pointing: Pointing, rows: Sequence[int], columns: Sequence[int]) -> list[GridRow]:
    covered = _covered(sheet, rows, columns)
    begun: set[Range] = set()
    drawn = []
    for row in rows:
        cells = []
        for column in columns:
            merge = covered.get((row, column))
            if merge in begun:
                continue
            span: dict[str, Any] = {}
            if merge is not None:
                begun.add(merge)
                span["columns"] = sum(merge.left <= one <= merge.right for one in columns)
                span["rows"] = sum(merge.top <= one <= merge.bottom for one in rows)
            shown = sheet.shown(row, column)
            text = shown.text.strip() if shown else ""
            text = text[:_LONGEST] + "…" if len(text) > _LONGEST else text
            address = merge.address if merge else sheet.place(row, column)
            cells.append(GridCell(address, text, str(pointing.roles.get(column, "")), **span))
        drawn.append(GridRow(row, row == pointing.heading, row in sheet.hidden_rows, cells))
    return drawn


def _covered(sheet: Sheet, rows: Sequence[int], columns: Sequence[int]) -> dict[tuple[int, int], Range]:
    """Which merged range each shown place lies in."""
    found: dict[tuple[int, int], Range] = {}
    for merge in sheet.merges:
        for row in rows:
            if merge.top <= row <= merge.bottom:
                for column in columns:
                    if merge.left <= column <= merge.right:
                        found.setdefault((row, column), merge)
    return found
