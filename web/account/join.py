"""Joining a clinic by a mailed link; opening it changes nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import members, passwords, signing_in
from services.account_refusals import SignInRefused, WeakPassword
from services.languages import _, language
from services.members import OpenDoor
from services.options import name_of
from services.signing_in import CodeAwaited, Proof
from web.access import ReaderDep, SessionDep
from web.account.browsers import await_code, let_in, name_of_browser, network_address, read_marks
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Name

router = APIRouter()


class JoinForm(BaseModel):
    """Members who have a login give its password only; newcomers choose a name and a password."""

    name: Annotated[Name, Field(max_length=100)] | None = None
    password: str


JoinDep = Annotated[Submitted[JoinForm], Depends(read(JoinForm))]


def prove_person(request: Request, token: str, submitted: JoinDep, reader: ReaderDep) -> Proof | str | None:
    """A proof for members, the hash of a new password for newcomers, before the writing transaction begins."""
    door = members.find_open_invitation(reader, token=token)
    form = submitted.form
    if form is None:
        return None
    if door.has_account:
        address, marks = network_address(request), read_marks(request)
        return signing_in.prove_password(
            reader, email=door.invitation.email, password=form.password, network=address, marks=marks
        )
    if not form.name:
        submitted.errors["name"] = _("Please fill this in.")
    try:
        names = [door.clinic.name, form.name or "", door.invitation.email.partition("@")[0]]
        passwords.refuse_weak(form.password, names=names)
    except WeakPassword as refusal:
        submitted.errors["password"] = str(refusal)
    return None if submitted.errors else passwords.hash_password(form.password)


@router.get("/join/{token}")
def show_joining(request: Request, token: str, session: SessionDep) -> Response:
    door = members.find_open_invitation(session, token=token)
    return joining_page(request, token, door, blank(name=door.invitation.name), status_code=200)


@router.post("/join/{token}")
def join_clinic(
    request: Request,
    token: str,
    submitted: JoinDep,
    person: Annotated[Proof | str | None, Depends(prove_person)],
    session: SessionDep,
) -> Response:
    door = members.find_open_invitation(session, token=token, lock=True)
    if submitted.form is None or person is None:
        return joining_page(request, token, door, submitted, status_code=422)
    name, browser = submitted.form.name or "", name_of_browser(request)
    try:
        arrived = members.join(session, door=door, person=person, name=name, language=language.get(), browser=browser)
    except SignInRefused as refusal:
        # Returned, not raised, so that the count of wrong tries is written.
        submitted.errors["password"] = _("This is not the password of your login here.")
        return joining_page(request, token, door, submitted, status_code=refusal.status)
    if isinstance(arrived, CodeAwaited):
        return await_code(see(request, "show_sign_in_code"), arrived)
    said = _("Welcome to %(clinic)s.", clinic=door.clinic.name)
    return let_in(request, see(request, "show_dashboard", said=said), arrived)


def joining_page(
    request: Request, token: str, door: OpenDoor, submitted: Submitted[Any], *, status_code: int
) -> Response:
    values = {
        "token": token,
        "door": door,
        "role": name_of(door.invitation.role),
        "submitted": submitted,
        "password_rule": passwords.describe_rule(),
    }
    return page(request, "account/join.html", values, status_code=status_code)
