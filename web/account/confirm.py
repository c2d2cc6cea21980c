"""Confirming who one is, a while after signing in, before what changes people or takes much away."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import confirming, passwords, second_factors
from services.account_refusals import WrongFactorCode, WrongPassword
from services.refusals import Refusal, TooManyTries
from services.second_factors import TypedCode
from web.access import EarlyMemberDep, MemberDep, ReaderDep, SessionDep
from web.cookies import MEMBER, set_cookie
from web.forms import Submitted, blank, read
from web.keeping import Kept, unpack
from web.limits import say_when
from web.rendering import is_own_path, page, see, see_address

router = APIRouter()


class ConfirmForm(BaseModel):
    """Either of the two is enough."""

    password: str = Field("", max_length=1000)
    code: str = Field("", max_length=100)
    next: str = ""
    kept: str = ""


ConfirmDep = Annotated[Submitted[ConfirmForm], Depends(read(ConfirmForm))]


def prove(submitted: ConfirmDep, reader: ReaderDep, viewer: EarlyMemberDep) -> TypedCode | Refusal | None:
    """Look at what was typed before the writing transaction begins; None where the password was right."""
    form = submitted.form
    if form is None or viewer is None:
        return None
    try:
        if form.password or not form.code:
            confirming.prove_password(reader, viewer=viewer, password=form.password)
            return None
        return second_factors.weigh_code(reader, member_id=viewer.member_id, typed=form.code)
    except (WrongPassword, TooManyTries) as refusal:
        return refusal


@router.get("/account/confirm")
def show_confirmation(request: Request, viewer: MemberDep, next: str = "") -> Response:
    return confirmation_page(request, blank(next=next if is_own_path(next) else ""), status_code=200)


@router.post("/account/confirm")
def confirm(
    request: Request,
    submitted: ConfirmDep,
    shown: Annotated[TypedCode | Refusal | None, Depends(prove)],
    session: SessionDep,
    viewer: MemberDep,
) -> Response:
    if isinstance(shown, WrongPassword):
        passwords.count_wrong(session, viewer=viewer)
    if submitted.form is None or isinstance(shown, Refusal):
        return ask_again(request, submitted, shown if isinstance(shown, Refusal) else None)
    try:
        token = confirming.confirm(session, viewer=viewer, code=shown)
    except (WrongFactorCode, TooManyTries) as refusal:
        return ask_again(request, submitted, refusal)
    response = go_on(request, submitted.form)
    set_cookie(response, MEMBER, token)
    return response


def ask_again(request: Request, submitted: Submitted[Any], refusal: Refusal | None) -> Response:
    """The same page; it is returned, not raised, so that the count of wrong tries is written."""
    if refusal is not None:
        field = "password" if submitted.values.get("password") or not submitted.values.get("code") else "code"
        waiting = f" {refusal.say(refusal.advice)}" if not isinstance(refusal, WrongPassword) else ""
        submitted.errors[field] = f"{refusal}{waiting}"
    kept = unpack(submitted.values.get("kept") or "")
    again = confirmation_page(request, submitted, kept=kept, status_code=refusal.status if refusal else 422)
    return say_when(again, refusal)


def go_on(request: Request, form: ConfirmForm) -> Response:
    """Back to where one was: a form is sent again, a page opened, a file offered."""
    kept = unpack(form.kept)
    if kept is not None:
        return page(request, "account/confirmed.html", {"kept": kept, "file": "", "here": "/"})
    if not is_own_path(form.next):
        return see(request, "show_profile")
    if "." in form.next.partition("?")[0].rpartition("/")[2]:
        # A file leaves the page where it is, so that this one must say where to go on.
        return page(request, "account/confirmed.html", {"kept": None, "file": form.next, "here": "/"})
    return see_address(form.next)


def confirmation_page(
    request: Request, submitted: Submitted[Any], *, kept: Kept | None = None, status_code: int
) -> Response:
    values = {"submitted": submitted, "kept": kept, "here": "/"}
    return page(request, "account/confirm.html", values, status_code=status_code)
