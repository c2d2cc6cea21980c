"""A member's groups: the progress of the clinics that agreed, to look at and to take away, and the group's people."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Group
from services import clock, group_progress, groups
from services.account_refusals import AlreadyInGroup, LastInGroup
from services.fiscal_years import fiscal_year_of
from services.languages import _
from services.letter_numbers import format_number
from services.reports.group_table import group_table
from web.access import ConfirmedMemberDep, FiscalYearDep, GroupDep, MemberDep, SessionDep
from web.downloads import download_table
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Email, PersonName

router = APIRouter()


class PersonForm(BaseModel):
    """Whom to let in."""

    name: Annotated[PersonName, Field(max_length=100)]
    email: Email


@router.get("/groups")
def list_groups(request: Request, session: SessionDep, viewer: MemberDep) -> Response:
    found = groups.list_groups(session, member_id=viewer.member_id)
    if len(found) == 1:
        return see(request, "show_group", group_id=found[0].id)
    return page(request, "account/groups/list.html", {"current": "list_groups", "groups": found})


@router.get("/groups/{group_id}")
def show_group(request: Request, session: SessionDep, group: GroupDep, year: FiscalYearDep) -> Response:
    present = fiscal_year_of(clock.today())
    lines = group_progress.list_clinics(session, group_id=group.id, fiscal_year=year)
    values = {
        "current": "list_groups",
        "group": group,
        "number": format_number(group.number),
        "lines": lines,
        "year": year,
        "years": sorted({present, year, *group_progress.list_years(session, group_id=group.id)}, reverse=True),
        "totals": {
            name: sum(getattr(line, name) for line in lines) for name in ("asked", "answered", "overdue", "declined")
        },
        "here": request.app.state.addresses("show_group", group_id=group.id, year=year),
    }
    return page(request, "account/groups/show.html", values)


@router.get("/groups/{group_id}/table.{form}")
def download_group(session: SessionDep, group: GroupDep, year: FiscalYearDep, form: Literal["csv", "xlsx"]) -> Response:
    lines = group_progress.list_clinics(session, group_id=group.id, fiscal_year=year)
    return download_table(form, group_table(group.name, lines, fiscal_year=year))


@router.get("/groups/{group_id}/people")
def list_group_people(request: Request, session: SessionDep, group: GroupDep) -> Response:
    return people_page(request, session, group, blank())


@router.post("/groups/{group_id}/people")
def add_group_person(
    request: Request,
    session: SessionDep,
    group: GroupDep,
    submitted: Annotated[Submitted[PersonForm], Depends(read(PersonForm))],
    viewer: ConfirmedMemberDep,
) -> Response:
    form = submitted.form
    if form is None:
        return people_page(request, session, group, submitted, status_code=422)
    try:
        added = groups.add_person(
            session, group=group, email=form.email, name=form.name, language=viewer.language, added_by=viewer.name
        )
    except AlreadyInGroup as refusal:
        submitted.errors["email"] = str(refusal)
        return people_page(request, session, group, submitted, status_code=422)
    said = _("%(email)s now sees what you see, and is told by mail.", email=added.email)
    return see(request, "list_group_people", group_id=group.id, said=said)


@router.post("/groups/{group_id}/people/{person_id}/remove")
def remove_group_person(
    request: Request, session: SessionDep, group: GroupDep, person_id: UUID, viewer: ConfirmedMemberDep
) -> Response:
    try:
        removed_id = groups.remove_person(session, group=group, person_id=person_id)
    except LastInGroup as refusal:
        return people_page(request, session, group, blank(), wrong=str(refusal), status_code=409)
    said = _("This person no longer belongs to the group.")
    if removed_id == viewer.member_id:
        return see(request, "list_groups", said=said)
    return see(request, "list_group_people", group_id=group.id, said=said)


def people_page(
    request: Request,
    session: SessionDep,
    group: Group,
    submitted: Submitted[Any],
    *,
    wrong: str = "",
    status_code: int = 200,
) -> Response:
    """Who sees what the group sees, and the form for one more."""
    values = {
        "current": "list_groups",
        "group": group,
        "people": groups.list_people(session, group=group),
        "submitted": submitted,
        "wrong": wrong,
        "here": request.app.state.addresses("list_group_people", group_id=group.id),
    }
    return page(request, "account/groups/people.html", values, status_code=status_code)
