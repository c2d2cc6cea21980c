"""A forgotten password: asked for by address, chosen anew behind a mailed link."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Member
from services import passwords, resets
from services.account_refusals import WeakPassword
from services.languages import _
from services.passwords import NewPassword
from settings import get_settings
from web.access import ReaderDep, SessionDep
from web.account.browsers import network_address
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class AddressForm(BaseModel):
    email: str = Field(max_length=254)


class NewPasswordForm(BaseModel):
    password: str


NewPasswordDep = Annotated[Submitted[NewPasswordForm], Depends(read(NewPasswordForm))]


@router.get("/forgotten")
def show_forgotten(request: Request) -> Response:
    return forgotten_page(request, blank(), status_code=200)


@router.post("/forgotten")
def ask_reset(
    request: Request, session: SessionDep, submitted: Annotated[Submitted[AddressForm], Depends(read(AddressForm))]
) -> Response:
    if submitted.form is None:
        return forgotten_page(request, submitted, status_code=422)
    resets.ask_reset(session, email=submitted.form.email, network=network_address(request))
    minutes = int(resets.LIFE.total_seconds() // 60)
    return page(request, "account/reset_asked.html", {"minutes": minutes})


def forgotten_page(request: Request, submitted: Submitted[Any], *, status_code: int) -> Response:
    values = {"submitted": submitted, "has_mail_server": bool(get_settings().smtp_host)}
    return page(request, "account/forgotten.html", values, status_code=status_code)


def prepare_new_password(token: str, submitted: NewPasswordDep, reader: ReaderDep) -> NewPassword | None:
    """Check and hash the new password before the writing transaction begins; None where it is not to be taken."""
    _reset, member = resets.find_open_reset(reader, token=token)
    if submitted.form is None:
        return None
    try:
        return passwords.prepare_new(reader, member=member, wanted=submitted.form.password)
    except WeakPassword as refusal:
        submitted.errors["password"] = str(refusal)
        return None


@router.get("/reset/{token}")
def show_reset(request: Request, token: str, session: SessionDep) -> Response:
    _reset, member = resets.find_open_reset(session, token=token)
    return reset_page(request, session, token, member, blank(), status_code=200)


@router.post("/reset/{token}")
def reset_password(
    request: Request,
    token: str,
    submitted: NewPasswordDep,
    new: Annotated[NewPassword | None, Depends(prepare_new_password)],
    session: SessionDep,
) -> Response:
    _reset, member = resets.find_open_reset(session, token=token, lock=True)
    if new is None:
        return reset_page(request, session, token, member, submitted, status_code=422)
    resets.reset_password(session, token=token, new=new)
    return see(request, "show_sign_in", said=_("The password is changed. Please sign in with the new one."))


def reset_page(
    request: Request, session: SessionDep, token: str, member: Member, submitted: Submitted[Any], *, status_code: int
) -> Response:
    shortest = passwords.shortest_for(session, member_id=member.id)
    rule = passwords.describe_rule(shortest=shortest)
    values = {"token": token, "email": member.email, "submitted": submitted, "password_rule": rule}
    return page(request, "account/reset.html", values, status_code=status_code)
