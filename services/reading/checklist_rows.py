"""The rows of an official checklist: headings, the first question, items, and what is unclear about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.reading.checklist_numbers import FAMILIES, Number, read_number, section_number, split_number
from services.reading.checklist_words import (
    NO_WORDS,
    YES_WORDS,
    Part,
    asks_date,
    asks_yes_or_no,
    is_footnote,
    read_heading,
)
from services.reading.grid import Cell, Flag, Range, Sheet
from services.reading.normal import squeezed

SCOPE_WORDS: Final = ("サーバ", "端末", "ネットワーク機器", "システム全般", "について")
_IN_USE: Final = ("導入", "有無", "利用して", "使用して")
_LONGEST_SCOPE: Final = 120
_MOST_AREAS: Final = 400


class LineKind(StrEnum):
    """What a row of the form is."""

    ITEM = "item"
    GATE = "gate"
    SECTION = "section"
    SCOPE = "scope"
    NOTHING = "nothing"


class Doubt(StrEnum):
    """Why somebody has to say what a row is."""

    NO_NUMBER = "no_number"
    NUMBER_TWICE = "number_twice"
    OUT_OF_ORDER = "out_of_order"
    NO_SECTION = "no_section"
    NO_LABEL = "no_label"
    HIDDEN = "hidden"
    NOT_CALCULATED = "not_calculated"
    SEEMS_GATE = "seems_gate"


@dataclass
class Line:
    """One row. `number` is what is printed with its section, as in 2-④; `doubts` end once a person has decided."""

    row: int
    kind: LineKind
    number: str = ""
    label: str = ""
    section: str = ""
    scope: str = ""
    doubts: list[Doubt] = field(default_factory=list)
    is_dated_below: bool = False
    """Whether the date of a check is written under its answer, in the row below."""


@dataclass(frozen=True, slots=True)
class _Numbered:
    number: Number
    label: str


def read_lines(sheet: Sheet, columns: Mapping[Part, int]) -> list[Line]:
    """Every row that says something, down to the last item; none where no row is numbered."""
    found = find_numbered(sheet, columns)
    if not found:
        return []
    first, last = min(found), max(found)
    reader = _Reader(sheet, columns, found)
    lines = [line for row in _rows_to_read(sheet, columns, first, last) if (line := reader.read(row))]
    for line in lines:
        line.is_dated_below = _is_dated_below(sheet, columns, line.row)
    _doubt_numbers([line for line in lines if line.kind is LineKind.ITEM], found)
    return lines


def find_numbered(sheet: Sheet, columns: Mapping[Part, int]) -> dict[int, _Numbered]:
    """The rows with a number of the kind that most rows have, and the sentence beside or behind it."""
    column, label_column = columns.get(Part.NUMBER, 0), columns.get(Part.LABEL, 0)
    candidates = dict(_candidates(sheet, column or label_column, label_column))
    counts = Counter(one.number.family for one in candidates.values())
    if not counts:
        return {}
    family = max(counts, key=lambda name: (counts[name], -FAMILIES.index(name)))
    return {row: one for row, one in candidates.items() if one.number.family == family}


def _candidates(sheet: Sheet, column: int, label_column: int) -> Iterator[tuple[int, _Numbered]]:
    for row, _cells in sheet.rows():
        cell = sheet.cells.get((row, column))
        if cell is None or read_heading(cell.text):
            continue
        if number := read_number(cell.text):
            label = _text(sheet, row, label_column)
            if label and label_column != column:
                yield row, _Numbered(number, label)
        elif split := split_number(cell.text):
            yield row, _Numbered(*split)


def _rows_to_read(sheet: Sheet, columns: Mapping[Part, int], first: int, last: int) -> list[int]:
    """From the first row below the headings; footnotes under the last item are left alone."""
    headings = [
        row
        for row, cells in sheet.rows()
        if row < first and any(cell.column in columns.values() and _is_heading(cell.text) for cell in cells)
    ]
    top = max(headings, default=0)
    return [row for row, _cells in sheet.rows() if top < row <= last and (headings or row >= first - 3)]


def _is_dated_below(sheet: Sheet, columns: Mapping[Part, int], row: int) -> bool:
    """Whether the cell under the answer is printed for a date, and the form has no column for it."""
    column = columns.get(Part.ANSWER, 0)
    if not column or Part.DATE in columns or not asks_yes_or_no(sheet.text(row, column)):
        return False
    return asks_date(sheet.text(row + 1, column))


def _is_heading(text: str) -> bool:
    return read_heading(text) is not None and not asks_yes_or_no(text)


class _Reader:
    """Goes down the rows and keeps the headings that were passed."""

    def __init__(self, sheet: Sheet, columns: Mapping[Part, int], numbered: Mapping[int, _Numbered]) -> None:
        self._sheet = sheet
        self._columns = columns
        self._numbered = numbered
        self._first = min(numbered)
        self._section = self._scope = ""
        self._areas = yes_or_no_areas(sheet)
        self._asked = {part: column for part, column in columns.items() if part in {Part.ANSWER, Part.YES}}

    def read(self, row: int) -> Line | None:
        """What a row is; None where it says nothing in the columns that matter."""
        self._take_headings_beside(row)
        if found := self._numbered.get(row):
            return self._item(row, found)
        cell = self._own_text(row)
        if cell is None:
            return None
        text = " ".join(cell.text.split())
        if self._asks(row):
            kind = LineKind.GATE if row < self._first else LineKind.ITEM
            doubts = [] if kind is LineKind.GATE else [Doubt.NO_NUMBER]
            return Line(row, kind, label=text, section=self._section, scope=self._scope, doubts=doubts)
        if is_footnote(text):
            return Line(row, LineKind.NOTHING, label=text)
        if row < self._first and "システム" in text and any(word in text for word in _IN_USE):
            return Line(row, LineKind.GATE, label=text, doubts=[Doubt.SEEMS_GATE])
        return self._heading(row, text)

    def _heading(self, row: int, text: str) -> Line:
        if section_number(text) is not None:
            self._section, self._scope = text, ""
            return Line(row, LineKind.SECTION, label=text)
        if len(text) <= _LONGEST_SCOPE and any(word in text for word in SCOPE_WORDS):
            self._scope = text
            return Line(row, LineKind.SCOPE, label=text)
        return Line(row, LineKind.NOTHING, label=text)

    def _item(self, row: int, found: _Numbered) -> Line:
        number = found.number
        section = number.section if number.section is not None else section_number(self._section)
        printed = number.printed if number.section is not None or section is None else f"{section}-{number.printed}"
        doubts = [Doubt.NO_SECTION] if section is None else []
        doubts += [Doubt.HIDDEN] if row in self._sheet.hidden_rows else []
        doubts += [Doubt.NO_LABEL] if not found.label else []
        if any(cell.flags & Flag.NOT_CALCULATED for cell in self._sheet.row(row) if cell.column in self._label_places):
            doubts.append(Doubt.NOT_CALCULATED)
        label = " ".join(found.label.split())
        return Line(row, LineKind.ITEM, printed, label, self._section, self._scope, doubts)

    @property
    def _label_places(self) -> set[int]:
        return {self._columns.get(Part.LABEL, 0), self._columns.get(Part.NUMBER, 0)}

    def _take_headings_beside(self, row: int) -> None:
        """Sections and scopes that stand in columns of their own, mostly merged over their rows."""
        section = _text(self._sheet, row, self._columns.get(Part.SECTION, 0))
        if section and squeezed(section) != squeezed(self._section) and not read_heading(section):
            # A number alone has its title in the next column.
            beside = _text(self._sheet, row, self._columns.get(Part.SECTION, 0) + 1)
            is_next = self._columns.get(Part.NUMBER) == self._columns[Part.SECTION] + 1
            is_bare = read_number(section) is not None and not is_next
            named = f"{section} {beside}" if is_bare and beside and not read_number(beside) else section
            if named != self._section:
                self._section, self._scope = " ".join(named.split()), ""
        if scope := _text(self._sheet, row, self._columns.get(Part.SCOPE, 0)):
            self._scope = scope

    def _own_text(self, row: int) -> Cell | None:
        """The first text of a row that is no number and stands where questions and headings stand."""
        limit = min([column for part, column in self._columns.items() if part not in READ_PARTS], default=10**6)
        beside = {self._columns.get(Part.SECTION, 0), self._columns.get(Part.SCOPE, 0)}
        for cell in self._sheet.row(row):
            if cell.column >= limit:
                return None
            if cell.column not in beside and cell.text.strip() and not read_number(cell.text):
                return cell
            number = read_number(cell.text)
            label = _text(self._sheet, row, self._columns.get(Part.LABEL, 0))
            if number and number.family == "plain" and label and cell.column not in beside:
                return cell._replace(text=f"{cell.text.strip()} {label}")
        return None

    def _asks(self, row: int) -> bool:
        """Whether はい and いいえ are printed or offered in the row's place for the answer."""
        for part, column in self._asked.items():
            text = self._sheet.text(row, column)
            if asks_yes_or_no(text) or (part is Part.YES and squeezed(text) in {"□", "□はい"}):
                return True
            if any(area.covers(row, column) for area in self._areas):
                return True
        return False


READ_PARTS: Final = frozenset({Part.SECTION, Part.SCOPE, Part.NUMBER, Part.LABEL})


def yes_or_no_areas(sheet: Sheet) -> list[Range]:
    """Where lists with both answers are offered."""
    areas: list[Range] = []
    for dropdown in sheet.dropdowns:
        words = {squeezed(choice) for choice in dropdown.choices}
        if words & YES_WORDS and words & NO_WORDS:
            areas += dropdown.ranges
    return areas[:_MOST_AREAS]


def _text(sheet: Sheet, row: int, column: int) -> str:
    cell = sheet.shown(row, column) if column else None
    return " ".join(cell.text.split()) if cell else ""


def _doubt_numbers(items: list[Line], found: Mapping[int, _Numbered]) -> None:
    """Numbers that stand twice under one heading, or go back: a misprint that a person has to look at."""
    stand: dict[tuple[str, str], Line] = {}
    before: dict[tuple[str, str], int] = {}
    for line in items:
        if line.row not in found:
            continue
        where = (line.number, squeezed(line.scope))
        if where in stand:
            line.doubts.append(Doubt.NUMBER_TWICE)
        stand[where] = line
        section = (line.number.split("-")[0], squeezed(line.scope))
        count = found[line.row].number.item
        if count < before.get(section, 0):
            line.doubts.append(Doubt.OUT_OF_ORDER)
        before[section] = max(count, before.get(section, 0))
