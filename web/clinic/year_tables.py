"""Tables to take along: one page that names them all, and those that hold what all vendors said in a year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services import assessments, clock, export_orders, progress
from services.fiscal_years import fiscal_year_of
from services.languages import _, marked
from services.refusals import ConfirmationNeeded, refuse_if
from services.year_tables import YearTable, make_table
from web.access import ClinicDep, FiscalYearDep, MemberDep, SessionDep
from web.access_log import record_look
from web.downloads import download_table
from web.rendering import page

router = APIRouter()

NAMES: Final[Mapping[YearTable, tuple[str, str]]] = {
    YearTable.ANSWERS: (
        marked("Answers of all vendors"),
        marked("Every item of the newest version, with who answered and who typed it in."),
    ),
    YearTable.REMARKS: (marked("What you said about answers"), marked("Each verdict with its words.")),
    YearTable.DIFFERENCES: (
        marked("Differences between systems"),
        marked("Where one system of a sheet differs from the answer that the others share."),
    ),
    YearTable.TYPED_IN: (
        marked("Typed in by you"),
        marked("Answers that came by fax, post or telephone: from whom, when, who typed them in."),
    ),
    YearTable.OUTCOMES: (
        marked("Outcomes other than an answer"),
        marked("Declined, outside the contract, own statement, no contract, unreachable."),
    ),
    YearTable.CONTACTS: (
        marked("Calls, faxes and visits"),
        marked("The contact log of all requests, corrections included."),
    ),
    YearTable.MESSAGES: (
        marked("Messages and notes"),
        marked("What you and the vendors wrote about items, and your own notes."),
    ),
    YearTable.LETTERS: (
        marked("Letters"),
        marked("When which letter was made and whether it was opened; never the codes."),
    ),
}
"""What each table is called on the page, and what it holds."""

OF_ALL_VENDORS: Final = frozenset(YearTable) - {YearTable.LETTERS}
"""What vendors said, over all of them: whoever takes it along is asked for the password before."""


def confirm_for_all_vendors(table: YearTable, viewer: MemberDep) -> None:
    """Raise ConfirmationNeeded before a table that holds what all vendors said."""
    refuse_if(table in OF_ALL_VENDORS and not viewer.is_confirmed, ConfirmationNeeded())


@router.get("/tables")
def show_tables(
    request: Request, session: SessionDep, clinic: ClinicDep, viewer: MemberDep, fiscal_year: FiscalYearDep
) -> Response:
    present = {fiscal_year, fiscal_year_of(clock.today()), *progress.list_years(session, clinic_id=clinic.id)}
    values = {
        "current": "show_dashboard",
        "year": fiscal_year,
        "years": sorted(present, reverse=True),
        "year_tables": [(table.value, _(name), _(about)) for table, (name, about) in NAMES.items()],
        "has_assessment": fiscal_year in assessments.list_assessed_years(session, clinic_id=clinic.id),
        "export": export_orders.find_present(session, clinic_id=clinic.id) if viewer.is_owner else None,
    }
    return page(request, "clinic/tables/list.html", values)


@router.get("/tables/{table}.{form}", dependencies=[Depends(confirm_for_all_vendors)])
def download_year_table(
    request: Request,
    session: SessionDep,
    clinic: ClinicDep,
    fiscal_year: FiscalYearDep,
    table: YearTable,
    form: Literal["csv", "xlsx"],
) -> Response:
    """One table over all requests of a year."""
    made = make_table(session, clinic_id=clinic.id, table=table, fiscal_year=fiscal_year)
    verb, year = "submissions.table_exported", fiscal_year
    record_look(request, session, verb, clinic_id=clinic.id, name=made.title, fiscal_year=year, format=form)
    return download_table(form, made)
