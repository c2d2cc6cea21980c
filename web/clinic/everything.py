"""Everything of a clinic as one workbook: ordered, watched while a job makes it, taken for a day, removed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models import Export
from services import clock, export_orders
from services.languages import _, language
from web.access import ConfirmedMemberDep, MemberDep, OwnedClinicDep, SessionDep
from web.access_log import record_look
from web.downloads import XLSX, download_file
from web.rendering import page, see

router = APIRouter()


def get_export(export_id: UUID, clinic: OwnedClinicDep, session: SessionDep) -> Export:
    """A workbook of the clinic, for its owners."""
    return export_orders.get_export(session, clinic_id=clinic.id, export_id=export_id)


ExportDep = Annotated[Export, Depends(get_export)]


@router.post("/tables/everything")
def order_everything(
    request: Request, session: SessionDep, clinic: OwnedClinicDep, viewer: ConfirmedMemberDep
) -> Response:
    export = export_orders.order_export(session, clinic=clinic, member_id=viewer.member_id, language=language.get())
    return see(request, "show_everything", export_id=export.id)


@router.get("/tables/everything/{export_id}")
def show_everything(request: Request, export: ExportDep, viewer: MemberDep) -> Response:
    return page(request, "clinic/tables/everything.html", {"current": "show_dashboard", "export": export})


@router.get("/tables/everything/{export_id}/everything.xlsx")
def download_everything(
    request: Request, session: SessionDep, clinic: OwnedClinicDep, export: ExportDep, _confirmed: ConfirmedMemberDep
) -> Response:
    export_orders.check_export(export)
    record_look(request, session, "clinic.exported", clinic_id=clinic.id, subject=("export", export.id), format="xlsx")
    made_on = clock.local_date(export.made_at or export.ordered_at)
    name = _("Everything of %(clinic)s", clinic=clinic.name) + f"_{made_on:%Y%m%d}.xlsx"
    return download_file(export_orders.open_export(export), file_name=name, media_type=XLSX, size=export.size)


@router.post("/tables/everything/{export_id}/remove")
def remove_everything(request: Request, session: SessionDep, export: ExportDep) -> Response:
    export_orders.remove_export(session, export=export)
    return see(request, "show_tables", said=_("The workbook is removed from the portal."))
