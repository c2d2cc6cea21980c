"""An XLSX file becomes a workbook of cells: its own container check first, then its parts one by one.

Written for files from strangers. The size that a sheet declares for itself is never believed, so that a single cell
in the last corner costs what a single cell costs; what libraries leave out (lists in extensions, tick boxes) is told.
"""

from __future__ import annotations

import posixpath
from typing import BinaryIO, Final
from urllib.parse import unquote

from services.reading.grid import Dropdown, Sheet, TickBox, Workbook, parse_range
from services.reading.number_formats import NumberFormats, code_of
from services.reading.reasons import NotRead, NotReadReason
from services.reading.xlsx_sheet import MAX_ALL_TEXT, MAX_CELLS, Shared, SheetParts, decoded, read_sheet
from services.reading.xml_events import find_elements, is_true, local, relation, walk
from services.strict_zip import StrictArchive, open_strictly

MAX_PART: Final = 64 * 1024 * 1024
MAX_SHEETS: Final = 200
_MAX_CHOICES: Final = 500
_MAX_CONTROLS: Final = 2_000


def read_xlsx(file: BinaryIO) -> Workbook:
    """All sheets of the file. Raises FileRefused for an unsound container and NotRead for unsound content."""
    return Package(open_strictly(file)).read()


class Package:
    """The parts of the file, found by their relations as spreadsheet programs find them."""

    def __init__(self, archive: StrictArchive) -> None:
        self._archive = archive
        self._names = {name.casefold(): name for name in archive.starts}

    def read(self) -> Workbook:
        """The workbook with all its sheets."""
        path, outline = self.outline()
        related = self._relations(path)
        shared = Shared(self._strings(related), self.formats(path, starts_1904=outline.starts_1904))
        sheets = []
        for name, state, relation_id in outline.sheets[:MAX_SHEETS]:
            kind, part = related.get(relation_id, ("", ""))
            if kind == "worksheet" and self._has(part):
                parts = read_sheet(self._part(part), name, shared)
                parts.sheet.is_hidden = state in {"hidden", "veryHidden"}
                self._add_extras(parts, part, shared)
                sheets.append(parts.sheet)
        if not sheets:
            raise NotRead(NotReadReason.NO_SHEETS)
        workbook = Workbook("xlsx", sheets)
        _resolve_lists(workbook, outline.names)
        return workbook

    def outline(self) -> tuple[str, Outline]:
        """The path of the workbook's own part, and what it says."""
        root = next((path for kind, path in self._relations("").values() if kind == "officeDocument"), "")
        path = root if self._has(root) else "xl/workbook.xml"
        outline = Outline()
        find_elements(self._part(path), outline.found, part="workbook")
        return path, outline

    def sheet_part(self, path: str, outline: Outline, sheet: str) -> str:
        """The name of the entry that holds a sheet. Raises NotRead where there is none."""
        related = self._relations(path)
        wanted = next((relation_id for name, _state, relation_id in outline.sheets if name == sheet), "")
        kind, part = related.get(wanted, ("", ""))
        if kind != "worksheet" or not self._has(part):
            raise NotRead(NotReadReason.NO_SHEETS, sheet)
        return self._names[part.casefold()]

    def formats(self, path: str, *, starts_1904: bool) -> NumberFormats:
        """How the workbook shows numbers, by style."""
        reader = _Styles()
        for part in self._related(self._relations(path), "styles")[:1]:
            walk(self._part(part), start=reader.start, end=reader.end, text=lambda _text: None, part=part)
        return NumberFormats([code_of(one, reader.codes) for one in reader.format_ids], starts_1904=starts_1904)

    def _has(self, path: str) -> bool:
        return path.casefold() in self._names

    def _part(self, path: str) -> bytes:
        name = self._names.get(path.casefold())
        if name is None:
            raise NotRead(NotReadReason.NO_SHEETS, path)
        content = self._archive.read(name, MAX_PART)
        if len(content) >= MAX_PART:
            raise NotRead(NotReadReason.TOO_MUCH_CONTENT, path)
        return content

    def _relations(self, path: str) -> dict[str, tuple[str, str]]:
        """Kind and path of each part that a part points to; outside targets are left alone."""
        folder, name = posixpath.split(path)
        place = posixpath.join(folder, "_rels", f"{name}.rels")
        relations: dict[str, tuple[str, str]] = {}
        if not self._has(place):
            return relations

        def found(element: str, attributes: dict[str, str], _text: str) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                target = unquote(attributes.get("Target", ""))
                full = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                kind = attributes.get("Type", "").rpartition("/")[2]
                relations[attributes.get("Id", "")] = (kind, posixpath.normpath(full))

        find_elements(self._part(place), found, part=place)
        return relations

    def _related(self, relations: dict[str, tuple[str, str]], kind: str) -> list[str]:
        return [path for one, path in relations.values() if one == kind and self._has(path)]

    def _strings(self, relations: dict[str, tuple[str, str]]) -> list[str]:
        reader = _Strings()
        for path in self._related(relations, "sharedStrings")[:1]:
            walk(self._part(path), start=reader.start, end=reader.end, text=reader.text, part=path)
        return reader.strings

    def _add_extras(self, parts: SheetParts, path: str, shared: Shared) -> None:
        relations = self._relations(path)
        for part in self._related(relations, "comments"):
            self._add_comments(parts.sheet, part, shared)
        for relation_id, row, column in parts.controls[:_MAX_CONTROLS]:
            kind, part = relations.get(relation_id, ("", ""))
            if kind == "ctrlProp" and self._has(part) and (box := self._tick_box(part, row, column)):
                parts.sheet.tick_boxes.append(box)
        if not parts.controls:
            # Files without the newer description have their boxes in a drawing that is not always sound XML.
            drawings = [self._part(part).lower() for part in self._related(relations, "vmlDrawing")]
            count = sum(drawing.count(b'objecttype="checkbox"') for drawing in drawings)
            parts.sheet.tick_boxes += [TickBox("CheckBox", None)] * min(count, _MAX_CONTROLS)

    def _add_comments(self, sheet: Sheet, path: str, shared: Shared) -> None:
        texts: list[str] = []

        def found(element: str, attributes: dict[str, str], text: str) -> None:
            if element == "t":
                texts.append(text)
            elif element == "rPh":
                texts.clear()
            elif element == "comment":
                place = parse_range(attributes.get("ref", ""))
                comment = decoded("".join(texts))
                texts.clear()
                if place and comment:
                    shared.budget.take(comment)
                    sheet.comments[place.top, place.left] = comment

        find_elements(self._part(path), found, part=path)

    def _tick_box(self, path: str, row: int, column: int) -> TickBox | None:
        boxes: list[TickBox] = []

        def found(element: str, attributes: dict[str, str], _text: str) -> None:
            kind = attributes.get("objectType", "")
            if element == "formControlPr" and kind in {"CheckBox", "Radio"}:
                ticked = attributes.get("checked", "Unchecked") == "Checked"
                boxes.append(TickBox(kind, ticked, row, column, decoded(attributes.get("fmlaLink", ""))))

        find_elements(self._part(path), found, part=path)
        return boxes[0] if boxes else None


class Outline:
    """What the workbook part says: sheets in order, names, and the calendar."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []
        self.names: dict[str, str] = {}
        self.starts_1904 = False

    def found(self, element: str, attributes: dict[str, str], text: str) -> None:
        """One element of the part."""
        if element == "sheet":
            self.sheets.append((decoded(attributes.get("name", "")), attributes.get("state", ""), relation(attributes)))
        elif element == "definedName":
            self.names[local(attributes, "name").casefold()] = text
        elif element == "workbookPr":
            self.starts_1904 = is_true(attributes.get("date1904", ""))


class _Strings:
    """The texts that cells point to, without the readings (furigana) beside them."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._is_text = False
        self._in_reading = False
        self._left = MAX_ALL_TEXT

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """An element opens."""
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._in_reading = True
        elif name == "t":
            self._is_text = not self._in_reading

    def end(self, name: str) -> None:
        """An element closes."""
        if name == "si":
            text = decoded("".join(self._pieces))
            self._left -= len(text)
            self.strings.append(text)
            if len(self.strings) > MAX_CELLS or self._left < 0:
                raise NotRead(NotReadReason.TOO_MUCH_CONTENT, "shared strings")
        elif name == "rPh":
            self._in_reading = False
        elif name == "t":
            self._is_text = False

    def text(self, text: str) -> None:
        """Text between them."""
        if self._is_text:
            self._pieces.append(text)


class _Styles:
    """The number format of each style that cells point to."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.format_ids: list[int] = []
        self._in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        number = attributes.get("numFmtId", "")
        format_id = int(number) if number.isdecimal() and len(number) < 10 else 0
        if name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self.format_ids.append(format_id)
        elif name == "numFmt" and not self._in_cells:
            self.codes[format_id] = attributes.get("formatCode", "")

    def end(self, name: str) -> None:
        """An element closes."""
        if name == "cellXfs":
            self._in_cells = False


def _resolve_lists(workbook: Workbook, names: dict[str, str]) -> None:
    """Lists that point to cells get the texts of those cells."""
    for sheet in workbook.sheets:
        for number, dropdown in enumerate(sheet.dropdowns):
            if not dropdown.choices:
                choices = _choices(workbook, sheet, names.get(dropdown.source.casefold(), dropdown.source))
                sheet.dropdowns[number] = Dropdown(dropdown.ranges, choices, dropdown.source, dropdown.is_extension)


def _choices(workbook: Workbook, sheet: Sheet, source: str) -> tuple[str, ...]:
    name, mark, address = source.lstrip("=").rpartition("!")
    place = parse_range(address)
    target = workbook.sheet(name.strip("'").replace("''", "'")) if mark else sheet
    if not place or not target or place.size > 10 * _MAX_CHOICES:
        return ()
    cells = (
        target.text(row, column)
        for row in range(place.top, place.bottom + 1)
        for column in range(place.left, place.right + 1)
    )
    return tuple(text for text in cells if text)[:_MAX_CHOICES]
