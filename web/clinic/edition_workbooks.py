"""One official workbook as it is understood, on a preview of its grid; and what its items link to and take over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models import ImportedEdition, OfficialWorkbook
from services import edition_drafts
from services.fiscal_years import name_of
from services.languages import _
from services.reading.checklist_rows import Line, LineKind
from services.reading.checklist_words import Part
from services.reading.checklists import Checklist, unpack_checklist
from services.refusals import EditedMeanwhile
from web.access import SessionDep
from web.clinic.edition_views import MOST_COLUMNS, carry_views, form_names, grid_values, link_views
from web.clinic.editions import ImportedDep, WorkbookDep
from web.forms import Submitted, read_fields
from web.rendering import page, see

router = APIRouter()

LONGEST_NUMBER = 20


async def read_texts(request: Request) -> dict[str, str]:
    """Every text of the form by its name."""
    typed = await read_fields(request)
    return {name: value.strip() for name, value in typed.multi_items() if isinstance(value, str)}


TextsDep = Annotated[dict[str, str], Depends(read_texts)]


@router.get("/editions/{imported_id}/workbooks/{workbook_id}")
def show_official_workbook(request: Request, imported: ImportedDep, workbook: WorkbookDep) -> Response:
    return workbook_page(request, imported, workbook)


@router.post("/editions/{imported_id}/workbooks/{workbook_id}/columns")
def choose_workbook_columns(
    request: Request, session: SessionDep, imported: ImportedDep, workbook: WorkbookDep, typed: TextsDep
) -> Response:
    columns, twice = read_columns(typed)
    if twice:
        return workbook_page(request, imported, workbook, wrong=twice)
    try:
        edition_drafts.choose_columns(
            session, imported=imported, workbook=workbook, columns=columns, version=read_version(typed)
        )
    except EditedMeanwhile as refusal:
        return workbook_page(request, imported, workbook, wrong=f"{refusal} {refusal.say(refusal.advice)}")
    said = _("The rows are read with these columns now.")
    return see(request, "show_official_workbook", imported_id=imported.id, workbook_id=workbook.id, said=said)


@router.post("/editions/{imported_id}/workbooks/{workbook_id}/rows")
def settle_workbook_rows(
    request: Request, session: SessionDep, imported: ImportedDep, workbook: WorkbookDep, typed: TextsDep
) -> Response:
    said = read_rows(unpack_checklist(workbook.found), typed)
    try:
        edition_drafts.settle_rows(
            session, imported=imported, workbook=workbook, said=said, version=read_version(typed)
        )
    except EditedMeanwhile as refusal:
        return workbook_page(request, imported, workbook, wrong=f"{refusal} {refusal.say(refusal.advice)}")
    if edition_drafts.understand(workbook).doubtful:
        told = _("Saved. Some rows still need you.")
        return see(request, "show_official_workbook", imported_id=imported.id, workbook_id=workbook.id, said=told)
    return see(request, "show_edition", imported_id=imported.id, said=_("The rows are confirmed."))


@router.get("/editions/{imported_id}/subjects")
def show_subjects(request: Request, session: SessionDep, imported: ImportedDep) -> Response:
    return subjects_page(request, session, imported)


@router.post("/editions/{imported_id}/subjects")
def choose_subjects(request: Request, session: SessionDep, imported: ImportedDep, typed: TextsDep) -> Response:
    links = {name.removeprefix("link-"): value for name, value in typed.items() if name.startswith("link-")}
    carried = {
        name.removeprefix("carry-"): [key for key in value.split("+") if key]
        for name, value in typed.items()
        if name.startswith("carry-")
    }
    try:
        edition_drafts.choose_subjects(
            session, imported=imported, links=links, carried=carried, version=read_version(typed)
        )
    except EditedMeanwhile as refusal:
        return subjects_page(request, session, imported, wrong=f"{refusal} {refusal.say(refusal.advice)}")
    return see(request, "show_edition", imported_id=imported.id, said=_("Saved."))


def read_columns(typed: Mapping[str, str]) -> tuple[dict[Part, int], str]:
    """What each column was said to be, or a sentence where two were said to be the same."""
    columns: dict[Part, int] = {}
    for column in range(1, MOST_COLUMNS + 1):
        chosen = typed.get(f"column-{column}", "")
        if chosen not in set(Part):
            continue
        if Part(chosen) in columns:
            return {}, _("Two columns cannot be the same thing. Please choose each only once.")
        columns[Part(chosen)] = column
    return columns, ""


def read_rows(found: Checklist, typed: Mapping[str, str]) -> dict[int, Line]:
    """The rows of which somebody said something: another kind or number than was found, or what a doubtful one is."""
    said: dict[int, Line] = {}
    for line in found.lines:
        kind, number = typed.get(f"kind-{line.row}", ""), typed.get(f"number-{line.row}", line.number)
        if kind not in set(LineKind):
            continue
        chosen = Line(line.row, LineKind(kind), number[:LONGEST_NUMBER])
        if line.doubts or (chosen.kind, chosen.number) != (line.kind, line.number):
            said[line.row] = chosen
    return said


def read_version(typed: Mapping[str, str]) -> int:
    """The version that was looked at."""
    text = typed.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def workbook_page(
    request: Request, imported: ImportedEdition, workbook: OfficialWorkbook, *, wrong: str = ""
) -> Response:
    """The grid with what its columns and rows are."""
    checklist = edition_drafts.understand(workbook)
    values: dict[str, Any] = {
        "current": "show_settings",
        "imported": imported,
        "workbook": workbook,
        "year": name_of(imported.fiscal_year),
        "form_name": form_names()[workbook.form.value],
        "settled": {int(row) for row in workbook.settled},
        "submitted": Submitted[Any](errors={"form": wrong} if wrong else {}),
        **grid_values(workbook, checklist, edition_drafts.sheet_of(workbook)),
    }
    return page(request, "clinic/editions/workbook.html", values, status_code=422 if wrong else 200)


def subjects_page(request: Request, session: SessionDep, imported: ImportedEdition, *, wrong: str = "") -> Response:
    """What links where, and what takes over from what."""
    materials = edition_drafts.read_materials(session, imported=imported)
    plan = edition_drafts.read_plan(session, imported=imported, materials=materials)
    values = {
        "current": "show_settings",
        "imported": imported,
        "year": name_of(imported.fiscal_year),
        "older": plan.older,
        "carries": carry_views(plan),
        "links": link_views(plan),
        "submitted": Submitted[Any](errors={"form": wrong} if wrong else {}),
    }
    return page(request, "clinic/editions/subjects.html", values, status_code=422 if wrong else 200)
