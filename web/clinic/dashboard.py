"""The dashboard: what is to do today, where every vendor stands, and reminding everybody who is late."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from models import Clinic, SystemKind
from services import clock, editions, fiscal_years, progress, reminders, systems, threads, vendors
from services.languages import _, ngettext
from services.options import names_of
from services.progress import Line
from services.progress_filters import SORTS, STUCK, Due, Wanted, narrow_down
from services.refusals import CapReached
from services.reports.progress_table import STANDING_NAMES, progress_table
from services.state_words import explain_states
from services.years import explain_year
from web.access import ClinicDep, EditableClinicDep, MemberDep, SessionDep
from web.access_log import record_look
from web.clinic.dashboard_rows import list_tasks, make_rows
from web.downloads import download_table
from web.forms import Submitted, blank, read
from web.lists import ListView, cut, read_list
from web.rendering import page, see

router = APIRouter()

ROWS_PER_PAGE = 100


class OverdueForm(BaseModel):
    """Whom to remind."""

    submission: list[UUID]
    adds_words: bool = False


async def read_view(request: Request) -> ListView:
    """Year, search, filters and order as the address says."""
    return read_list(request, filters=("year", "q", "stage", "kind", "due"), sorts=SORTS, first_sort="due")


ViewDep = Annotated[ListView, Depends(read_view)]


@router.get("/dashboard")
def show_dashboard(
    request: Request, session: SessionDep, clinic: ClinicDep, viewer: MemberDep, view: ViewDep
) -> Response:
    year, years = choose_year(session, clinic, view)
    lines = progress.list_progress(session, clinic_id=clinic.id, fiscal_year=year)
    values: dict[str, Any] = {"current": "show_dashboard", "year": year, "years": years, "view": view}
    around = progress.look_around(session, clinic_id=clinic.id, fiscal_year=year)
    edition = editions.edition_for_fiscal_year(year)
    values["year_sentence"] = "" if around.has_imported_form else explain_year(fiscal_year=year, edition=edition)
    if not lines:
        return page(request, "clinic/dashboard/empty.html", values | count_steps(session, clinic))
    shown = cut(request, narrow_down(lines, wanted(view)), per_page=ROWS_PER_PAGE)
    talks = threads.count_open(session, clinic_id=clinic.id, fiscal_year=year, reader=str(viewer.member_id))
    values |= {
        "rows": make_rows(request, shown.lines, talks, may_edit=viewer.may_edit),
        "tasks": list_tasks(request, lines, year=year, unasked=around.unasked, may_edit=viewer.may_edit),
        "shown": shown,
        "state_words": explain_states(),
        **describe_totals(lines, view),
        **filter_words(),
    }
    return page(request, "clinic/dashboard/show.html", values)


@router.get("/dashboard.csv")
def download_dashboard_csv(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    return download(request, session, clinic, view, "csv")


@router.get("/dashboard.xlsx")
def download_dashboard_xlsx(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    return download(request, session, clinic, view, "xlsx")


@router.get("/dashboard/overdue")
def list_overdue(request: Request, session: SessionDep, clinic: EditableClinicDep, year: int | None = None) -> Response:
    return show_overdue(request, session, clinic, year, blank())


@router.post("/dashboard/overdue")
def remind_overdue(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    viewer: MemberDep,
    submitted: Annotated[Submitted[OverdueForm], Depends(read(OverdueForm))],
    year: int | None = None,
) -> Response:
    if submitted.form:
        try:
            sent = reminders.remind_overdue(
                session,
                clinic=clinic,
                submission_ids=submitted.form.submission,
                reminded_by=viewer.member_id,
                adds_words=submitted.form.adds_words,
            )
            said = ngettext("%(count)s reminder is on its way.", "%(count)s reminders are on their way.", len(sent))
            return see(request, "show_dashboard", year=year, said=said)
        except CapReached as refusal:
            submitted.errors["form"] = f"{refusal} {refusal.say(refusal.advice)}"
    else:
        submitted.errors = {"form": _("Please tick at least one vendor.")}
    return show_overdue(request, session, clinic, year, submitted, status_code=422)


def show_overdue(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    year: int | None,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    """Everybody who is late, with the address a reminder goes to."""
    chosen = year or fiscal_years.fiscal_year_of(clock.today())
    overdue = reminders.list_overdue(session, clinic_id=clinic.id, fiscal_year=chosen)
    values = {
        "current": "show_dashboard",
        "year": chosen,
        "submitted": submitted,
        "ticked": set(submitted.values["submission"]) if "submission" in submitted.values else None,
        "reachable": [one for one in overdue if one.addressee],
        "unreachable": [one for one in overdue if not one.addressee],
    }
    return page(request, "clinic/dashboard/overdue.html", values, status_code=status_code)


def choose_year(session: SessionDep, clinic: Clinic, view: ListView) -> tuple[int, list[int]]:
    """The fiscal year that is looked at, and those there are: the present one and every one asked for."""
    present = fiscal_years.fiscal_year_of(clock.today())
    years = sorted({present, *progress.list_years(session, clinic_id=clinic.id)}, reverse=True)
    asked = view.number("year")
    return (asked if asked in years else present), years


def wanted(view: ListView) -> Wanted:
    """What the address narrows the list down to."""
    return Wanted(
        search=view.filters["q"],
        standing=view.filters["stage"] if view.filters["stage"] in {*STANDING_NAMES, STUCK} else "",
        kind=view.option("kind", SystemKind),
        due=view.option("due", Due),
        sort=view.sort,
    )


def describe_totals(lines: list[Line], view: ListView) -> dict[str, Any]:
    """The bar of stages with its title and the addresses of its parts."""
    counts = progress.count_standings(lines)
    year = view.filters["year"]
    vendors_asked = ngettext("%(count)s vendor", "%(count)s vendors", len({line.vendor_id for line in lines}))
    covered = sum(len(line.systems) for line in lines)
    systems_covered = ngettext("%(count)s system", "%(count)s systems", covered)
    return {
        "counts": counts,
        "total": len(lines),
        "title": f"{vendors_asked} · {systems_covered}",
        "links": {
            standing: f"{view.path}?{f'year={year}&' if year else ''}stage={standing}" for standing, _count in counts
        },
    }


def filter_words() -> dict[str, Any]:
    """What the filters offer."""
    return {
        "stages": [*((standing, _(name)) for standing, name in STANDING_NAMES.items()), (STUCK, _("Cannot start"))],
        "kinds": names_of(SystemKind).items(),
        "dues": [
            (Due.OVERDUE, _("Overdue")),
            (Due.WEEK, _("Within a week")),
            (Due.MONTH, _("Within a month")),
            (Due.LATE, _("Answered late")),
        ],
    }


def count_steps(session: SessionDep, clinic: Clinic) -> dict[str, Any]:
    """How far the first steps are done."""
    return {
        "system_count": systems.count_systems(session, clinic_id=clinic.id).active,
        "vendor_count": vendors.count_vendors(session, clinic_id=clinic.id).active,
    }


def download(
    request: Request, session: SessionDep, clinic: Clinic, view: ListView, form: Literal["csv", "xlsx"]
) -> Response:
    """The requests that the address asks for, as a file; the taking away is recorded."""
    year, _years = choose_year(session, clinic, view)
    lines = narrow_down(progress.list_progress(session, clinic_id=clinic.id, fiscal_year=year), wanted(view))
    record_look(request, session, "submissions.exported", clinic_id=clinic.id, format=form, fiscal_year=year)
    return download_table(form, progress_table(lines, fiscal_year=year))
