"""Importing: a table is given, looked at row by row, and taken over with one press."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from models import Import, ImportKind
from services.imports import drafts, taking
from services.imports.planning import plan_import
from services.imports.refusals import ImportIncomplete, ImportOutdated
from services.imports.templates import template_sheets, template_table
from services.languages import _
from services.reports.import_table import left_out_table
from web.access import EditableClinicDep, MemberDep, SessionDep
from web.clinic.import_files import BODY_LIMIT, GivenTableDep
from web.clinic.import_views import check_values
from web.downloads import download_table, download_workbook
from web.forms import Submitted, blank, read, read_fields
from web.rendering import page, see

router = APIRouter()

CURRENT: Final = {ImportKind.VENDORS: "list_vendors", ImportKind.SYSTEMS: "list_systems"}


class TakeForm(BaseModel):
    """Which plan was looked at."""

    seen: str = ""


class HeadForm(BaseModel):
    """Which row names the columns."""

    head_row: int = 0


def get_import(import_id: UUID, viewer: MemberDep, clinic: EditableClinicDep, session: SessionDep) -> Import:
    """A table that this member gave here within a day."""
    return drafts.get_import(session, clinic_id=clinic.id, member_id=viewer.member_id, import_id=import_id)


async def read_columns(request: Request) -> list[str]:
    """What was chosen for each column, from the left."""
    typed = await read_fields(request)
    return [value for value in typed.getlist("column") if isinstance(value, str)]


ImportDep = Annotated[Import, Depends(get_import)]


@router.get("/imports/new")
def show_import_start(request: Request, clinic: EditableClinicDep, kind: str = "") -> Response:
    chosen = ImportKind.SYSTEMS if kind == ImportKind.SYSTEMS else ImportKind.VENDORS
    return start_page(request, blank(kind=chosen.value), chosen)


@router.post("/imports/new", max_body_size=BODY_LIMIT)
def start_import(
    request: Request, given: GivenTableDep, session: SessionDep, clinic: EditableClinicDep, viewer: MemberDep
) -> Response:
    if given.grid is None:
        return start_page(request, given.submitted, given.kind, status_code=422)
    started = drafts.start_import(
        session,
        clinic_id=clinic.id,
        member_id=viewer.member_id,
        kind=given.kind,
        grid=given.grid,
        file_name=given.file_name,
    )
    return see(request, "show_import", import_id=started.id)


@router.get("/imports/templates/{import_kind}.csv")
def download_template_csv(import_kind: ImportKind, clinic: EditableClinicDep) -> Response:
    return download_table("csv", template_table(import_kind))


@router.get("/imports/templates/{import_kind}.xlsx")
def download_template_xlsx(import_kind: ImportKind, clinic: EditableClinicDep) -> Response:
    return download_workbook(template_table(import_kind).title, template_sheets(import_kind))


@router.get("/imports/{import_id}")
def show_import(request: Request, session: SessionDep, given: ImportDep) -> Response:
    values = {"current": CURRENT[given.kind], "given": given}
    if given.taken_at is not None:
        return page(request, "clinic/imports/done.html", values)
    return page(request, "clinic/imports/check.html", values | check_values(request, session, given))


@router.post("/imports/{import_id}/columns")
def choose_import_columns(
    request: Request,
    session: SessionDep,
    given: ImportDep,
    columns: Annotated[list[str], Depends(read_columns)],
    submitted: Annotated[Submitted[HeadForm], Depends(read(HeadForm))],
) -> Response:
    head_row = submitted.form.head_row if submitted.form else given.head_row
    drafts.choose_columns(session, given=given, head_row=head_row, columns=columns)
    return see(request, "show_import", import_id=given.id, said=_("The rows are read with these columns now."))


@router.post("/imports/{import_id}/take")
def take_import(
    request: Request,
    session: SessionDep,
    given: ImportDep,
    submitted: Annotated[Submitted[TakeForm], Depends(read(TakeForm))],
) -> Response:
    try:
        taking.take_import(session, given=given, seen=submitted.form.seen if submitted.form else "")
    except (ImportOutdated, ImportIncomplete) as refusal:
        return see(request, "show_import", import_id=given.id, said=f"{refusal} {refusal.say(refusal.advice)}")
    return see(request, "show_import", import_id=given.id)


@router.post("/imports/{import_id}/discard")
def discard_import(request: Request, session: SessionDep, given: ImportDep) -> Response:
    drafts.discard_import(session, given=given)
    return see(request, CURRENT[given.kind], said=_("The table is discarded. Nothing was entered."))


@router.get("/imports/{import_id}/left-out.{form}")
def download_left_out(session: SessionDep, given: ImportDep, form: Literal["csv", "xlsx"]) -> Response:
    grid = drafts.cells_of(given)
    plan = plan_import(session, given=given, grid=grid)
    return download_table(form, left_out_table(given, grid, plan))


def start_page(request: Request, submitted: Submitted[Any], kind: ImportKind, status_code: int = 200) -> Response:
    """The form that takes a file or pasted lines."""
    values = {"current": CURRENT[kind], "submitted": submitted, "kind": kind}
    return page(request, "clinic/imports/start.html", values, status_code=status_code)
