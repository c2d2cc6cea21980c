"""Signing in and out, the language, and which clinic is looked at."""

from __future__ import annotations

from typing import Annotated, Any, Protocol
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import accounts, sessions, signing_in
from services.account_refusals import SignInRefused
from services.languages import LANGUAGES, _
from services.refusals import NotFound, Refusal, TooManyTries
from services.signing_in import CodeAwaited, Proof, SignedIn
from web.access import MaybeMemberDep, MemberDep, ReaderDep, SessionDep
from web.account.browsers import await_code, let_in, name_of_browser, network_address, read_marks
from web.cookies import LANGUAGE, MEMBER, drop_cookie, set_cookie
from web.forms import Submitted, blank, read
from web.keeping import show_kept, unpack
from web.limits import say_when
from web.rendering import is_own_path, page, see, see_address

router = APIRouter()


class SignInForm(BaseModel):
    email: str = Field(max_length=254)
    password: str = Field(max_length=1000)
    next: str = ""
    kept: str = ""


SignInDep = Annotated[Submitted[SignInForm], Depends(read(SignInForm))]


def prove(request: Request, submitted: SignInDep, reader: ReaderDep) -> Proof | TooManyTries | None:
    """Compare the password before the writing transaction begins; None where the form is not complete."""
    if submitted.form is None:
        return None
    try:
        return signing_in.prove_password(
            reader,
            email=submitted.form.email,
            password=submitted.form.password,
            network=network_address(request),
            marks=read_marks(request),
        )
    except TooManyTries as refusal:
        return refusal


ProofDep = Annotated[Proof | TooManyTries | None, Depends(prove)]


@router.get("/")
def show_start(request: Request, session: SessionDep, viewer: MaybeMemberDep) -> Response:
    if viewer is not None:
        return see(request, "show_dashboard")
    return see(request, "show_sign_in" if accounts.is_set_up(session) else "show_first_run")


@router.get("/sign-in")
def show_sign_in(request: Request, viewer: MaybeMemberDep, next: str = "") -> Response:
    if viewer is not None:
        return see_address(next) if is_own_path(next) else see(request, "show_dashboard")
    return sign_in_page(request, blank(next=next if is_own_path(next) else ""), status_code=200)


@router.post("/sign-in")
def sign_in(
    request: Request, submitted: SignInDep, proof: ProofDep, session: SessionDep, viewer: MaybeMemberDep
) -> Response:
    if isinstance(proof, TooManyTries):
        return refuse_sign_in(request, submitted, proof)
    if submitted.form is None or proof is None:
        return sign_in_page(request, submitted, status_code=422)
    try:
        signed_in = signing_in.sign_in(session, proof=proof, browser=name_of_browser(request))
    except (SignInRefused, TooManyTries) as refusal:
        return refuse_sign_in(request, submitted, refusal)
    if viewer is not None:
        sessions.end_session(session, member_id=viewer.member_id, session_id=viewer.session_id)
    return arrive(request, submitted.form, signed_in)


class Onwards(Protocol):
    """Where somebody was going before it had to sign in."""

    next: str
    kept: str


def arrive(request: Request, onwards: Onwards, arrived: SignedIn | CodeAwaited) -> Response:
    """Go on to where one was going, by way of the code where one is awaited."""
    kept = unpack(onwards.kept)
    going = onwards.next if is_own_path(onwards.next) else ""
    if isinstance(arrived, CodeAwaited):
        if kept is not None:
            return await_code(code_page(request, blank(kept=onwards.kept), status_code=200), arrived)
        address = request.app.state.addresses("show_sign_in_code")
        return await_code(see_address(f"{address}?next={quote(going, safe='')}" if going else address), arrived)
    if kept is not None:
        return let_in(request, show_kept(request, kept), arrived)
    return let_in(request, see_address(going) if going else see(request, "show_dashboard"), arrived)


def refuse_sign_in(request: Request, submitted: Submitted[Any], refusal: Refusal) -> Response:
    """The same page again; it is returned, not raised, so that the count of wrong tries is written."""
    waiting = f" {refusal.say(refusal.advice)}" if isinstance(refusal, TooManyTries) else ""
    submitted.errors["form"] = f"{refusal}{waiting}"
    return say_when(sign_in_page(request, submitted, status_code=refusal.status), refusal)


def code_page(request: Request, submitted: Submitted[Any], *, status_code: int) -> Response:
    """The question for the code, which comes after the password."""
    kept = unpack(submitted.values.get("kept") or "")
    values = {"submitted": submitted, "kept": kept, "viewer": None, "here": "/"}
    return page(request, "account/sign_in_code.html", values, status_code=status_code)


def sign_in_page(request: Request, submitted: Submitted[Any], *, status_code: int) -> Response:
    kept = unpack(submitted.values.get("kept") or "")
    values = {"submitted": submitted, "kept": kept, "viewer": None}
    return page(request, "account/sign_in.html", values, status_code=status_code)


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep, viewer: MaybeMemberDep) -> Response:
    if viewer is not None:
        signing_in.sign_out(session, viewer=viewer)
    response = see(request, "show_sign_in", said=_("You are signed out."))
    drop_cookie(response, MEMBER)
    # Not "cookies": the language and the mark of a known browser stay.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


class LanguageForm(BaseModel):
    language: str
    back: str = "/"


@router.post("/language")
def switch_language(
    request: Request,
    session: SessionDep,
    viewer: MaybeMemberDep,
    submitted: Annotated[Submitted[LanguageForm], Depends(read(LanguageForm))],
) -> Response:
    form = submitted.form
    if form is None or form.language not in LANGUAGES:
        raise NotFound
    if viewer is not None:
        accounts.change_language(session, viewer=viewer, language=form.language)
    response = see_address(form.back) if is_own_path(form.back) else see(request, "show_start")
    set_cookie(response, LANGUAGE, form.language, days=365)
    return response


class SwitchForm(BaseModel):
    clinic_id: UUID


@router.post("/clinics/switch")
def switch_clinic(
    request: Request,
    session: SessionDep,
    viewer: MemberDep,
    submitted: Annotated[Submitted[SwitchForm], Depends(read(SwitchForm))],
) -> Response:
    if submitted.form is None:
        raise NotFound
    sessions.switch_clinic(session, viewer=viewer, clinic_id=submitted.form.clinic_id)
    return see(request, "show_dashboard")
