"""The second step of signing in: the code of the app, or a recovery code."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import second_factors, sessions, signing_in
from services.account_refusals import SignInOver, WrongFactorCode
from services.languages import _
from services.refusals import Refusal, TooManyTries
from services.second_factors import TypedCode
from web.access import MaybeMemberDep, ReaderDep, SessionDep
from web.account.sign_in import arrive, code_page, sign_in_page
from web.cookies import STEP, read_cookie
from web.forms import Submitted, blank, read
from web.limits import say_when
from web.rendering import is_own_path, see

router = APIRouter()


class CodeForm(BaseModel):
    code: str = Field("", max_length=100)
    recovery_code: str = Field("", max_length=100)
    next: str = ""
    kept: str = ""


CodeDep = Annotated[Submitted[CodeForm], Depends(read(CodeForm))]


def weigh(request: Request, submitted: CodeDep, reader: ReaderDep) -> TypedCode | Refusal | None:
    """Find out what was typed before the writing transaction begins; None where nothing was."""
    form = submitted.form
    typed = (form.code or form.recovery_code) if form else ""
    if not typed:
        submitted.errors.setdefault("code", _("Please fill this in."))
        return None
    try:
        _pending, member = signing_in.find_awaited(reader, token=read_cookie(request, STEP))
        return second_factors.weigh_code(reader, member_id=member.id, typed=typed)
    except (SignInOver, TooManyTries) as refusal:
        return refusal


@router.get("/sign-in/code")
def show_sign_in_code(request: Request, session: SessionDep, next: str = "") -> Response:
    try:
        signing_in.find_awaited(session, token=read_cookie(request, STEP))
    except SignInOver:
        return see(request, "show_sign_in")
    return code_page(request, blank(next=next if is_own_path(next) else ""), status_code=200)


@router.post("/sign-in/code")
def enter_sign_in_code(
    request: Request,
    submitted: CodeDep,
    code: Annotated[TypedCode | Refusal | None, Depends(weigh)],
    session: SessionDep,
    viewer: MaybeMemberDep,
) -> Response:
    if isinstance(code, Refusal):
        return refuse_code(request, submitted, code)
    if submitted.form is None or code is None:
        return code_page(request, submitted, status_code=422)
    try:
        signed_in = signing_in.enter_code(session, token=read_cookie(request, STEP), code=code)
    except (SignInOver, TooManyTries, WrongFactorCode) as refusal:
        return refuse_code(request, submitted, refusal)
    if viewer is not None:
        sessions.end_session(session, member_id=viewer.member_id, session_id=viewer.session_id)
    return arrive(request, submitted.form, signed_in)


def refuse_code(request: Request, submitted: Submitted[CodeForm], refusal: Refusal) -> Response:
    """The question again; it is returned, not raised, so that the count of wrong codes is written."""
    if isinstance(refusal, SignInOver):
        submitted.errors = {"form": str(refusal)}
        return sign_in_page(request, submitted, status_code=refusal.status)
    field = "recovery_code" if submitted.values.get("recovery_code") else "code"
    submitted.errors[field] = f"{refusal} {refusal.say(refusal.advice)}"
    return say_when(code_page(request, submitted, status_code=refusal.status), refusal)
