"""Where a template's questions and answers stand on a sheet: by the numbers, then headings, then what cells hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from services.reading.grid import Kind, Sheet
from services.reading.meaning import Understanding, understand
from services.reading.normal import normal_id, normal_text, squeezed
from services.reading.templates import Template, Value

HEADING_ROWS: Final = 6
NO_NOTES: Final = 10**9
_MAX_HEADING: Final = 80
_LEADING: Final = re.compile(r"\s*([^\W\d_]{0,8}[-‐－]?\s?[0-9]+(?:[.\-‐－．][0-9]+)*[a-z]?)[\s.)．：:、]+(?=\S)")
_SAME_WORDING: Final = 0.7

Rows = dict[str, list[int]]


@dataclass
class Layout:
    """The columns of a template's questions on one sheet, and the rows of each number."""

    sheet: Sheet
    id_column: int
    rows: Rows
    misprinted: dict[int, str] = field(default_factory=dict)
    heading_rows: list[int] = field(default_factory=list)
    question_column: int = 0
    answer_column: int = 0
    mark_columns: dict[Value, int] = field(default_factory=dict)
    remark_columns: list[int] = field(default_factory=list)
    same_wording: float = 1.0
    notes_from: int = NO_NOTES

    @property
    def first_row(self) -> int:
        """The row of the first question."""
        return min(rows[0] for rows in self.rows.values())


def numbers_by_column(sheet: Sheet, *, before_text: bool = False) -> dict[int, dict[int, str]]:
    """Everything on a sheet that could be a question's number: by column, then by row.

    With `before_text` also numbers that stand before the question in its cell, as in "1.2 Is there …".
    """
    found: dict[int, dict[int, str]] = {}
    for cell in sheet.cells.values():
        number = normal_id(cell.text)
        if before_text and (leading := _LEADING.match(cell.text)):
            number = normal_id(leading[1])
        if number:
            found.setdefault(cell.column, {})[cell.row] = number
    return found


def lay_out(
    sheet: Sheet, template: Template, known: Understanding, numbers: dict[int, dict[int, str]]
) -> Layout | None:
    """Where the template's questions stand on the sheet; None where not one of them does."""
    wanted = template.questions.keys()
    aliases = {normal_id(alias): number for alias, number in template.numbers.aliases.items()}
    best: tuple[int, int] = (0, 0)
    for column, by_row in numbers.items():
        count = len({aliases.get(number, number) for number in by_row.values()} & wanted)
        best = max(best, (count, -column))
    if not best[0]:
        return None
    column = -best[1]
    layout = Layout(sheet, column, {}, notes_from=row_of_notes(sheet, template.notes.headings))
    for row in sorted(numbers[column]):
        number = numbers[column][row]
        meant = aliases.get(number, number)
        if meant in wanted and not (row > layout.notes_from and meant in layout.rows):
            layout.rows.setdefault(meant, []).append(row)
            if meant != number:
                layout.misprinted[row] = sheet.text(row, column).strip()
    layout.heading_rows = _heading_rows(layout)
    _find_columns(layout, template, known)
    layout.same_wording = _same_wording(layout, template)
    return layout


def row_of_notes(sheet: Sheet, headings: Iterable[str]) -> int:
    """The heading over remarks, which stands alone in its row; below it, numbers are those of remarks."""
    wanted = {normal_text(one) for one in headings}
    alone = ((row, cells[0].text) for row, cells in sheet.rows() if len(cells) == 1)
    return max((row for row, text in alone if normal_text(text).rstrip(":") in wanted), default=NO_NOTES)


def headings_of(sheet: Sheet, column: int, rows: Iterable[int]) -> list[str]:
    """The headings over a column, also those that merged cells spread over it."""
    shown = (sheet.shown(row, column) for row in rows)
    return [normal_text(cell.text) for cell in shown if cell and len(cell.text) <= _MAX_HEADING]


def columns_of(sheet: Sheet, rows: Iterable[int]) -> list[int]:
    """The columns that hold something in these rows."""
    return sorted({cell.column for row in rows for cell in sheet.row(row)})


def _heading_rows(layout: Layout) -> list[int]:
    first = layout.first_row
    above = [row for row, _cells in layout.sheet.rows() if row < first]
    return above[-HEADING_ROWS:]


def _find_columns(layout: Layout, template: Template, known: Understanding) -> None:
    labels = template.columns
    data_rows = [row for rows in layout.rows.values() for row in rows]
    columns = [one for one in columns_of(layout.sheet, [*data_rows, *layout.heading_rows]) if one != layout.id_column]
    headings = {column: headings_of(layout.sheet, column, layout.heading_rows) for column in columns}

    def by_heading(words: Iterable[str]) -> list[int]:
        wanted = {normal_text(word) for word in words}
        return [column for column in columns if wanted & set(headings[column])]

    if template.answers.family == "marks":
        for value, words in template.answers.columns.items():
            found = by_heading(words)
            offset = template.answers.offsets.get(value)
            place = found[0] if found else layout.id_column + offset if offset is not None else 0
            if place > 0 and place not in layout.mark_columns.values():
                layout.mark_columns[Value(value)] = place
    taken = {layout.id_column, *layout.mark_columns.values()}
    layout.question_column = _first(by_heading(labels.question), taken) or _longest(layout, columns, taken)
    taken.add(layout.question_column)
    if template.answers.family == "cell":
        layout.answer_column = _answer_column(layout, template, known, by_heading(labels.answer), columns, taken)
        taken.add(layout.answer_column)
    remarks = [column for column in by_heading(labels.remark) if column not in taken]
    offset = labels.offsets.get("remark")
    if not remarks and offset is not None and layout.id_column + offset not in taken:
        remarks = [layout.id_column + offset]
    layout.remark_columns = remarks


def _answer_column(
    layout: Layout,
    template: Template,
    known: Understanding,
    headed: list[int],
    columns: list[int],
    taken: set[int],
) -> int:
    """By heading; else where most cells are answers; else where lists are offered; else where the template has it."""
    column = _first(headed, taken)
    if column:
        return column
    counted: Counter[int] = Counter()
    choices = [number for number, question in template.questions.items() if question.kind == "choice"]
    for row in (row for number in choices for row in layout.rows.get(number, ())):
        for cell in layout.sheet.row(row):
            sure = cell.column not in taken and understand(cell.text, known)
            if sure and sure.value not in {Value.NEEDS_PERSON, Value.UNANSWERED} and cell.kind is not Kind.ERROR:
                counted[cell.column] += 1
    offset = template.columns.offsets.get("answer")
    usual = layout.id_column + offset if offset is not None else 0
    if counted:
        # Two columns with answers, last year's and this year's: the one where the template has it.
        most = max(counted.values())
        if 2 * counted[usual] >= most:
            return usual
        return min(column for column, count in counted.items() if count == most)
    offered = Counter(column for column in _columns_with_lists(layout) if column not in taken)
    if offered:
        return offered.most_common(1)[0][0]
    return usual if usual not in taken else _first([one for one in columns if one > layout.id_column], taken)


def _columns_with_lists(layout: Layout) -> Iterator[int]:
    rows = {row for found in layout.rows.values() for row in found}
    for dropdown in layout.sheet.dropdowns:
        for area in dropdown.ranges:
            if area.left == area.right and any(area.top <= row <= area.bottom for row in rows):
                yield area.left


def _longest(layout: Layout, columns: list[int], taken: set[int]) -> int:
    """The column with the longest texts is the one with the questions."""
    lengths: Counter[int] = Counter()
    for rows in layout.rows.values():
        for cell in layout.sheet.row(rows[0]):
            if cell.column not in taken:
                lengths[cell.column] += min(len(cell.text), _MAX_HEADING)
    return lengths.most_common(1)[0][0] if lengths else _first(columns, taken)


def _first(columns: Iterable[int], taken: set[int]) -> int:
    return next((column for column in columns if column not in taken), 0)


def _same_wording(layout: Layout, template: Template) -> float:
    """The share of questions worded as in the file the template was learned from; 1 where it holds no words."""
    compared = same = 0
    for number, rows in layout.rows.items():
        text = template.questions[number].text
        if text:
            shown = layout.sheet.shown(rows[0], layout.question_column)
            compared += 1
            same += shown is not None and squeezed(shown.text) == squeezed(text)
    return same / compared if compared else 1.0


def count_filled(layout: Layout) -> int:
    """How many questions have something where their answers go."""
    places = [layout.answer_column, *layout.mark_columns.values()]
    return sum(any(layout.sheet.text(rows[0], place).strip() for place in places) for rows in layout.rows.values())


def is_same_wording(layout: Layout) -> bool:
    """Whether the numbers also mean the questions of this edition."""
    return layout.same_wording >= _SAME_WORDING
