"""From what was given to a grid of cells: encoding, separator and limits; row 1 is the first line of the table."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Final, TypeAlias

from services.exports import unguarded
from services.imports.refusals import TableRefused
from services.languages import marked

Grid: TypeAlias = list[list[str]]

MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 100
MAX_CELL: Final = 32_767
SEPARATORS: Final = ("\t", ",", ";")
_LOOKED_AT: Final = 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KANA: Final = re.compile("[\u3041-\u30fe]")
# What the codec makes of bytes that stand for nothing in Shift_JIS.
_NO_LETTERS: Final = re.compile("[\x80\xa0\uf8f0-\uf8f3]")

_UNKNOWN_ENCODING: Final = marked(
    "The letters of this file can be read neither as UTF-8 nor as Shift_JIS. "
    "Open it in Excel, save it as “CSV UTF-8” or as an Excel workbook (.xlsx), and choose that file."
)
_NO_TEXT: Final = marked(
    "This file is not a table of text. Please choose a CSV file or an Excel workbook (.xlsx), or paste the lines."
)


def read_csv(content: bytes) -> Grid:
    """The cells of a text file; raises TableRefused.

    Where an export of ours put an apostrophe before what a spreadsheet could take for a formula, it goes again.
    """
    return [[unguarded(cell) for cell in row] for row in read_text(decode(content))]


def read_text(text: str) -> Grid:
    """The cells of pasted lines or a decoded file; raises TableRefused."""
    if "\0" in text or "\x1b" in text:
        raise TableRefused(_NO_TEXT)
    separator = find_separator(text)
    try:
        return tidy(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        if separator != "\t" or "limit" in str(error):
            raise TableRefused(
                marked("A quotation mark in this table is not closed, so cells cannot be told apart. Save it again.")
            ) from error
        # Spreadsheets put quotation marks that somebody typed on the clipboard as they are.
        return tidy(line.split("\t") for line in text.splitlines())


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, in UTF-16 with its mark, or in Shift_JIS as Windows writes it."""
    encodings = next(([encoding] for mark, encoding in _MARKS if content.startswith(mark)), ["utf-8", "cp932"])
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp932" or not (_NO_LETTERS.search(text) or _is_euc(content)):
            return text
    raise TableRefused(_UNKNOWN_ENCODING)


def find_separator(text: str) -> str:
    """The separator that cuts most of the first lines into the same number of cells."""

    def evenness(separator: str) -> tuple[int, int]:
        lines = csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=separator)
        try:
            widths = Counter(len(row) for row in islice(lines, _LOOKED_AT) if len(row) > 1)
        except csv.Error:
            return 0, 0
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(SEPARATORS, key=evenness)


def tidy(rows: Iterable[Iterable[str]]) -> Grid:
    """Cells without white space around them and without the empty ones at the ends; raises TableRefused at a limit."""
    grid: Grid = []
    for number, row in enumerate(rows, start=1):
        cells = [cell.replace("\r\n", "\n").replace("\r", "\n").strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise too_many_columns(number)
        if any(len(cell) > MAX_CELL for cell in cells):
            raise TableRefused(
                marked("A cell in row %(row)s holds more than %(count)s characters. Please shorten it."),
                row=number,
                count=f"{MAX_CELL:,}",
            )
        grid.append(cells)
        # Empty lines below the table do not count, but neither may there be millions of them.
        if number > 10 * MAX_ROWS:
            raise too_many_rows()
    while grid and not grid[-1]:
        grid.pop()
    if not grid:
        raise TableRefused(marked("There is nothing in this table. Please choose another file, or paste the lines."))
    if sum(map(bool, grid)) > MAX_ROWS + 1:
        raise too_many_rows()
    return grid


def too_many_columns(row: int) -> TableRefused:
    """What is said of a table that is too wide."""
    sentence = marked("Row %(row)s has more than %(count)s columns. Please give only the columns that are needed.")
    return TableRefused(sentence, row=row, count=MAX_COLUMNS)


def too_many_rows() -> TableRefused:
    """What is said of a table that is too long."""
    sentence = marked("This table has more than %(count)s rows. Please split it into several tables.")
    return TableRefused(sentence, count=f"{MAX_ROWS:,}")


def _is_euc(content: bytes) -> bool:
    """Whether the bytes are another Japanese encoding, which read as Shift_JIS would give nonsense."""
    try:
        return bool(_KANA.search(content.decode("euc_jp")))
    except UnicodeDecodeError:
        return False
