"""A CSV file becomes a workbook of one sheet; Japanese programs write it in Shift_JIS as often as in UTF-8."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO, Final

from services.reading.grid import Cell, Sheet, Workbook
from services.reading.reasons import NotRead, NotReadReason
from services.reading.xlsx_sheet import MAX_ALL_TEXT, MAX_TEXT, Budget, decoded

_SEPARATORS: Final = ",\t;"
_START: Final = 4096


def read_csv(file: BinaryIO) -> Workbook:
    """The rows of the file as a sheet. Raises NotRead."""
    text = _text(file.read(4 * MAX_ALL_TEXT + 1))
    start = text[:_START]
    separator = max(_SEPARATORS, key=start.count)
    sheet = Sheet("CSV")
    budget = Budget()
    csv.field_size_limit(MAX_TEXT)
    try:
        for row, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
            for column, value in enumerate(values, 1):
                if value:
                    budget.take(value)
                    sheet.cells[row, column] = Cell(row, column, decoded(value))
    except csv.Error as error:
        raise NotRead(NotReadReason.TOO_MUCH_CONTENT) from error
    if not sheet.cells:
        raise NotRead(NotReadReason.NO_SHEETS)
    return Workbook("csv", [sheet])


def _text(content: bytes) -> str:
    if len(content) > 4 * MAX_ALL_TEXT:
        raise NotRead(NotReadReason.TOO_MUCH_CONTENT)
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NotRead(NotReadReason.CSV_ENCODING)
