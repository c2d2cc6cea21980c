"""The second factor of a clinic's members: required of all by an owner, reset for whoever lost the telephone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import second_factors
from services.account_refusals import OwnFactorFirst
from services.languages import _
from web.access import ConfirmedMemberDep, OwnedClinicDep, SessionDep
from web.clinic.members import MembershipDep
from web.forms import Submitted, read
from web.rendering import see
from web.texts import Name

router = APIRouter()


class RequirementForm(BaseModel):
    is_required: bool = False


class ResetForm(BaseModel):
    how: Annotated[Name, Field(max_length=200)]


@router.post("/settings/second-factor")
def require_second_factor(
    request: Request,
    session: SessionDep,
    clinic: OwnedClinicDep,
    submitted: Annotated[Submitted[RequirementForm], Depends(read(RequirementForm))],
    viewer: ConfirmedMemberDep,
) -> Response:
    is_required = submitted.form is not None and submitted.form.is_required
    try:
        second_factors.require_of_all(session, viewer=viewer, clinic=clinic, is_required=is_required)
    except OwnFactorFirst as refusal:
        return see(request, "show_second_factor", said=str(refusal))
    required = _("From now on every member needs the two-step sign-in.")
    said = required if is_required else _("The two-step sign-in is no longer required.")
    return see(request, "show_settings", said=said, anchor="second-factor")


@router.post("/members/{membership_id}/second-factor/reset")
def reset_member_factor(
    request: Request,
    session: SessionDep,
    _clinic: OwnedClinicDep,
    membership: MembershipDep,
    submitted: Annotated[Submitted[ResetForm], Depends(read(ResetForm))],
    viewer: ConfirmedMemberDep,
) -> Response:
    if submitted.form is None:
        said = _("Please write how you made sure that it is this person; it stands in the history.")
        return see(request, "list_members", said=said)
    second_factors.reset_by_owner(session, viewer=viewer, membership=membership, how=submitted.form.how)
    said = _(
        "The two-step sign-in is reset and told by mail. The member signs in with the password and sets it up anew."
    )
    return see(request, "list_members", said=said)
