"""Values put into the XML of a sheet: the bytes of the cells that are written change, and no other byte does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Never
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from services.reading.grid import address_of, parse_address
from services.reading.reasons import NotRead, NotReadReason
from services.reading.xml_events import is_true

_TAG_END: Final = re.compile(rb"""(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_NOT_UTF8: Final = re.compile(
    rb"""\A(?:\xff\xfe|\xfe\xff|<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])[^"']*)""", re.IGNORECASE
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Value:
    """What a cell is to hold: a text, or a number as it is written."""

    text: str
    is_number: bool = False


@dataclass(slots=True)
class CellSpot:
    """A cell that is there: its bytes, its style, and whether a formula makes its value."""

    start: int
    end: int
    style: str
    has_formula: bool = False


@dataclass(slots=True)
class _RowSpot:
    start: int
    head_end: int
    end: int = 0
    is_empty: bool = False
    style: str = ""
    cells: dict[int, CellSpot] = field(default_factory=dict)


class SheetMap:
    """Where rows and cells lie in the bytes of a sheet. Raises NotRead for XML that cannot be followed."""

    def __init__(self, content: bytes) -> None:
        if _NOT_UTF8.match(content):
            raise NotRead(NotReadReason.XML_BROKEN)
        self._content = content
        self._rows: dict[int, _RowSpot] = {}
        self._columns: list[tuple[int, int, str]] = []
        self._path: list[str] = []
        self._row = self._column = 0
        self._prefix = ""
        self._data = (0, 0, 0)
        self._has_data = False
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.EntityDeclHandler = _refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(content, True)
        except (expat.ExpatError, UnicodeError, LookupError) as error:
            raise NotRead(NotReadReason.XML_BROKEN) from error
        if not self._has_data:
            raise NotRead(NotReadReason.NO_SHEETS)

    def cell(self, row: int, column: int) -> CellSpot | None:
        """The cell at a place, if the sheet holds one, even without a value."""
        spot = self._rows.get(row)
        return spot.cells.get(column) if spot else None

    def style_at(self, row: int, column: int) -> int:
        """The style that a value has at this place: the cell's own, its row's or its column's."""
        cell, spot = self.cell(row, column), self._rows.get(row)
        style = cell.style if cell else (spot.style if spot else "") or self._style_of_column(column)
        return int(style) if style.isdecimal() and len(style) < 8 else 0

    def write(self, values: Mapping[Place, Value]) -> bytes:
        """The sheet with these values in place of what those cells held."""
        edits = sorted(self._edits(values), key=lambda edit: (edit[0], edit[1], edit[3]))
        pieces, position = [], 0
        for start, end, replacement, _order in edits:
            pieces += [self._content[position:start], replacement]
            position = end
        return b"".join([*pieces, self._content[position:]])

    def _edits(self, values: Mapping[Place, Value]) -> Iterator[tuple[int, int, bytes, Place]]:
        new_rows: dict[int, list[Place]] = {}
        for place in sorted(values):
            row, column = place
            spot = self._rows.get(row)
            if spot is None:
                new_rows.setdefault(row, []).append(place)
                continue
            cell = spot.cells.get(column)
            made = self._made(place, values[place])
            if cell:
                yield cell.start, cell.end, made, place
            elif not spot.is_empty:
                after = [one.start for other, one in spot.cells.items() if other > column]
                at = min(after, default=spot.end)
                yield at, at, made, place
        for row, spot in self._rows.items():
            if spot.is_empty and (places := sorted(place for place in values if place[0] == row)):
                head = self._content[spot.start : spot.head_end].rstrip(b">").rstrip().rstrip(b"/")
                cells = b"".join(self._made(place, values[place]) for place in places)
                yield spot.start, spot.head_end, head + b">" + cells + self._close("row"), (row, 0)
        yield from self._new_rows(new_rows, values)

    def _new_rows(
        self, rows: Mapping[int, list[Place]], values: Mapping[Place, Value]
    ) -> Iterator[tuple[int, int, bytes, Place]]:
        if not rows:
            return
        start, head_end, end = self._data
        made = {}
        for row, places in rows.items():
            cells = b"".join(self._made(place, values[place]) for place in places)
            made[row] = f'<{self._prefix}row r="{row}">'.encode() + cells + self._close("row")
        if end == start:
            head = self._content[start:head_end].rstrip(b">").rstrip().rstrip(b"/") + b">"
            yield start, head_end, head + b"".join(made[row] for row in sorted(made)) + self._close("sheetData"), (0, 0)
            return
        for row, element in made.items():
            at = min((spot.start for other, spot in self._rows.items() if other > row), default=end)
            yield at, at, element, (row, 0)

    def _made(self, place: Place, value: Value) -> bytes:
        style = self.style_at(*place)
        head = f'<{self._prefix}c r="{address_of(*place)}"' + (f" s={quoteattr(str(style))}" if style else "")
        p = self._prefix
        if value.is_number:
            return f"{head}><{p}v>{escape(value.text)}</{p}v></{p}c>".encode()
        text = escape(_ESCAPED.sub("_x005F_", _CONTROL.sub("", value.text)))
        return f'{head} t="inlineStr"><{p}is><{p}t xml:space="preserve">{text}</{p}t></{p}is></{p}c>'.encode()

    def _close(self, name: str) -> bytes:
        return f"</{self._prefix}{name}>".encode()

    def _style_of_column(self, column: int) -> str:
        return next((style for first, last, style in self._columns if first <= column <= last), "")

    def _tag_end(self, start: int) -> int:
        found = _TAG_END.match(self._content, start)
        if not found:
            raise NotRead(NotReadReason.XML_BROKEN)
        return found.end()

    def _is_closed(self, head_end: int) -> bool:
        """Whether a tag that ends here closes its own element; only then does the reader stand behind it."""
        return self._content[head_end - 2 : head_end] == b"/>"

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, plain = name.rpartition(":")
        self._path.append(plain)
        start = self._parser.CurrentByteIndex
        match self._path[1:]:
            case ["cols", "col"]:
                first, last = attributes.get("min", ""), attributes.get("max", "")
                if first.isdecimal() and last.isdecimal():
                    self._columns.append((int(first), int(last), attributes.get("style", "")))
            case ["sheetData"]:
                self._prefix = f"{prefix}:" if prefix else ""
                self._data = (start, self._tag_end(start), 0)
            case ["sheetData", "row"]:
                told = attributes.get("r", "")
                self._row = int(told) if told.isdecimal() and len(told) < 8 else self._row + 1
                self._column = 0
                style = attributes.get("s", "") if is_true(attributes.get("customFormat", "")) else ""
                head_end = self._tag_end(start)
                is_empty = self._is_closed(head_end)
                self._rows[self._row] = _RowSpot(start, head_end, is_empty=is_empty, style=style)
            case ["sheetData", "row", "c"]:
                place = parse_address(attributes.get("r", ""))
                self._column = place[1] if place else self._column + 1
                head_end = self._tag_end(start)
                end = head_end if self._is_closed(head_end) else 0
                self._rows[self._row].cells[self._column] = CellSpot(start, end, attributes.get("s", ""))
            case ["sheetData", "row", "c", "f"]:
                self._rows[self._row].cells[self._column].has_formula = True

    def _end(self, _name: str) -> None:
        at = self._parser.CurrentByteIndex
        match self._path[1:]:
            case ["sheetData"]:
                start, head_end, _end = self._data
                self._data = (start, head_end, start if self._is_closed(head_end) else at)
                self._has_data = True
            case ["sheetData", "row"]:
                self._rows[self._row].end = at
            case ["sheetData", "row", "c"]:
                cell = self._rows[self._row].cells[self._column]
                cell.end = cell.end or self._tag_end(at)
        self._path.pop()


def _refuse(*_declared: object) -> Never:
    raise NotRead(NotReadReason.XML_TYPE_DECLARATION)
