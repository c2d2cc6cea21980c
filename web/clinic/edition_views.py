"""An edition on its way in, in words: what its workbooks are, what is doubtful about them, what links where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from models import ImportedEdition, OfficialForm, OfficialWorkbook
from services import edition_drafts
from services.edition_making import Plan
from services.edition_subjects import Subject
from services.fiscal_years import name_of
from services.languages import _, language, marked
from services.reading.checklist_rows import Doubt, Line, LineKind
from services.reading.checklist_words import Part
from services.reading.checklists import Checklist, Lack
from services.reading.grid import Sheet, letters_of
from web.access import SessionDep

MOST_ROWS: Final = 300
MOST_COLUMNS: Final = 30
LONGEST_CELL: Final = 120

_FORMS: Final[Mapping[OfficialForm, str]] = {
    OfficialForm.INSTITUTION: marked("Form for institutions"),
    OfficialForm.PHARMACY: marked("Form for pharmacies"),
    OfficialForm.VENDOR: marked("Form for vendors"),
}
_PARTS: Final[Mapping[Part, str]] = {
    Part.SECTION: marked("Section"),
    Part.SCOPE: marked("What it looks at"),
    Part.NUMBER: marked("Number"),
    Part.LABEL: marked("Sentence of the item"),
    Part.ANSWER: marked("1st check: answer"),
    Part.YES: marked("1st check: mark for yes"),
    Part.NO: marked("1st check: mark for no"),
    Part.DATE: marked("1st check: date"),
    Part.TARGET: marked("Target date"),
    Part.SECOND_ANSWER: marked("2nd check: answer"),
    Part.SECOND_YES: marked("2nd check: mark for yes"),
    Part.SECOND_NO: marked("2nd check: mark for no"),
    Part.SECOND_DATE: marked("2nd check: date"),
    Part.REMARK: marked("Remark"),
}
_KINDS: Final[Mapping[LineKind, str]] = {
    LineKind.ITEM: marked("Item"),
    LineKind.GATE: marked("First question"),
    LineKind.SECTION: marked("Heading of a section"),
    LineKind.SCOPE: marked("Heading: what items look at"),
    LineKind.NOTHING: marked("Not asked"),
}
_DOUBTS: Final[Mapping[Doubt, str]] = {
    Doubt.NO_NUMBER: marked("An answer is asked for, but there is no number."),
    Doubt.NUMBER_TWICE: marked("This number stands twice under the same heading."),
    Doubt.OUT_OF_ORDER: marked("This number is smaller than the one before it."),
    Doubt.NO_SECTION: marked("It is not clear to which section it belongs."),
    Doubt.NO_LABEL: marked("There is no sentence beside the number."),
    Doubt.HIDDEN: marked("This row is hidden in the workbook."),
    Doubt.NOT_CALCULATED: marked("The sentence comes from a formula whose result the file does not hold."),
    Doubt.SEEMS_GATE: marked("This seems to be the question that comes before all others."),
}
_LACKS: Final[Mapping[Lack, str]] = {
    Lack.NO_NUMBERS: marked("No numbered items were found. Say below which column holds the numbers."),
    Lack.NO_LABELS: marked("The column with the sentences was not found. Say below which one it is."),
    Lack.NO_ANSWERS: marked("The column for the answers was not found. Say below which one it is."),
    Lack.UNCLEAR_COLUMN: marked("Columns %(columns)s belong to a check, but do not tell what goes into them."),
    Lack.TICK_BOXES: marked("Boxes float over the answers. They are kept, but the portal cannot tick them."),
    Lack.FORMULAS: marked("Some cells for answers hold formulas. The portal never writes over a formula."),
    Lack.NO_DATES: marked(
        "There is no column for the date of the check. Where the answer is printed with a place for it, it goes there."
    ),
    Lack.NO_TARGETS: marked("There is no column for target dates: they are not written into the workbook."),
    Lack.NO_REMARKS: marked("There is no column for remarks: they are not written into the workbook."),
}


def form_names() -> dict[str, str]:
    """The forms an edition is made of."""
    return {form.value: _(name) for form, name in _FORMS.items()}


def part_names() -> dict[str, str]:
    """What a column can be."""
    return {part.value: _(name) for part, name in _PARTS.items()}


def kind_names() -> dict[str, str]:
    """What a row can be."""
    return {kind.value: _(name) for kind, name in _KINDS.items()}


def describe_lacks(checklist: Checklist) -> list[str]:
    """What a person has to know or to say about a sheet."""
    columns = "、".join(letters_of(column) for column in checklist.unclear_columns)
    return [
        _(_LACKS[lack], columns=columns) if lack is Lack.UNCLEAR_COLUMN else _(_LACKS[lack]) for lack in checklist.lacks
    ]


@dataclass(frozen=True, slots=True)
class WorkbookView:
    """A workbook in one line: what was found in it, and what needs a person."""

    workbook: OfficialWorkbook
    name: str
    items: int
    doubtful: int
    is_official: bool
    is_complete: bool


def edition_values(session: SessionDep, imported: ImportedEdition) -> dict[str, Any]:
    """Everything the page of an edition shows."""
    workbooks = edition_drafts.list_workbooks(session, imported=imported)
    materials = edition_drafts.read_materials(session, imported=imported)
    plan = edition_drafts.read_plan(session, imported=imported, materials=materials)
    names = form_names()
    views = [
        WorkbookView(
            workbook,
            names[workbook.form.value],
            len(material.checklist.items),
            len(material.checklist.doubtful),
            material.is_official,
            material.checklist.is_complete,
        )
        for workbook, material in zip(workbooks, materials, strict=True)
    ]
    have = {workbook.form for workbook in workbooks}
    return {
        "imported": imported,
        "year": name_of(imported.fiscal_year),
        "workbooks": views,
        "missing": [names[form.value] for form in edition_drafts.WANTED if form not in have],
        "is_ready": edition_drafts.is_ready(materials),
        "older": plan.older.name.in_language(language.get()) if plan.older else "",
        "carried": len(plan.carried),
        "carriers": len(plan.carriers),
        "linked": sum(link != "none" for link in plan.links.values()),
        "vendor_items": len(plan.links),
    }


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of the preview; it is as wide as its merged range, or as its text may spread over empty cells."""

    text: str
    columns: int
    part: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of the preview: the cells as they stand, and what the row is."""

    number: int
    line: Line | None
    cells: list[GridCell]
    is_hidden: bool
    doubts: list[str]


def grid_values(workbook: OfficialWorkbook, checklist: Checklist, sheet: Sheet) -> dict[str, Any]:
    """The sheet as people see it, with columns and rows named."""
    width = min(max((cell.column for cell in sheet.cells.values()), default=1), MOST_COLUMNS)
    width = max(width, *(min(column, MOST_COLUMNS) for column in checklist.columns.values()), 1)
    lines = {line.row: line for line in checklist.lines}
    by_column = {column: part.value for part, column in checklist.columns.items()}
    rows = [
        GridRow(
            number,
            lines.get(number),
            list(_cells_of(sheet, number, width, by_column, may_spread=number not in lines)),
            number in sheet.hidden_rows,
            [_(_DOUBTS[doubt]) for doubt in lines[number].doubts] if number in lines else [],
        )
        for number, _cells in list(sheet.rows())[:MOST_ROWS]
    ]
    return {
        "columns": [(column, letters_of(column), by_column.get(column, "")) for column in range(1, width + 1)],
        "unclear": set(checklist.unclear_columns),
        "rows": rows,
        "parts": part_names(),
        "kinds": kind_names(),
        "lacks": describe_lacks(checklist),
        "version": workbook.version,
    }


def _cells_of(sheet: Sheet, row: int, width: int, parts: Mapping[int, str], *, may_spread: bool) -> Iterator[GridCell]:
    column = 1
    while column <= width:
        text = " ".join(sheet.text(row, column).split())[:LONGEST_CELL]
        end = column + 1
        while end <= width and (
            sheet.anchor(row, end)[1] == column or (may_spread and text and not sheet.shown(row, end))
        ):
            end += 1
        yield GridCell(text, end - column, parts.get(column, ""))
        column = end


@dataclass(frozen=True, slots=True)
class SubjectView:
    """An item that may take over from the edition before, and a vendor's item with its link."""

    subject: Subject
    chosen: str
    choices: list[tuple[str, str]]
    why: str


def carry_views(plan: Plan) -> list[SubjectView]:
    """Each item with what it takes over: nothing, one item of the edition before, or what was proposed together."""
    views = []
    for subject in plan.carriers:
        before, match = plan.form_before(subject.form), plan.matches.get(subject.key)
        if before is None:
            continue
        texts = {item.key: f"{item.number} {item.label.in_language(language.get())}" for item in before.items}
        choices = list(texts.items())
        carried = plan.carried.get(subject.key, ())
        for several in {carried, match.sources if match else ()}:
            if len(several) > 1:
                choices.insert(0, ("+".join(several), " + ".join(texts[key] for key in several)))
        why = ""
        if match:
            likeness = _("%(percent)s%% alike", percent=round(match.likeness * 100))
            reasons = [_("same number"), likeness] if match.has_same_number else [likeness]
            why = " · ".join(reasons)
        views.append(SubjectView(subject, "+".join(carried), choices, why))
    return views


def link_views(plan: Plan) -> list[SubjectView]:
    """Each vendor item with the institution's item on the same subject."""
    institution = plan.subjects.get(OfficialForm.INSTITUTION, [])
    choices = [(subject.key, f"{subject.number} {subject.label}") for subject in institution]
    vendor = plan.subjects.get(OfficialForm.VENDOR, [])
    return [SubjectView(subject, plan.links[subject.key], choices, "") for subject in vendor]
