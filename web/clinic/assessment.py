"""The own check: the clinic's form of a year, started, looked over, made ready for the inspection, taken along."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from models import AnswerValue, Clinic
from services import assessment_editions, assessments
from services.imported_editions import edition_for_year
from services.languages import _
from services.official_filling import has_official_workbook
from services.own_form import Overview, Show, read_overview
from services.readiness import check_readiness
from services.reports.assessment_table import assessment_table
from services.years import explain_year, explain_year_of_form
from web.access import (
    ClinicDep,
    ConfirmedMemberDep,
    EditableAssessmentDep,
    EditableClinicDep,
    FiscalYearDep,
    SessionDep,
)
from web.access_log import record_look
from web.clinic import assessment_views as views
from web.downloads import download_table
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class StartForm(BaseModel):
    """Which year's form to begin."""

    fiscal_year: int


class GateForm(BaseModel):
    """Whether a medical information system is in use."""

    gate: AnswerValue


class InspectionForm(BaseModel):
    """When the inspection is, if that is known."""

    inspection_on: date | None = None


@router.get("/assessment")
def show_assessment(
    request: Request, session: SessionDep, clinic: ClinicDep, fiscal_year: FiscalYearDep, show: str = Show.ALL.value
) -> Response:
    return show_overview(request, session, clinic, fiscal_year, show=show)


@router.post("/assessment")
def start_assessment(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    fiscal_year: FiscalYearDep,
    submitted: Annotated[Submitted[StartForm], Depends(read(StartForm))],
) -> Response:
    if submitted.form is None:
        return show_overview(request, session, clinic, fiscal_year, submitted=submitted)
    assessment = assessments.start_assessment(session, clinic=clinic, fiscal_year=submitted.form.fiscal_year)
    return see(request, "show_assessment", year=assessment.fiscal_year, said=_("The form is ready. Take your time."))


@router.post("/assessment/gate")
def answer_gate(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    assessment: EditableAssessmentDep,
    submitted: Annotated[Submitted[GateForm], Depends(read(GateForm))],
) -> Response:
    if submitted.form is None:
        return show_overview(request, session, clinic, assessment.fiscal_year, submitted=submitted)
    member = request.state.viewer.member_id
    assessments.answer_gate(session, assessment=assessment, value=submitted.form.gate, answered_by=member)
    return see(request, "show_assessment", year=assessment.fiscal_year, said=_("Your answer is saved."))


@router.post("/assessment/inspection")
def plan_inspection(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    assessment: EditableAssessmentDep,
    submitted: Annotated[Submitted[InspectionForm], Depends(read(InspectionForm))],
) -> Response:
    if submitted.form is None:
        return show_overview(request, session, clinic, assessment.fiscal_year, submitted=submitted)
    assessments.plan_inspection(session, assessment=assessment, inspection_on=submitted.form.inspection_on)
    return see(request, "show_assessment", year=assessment.fiscal_year, said=_("The day of the inspection is noted."))


@router.post("/assessment/edition")
def adopt_edition(
    request: Request, session: SessionDep, clinic: EditableClinicDep, assessment: EditableAssessmentDep
) -> Response:
    assessment_editions.adopt_edition(session, clinic=clinic, assessment=assessment)
    said = _("The check uses this year's own form now.")
    return see(request, "show_assessment", year=assessment.fiscal_year, said=said)


@router.get("/assessment/readiness")
def show_readiness(request: Request, session: SessionDep, clinic: ClinicDep, fiscal_year: FiscalYearDep) -> Response:
    overview = open_form(session, clinic, fiscal_year)
    values = {"readiness": check_readiness(overview), **words(overview)}
    return page(request, "clinic/assessment/readiness.html", values)


@router.get("/assessment/print")
def print_assessment(request: Request, session: SessionDep, clinic: ClinicDep, fiscal_year: FiscalYearDep) -> Response:
    overview = open_form(session, clinic, fiscal_year, with_links=True)
    record_look(request, session, "assessment.printed", clinic_id=clinic.id, fiscal_year=fiscal_year)
    values = {"clinic": clinic, "provenance": views.provenance_of(overview.sheet), **words(overview)}
    return page(request, "clinic/assessment/print.html", values | views.words_on_paper(overview))


@router.get("/assessment.csv")
def download_assessment_csv(
    request: Request,
    session: SessionDep,
    clinic: ClinicDep,
    fiscal_year: FiscalYearDep,
    _confirmed: ConfirmedMemberDep,
) -> Response:
    return download(request, session, clinic, fiscal_year, "csv")


@router.get("/assessment.xlsx")
def download_assessment_xlsx(
    request: Request,
    session: SessionDep,
    clinic: ClinicDep,
    fiscal_year: FiscalYearDep,
    _confirmed: ConfirmedMemberDep,
) -> Response:
    return download(request, session, clinic, fiscal_year, "xlsx")


def download(
    request: Request, session: SessionDep, clinic: Clinic, fiscal_year: int, form: Literal["csv", "xlsx"]
) -> Response:
    """The whole form as a table."""
    overview = open_form(session, clinic, fiscal_year, with_links=True)
    record_look(request, session, "assessment.exported", clinic_id=clinic.id, fiscal_year=fiscal_year, format=form)
    return download_table(form, assessment_table(overview))


def open_form(session: SessionDep, clinic: Clinic, fiscal_year: int, *, with_links: bool = False) -> Overview:
    """The form of a year with everything beside it; raises NotFound where it was not started."""
    sheet = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
    return read_overview(session, sheet=sheet, with_links=with_links)


def show_overview(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    fiscal_year: int,
    *,
    show: str = Show.ALL.value,
    submitted: Submitted[Any] | None = None,
) -> Response:
    """The form with all its items, or the page that explains it before it is started; with faults as a 422."""
    status_code = 422 if submitted else 200
    sheet = assessments.find_sheet(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
    if sheet is None:
        return show_start(request, session, clinic, fiscal_year, submitted)
    overview = read_overview(session, sheet=sheet)
    current = Show(show) if show in set(Show) else Show.ALL
    gate = {"gate": sheet.gate.value if sheet.gate else "", "inspection_on": sheet.inspection_on}
    values = {
        "submitted": submitted or blank(**gate),
        "sections": views.view_sections(overview, current),
        "tabs": views.view_tabs(overview, current),
        "show": current,
        "days_left": views.days_to_inspection(sheet),
        "provenance": views.provenance_of(sheet),
        "has_official": has_official_workbook(
            session, clinic_id=clinic.id, edition_id=sheet.edition_id, form_id=sheet.form.id
        ),
        "waits_for_own_form": assessment_editions.waits_for_own_form(sheet),
        **words(overview),
    }
    return page(request, "clinic/assessment/show.html", values, status_code=status_code)


def show_start(
    request: Request, session: SessionDep, clinic: Clinic, fiscal_year: int, submitted: Submitted[Any] | None
) -> Response:
    """What the form is, and the choice of its year."""
    started = assessments.list_assessed_years(session, clinic_id=clinic.id)
    years = [year for year in assessments.years_to_start() if year not in started]
    chosen = fiscal_year if fiscal_year in years else next(iter(years), fiscal_year)
    values = {
        "current": "show_assessment",
        "submitted": submitted or blank(fiscal_year=chosen),
        "years": years,
        "started": started,
        "year_sentence": explain_year(
            fiscal_year=chosen, edition=edition_for_year(session, clinic_id=clinic.id, fiscal_year=chosen)
        ),
    }
    return page(request, "clinic/assessment/start.html", values, status_code=422 if submitted else 200)


def words(overview: Overview) -> dict[str, Any]:
    """What every page of the form shows."""
    sheet = overview.sheet
    return {
        "current": "show_assessment",
        "overview": overview,
        "sheet": sheet,
        "year_sentence": explain_year_of_form(fiscal_year=sheet.fiscal_year, form=sheet.form),
    }
