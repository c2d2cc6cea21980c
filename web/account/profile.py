"""A member's own page: name, language, password, and the browsers in which it is signed in."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from models import Role
from services import accounts, members, passwords, signing_in
from services.account_refusals import WeakPassword, WrongPassword
from services.languages import _, marked
from services.options import names_of
from services.passwords import NewPassword
from services.refusals import TooManyTries
from services.sessions import Viewer
from web.access import ConfirmedMemberDep, EarlyMemberDep, MemberDep, ReaderDep, SessionDep
from web.cookies import LANGUAGE, set_cookie
from web.forms import Submitted, blank, read
from web.limits import say_when
from web.rendering import page, see
from web.texts import Name

router = APIRouter()


class ProfileForm(BaseModel):
    name: Annotated[Name, Field(max_length=100)]
    language: Literal["ja", "en"]
    wants_weekly_digest: bool = False


class PasswordForm(BaseModel):
    present_password: str = Field(max_length=1000)
    password: str
    password_again: str

    @field_validator("password_again")
    @classmethod
    def _same(cls, again: str, info: ValidationInfo) -> str:
        if again != info.data.get("password", again):
            raise ValueError(marked("The two new passwords are not the same."))
        return again


PasswordDep = Annotated[Submitted[PasswordForm], Depends(read(PasswordForm))]


def prepare_change(
    submitted: PasswordDep, reader: ReaderDep, viewer: EarlyMemberDep
) -> NewPassword | WrongPassword | TooManyTries | None:
    """Check and hash the new password before the writing transaction begins; None where it is not to be taken."""
    form = submitted.form
    if form is None or viewer is None:
        return None
    try:
        return passwords.prepare_change(reader, viewer=viewer, present=form.present_password, wanted=form.password)
    except WeakPassword as refusal:
        submitted.errors["password"] = str(refusal)
    except TooManyTries as refusal:
        submitted.errors["present_password"] = f"{refusal} {refusal.say(refusal.advice)}"
        return refusal
    except WrongPassword as refusal:
        submitted.errors["present_password"] = str(refusal)
        return refusal
    return None


@router.get("/account")
def show_profile(request: Request, session: SessionDep, viewer: MemberDep) -> Response:
    return profile_page(request, session, viewer, status_code=200)


@router.post("/account")
def change_profile(
    request: Request,
    session: SessionDep,
    viewer: MemberDep,
    submitted: Annotated[Submitted[ProfileForm], Depends(read(ProfileForm))],
) -> Response:
    form = submitted.form
    if form is None:
        return profile_page(request, session, viewer, profile=submitted, status_code=422)
    accounts.change_profile(session, viewer=viewer, **form.model_dump())
    response = see(request, "show_profile", said=_("Your details are saved."))
    set_cookie(response, LANGUAGE, form.language, days=365)
    return response


@router.post("/account/password")
def change_password(
    request: Request,
    submitted: PasswordDep,
    change: Annotated[NewPassword | WrongPassword | TooManyTries | None, Depends(prepare_change)],
    session: SessionDep,
    viewer: MemberDep,
) -> Response:
    if isinstance(change, NewPassword):
        passwords.change_password(session, viewer=viewer, new=change)
        said = _("The password is changed. Other browsers are signed out.")
        return see(request, "show_profile", said=said)
    if isinstance(change, WrongPassword):
        passwords.count_wrong(session, viewer=viewer)
    status_code = change.status if isinstance(change, TooManyTries) else 422
    again = profile_page(request, session, viewer, password=submitted, status_code=status_code)
    return say_when(again, change if isinstance(change, TooManyTries) else None)


def profile_page(
    request: Request,
    session: SessionDep,
    viewer: Viewer,
    *,
    profile: Submitted[Any] | None = None,
    password: Submitted[Any] | None = None,
    status_code: int,
) -> Response:
    member = accounts.get_own(session, viewer=viewer)
    shortest = passwords.shortest_for(session, member_id=member.id)
    values = {
        "current": "show_profile",
        "profile": profile or blank(**member.model_dump(include=set(ProfileForm.model_fields))),
        "password": password or blank(),
        "places": members.list_own_places(session, viewer=viewer),
        "roles": names_of(Role),
        "password_rule": passwords.describe_rule(shortest=shortest),
        "here": request.app.state.addresses("show_profile"),
    }
    return page(request, "account/profile.html", values, status_code=status_code)


@router.post("/account/clinics/{clinic_id}/leave")
def leave_clinic(request: Request, session: SessionDep, clinic_id: UUID, viewer: ConfirmedMemberDep) -> Response:
    clinic = members.leave_clinic(session, viewer=viewer, clinic_id=clinic_id)
    return see(request, "show_profile", said=_("You have left %(clinic)s.", clinic=clinic.name))


@router.get("/account/sessions")
def list_own_sessions(request: Request, session: SessionDep, viewer: MemberDep) -> Response:
    rows = signing_in.list_open_sessions(session, viewer=viewer)
    past = signing_in.list_past_sign_ins(session, viewer=viewer)
    return page(request, "account/sessions.html", {"current": "show_profile", "rows": rows, "past": past})


@router.post("/account/sessions/end-others")
def end_other_sessions(request: Request, session: SessionDep, viewer: MemberDep) -> Response:
    signing_in.sign_out_elsewhere(session, viewer=viewer)
    return see(request, "list_own_sessions", said=_("All other browsers are signed out."))


@router.post("/account/sessions/{session_id}/end")
def end_own_session(request: Request, session: SessionDep, viewer: MemberDep, session_id: UUID) -> Response:
    if session_id == viewer.session_id:
        return see(request, "list_own_sessions", said=_("This is the browser you are using. Sign out instead."))
    signing_in.sign_out_of(session, viewer=viewer, session_id=session_id)
    return see(request, "list_own_sessions", said=_("The browser is signed out."))
