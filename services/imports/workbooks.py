"""The cells of an Excel workbook as a grid: read in a process of its own, from the sheet most like a list."""

from __future__ import annotations

from pathlib import Path

from models import ImportKind
from services.imports.columns import SEARCHED_ROWS, guess_columns
from services.imports.grids import MAX_COLUMNS, MAX_ROWS, Grid, tidy, too_many_columns, too_many_rows
from services.imports.refusals import TableRefused
from services.reading.grid import Sheet
from services.reading.reasons import NotRead
from services.reading.sandbox import read_workbook
from services.reading.words import sentence_for


class WorkbookRefused(TableRefused):
    """The reader of workbooks says no, in its own words."""

    def __init__(self, reason: NotRead) -> None:
        super().__init__("")
        self.reason = reason

    def __str__(self) -> str:
        return sentence_for(self.reason)


def read_xlsx(path: Path, *, file_name: str, kind: ImportKind) -> Grid:
    """The cells of the sheet that is meant; raises TableRefused."""
    try:
        workbook = read_workbook(path, file_name=file_name)
    except NotRead as refused:
        raise WorkbookRefused(refused) from refused
    shown = [sheet for sheet in workbook.sheets if sheet.cells and not sheet.is_hidden]
    if not shown:
        return tidy([])
    # Of sheets that are equally likely the first one is meant.
    return grid_of(max(shown, key=lambda sheet: likeness(sheet, kind)))


def likeness(sheet: Sheet, kind: ImportKind) -> int:
    """How many columns of a list the best of the first rows names."""
    rows = [cells for number, cells in sheet.rows() if number <= SEARCHED_ROWS]
    return max((sum(map(bool, guess_columns(kind, [cell.text for cell in cells]))) for cells in rows), default=0)


def grid_of(sheet: Sheet) -> Grid:
    """The sheet row by row; a merged range shows its text in each of its rows, as a reader takes it."""
    last_row = max(row for row, _column in sheet.cells)
    last_column = max(column for _row, column in sheet.cells)
    if last_column > MAX_COLUMNS:
        raise too_many_columns(next(row for row, column in sheet.cells if column > MAX_COLUMNS))
    if last_row > 10 * MAX_ROWS:
        raise too_many_rows()
    merged = {(row, merge.left) for merge in sheet.merges for row in range(merge.top + 1, merge.bottom + 1)}
    rows = []
    for row in range(1, last_row + 1):
        cells = [""] * last_column
        for cell in sheet.row(row):
            cells[cell.column - 1] = cell.text
        rows.append(cells)
    for row, column in merged:
        shown = sheet.shown(row, column)
        if shown is not None and row <= last_row and column <= last_column:
            rows[row - 1][column - 1] = shown.text
    return tidy(rows)
