"""Which rows belong to which question, also where its number was spread, kept as a number or turned into a date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.reading.grid import Cell, Flag, Kind
from services.reading.layout import Layout
from services.reading.normal import normal_id, squeezed
from services.reading.readings import Finding, Reason
from services.reading.templates import Template

_BETWEEN: Final = re.compile(r"[\s,、・&]+|(?<=[0-9A-Za-z])[.:)．：]+(?:\s|$)")
_MAX_LINE: Final = 200
_MAX_SPAN: Final = 200


@dataclass
class FoundRows:
    """The rows of a question, and why a person has to say whether they are."""

    rows: list[int] = field(default_factory=list)
    doubt: Reason | None = None


class Numbering:
    """The rows of each number on one sheet."""

    def __init__(self, layout: Layout, template: Template) -> None:
        self._layout = layout
        self._wanted = template.questions
        self._pattern = re.compile(template.numbers.pattern) if template.numbers.pattern else None
        merges = [merge for merge in layout.sheet.merges if merge.covers(merge.top, layout.id_column)]
        self._spans = {merge.top: merge.bottom for merge in merges}
        self._doubtful: dict[str, list[int]] = {}
        self._shared: dict[str, list[int]] = {}
        self._claimed: set[int] = {row for rows in layout.rows.values() for row in rows}
        self._claim_numbers_kept_as_numbers()
        self._claim_other_rows()
        self._by_row: dict[int, list[str]] = {}
        for number, rows in (*layout.rows.items(), *self._shared.items()):
            for row in rows:
                self._by_row.setdefault(row, []).append(number)

    def rows_of(self, number: str) -> FoundRows:
        """The rows of a question, with those that a merged number covers."""
        rows = self._layout.rows.get(number, [])
        doubtful = self._doubtful.get(number, [])
        if rows:
            spread = [row for first in rows for row in self._covered(first)]
            return FoundRows(spread, Reason.DOUBTFUL_NUMBER if doubtful else None)
        if doubtful:
            return FoundRows(doubtful, Reason.DOUBTFUL_NUMBER)
        return FoundRows(self._shared.get(number, []))

    def sharing(self, row: int) -> list[str]:
        """The numbers of all questions that stand in one row."""
        return self._by_row.get(row, [])

    def unknown(self) -> Iterator[Finding]:
        """Rows whose number looks like one, but is none of the template's."""
        if self._pattern is None:
            return
        sheet, column, first = self._layout.sheet, self._layout.id_column, self._layout.first_row
        for row, cells in sheet.rows():
            if row in self._claimed or not first <= row < self._layout.notes_from or len(cells) < 2:
                continue
            number = normal_id(sheet.text(row, column))
            if number and self._pattern.fullmatch(number):
                yield Finding(Reason.UNKNOWN_NUMBER, sheet.place(row, column), sheet.text(row, column).strip())

    def _covered(self, row: int) -> list[int]:
        """The row, and those below it that its merged number spans."""
        last = min(self._spans.get(row, row), row + _MAX_SPAN)
        below = (other for other in range(row + 1, last + 1) if self._layout.sheet.row(other))
        return [row, *(other for other in below if other not in self._claimed)]

    def _claim_numbers_kept_as_numbers(self) -> None:
        """4.10 kept as the number 4.1, or 1-2 as the second of January: which question it is, a person says."""
        sheet, column = self._layout.sheet, self._layout.id_column
        for number, rows in list(self._layout.rows.items()):
            longer = [f"{number}{'0' * count}" for count in (1, 2)]
            missing = [one for one in longer if one in self._wanted and one not in self._layout.rows]
            plain = [row for row in rows if sheet.cells[row, column].flags & Flag.PLAIN_NUMBER] if missing else []
            for row in plain:
                rows.remove(row)
                self._assign(row, [number, *missing])
            if not rows:
                del self._layout.rows[number]
        for row, _cells in sheet.rows():
            cell = sheet.cells.get((row, column))
            if cell and cell.kind is Kind.DATE and row not in self._claimed:
                self._assign(row, self._meant_by_date(cell))

    def _assign(self, row: int, candidates: list[str]) -> None:
        """To the question that is worded as in this row; without such, to each of them with a doubt."""
        shown = self._layout.sheet.shown(row, self._layout.question_column)
        asked = squeezed(shown.text) if shown else ""
        worded = [number for number in candidates if asked and squeezed(self._wanted[number].text) == asked]
        if len(worded) == 1:
            self._layout.rows.setdefault(worded[0], []).append(row)
        else:
            for number in candidates:
                self._doubtful.setdefault(number, []).append(row)
        if candidates:
            self._claimed.add(row)

    def _meant_by_date(self, cell: Cell) -> list[str]:
        parts = cell.text[:10].split("-")
        if len(parts) != 3 or not all(part.isdecimal() for part in parts):
            return []
        year, month, day = (int(part) for part in parts)
        pairs = {(month, day), (day, month), (month, year % 100), (year % 100, month)}
        written = [f"{one}{mark}{other}" for one, other in sorted(pairs) for mark in ("-", ".")]
        written += [f"{year % 100}-{month}-{day}", f"{year % 100}.{month}.{day}"]
        return [one for one in written if one in self._wanted and one not in self._layout.rows]

    def _claim_other_rows(self) -> None:
        """Numbers that are not alone in their cell: two questions in one row, or a number before its question."""
        missing = self._wanted.keys() - self._layout.rows.keys() - self._doubtful.keys()
        if not missing:
            return
        sheet = self._layout.sheet
        columns = {self._layout.id_column, self._layout.question_column}
        for row, cells in sheet.rows():
            for cell in cells:
                if cell.column not in columns:
                    continue
                for line in cell.text.splitlines():
                    parts = _BETWEEN.split(line.strip()[:_MAX_LINE])
                    for part in parts if cell.column == self._layout.id_column else parts[:1]:
                        number = normal_id(part)
                        if number in missing:
                            self._shared.setdefault(number, []).append(row)
                            self._claimed.add(row)
