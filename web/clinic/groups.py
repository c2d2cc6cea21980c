"""Which groups see the clinic's progress: an owner agrees by the group's number, and takes it back at any time."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic, Group, GroupConsent
from services import groups
from services.languages import _
from services.letter_numbers import format_number
from web.access import ConfirmedMemberDep, MemberDep, OwnedClinicDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class NumberForm(BaseModel):
    """The number that a group gave, and whether the owner has read what it would see."""

    number: str = Field(max_length=40)
    is_read: bool = False


def get_consent(consent_id: UUID, clinic: OwnedClinicDep, session: SessionDep) -> GroupConsent:
    """A consent of the clinic, for its owners."""
    return groups.get_consent(session, clinic_id=clinic.id, consent_id=consent_id)


@router.get("/settings/groups")
def list_consents(request: Request, session: SessionDep, clinic: OwnedClinicDep) -> Response:
    return consents_page(request, session, clinic, blank())


@router.post("/settings/groups")
def agree_to_group(
    request: Request,
    session: SessionDep,
    clinic: OwnedClinicDep,
    submitted: Annotated[Submitted[NumberForm], Depends(read(NumberForm))],
    viewer: ConfirmedMemberDep,
) -> Response:
    """The first press shows who the group is and what it would see; only the second one agrees."""
    form = submitted.form
    if form is None:
        return consents_page(request, session, clinic, submitted, status_code=422)
    group = groups.find_group(session, number=form.number)
    if group is None:
        submitted.errors["number"] = _("No group has this number. Please compare it with what the group told you.")
        return consents_page(request, session, clinic, submitted, status_code=422)
    if not form.is_read:
        return question_page(request, session, group)
    groups.agree(session, clinic=clinic, group=group, agreed_by=viewer.member_id)
    said = _("%(group)s now sees the progress of your institution.", group=group.name)
    return see(request, "list_consents", said=said)


@router.post("/settings/groups/{consent_id}/end")
def end_consent(
    request: Request, session: SessionDep, consent: Annotated[GroupConsent, Depends(get_consent)], viewer: MemberDep
) -> Response:
    groups.end_consent(session, consent=consent, ended_by=viewer.member_id)
    return see(request, "list_consents", said=_("From now on the group sees nothing of your institution."))


def question_page(request: Request, session: SessionDep, group: Group) -> Response:
    """Who it is, and what is shared in plain words."""
    values = {
        "current": "show_settings",
        "group": group,
        "number": format_number(group.number),
        "people": groups.list_people(session, group=group),
        "here": request.app.state.addresses("list_consents"),
    }
    return page(request, "clinic/groups/agree.html", values)


def consents_page(
    request: Request, session: SessionDep, clinic: Clinic, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """The groups that see the progress now, and the field for a number."""
    values = {
        "current": "show_settings",
        "consents": groups.list_consents(session, clinic_id=clinic.id),
        "submitted": submitted,
        "here": request.app.state.addresses("list_consents"),
    }
    return page(request, "clinic/groups/list.html", values, status_code=status_code)
