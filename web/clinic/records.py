"""The record for the inspection: everything that shows that the clinic asked, for a vendor or for the year."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from models import Clinic, ContactWay, OutcomeKind, Source, Vendor
from services import records
from services.options import names_of
from web.access import ClinicDep, FiscalYearDep, SessionDep, VendorDep
from web.access_log import record_look
from web.clinic.submission_words import name_link_states
from web.rendering import page

router = APIRouter()


@router.get("/record")
def print_record(request: Request, session: SessionDep, clinic: ClinicDep, fiscal_year: FiscalYearDep) -> Response:
    return show_record(request, session, clinic, fiscal_year)


@router.get("/vendors/{vendor_id}/record")
def print_vendor_record(
    request: Request, session: SessionDep, clinic: ClinicDep, vendor: VendorDep, fiscal_year: FiscalYearDep
) -> Response:
    return show_record(request, session, clinic, fiscal_year, vendor)


def show_record(
    request: Request, session: SessionDep, clinic: Clinic, fiscal_year: int, vendor: Vendor | None = None
) -> Response:
    """The page to print; that it was opened is noted."""
    found = records.read_records(
        session, clinic_id=clinic.id, fiscal_year=fiscal_year, vendor_id=vendor.id if vendor else None
    )
    values = {
        "clinic": clinic,
        "vendor": vendor,
        "year": fiscal_year,
        "records": found,
        "ways": names_of(ContactWay),
        "outcomes": names_of(OutcomeKind),
        "sources": names_of(Source),
        "link_words": name_link_states(),
    }
    record_look(request, session, "record.printed", clinic_id=clinic.id, fiscal_year=fiscal_year)
    return page(request, "clinic/records/print.html", values)
