"""Answers written into a workbook that somebody else made: everything but the cells that are written stays as it is.

The parts of the file are copied byte for byte; only the sheet with the answers changes, and of the workbook's own part
the one word that has formulas counted again when it is opened.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from typing import BinaryIO, Final

from services.reading.checklist_words import NO_WORDS, YES_WORDS, asks_yes_or_no
from services.reading.filling import Entry, Filled
from services.reading.grid import Sheet, address_of
from services.reading.normal import squeezed
from services.reading.number_formats import NumberFormats
from services.reading.reasons import NotRead, NotReadReason
from services.reading.xlsx import MAX_PART, Package, read_xlsx
from services.reading.xlsx_patch import Place, SheetMap, Value
from services.strict_zip import open_strictly

TICK: Final = "○"
_BOX: Final = re.compile("[□☐]")
_BOXES: Final = re.compile(r"([□☐])\s*はい.*?([□☐])\s*いいえ", re.DOTALL)
_SLASH: Final = re.compile(r"[(（]?\s*[/／]\s*[)）]?")
_YEAR_MONTH_DAY: Final = re.compile(r"(?:令\s*和|20)?\s*年\s*月\s*日")
_MONTH_DAY: Final = re.compile(r"月\s*日")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s>/]")
_CALCULATION: Final = re.compile(rb"""<(?:\w+:)?calcPr(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_AFTER_CALCULATION: Final = re.compile(
    rb"<(?:/(?:\w+:)?workbook\s*>|(?:\w+:)?(?:oleSize|customWorkbookViews|pivotCaches|smartTagPr|smartTagTypes|"
    rb"webPublishing|fileRecoveryPr|webPublishObjects|extLst)[\s>/])"
)
_REIWA_BEGAN: Final = 2018


def fill_in(file: BinaryIO, *, sheet_name: str, entries: Iterable[Entry]) -> Filled:
    """The workbook with these entries. Raises FileRefused and NotRead for a file that cannot be followed."""
    archive = open_strictly(file)
    package = Package(archive)
    path, outline = package.outline()
    part = package.sheet_part(path, outline, sheet_name)
    sheet = read_xlsx(file).sheet(sheet_name)
    if sheet is None:
        raise NotRead(NotReadReason.NO_SHEETS, sheet_name)
    spots = SheetMap(archive.read(part, MAX_PART))
    formats = package.formats(path, starts_1904=outline.starts_1904)
    values, left_out = _values(sheet, spots, formats, entries)
    changed = {part: spots.write(values)}
    sheets = [name for name in archive.starts if name.casefold().startswith("xl/worksheets/")]
    if any(_FORMULA.search(archive.read(name, MAX_PART)) for name in sheets):
        name = next(one for one in archive.starts if one.casefold() == path.casefold())
        changed[name] = count_again(archive.read(name, MAX_PART))
    return Filled(_rebuild(file, changed), tuple(left_out))


def count_again(workbook: bytes) -> bytes:
    """The workbook's own part, telling programs to count all formulas when they open it."""
    found = _CALCULATION.search(workbook)
    if found is None:
        place = _AFTER_CALCULATION.search(workbook)
        if place is None:
            return workbook
        prefix = _prefix(workbook)
        return workbook[: place.start()] + b"<" + prefix + b'calcPr fullCalcOnLoad="1"/>' + workbook[place.start() :]
    tag = re.sub(rb"""\s+fullCalcOnLoad\s*=\s*(?:"[^"]*"|'[^']*')""", b"", found[0])
    end = b"/>" if tag.endswith(b"/>") else b">"
    return workbook[: found.start()] + tag.removesuffix(end) + b' fullCalcOnLoad="1"' + end + workbook[found.end() :]


def _prefix(workbook: bytes) -> bytes:
    found = re.search(rb"<(\w+:)?workbook[\s>]", workbook)
    return (found[1] or b"") if found else b""


def _values(
    sheet: Sheet, spots: SheetMap, formats: NumberFormats, entries: Iterable[Entry]
) -> tuple[dict[Place, Value], list[str]]:
    values: dict[Place, Value] = {}
    left_out: list[str] = []
    for entry in entries:
        place = sheet.anchor(entry.row, entry.column)
        spot = spots.cell(*place)
        if spot and spot.has_formula:
            left_out.append(address_of(*place))
        else:
            values[place] = _value(sheet, place, entry, formats, spots.style_at(*place))
    return values, left_out


def _value(sheet: Sheet, place: Place, entry: Entry, formats: NumberFormats, style: int) -> Value:
    printed = sheet.text(*place)
    match entry.kind:
        case "answer":
            return Value(_answer(sheet, place, printed, entry))
        case "tick":
            if _BOX.search(printed):
                return Value(_BOX.sub("☑", printed, count=1))
            return Value(f"{TICK}{printed}" if printed else TICK)
        case "date":
            day = date.fromisoformat(entry.value)
            if formats.is_date(style):
                return Value(str(_serial(day, formats)), is_number=True)
            return Value(_in_printed_form(printed, day) or f"{day.year}/{day.month}/{day.day}")
        case _:
            return Value(entry.value)


def _answer(sheet: Sheet, place: Place, printed: str, entry: Entry) -> str:
    """The word of the cell's own list, else はい or いいえ; with its day where the cell has a place for both."""
    is_yes = entry.value == "yes"
    words = YES_WORDS if is_yes else NO_WORDS
    lists = (one for one in sheet.dropdowns if any(area.covers(*place) for area in one.ranges))
    offered = (choice for one in lists for choice in one.choices)
    word = next((choice for choice in offered if squeezed(choice) in words), "はい" if is_yes else "いいえ")
    if boxes := _BOXES.search(printed):
        chosen = 1 if is_yes else 2
        ticked = printed[: boxes.start(chosen)] + "☑" + printed[boxes.end(chosen) :]
        return _in_printed_form(ticked, date.fromisoformat(entry.day)) or ticked if entry.day else ticked
    if entry.day and asks_yes_or_no(printed):
        return word + (_in_printed_form(printed, date.fromisoformat(entry.day), whole=False) or "")
    return word


def _in_printed_form(printed: str, day: date, *, whole: bool = True) -> str:
    """The day in the form that is printed to be filled in; "" where none is. Without `whole`, that piece alone."""
    for pattern, text in (
        (_SLASH, f"（{day.month}/{day.day}）"),
        (_YEAR_MONTH_DAY, f"{day.year}年{day.month}月{day.day}日"),
        (_MONTH_DAY, f"{day.month}月{day.day}日"),
    ):
        if found := pattern.search(printed):
            written = _as_printed(found[0], text, day)
            if not whole:
                return written if written.startswith("（") else f"（{written}）"
            return printed[: found.start()] + written + printed[found.end() :]
    return ""


def _as_printed(piece: str, text: str, day: date) -> str:
    if "令" in piece:
        return f"令和{day.year - _REIWA_BEGAN}年{day.month}月{day.day}日"
    if text.startswith("（") and not re.search("[(（]", piece):
        return text.strip("（）")
    return text


def _serial(day: date, formats: NumberFormats) -> int:
    return (day - (date(1904, 1, 1) if formats.starts_1904 else date(1899, 12, 30))).days


def _rebuild(file: BinaryIO, changed: Mapping[str, bytes]) -> bytes:
    """The archive again: the same entries in the same order with the same content, but for those that are changed."""
    target = io.BytesIO()
    file.seek(0)
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            copied = zipfile.ZipInfo(info.filename, info.date_time)
            copied.compress_type, copied.external_attr = info.compress_type, info.external_attr
            after.writestr(copied, changed.get(info.filename, before.read(info)))
    return target.getvalue()
