"""The columns of an official checklist: by their numbers, their headings, and what is printed or offered in them."""

from __future__ import annotations

from collections import Counter
from typing import Final

from services.reading.checklist_numbers import FAMILIES, read_number, section_number, split_number
from services.reading.checklist_rows import SCOPE_WORDS, yes_or_no_areas
from services.reading.checklist_words import (
    LONGEST_HEADING,
    SECONDS,
    Part,
    asks_date,
    asks_yes_or_no,
    is_first,
    is_second,
    read_heading,
)
from services.reading.grid import Kind, Sheet
from services.reading.normal import squeezed

MOST_COLUMNS: Final = 60
_HEADING_ROWS: Final = 8

Columns = dict[Part, int]


def find_columns(sheet: Sheet) -> tuple[Columns, list[int]]:
    """What each column is, and those of a check that do not tell; nothing is found where no row is numbered."""
    column, rows = _column_of_numbers(sheet)
    if not rows:
        return {}, []
    columns: Columns = {}
    if all(read_number(sheet.text(row, column)) for row in rows):
        columns[Part.NUMBER] = column
    label = _label_column(sheet, rows, column) if Part.NUMBER in columns else column
    if label:
        columns[Part.LABEL] = label
    unclear = _find_checks(sheet, rows, columns)
    _find_headings_beside(sheet, rows, columns)
    return columns, unclear


def _column_of_numbers(sheet: Sheet) -> tuple[int, list[int]]:
    """The column with the most numbers of one kind that have a sentence, and their rows."""
    found: dict[tuple[int, str, bool], list[int]] = {}
    for row, cells in sheet.rows():
        has_sentence = any(len(cell.text) > LONGEST_HEADING // 8 for cell in cells)
        for cell in cells:
            if number := read_number(cell.text):
                if has_sentence and cell.kind is not Kind.DATE:
                    found.setdefault((cell.column, number.family, True), []).append(row)
            elif split := split_number(cell.text):
                found.setdefault((cell.column, split[0].family, False), []).append(row)

    def rank(key: tuple[int, str, bool]) -> tuple[int, int, bool, int]:
        column, family, is_alone = key
        return len(found[key]), -FAMILIES.index(family), is_alone, -column

    best = max(found, key=rank, default=None)
    return (best[0], found[best]) if best else (0, [])


def _label_column(sheet: Sheet, rows: list[int], number_column: int) -> int:
    """The column with the longest texts in the numbered rows."""
    lengths: Counter[int] = Counter()
    for column in _columns_in(sheet, rows):
        if column != number_column:
            texts = [cell.text for row in rows if (cell := sheet.cells.get((row, column)))]
            lengths[column] = sum(min(len(text), 80) for text in texts if not asks_yes_or_no(text))
    column, length = lengths.most_common(1)[0] if lengths else (0, 0)
    return column if length >= 4 * len(rows) else 0


def _columns_in(sheet: Sheet, rows: list[int]) -> list[int]:
    wanted = set(rows)
    used = {cell.column for cell in sheet.cells.values() if cell.row in wanted or cell.row < rows[0]}
    used |= {area.left for area in yes_or_no_areas(sheet) if any(area.top <= row <= area.bottom for row in rows)}
    used |= {
        column
        for merge in sheet.merges
        if merge.top < rows[0]
        for column in range(merge.left, min(merge.right, MOST_COLUMNS) + 1)
    }
    return sorted(column for column in used if column <= MOST_COLUMNS)


def _find_checks(sheet: Sheet, rows: list[int], columns: Columns) -> list[int]:
    """Answer, dates and remark, for the first check and the second; returns the columns that do not tell."""
    heading_rows = [row for row, _cells in sheet.rows() if row < rows[0]][-_HEADING_ROWS:]
    left = max(columns.values())
    unclear: list[int] = []
    for column in _columns_in(sheet, rows):
        if column <= left or _is_covered(sheet, rows, column):
            continue
        headings = _headings(sheet, heading_rows, column)
        part = _by_content(sheet, rows, column) or next((one for text in headings if (one := read_heading(text))), None)
        in_check = is_first(headings) or is_second(headings)
        if part is None and not in_check:
            continue
        if part is None:
            if _shares_check(sheet, heading_rows, column):
                unclear.append(column)
                continue
            part = Part.ANSWER
        if part in SECONDS and (is_second(headings) or (part in columns and not is_first(headings))):
            part = SECONDS[part]
        if part in columns:
            unclear.append(column)
        else:
            columns[part] = column
    return unclear


def _headings(sheet: Sheet, rows: list[int], column: int) -> list[str]:
    """The headings over a column, the nearest first."""
    shown = (sheet.shown(row, column) for row in reversed(rows))
    texts = [cell.text for cell in shown if cell and len(squeezed(cell.text)) <= LONGEST_HEADING]
    return list(dict.fromkeys(texts))


def _by_content(sheet: Sheet, rows: list[int], column: int) -> Part | None:
    """What is printed or offered in most of the rows' cells."""
    most = max(2, len(rows) // 2)
    offered = [area for area in yes_or_no_areas(sheet) if area.left <= column <= area.right]
    asked = (
        asks_yes_or_no(sheet.text(row, column)) or any(area.covers(row, column) for area in offered) for row in rows
    )
    if sum(asked) >= most:
        return Part.ANSWER
    headings = [row for row, _cells in sheet.rows() if row < rows[0]][-_HEADING_ROWS:]
    if any(read_heading(text) is Part.TARGET for text in _headings(sheet, headings, column)):
        return Part.TARGET
    return Part.DATE if sum(asks_date(sheet.text(row, column)) for row in rows) >= most else None


def _is_covered(sheet: Sheet, rows: list[int], column: int) -> bool:
    """Whether most rows' cells are hidden under a cell merged from the left."""
    return sum(sheet.anchor(row, column)[1] < column for row in rows) * 2 > len(rows)


def _shares_check(sheet: Sheet, heading_rows: list[int], column: int) -> bool:
    """Whether the heading of the check is spread over several columns, so that this one alone does not tell."""
    return any(
        merge.left < merge.right and merge.top in heading_rows and merge.left <= column <= merge.right
        for merge in sheet.merges
        if is_first([sheet.text(merge.top, merge.left)]) or is_second([sheet.text(merge.top, merge.left)])
    )


def _find_headings_beside(sheet: Sheet, rows: list[int], columns: Columns) -> None:
    """Columns to the left that name section and scope of their rows."""
    number = columns.get(Part.NUMBER, 0)
    for column in range(1, columns.get(Part.LABEL, number)):
        if column == number:
            continue
        texts = [cell.text for row in rows if (cell := sheet.shown(row, column)) and cell.text.strip()]
        if len(texts) * 2 < len(rows):
            continue
        numbered = sum(section_number(text) is not None for text in texts)
        names_scope = any(word in text for text in texts for word in SCOPE_WORDS)
        section = columns.get(Part.SECTION, 0)
        if not section and (numbered * 2 > len(texts) or not names_scope):
            columns[Part.SECTION] = column
        elif section and column == section + 1 and _is_bare(sheet, rows, section):
            continue
        else:
            columns.setdefault(Part.SCOPE, column)


def _is_bare(sheet: Sheet, rows: list[int], column: int) -> bool:
    """Whether sections are numbers alone, with their titles in the next column."""
    cell = sheet.shown(rows[0], column)
    return bool(cell and read_number(cell.text))
