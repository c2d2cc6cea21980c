"""The XML of one sheet as a stream: cells, merges, hidden rows, lists. The size it declares is not believed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.reading.grid import LARGEST_MERGE, Cell, Dropdown, Flag, Kind, Sheet, parse_range
from services.reading.number_formats import NumberFormats
from services.reading.reasons import NotRead, NotReadReason
from services.reading.xml_events import is_true, relation, walk

MAX_CELLS: Final = 100_000
MAX_TEXT: Final = 32_767
MAX_ALL_TEXT: Final = 8_000_000
MAX_MERGED: Final = 200_000
MAX_WIDE_MERGES: Final = 200
MAX_ELEMENTS: Final = 1_500_000
MAX_ROW: Final = 1_048_576
MAX_COLUMN: Final = 16_384
_MAX_LISTS: Final = 2_000
_MAX_CHOICES: Final = 500

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass
class Budget:
    """What all sheets of a workbook may use together. Raises NotRead where it is spent."""

    cells: int = MAX_CELLS
    characters: int = MAX_ALL_TEXT
    elements: int = MAX_ELEMENTS
    merged: int = MAX_MERGED
    wide_merges: int = MAX_WIDE_MERGES

    def take(self, text: str) -> None:
        """One more cell with this text."""
        self.cells -= 1
        self.characters -= len(text)
        if self.cells < 0 or self.characters < 0:
            raise NotRead(NotReadReason.TOO_MUCH_CONTENT)


@dataclass
class Shared:
    """What the sheets of a workbook have in common."""

    strings: list[str]
    formats: NumberFormats
    budget: Budget = field(default_factory=Budget)


@dataclass
class SheetParts:
    """A sheet as its own XML has it, with what still has to be looked up elsewhere."""

    sheet: Sheet
    controls: list[tuple[str, int, int]] = field(default_factory=list)
    """Relation id, row and column of each form control."""


def read_sheet(content: bytes, name: str, shared: Shared) -> SheetParts:
    """The cells of a sheet and what lies over them. Raises NotRead."""
    reader = _SheetReader(name, shared)
    walk(content, start=reader.start, end=reader.end, text=reader.text, part=name)
    return reader.parts


def decoded(text: str) -> str:
    """Text as a person sees it: escapes of the format resolved, what cannot be shown left out, never endless."""
    if "_x" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return _CONTROL.sub("", text.replace("\r\n", "\n"))[:MAX_TEXT]


class _SheetReader:
    """Handlers for the events of a sheet's XML."""

    def __init__(self, name: str, shared: Shared) -> None:
        self.parts = SheetParts(Sheet(name))
        self._sheet = self.parts.sheet
        self._shared = shared
        self._row = self._column = 0
        self._kind = self._style = ""
        self._value: list[str] = []
        self._formula: str | None = None
        self._collect: list[str] | None = None
        self._phonetic = self._fallback = 0
        self._list: dict[str, str] | None = None
        self._control: list[str] | None = None
        self._starts = {
            "c": self._start_cell,
            "v": self._start_value,
            "f": self._start_plain,
            "t": self._start_inline,
            "row": self._start_row,
            "col": self._start_columns,
            "mergeCell": self._merge,
            "dataValidation": self._start_list,
            "formula1": self._start_plain,
            "sqref": self._start_plain,
            "sheetProtection": self._protect,
            "control": self._start_control,
            "rPh": self._start_phonetic,
            "Fallback": self._start_fallback,
        }
        self._ends = self._endings()

    def _endings(self) -> dict[str, Callable[[], None]]:
        return {
            "c": self._end_cell,
            "v": self._end_plain,
            "f": self._end_formula,
            "formula1": self._end_formula,
            "t": self._end_plain,
            "rPh": self._end_phonetic,
            "Fallback": self._end_fallback,
            "sqref": self._end_sqref,
            "dataValidation": self._end_list,
            "control": self._end_control,
            "col": self._end_anchor,
            "row": self._end_anchor,
        }

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        self._shared.budget.elements -= 1
        if self._shared.budget.elements < 0:
            raise NotRead(NotReadReason.TOO_MUCH_CONTENT)
        handler = self._starts.get(name)
        if handler and not (self._fallback and name != "Fallback"):
            handler(attributes)

    def end(self, name: str) -> None:
        """An element closes."""
        handler = self._ends.get(name)
        if handler and not (self._fallback and name != "Fallback"):
            handler()

    def text(self, text: str) -> None:
        """Text of the element that is collected just now."""
        if self._collect is not None:
            self._collect.append(text)

    def _start_row(self, attributes: dict[str, str]) -> None:
        if self._control is not None:
            self._collect = []
            return
        number = attributes.get("r", "")
        self._row = int(number) if number.isascii() and number.isdigit() and len(number) <= 7 else self._row + 1
        self._column = 0
        if is_true(attributes.get("hidden", "")):
            self._sheet.hidden_rows.add(self._row)

    def _start_columns(self, attributes: dict[str, str]) -> None:
        if self._control is not None:
            self._collect = []
        elif is_true(attributes.get("hidden", "")):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self._sheet.hidden_columns.append((int(first), min(int(last), MAX_COLUMN)))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        found = _REFERENCE.fullmatch(attributes.get("r", ""))
        if found:
            self._column = 0
            for letter in found[1]:
                self._column = self._column * 26 + ord(letter) - 64
            self._row = int(found[2])
        else:
            self._column += 1
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._value = []
        self._formula = None

    def _start_value(self, _attributes: dict[str, str]) -> None:
        self._collect = self._value

    def _start_inline(self, _attributes: dict[str, str]) -> None:
        if not self._phonetic:
            self._collect = self._value

    def _start_plain(self, _attributes: dict[str, str]) -> None:
        self._collect = []

    def _end_plain(self) -> None:
        self._collect = None

    def _end_formula(self) -> None:
        if self._collect is None:
            return
        formula = "".join(self._collect)
        self._collect = None
        if self._list is not None:
            self._list["formula"] = self._list.get("formula") or formula
        else:
            self._formula = formula

    def _start_phonetic(self, _attributes: dict[str, str]) -> None:
        self._phonetic += 1

    def _end_phonetic(self) -> None:
        self._phonetic -= 1

    def _start_fallback(self, _attributes: dict[str, str]) -> None:
        self._fallback += 1

    def _end_fallback(self) -> None:
        self._fallback -= 1

    def _end_cell(self) -> None:
        self._collect = None
        if not self._value and self._formula is None:
            return
        if not (0 < self._row <= MAX_ROW and 0 < self._column <= MAX_COLUMN):
            raise NotRead(NotReadReason.XML_BROKEN, self._sheet.name)
        text, kind, flags = self._shown("".join(self._value))
        if self._formula is not None:
            flags |= Flag.FORMULA if self._value else Flag.FORMULA | Flag.NOT_CALCULATED
        if text or flags:
            self._shared.budget.take(text)
            self._sheet.cells[self._row, self._column] = Cell(self._row, self._column, text, kind, flags)

    def _shown(self, raw: str) -> tuple[str, Kind, Flag]:
        match self._kind:
            case "s":
                index = int(raw) if raw.strip().isdecimal() and len(raw) < 10 else -1
                strings = self._shared.strings
                if 0 <= index < len(strings):
                    return strings[index], Kind.TEXT, Flag(0)
                return raw, Kind.ERROR, Flag(0)
            case "inlineStr" | "str":
                return decoded(raw), Kind.TEXT, Flag(0)
            case "b":
                return "TRUE" if raw.strip() in {"1", "true"} else "FALSE" if raw.strip() else "", Kind.BOOLEAN, Flag(0)
            case "e":
                return decoded(raw), Kind.ERROR, Flag(0)
            case "d":
                return decoded(raw.removesuffix("T00:00:00")), Kind.DATE, Flag(0)
            case _ if not raw.strip():
                return "", Kind.TEXT, Flag(0)
            case _:
                style = int(self._style) if self._style.isdecimal() and len(self._style) < 10 else 0
                text, kind, flags = self._shared.formats.show(raw, style)
                return decoded(text), kind, flags

    def _merge(self, attributes: dict[str, str]) -> None:
        found = parse_range(attributes.get("ref", ""))
        if found:
            self._sheet.merges.append(found)
            self._shared.budget.merged -= min(found.size, LARGEST_MERGE)
            self._shared.budget.wide_merges -= found.size > LARGEST_MERGE
        if min(self._shared.budget.merged, self._shared.budget.wide_merges) < 0:
            raise NotRead(NotReadReason.TOO_MUCH_CONTENT, self._sheet.name)

    def _protect(self, attributes: dict[str, str]) -> None:
        self._sheet.is_protected = is_true(attributes.get("sheet", "1"))

    def _start_list(self, attributes: dict[str, str]) -> None:
        self._list = {"type": attributes.get("type", ""), "ranges": attributes.get("sqref", "")}
        self._list["extension"] = "" if "sqref" in attributes else "1"

    def _end_sqref(self) -> None:
        if self._list is not None:
            self._list["ranges"] = "".join(self._collect or [])
        self._collect = None

    def _end_list(self) -> None:
        told, self._list = self._list, None
        if told is None or told["type"] != "list" or len(self._sheet.dropdowns) >= _MAX_LISTS:
            return
        ranges = tuple(found for one in told["ranges"].split()[:_MAX_LISTS] if (found := parse_range(one)))
        source = decoded(told.get("formula", ""))
        choices = source[1:-1].split(",")[:_MAX_CHOICES] if source.startswith('"') else []
        listed = tuple(choice.strip() for choice in choices)
        self._sheet.dropdowns.append(Dropdown(ranges, listed, source, bool(told["extension"])))

    def _start_control(self, attributes: dict[str, str]) -> None:
        self._control = [relation(attributes)]

    def _end_anchor(self) -> None:
        """Within a control the first column and row are where it begins, counted from 0."""
        if self._control is not None and self._collect is not None:
            self._control.append("".join(self._collect).strip())
            self._collect = None

    def _end_control(self) -> None:
        relation_id, *places = self._control or [""]
        self._control = None
        numbers = [int(place) + 1 for place in places[:2] if place.isdecimal() and len(place) < 8]
        column, row = numbers if len(numbers) == 2 else (0, 0)
        if relation_id and len(self.parts.controls) < _MAX_LISTS:
            self.parts.controls.append((relation_id, row, column))
