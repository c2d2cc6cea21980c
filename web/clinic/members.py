"""Members: who works at the clinic, invited, given roles and removed by its owners."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic, MemberInvitation, Membership, Role
from services import members
from services.account_refusals import AlreadyMember
from services.languages import _
from services.members import Invited
from services.options import name_of, names_of
from services.refusals import CapReached, ConfirmationNeeded, NotFound
from settings import get_settings
from web.access import ConfirmedMemberDep, MemberDep, OwnedClinicDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Email, Name

router = APIRouter()


class InviteForm(BaseModel):
    email: Email
    name: Annotated[Name, Field(max_length=100)]
    role: Role


class RoleForm(BaseModel):
    role: Role


def get_membership(membership_id: UUID, clinic: OwnedClinicDep, session: SessionDep) -> Membership:
    """A member of the clinic, for its owners."""
    return members.get_membership(session, clinic_id=clinic.id, membership_id=membership_id)


def get_invitation(invitation_id: UUID, clinic: OwnedClinicDep, session: SessionDep) -> MemberInvitation:
    """An invitation of the clinic, for its owners."""
    return members.get_invitation(session, clinic_id=clinic.id, invitation_id=invitation_id)


MembershipDep = Annotated[Membership, Depends(get_membership)]
InvitationDep = Annotated[MemberInvitation, Depends(get_invitation)]


@router.get("/members")
def list_members(request: Request, session: SessionDep, clinic: OwnedClinicDep) -> Response:
    return members_page(request, session, clinic, blank(role=Role.EDITOR.value), status_code=200)


@router.post("/members/invitations")
def invite_member(
    request: Request,
    session: SessionDep,
    viewer: MemberDep,
    clinic: OwnedClinicDep,
    submitted: Annotated[Submitted[InviteForm], Depends(read(InviteForm))],
) -> Response:
    form = submitted.form
    if form is not None:
        if form.role is Role.OWNER and not viewer.is_confirmed:
            raise ConfirmationNeeded
        try:
            invited = members.invite_member(
                session, clinic=clinic, viewer=viewer, email=form.email, name=form.name, role=form.role
            )
            return show_invited(request, invited)
        except (AlreadyMember, CapReached) as refusal:
            submitted.errors["email"] = str(refusal)
    return members_page(request, session, clinic, submitted, status_code=422)


def show_invited(request: Request, invited: Invited) -> Response:
    """Without a mail server the link is shown, this one time; with one it only stands in the mail."""
    email = invited.invitation.email
    if get_settings().smtp_host:
        return see(request, "list_members", said=_("The invitation is on its way to %(email)s.", email=email))
    here = request.app.state.addresses("list_members")
    values = {"current": "list_members", "invited": invited, "role": name_of(invited.invitation.role), "here": here}
    return page(request, "clinic/members/invited.html", values)


@router.post("/members/invitations/{invitation_id}/revoke")
def revoke_member_invitation(
    request: Request, session: SessionDep, clinic: OwnedClinicDep, invitation: InvitationDep
) -> Response:
    members.revoke_invitation(session, clinic=clinic, invitation=invitation)
    said = _("The invitation of %(email)s is taken back.", email=invitation.email)
    return see(request, "list_members", said=said)


@router.post("/members/{membership_id}/role")
def change_role(
    request: Request,
    session: SessionDep,
    clinic: OwnedClinicDep,
    membership: MembershipDep,
    submitted: Annotated[Submitted[RoleForm], Depends(read(RoleForm))],
    _viewer: ConfirmedMemberDep,
) -> Response:
    if submitted.form is None:
        raise NotFound
    members.change_role(session, clinic=clinic, membership=membership, role=submitted.form.role)
    return see(request, "list_members", said=_("The role is changed. The member signs in once more."))


@router.post("/members/{membership_id}/remove")
def remove_member(
    request: Request,
    session: SessionDep,
    clinic: OwnedClinicDep,
    membership: MembershipDep,
    _viewer: ConfirmedMemberDep,
) -> Response:
    members.remove_member(session, clinic=clinic, membership=membership)
    return see(request, "list_members", said=_("The member is removed and signed out."))


def members_page(
    request: Request, session: SessionDep, clinic: Clinic, submitted: Submitted[Any], *, status_code: int
) -> Response:
    rows = members.list_members(session, clinic_id=clinic.id)
    owners = [row for row in rows if row.role is Role.OWNER]
    values = {
        "current": "list_members",
        "rows": rows,
        "last_owner_id": owners[0].membership_id if len(owners) == 1 else None,
        "invitations": members.list_open_invitations(session, clinic_id=clinic.id),
        "roles": names_of(Role),
        "submitted": submitted,
        "here": request.app.state.addresses("list_members"),
    }
    return page(request, "clinic/members/list.html", values, status_code=status_code)
