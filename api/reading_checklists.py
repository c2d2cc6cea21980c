"""What the command `read` tells about an official checklist: whose form it is, its columns, and each of its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.reports import NEEDS_PERSON, READ, Report, as_json_text, one_line
from services.official_files import OfficialFile, find_official_file
from services.reading.checklist_rows import Line, LineKind
from services.reading.checklist_words import Part
from services.reading.checklists import Checklist, is_official
from services.reading.grid import Sheet, letters_of
from services.reading.reasons import NotRead
from services.reading.sandbox import read_checklist

_SAID: Final = (Part.ANSWER, Part.YES, Part.NO, Part.DATE, Part.TARGET, Part.REMARK)


@dataclass(frozen=True, slots=True)
class FoundChecklist:
    """An official checklist, the sheet it stands on, and what is known of the file by its bytes."""

    checklist: Checklist
    sheet: Sheet
    known: OfficialFile | None


def find_official(path: Path) -> FoundChecklist | None:
    """The official checklist in a workbook; None for any other file."""
    try:
        found = read_checklist(path) if path.suffix.lower() == ".xlsx" else None
    except NotRead:
        return None
    if found is None or not is_official(found[0]):
        return None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FoundChecklist(*found, find_official_file(digest))


def report_checklist(path: Path, found: FoundChecklist, *, as_json: bool) -> Report:
    """What the form is, and per row its number, its sentence and what stands in its cells."""
    code = READ if found.checklist.is_complete else NEEDS_PERSON
    if as_json:
        return Report(as_json_text({"file": path.name, "outcome": "official_checklist", **_told(found)}), code)
    return Report("\n".join(_lines(path, found)), code)


def _told(found: FoundChecklist) -> dict[str, Any]:
    checklist = found.checklist
    return {
        "form": _form(found),
        "fiscal_year": _year(found),
        "is_known_file": found.known is not None,
        "sheet": checklist.sheet,
        "title": checklist.title,
        "columns": {part.value: letters_of(column) for part, column in checklist.columns.items()},
        "lacks": [lack.value for lack in checklist.lacks],
        "rows": [_row(found, line) for line in checklist.lines if line.kind is not LineKind.NOTHING],
    }


def _row(found: FoundChecklist, line: Line) -> dict[str, Any]:
    is_asked = line.kind in {LineKind.ITEM, LineKind.GATE}
    return {
        "row": line.row,
        "kind": line.kind.value,
        "number": line.number,
        "label": line.label,
        "scope": line.scope,
        "said": _said(found.sheet, found.checklist.columns, line.row) if is_asked else {},
        "doubts": [doubt.value for doubt in line.doubts],
    }


def _said(sheet: Sheet, columns: Mapping[Part, int], row: int) -> dict[str, str]:
    """The raw text of each cell to be filled in."""
    shown = {part.value: sheet.shown(row, columns[part]) for part in _SAID if part in columns}
    return {name: cell.text for name, cell in shown.items() if cell}


def _lines(path: Path, found: FoundChecklist) -> Iterator[str]:
    checklist = found.checklist
    known = "yes, by its bytes" if found.known else "no"
    yield f"{path.name}: official checklist"
    yield f"form: {_form(found) or 'not said'}, fiscal year: {_year(found) or 'not said'}, sheet {checklist.sheet}"
    yield f"title: {one_line(checklist.title)}"
    yield f"known as the official file: {known}"
    yield "columns: " + ", ".join(f"{part} {letters_of(column)}" for part, column in checklist.columns.items())
    yield f"items: {len(checklist.items)}, needs a person: {len(checklist.doubtful)}"
    for lack in checklist.lacks:
        yield f"! {lack}"
    for row in _told(found)["rows"]:
        said = " | ".join(f"{name}: {one_line(text)}" for name, text in row["said"].items())
        yield "\t".join((str(row["row"]), row["kind"], row["number"], row["label"], said, ",".join(row["doubts"])))


def _form(found: FoundChecklist) -> str:
    return found.known.form.value if found.known else found.checklist.form


def _year(found: FoundChecklist) -> int | None:
    return found.known.fiscal_year if found.known else found.checklist.fiscal_year
