"""Another e-mail address: asked for on one's account, confirmed behind a link mailed to it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import address_changes
from services.languages import _
from services.refusals import CapReached
from web.access import ConfirmedMemberDep, MemberDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Email

router = APIRouter()


class AddressForm(BaseModel):
    email: Annotated[Email, Field(max_length=254)]


@router.get("/account/address")
def show_address_form(request: Request, _viewer: MemberDep) -> Response:
    return address_page(request, blank(), status_code=200)


@router.post("/account/address")
def ask_address_change(
    request: Request,
    session: SessionDep,
    submitted: Annotated[Submitted[AddressForm], Depends(read(AddressForm))],
    viewer: ConfirmedMemberDep,
) -> Response:
    if submitted.form is None:
        return address_page(request, submitted, status_code=422)
    email = submitted.form.email
    try:
        address_changes.ask_change(session, viewer=viewer, email=email)
    except CapReached as refusal:
        submitted.errors["form"] = _("Too many links were asked for today. Please try again tomorrow.")
        return address_page(request, submitted, status_code=refusal.status)
    said = _("A link is on its way to %(email)s. Open it to confirm; until then nothing changes.", email=email)
    return see(request, "show_profile", said=said)


def address_page(request: Request, submitted: Submitted[Any], *, status_code: int) -> Response:
    values = {
        "current": "show_profile",
        "submitted": submitted,
        "here": request.app.state.addresses("show_address_form"),
    }
    return page(request, "account/address.html", values, status_code=status_code)


@router.get("/address/{token}")
def show_address_change(request: Request, token: str, session: SessionDep) -> Response:
    change, member = address_changes.find_open_change(session, token=token)
    values = {"token": token, "new": change.email, "old": address_changes.hint_of(member.email)}
    return page(request, "account/address_confirm.html", values)


@router.post("/address/{token}")
def confirm_address_change(request: Request, token: str, session: SessionDep) -> Response:
    address_changes.confirm_change(session, token=token)
    said = _("Your e-mail address is changed. Please sign in with the new one.")
    return see(request, "show_sign_in", said=said)
