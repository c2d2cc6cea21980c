"""What to come back to: dated いいえ of vendors and of the clinic, measures decided, documents to look at again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from models import Clinic, Document
from services import follow_ups, handed_over
from services.follow_ups import SHOWN, FollowUp, Source
from services.languages import _, language
from services.reports.follow_up_table import follow_ups_table, source_names
from web.access import ClinicDep, ConfirmedMemberDep, DocumentDep, FiscalYearDep, SessionDep
from web.access_log import record_look
from web.clinic.disclosures import EditableDocumentDep
from web.downloads import download_table
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class ReviewDayForm(BaseModel):
    """When a document is to be looked at again; empty goes back to the clinic's rhythm."""

    review_on: date | None = None


def find(session: SessionDep, clinic: Clinic, fiscal_year: int) -> list[FollowUp]:
    return follow_ups.list_follow_ups(session, clinic=clinic, fiscal_year=fiscal_year, language=language.get())


@router.get("/follow-ups")
def list_follow_ups(request: Request, session: SessionDep, clinic: ClinicDep, fiscal_year: FiscalYearDep) -> Response:
    show = request.query_params.get("show", "")
    show = show if show in SHOWN else "open"
    found = find(session, clinic, fiscal_year)
    record_look(request, session, "assessment.follow_ups_viewed", clinic_id=clinic.id)
    values = {
        "current": "list_follow_ups",
        "year": fiscal_year,
        "show": show,
        "lines": follow_ups.choose(found, show=show),
        "tabs": [(name, label, len(follow_ups.choose(found, show=name))) for name, label in tab_names()],
        "sources": source_names(),
        "address_of": lambda one: address_of(request, one, fiscal_year),
    }
    return page(request, "clinic/follow_ups/list.html", values)


def tab_names() -> list[tuple[str, str]]:
    """What the page can show."""
    return [("open", _("Still open")), ("late", _("Past its date")), ("closed", _("Closed"))]


def address_of(request: Request, one: FollowUp, fiscal_year: int) -> str:
    """Where it is closed."""
    addresses = request.app.state.addresses
    if one.source is Source.VENDOR:
        return str(addresses("show_submission", submission_id=one.about))
    if one.source is Source.TREATMENT:
        return str(addresses("show_treatment", document_id=one.about, number=one.number))
    if one.source is Source.DOCUMENT:
        return str(addresses("show_review_day", document_id=one.about))
    return str(addresses("show_assessment", year=fiscal_year))


@router.get("/follow-ups.csv")
def download_follow_ups_csv(
    request: Request,
    session: SessionDep,
    clinic: ClinicDep,
    fiscal_year: FiscalYearDep,
    _confirmed: ConfirmedMemberDep,
) -> Response:
    record_look(request, session, "assessment.follow_ups_exported", clinic_id=clinic.id, format="csv")
    return download_table("csv", follow_ups_table(find(session, clinic, fiscal_year)))


@router.get("/follow-ups.xlsx")
def download_follow_ups_xlsx(
    request: Request,
    session: SessionDep,
    clinic: ClinicDep,
    fiscal_year: FiscalYearDep,
    _confirmed: ConfirmedMemberDep,
) -> Response:
    record_look(request, session, "assessment.follow_ups_exported", clinic_id=clinic.id, format="xlsx")
    return download_table("xlsx", follow_ups_table(find(session, clinic, fiscal_year)))


@router.get("/documents/{document_id}/review-day")
def show_review_day(request: Request, clinic: ClinicDep, document: DocumentDep) -> Response:
    return review_day_page(request, clinic, document, blank(review_on=document.review_on))


@router.post("/documents/{document_id}/review-day")
def set_review_day(
    request: Request,
    session: SessionDep,
    clinic: ClinicDep,
    document: EditableDocumentDep,
    submitted: Annotated[Submitted[ReviewDayForm], Depends(read(ReviewDayForm))],
) -> Response:
    if submitted.form is None:
        return review_day_page(request, clinic, document, submitted, status_code=422)
    handed_over.plan_review(session, document=document, review_on=submitted.form.review_on)
    return see(request, "show_review_day", document_id=document.id, said=_("The day is noted."))


def review_day_page(
    request: Request, clinic: Clinic, document: Document, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """When the document is looked at again, and how to ask for a newer one."""
    values = {
        "current": "list_documents",
        "document": document,
        "submitted": submitted,
        "day": follow_ups.review_day(document, clinic.document_review_months),
        "months": clinic.document_review_months,
    }
    return page(request, "clinic/follow_ups/review_day.html", values, status_code=status_code)
