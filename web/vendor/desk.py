"""The vendor's desk: every clinic that asks this address on one page, and the way into each form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services import desk, desk_news
from services.desk import DeskRow
from services.desk_access import DeskViewer
from services.fiscal_years import name_of
from services.languages import language
from web.access import DeskViewerDep, SessionDep
from web.cookies import VENDOR, read_cookie, set_cookie
from web.rendering import page, see

router = APIRouter()

SORTS: Final[Mapping[str, Callable[[DeskRow], Any]]] = {
    "due": lambda row: row.due_on,
    "clinic": lambda row: row.clinic_name,
    "stage": lambda row: row.standing,
    "answered": lambda row: row.answered,
}


@router.get("/desk", name="show_desk")
def show_desk(request: Request, session: SessionDep, viewer: DeskViewerDep, sort: str = "due") -> Response:
    rows = desk.list_requests(session, email=viewer.email)
    shown = sort if sort.removeprefix("-") in SORTS else "due"
    rows.sort(key=SORTS[shown.removeprefix("-")], reverse=shown.startswith("-"))
    values = {
        "groups": {group: [row for row in rows if row.group == group] for group in (desk.OPEN, desk.DONE, desk.CLOSED)},
        "sources": sources_of(rows),
        "editions": edition_names(rows),
        "wants_news": desk_news.wants_news(session, email=viewer.email),
        "sort": shown,
        "sort_urls": sort_addresses(request, shown),
    }
    return desk_page(request, viewer, "vendor/desk/show.html", values)


def desk_page(
    request: Request, viewer: DeskViewer, template: str, values: Mapping[str, Any], *, status_code: int = 200
) -> HTMLResponse:
    """A page of the desk, with the address it is for and the way out."""
    around = {"desk_email": viewer.email, "leave_url": request.app.state.addresses("leave_desk")}
    return page(request, template, {**around, **values}, status_code=status_code)


def sort_addresses(request: Request, shown: str) -> dict[str, str]:
    """Where the heads of the columns lead: a second press turns the order round."""
    address = request.app.state.addresses("show_desk")
    return {key: f"{address}?sort={'-' if shown == key else ''}{key}" for key in SORTS}


def sources_of(rows: Sequence[DeskRow]) -> list[tuple[str, str]]:
    """The requests whose answers can be written into others, those that were handed in first."""
    whole = [
        row for row in rows if row.answered and not row.missing and row.group != desk.CLOSED and row.sections is None
    ]
    whole.sort(key=lambda row: (row.group != desk.DONE, row.clinic_name))
    return [(str(row.submission_id), describe(row)) for row in whole]


def describe(row: DeskRow) -> str:
    """A request in one line of a list to choose from."""
    about = f" – {'、'.join(row.systems)}" if row.systems else ""
    return f"{row.clinic_name}{about} ({name_of(row.fiscal_year)})"


def edition_names(rows: Sequence[DeskRow]) -> dict[str, str]:
    """What the forms asked for are called."""
    return {row.edition_id: row.edition_names[language.get()] for row in rows}


@router.post("/desk/open/{submission_id}", name="open_from_desk")
def open_from_desk(request: Request, session: SessionDep, viewer: DeskViewerDep, submission_id: UUID) -> Response:
    token = desk.open_request(
        session, email=viewer.email, submission_id=submission_id, token=read_cookie(request, VENDOR)
    )
    response = see(request, "show_welcome", submission_id=submission_id)
    set_cookie(response, VENDOR, token)
    return response
