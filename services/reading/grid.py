"""What every kind of file is read into: sheets of cells with addresses. Only cells that hold something exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import IntFlag, StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple

_ADDRESS: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
LARGEST_MERGE: Final = 4096
"""Merged ranges beyond this size are looked through one by one; there are never many of them."""


class Kind(StrEnum):
    """What a cell holds; its `text` is the same in all cases, as a person sees it."""

    TEXT = "s"
    NUMBER = "n"
    DATE = "d"
    BOOLEAN = "b"
    ERROR = "e"


class Flag(IntFlag):
    """What is to be known about a cell beside its text."""

    FORMULA = 1
    NOT_CALCULATED = 2
    """A formula whose result the file does not hold; the text is empty."""
    PLAIN_NUMBER = 4
    """A number without a format of its own: 4.10 was typed or 4.1, the file does not tell."""
    UNKNOWN_FORMAT = 8
    """The number format is not understood; the text is the bare number."""


class Cell(NamedTuple):
    """One cell that holds something. Rows and columns count from 1. Dates read 2026-03-31, whatever their format."""

    row: int
    column: int
    text: str
    kind: Kind = Kind.TEXT
    flags: Flag = Flag(0)

    @property
    def address(self) -> str:
        """C24, as in a spreadsheet."""
        return address_of(self.row, self.column)


class Range(NamedTuple):
    """A rectangle of cells, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def covers(self, row: int, column: int) -> bool:
        """Whether a cell lies in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    @property
    def size(self) -> int:
        """How many cells it has."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)

    @property
    def address(self) -> str:
        """A1:E1, or A1 for a single cell."""
        first, last = address_of(self.top, self.left), address_of(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"


@dataclass(frozen=True, slots=True)
class Dropdown:
    """A list to choose from, laid over cells. `source` is what the file says, `choices` what it comes to, if found."""

    ranges: tuple[Range, ...]
    choices: tuple[str, ...]
    source: str
    is_extension: bool = False


@dataclass(frozen=True, slots=True)
class TickBox:
    """A box or button that floats over the cells; `is_ticked` is None where the file does not tell."""

    kind: str
    is_ticked: bool | None
    row: int = 0
    column: int = 0
    linked_cell: str = ""


@dataclass
class Sheet:
    """The cells of one sheet by (row, column), and what lies over and around them."""

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merges: list[Range] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    is_hidden: bool = False
    is_protected: bool = False
    dropdowns: list[Dropdown] = field(default_factory=list)
    tick_boxes: list[TickBox] = field(default_factory=list)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    page_starts: list[int] = field(default_factory=list)
    """For a PDF: the row with which each page begins."""

    def text(self, row: int, column: int) -> str:
        """What stands in exactly this cell; "" where there is nothing."""
        cell = self.cells.get((row, column))
        return cell.text if cell else ""

    def shown(self, row: int, column: int) -> Cell | None:
        """What a person sees at this place: for a merged range, the cell at its upper left."""
        found = self.cells.get((row, column))
        if found or not self.merges:
            return found
        return self.cells.get(self.anchor(row, column))

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """The cell that holds what is shown here: the upper left one of a merged range, else the cell itself."""
        found = self._anchors.get((row, column))
        if found is None:
            found = next(((one.top, one.left) for one in self._wide_merges if one.covers(row, column)), (row, column))
        return found

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Each row that holds something, with its cells from left to right."""
        yield from self._rows.items()

    def row(self, number: int) -> list[Cell]:
        """The cells of one row from left to right; [] where it holds nothing."""
        return self._rows.get(number, [])

    def is_column_hidden(self, column: int) -> bool:
        """Whether a person has to unhide the column to see it."""
        return any(first <= column <= last for first, last in self.hidden_columns)

    def place(self, row: int, column: int) -> str:
        """An address for people: C24, or for a PDF p3:C24 with the page before it."""
        address = address_of(row, column)
        if not self.page_starts:
            return address
        return f"p{sum(start <= row for start in self.page_starts)}:{address}"

    @cached_property
    def _rows(self) -> dict[int, list[Cell]]:
        rows: dict[int, list[Cell]] = {}
        for key in sorted(self.cells):
            rows.setdefault(key[0], []).append(self.cells[key])
        return rows

    @cached_property
    def _anchors(self) -> dict[tuple[int, int], tuple[int, int]]:
        return {
            (row, column): (merge.top, merge.left)
            for merge in self.merges
            if merge.size <= LARGEST_MERGE
            for row in range(merge.top, merge.bottom + 1)
            for column in range(merge.left, merge.right + 1)
        }

    @cached_property
    def _wide_merges(self) -> list[Range]:
        return [merge for merge in self.merges if merge.size > LARGEST_MERGE]


@dataclass
class Workbook:
    """All sheets of a file. `kind` is xlsx, csv or pdf."""

    kind: str
    sheets: list[Sheet]
    title: str = ""

    def sheet(self, name: str) -> Sheet | None:
        """The sheet of this name."""
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


def address_of(row: int, column: int) -> str:
    """(24, 3) is C24."""
    return f"{letters_of(column)}{row}"


def letters_of(column: int) -> str:
    """3 is C, 28 is AB."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def parse_address(address: str) -> tuple[int, int] | None:
    """C24 or $C$24 is (24, 3); None for what is no address."""
    found = _ADDRESS.fullmatch(address)
    if not found:
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def parse_range(text: str) -> Range | None:
    """A1:E3 or A1; None for what is no range."""
    first, _, last = text.partition(":")
    start, end = parse_address(first), parse_address(last or first)
    if not start or not end:
        return None
    rows, columns = sorted((start[0], end[0])), sorted((start[1], end[1]))
    return Range(rows[0], columns[0], rows[1], columns[1])


def pack_workbook(workbook: Workbook) -> dict[str, Any]:
    """The workbook as JSON can hold it."""
    return {"kind": workbook.kind, "title": workbook.title, "sheets": [pack_sheet(one) for one in workbook.sheets]}


def unpack_workbook(packed: dict[str, Any]) -> Workbook:
    """The workbook again."""
    return Workbook(packed["kind"], [unpack_sheet(one) for one in packed["sheets"]], packed["title"])


def pack_sheet(sheet: Sheet) -> dict[str, Any]:
    """One sheet as JSON can hold it."""
    return {
        "name": sheet.name,
        "cells": list(sheet.cells.values()),
        "merges": sheet.merges,
        "hidden_rows": sorted(sheet.hidden_rows),
        "hidden_columns": sheet.hidden_columns,
        "is_hidden": sheet.is_hidden,
        "is_protected": sheet.is_protected,
        "dropdowns": [asdict(one) for one in sheet.dropdowns],
        "tick_boxes": [asdict(one) for one in sheet.tick_boxes],
        "comments": [[row, column, text] for (row, column), text in sheet.comments.items()],
        "page_starts": sheet.page_starts,
    }


def unpack_sheet(packed: dict[str, Any]) -> Sheet:
    """The sheet again."""
    cells = [Cell(row, column, text, Kind(kind), Flag(flags)) for row, column, text, kind, flags in packed["cells"]]
    return Sheet(
        name=packed["name"],
        cells={(cell.row, cell.column): cell for cell in cells},
        merges=[Range(*one) for one in packed["merges"]],
        hidden_rows=set(packed["hidden_rows"]),
        hidden_columns=[(first, last) for first, last in packed["hidden_columns"]],
        is_hidden=packed["is_hidden"],
        is_protected=packed["is_protected"],
        dropdowns=[_unpack_dropdown(one) for one in packed["dropdowns"]],
        tick_boxes=[TickBox(**one) for one in packed["tick_boxes"]],
        comments={(row, column): text for row, column, text in packed["comments"]},
        page_starts=packed["page_starts"],
    )


def _unpack_dropdown(packed: dict[str, Any]) -> Dropdown:
    ranges = tuple(Range(*one) for one in packed["ranges"])
    return Dropdown(ranges, tuple(packed["choices"]), packed["source"], packed["is_extension"])
