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
    for middle, row in rows:
        cuts = sorted(line.at for line in upright if line.start <= middle <= line.end)
        yield list(_joined(sorted(row, key=lambda one: one.left), cuts, starts))


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
    return places[:_MAX_COLUMNS]


def _by_rules(page: Page, rows: list[list[Piece]], columns: list[float]) -> Iterator[dict[int, str]]:
    """Text in the cells that lines draw; what stands outside of them gets rows of its own."""
    upright = [line for line in page.lines if line.is_upright]
    level = [line for line in page.lines if not line.is_upright]
    heights = _positions(line.at for line in level)
    cells: dict[float, dict[int, list[str]]] = {}
    for row in rows:
        for piece in row:
            across, down = (piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2
            column, height = bisect_right(columns, across), bisect_right(heights, down)
            is_inside = 0 < height < len(heights) and any(line.start - 1 <= down <= line.end + 1 for line in upright)
            while is_inside and column > 1 and not _is_cut(upright, columns[column - 1], down):
                column -= 1
            while is_inside and height > 1 and not _is_cut(level, heights[height - 1], across):
                height -= 1
            place = heights[height - 1] if is_inside else down
            cells.setdefault(place, {}).setdefault(max(column, 1), []).append(piece.text)
    for place in sorted(cells):
        yield {column: "\n".join(texts) for column, texts in cells[place].items()}


def _is_cut(lines: list[Line], at: float, across: float) -> bool:
    return any(abs(line.at - at) <= _SAME_LINE and line.start - 1 <= across <= line.end + 1 for line in lines)


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
