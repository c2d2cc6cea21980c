"""Documents that vendors handed over: listed over all vendors and years, and opened one by one."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models import Clinic, DocumentKind, ScanState
from services import disclosures, handed_over, vendors
from services.disclosure_words import say_reading
from services.fiscal_years import name_of
from services.handed_over import DOCUMENT_SORTS, HandedOver
from services.options import names_of
from services.reports.tables import documents_table
from web.access import ClinicDep, DocumentDep, SessionDep
from web.access_log import record_look
from web.downloads import download_file, download_table
from web.lists import ListView, cut, read_list
from web.rendering import page

router = APIRouter()

PER_PAGE: Final = 100


async def read_view(request: Request) -> ListView:
    """Filters and order of the documents."""
    return read_list(request, filters=("vendor", "kind", "year"), sorts=DOCUMENT_SORTS, first_sort="-received")


ViewDep = Annotated[ListView, Depends(read_view)]


@router.get("/documents")
def list_documents(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    vendor_id = view.identity("vendor")
    lines = find_lines(session, clinic, view)
    piece = cut(request, lines, per_page=PER_PAGE)
    found = disclosures.disclosures_of(session, clinic_id=clinic.id, document_ids=[line.id for line in piece.lines])
    values = {
        "current": "list_documents",
        "view": view,
        "piece": piece,
        "readings": {line.id: say_reading(found[line.id]) if line.id in found else "" for line in piece.lines},
        "years": [(year, name_of(year)) for year in handed_over.list_years(session, clinic_id=clinic.id)],
        "vendors": vendors.list_vendor_choices(session, clinic_id=clinic.id, including=vendor_id),
        "document_kinds": names_of(DocumentKind),
        "scan_states": names_of(ScanState),
    }
    return page(request, "clinic/documents/list.html", values)


@router.get("/documents.{form}")
def download_documents(
    request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep, form: Literal["csv", "xlsx"]
) -> Response:
    """The list that is shown, whole; the files themselves are downloaded one by one."""
    record_look(request, session, "document.exported", clinic_id=clinic.id, format=form)
    return download_table(form, documents_table(find_lines(session, clinic, view)))


def find_lines(session: SessionDep, clinic: Clinic, view: ListView) -> list[HandedOver]:
    """The documents that the address asks for."""
    return handed_over.list_handed_over(
        session,
        clinic_id=clinic.id,
        vendor_id=view.identity("vendor"),
        kind=view.option("kind", DocumentKind),
        fiscal_year=view.number("year"),
        sort=view.sort,
    )


@router.get("/documents/{document_id}")
def download_document(request: Request, session: SessionDep, document: DocumentDep) -> Response:
    handed_over.check_file(document)
    record_look(
        request,
        session,
        "document.downloaded",
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
        name=document.file_name,
    )
    pieces = handed_over.open_document(document)
    return download_file(pieces, file_name=document.file_name, media_type=document.media_type, size=document.size)
