"""Characters and ruling lines of pages become rows and columns, the same columns on all pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from services.reading.grid import Cell, Sheet
from services.reading.xlsx_sheet import Budget, decoded

_SAME_LINE: Final = 3.0
_TOUCH: Final = 1.0
_SAME_PLACE: Final = 1.0
_GAP: Final = 0.55
_LEAST_GAP: Final = 0.3
_MAX_COLUMNS: Final = 200


class Character(NamedTuple):
    """A character, with the blank before it if there is one, and the box it fills; y grows downwards."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


class Line(NamedTuple):
    """A ruling line: at x from y to y, or at y from x to x."""

    is_upright: bool
    at: float
    start: float
    end: float


@dataclass
class Page:
    """What is on one page."""

    characters: list[Character]
    lines: list[Line] = field(default_factory=list)


class Piece(NamedTuple):
    """Characters side by side without a gap."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def build_sheet(pages: list[Page]) -> Sheet:
    """One sheet of all pages, with the row at which each begins."""
    sheet = Sheet("PDF")
    budget = Budget()
    rules = _positions(line.at for page in pages for line in page.lines if line.is_upright)
    all_pieces = [list(_pieces(page)) for page in pages]
    starts = rules or _starts(piece for pieces in all_pieces for row in pieces for piece in row)
    if not rules:
        # Now that it is known where columns begin, a text that nearly touches the next column is told from it.
        all_pieces = [list(_pieces(page, starts)) for page in pages]
    row = 1
    for page, rows in zip(pages, all_pieces, strict=True):
        sheet.page_starts.append(row)
        placed = _by_rules(page, rows, rules) if rules else _by_gaps(rows, starts)
        for cells in placed:
            for column, text in sorted(cells.items()):
                budget.take(text)
                sheet.cells[row, column] = Cell(row, column, decoded(text))
            row += 1
    return sheet


class Rules:
    """The ruling lines of one direction: at each place the stretches that they cover, joined where they touch."""

    def __init__(self, lines: Iterable[Line], places: list[float]) -> None:
        self.places = places
        stretches: dict[int, list[tuple[float, float]]] = {}
        for line in lines:
            stretches.setdefault(self._nearest(line.at), []).append((line.start, line.end))
        self._stretches = {index: _joined_stretches(listed) for index, listed in stretches.items()}

    def cuts(self, index: int, across: float) -> bool:
        """Whether a line is drawn at this place where `across` passes it."""
        stretches = self._stretches.get(index, [])
        found = bisect_right(stretches, (across + _TOUCH, float("inf"))) - 1
        return found >= 0 and stretches[found][1] >= across - _TOUCH

    def at(self, across: float) -> list[float]:
        """The places at which lines are drawn where `across` passes them."""
        return [self.places[index] for index in sorted(self._stretches) if self.cuts(index, across)]

    def _nearest(self, at: float) -> int:
        index = bisect_right(self.places, at)
        near = [one for one in (index - 1, index) if 0 <= one < len(self.places)]
        return min(near, key=lambda one: abs(self.places[one] - at))


def _joined_stretches(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1] + _TOUCH:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _pieces(page: Page, starts: Sequence[float] = ()) -> Iterator[list[Piece]]:
    """Rows of pieces, from the top; a row's pieces from left to right."""
    rows: list[tuple[float, list[Character]]] = []
    for character in sorted(page.characters, key=lambda one: ((one.top + one.bottom) / 2, one.left)):
        middle = (character.top + character.bottom) / 2
        if rows and abs(rows[-1][0] - middle) <= max(_SAME_LINE, (character.bottom - character.top) * 0.3):
            rows[-1][1].append(character)
        else:
            rows.append((middle, [character]))
    upright = [line for line in page.lines if line.is_upright]
    rules = Rules(upright, _positions(line.at for line in upright))
    for middle, row in rows:
        yield list(_joined(sorted(row, key=lambda one: one.left), rules.at(middle), starts))


def _joined(row: list[Character], cuts: list[float], starts: Sequence[float]) -> Iterator[Piece]:
    """Characters side by side, until a wide gap, a line between them, or a gap before the next column."""
    text, first, last = row[0].text, row[0], row[0]
    top, bottom = first.top, first.bottom
    for before, character in pairwise(row):
        size = max(character.bottom - character.top, 1.0)
        gap = character.left - before.right
        is_cut = bisect_right(cuts, (before.left + before.right) / 2) != bisect_right(
            cuts, (character.left + character.right) / 2
        )
        is_start = gap > size * _LEAST_GAP and any(abs(character.left - start) < _SAME_PLACE for start in starts)
        if gap > size * _GAP or is_cut or is_start:
            yield Piece(text.strip(), first.left, top, last.right, bottom)
            text, first, top, bottom = "", character, character.top, character.bottom
        text += character.text
        last = character
        top, bottom = min(top, character.top), max(bottom, character.bottom)
    yield Piece(text.strip(), first.left, top, last.right, bottom)


def _positions(values: Iterable[float]) -> list[float]:
    """Places that differ by more than the width of a line."""
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _SAME_LINE:
            places.append(value)
    return places


def _by_rules(page: Page, rows: list[list[Piece]], columns: list[float]) -> Iterator[dict[int, str]]:
    """Text in the cells that lines draw; what stands outside of them gets rows of its own."""
    upright = Rules((line for line in page.lines if line.is_upright), columns)
    level_lines = [line for line in page.lines if not line.is_upright]
    heights = _positions(line.at for line in level_lines)
    level = Rules(level_lines, heights)
    cells: dict[float, dict[int, list[str]]] = {}
    for row in rows:
        for piece in row:
            across, down = (piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2
            column, height = bisect_right(columns, across), bisect_right(heights, down)
            is_inside = 0 < height < len(heights) and bool(upright.at(down))
            while is_inside and column > 1 and not upright.cuts(column - 1, down):
                column -= 1
            while is_inside and height > 1 and not level.cuts(height - 1, across):
                height -= 1
            place = heights[height - 1] if is_inside else down
            cells.setdefault(place, {}).setdefault(max(column, 1), []).append(piece.text)
    for place in sorted(cells):
        yield {column: "\n".join(texts) for column, texts in cells[place].items()}


def _starts(pieces: Iterable[Piece]) -> list[float]:
    """Without lines: columns begin where many pieces begin."""
    lefts = sorted(piece.left for piece in pieces)
    groups: list[list[float]] = []
    for left in lefts:
        if groups and left - groups[-1][-1] <= _SAME_LINE * 2:
            groups[-1].append(left)
        else:
            groups.append([left])
    often = max(3, len(lefts) // 100)
    return [group[0] for group in groups if len(group) >= often][:_MAX_COLUMNS] or lefts[:1]


def _by_gaps(rows: list[list[Piece]], starts: list[float]) -> Iterator[dict[int, str]]:
    """A row begins where its first column holds something; lines without that go on with the row above."""
    current: dict[int, str] = {}
    for row in rows:
        placed: dict[int, str] = {}
        for piece in row:
            column = max(1, bisect_right(starts, piece.left + _SAME_LINE))
            placed[column] = f"{placed[column]} {piece.text}" if column in placed else piece.text
        if 1 in placed or not current:
            if current:
                yield current
            current = placed
        else:
            for column, text in placed.items():
                current[column] = f"{current[column]}\n{text}" if column in current else text
    if current:
        yield current
