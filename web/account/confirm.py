"""Confirming with the password, a while after signing in, before what changes people or takes much away."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import confirming, passwords
from services.account_refusals import WrongPassword
from services.refusals import TooManyTries
from web.access import EarlyMemberDep, MemberDep, ReaderDep, SessionDep
from web.cookies import MEMBER, set_cookie
from web.forms import Submitted, blank, read
from web.keeping import Kept, unpack
from web.limits import say_when
from web.rendering import is_own_path, page, see, see_address

router = APIRouter()


class ConfirmForm(BaseModel):
    password: str = Field(max_length=1000)
    next: str = ""
    kept: str = ""


ConfirmDep = Annotated[Submitted[ConfirmForm], Depends(read(ConfirmForm))]


def prove(submitted: ConfirmDep, reader: ReaderDep, viewer: EarlyMemberDep) -> WrongPassword | TooManyTries | None:
    """Compare the password before the writing transaction begins; None where it is right, or nothing was typed."""
    if submitted.form is None or viewer is None:
        return None
    try:
        confirming.prove_password(reader, viewer=viewer, password=submitted.form.password)
    except WrongPassword as refusal:
        submitted.errors["password"] = str(refusal)
        return refusal
    except TooManyTries as refusal:
        submitted.errors["password"] = f"{refusal} {refusal.say(refusal.advice)}"
        return refusal
    return None


@router.get("/account/confirm")
def show_confirmation(request: Request, viewer: MemberDep, next: str = "") -> Response:
    return confirmation_page(request, blank(next=next if is_own_path(next) else ""), status_code=200)


@router.post("/account/confirm")
def confirm(
    request: Request,
    submitted: ConfirmDep,
    refusal: Annotated[WrongPassword | TooManyTries | None, Depends(prove)],
    session: SessionDep,
    viewer: MemberDep,
) -> Response:
    if submitted.form is None or refusal is not None:
        if isinstance(refusal, WrongPassword):
            passwords.count_wrong(session, viewer=viewer)
        kept = unpack(submitted.values.get("kept") or "")
        again = confirmation_page(request, submitted, kept=kept, status_code=refusal.status if refusal else 422)
        return say_when(again, refusal)
    response = go_on(request, submitted.form)
    set_cookie(response, MEMBER, confirming.confirm(session, viewer=viewer))
    return response


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
