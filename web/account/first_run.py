"""The first visit: the operator, the clinic and its ownership in one form, guarded by the key in the terminal."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import ClinicKind
from services import accounts, passwords, signing_in
from services.account_refusals import WeakPassword, WrongSetUpKey
from services.languages import _, language
from services.options import names_of
from services.refusals import SetUpAlready, refuse_if
from settings import get_settings
from web.access import ReaderDep, SessionDep
from web.account.browsers import let_in, name_of_browser
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Email, Name, Phone

router = APIRouter()


class FirstRunForm(BaseModel):
    key: str = Field(max_length=200)
    clinic_name: Annotated[Name, Field(max_length=200)]
    kind: ClinicKind
    phone: Phone
    contact_name: Annotated[Name, Field(max_length=100)]
    name: Annotated[Name, Field(max_length=100)]
    email: Email
    password: str


FirstRunDep = Annotated[Submitted[FirstRunForm], Depends(read(FirstRunForm))]


def hash_first_password(submitted: FirstRunDep, reader: ReaderDep) -> str:
    """The hash of the operator's password, made before the writing transaction; empty where it is not to be taken."""
    refuse_if(accounts.is_set_up(reader), SetUpAlready())
    form = submitted.form
    if form is None:
        return ""
    try:
        accounts.check_first_run_key(reader, key=form.key, settings=get_settings())
    except WrongSetUpKey as refusal:
        submitted.errors["key"] = str(refusal)
    try:
        passwords.refuse_weak(form.password, names=[form.clinic_name, form.name, form.email.partition("@")[0]])
    except WeakPassword as refusal:
        submitted.errors["password"] = str(refusal)
    return "" if submitted.errors else passwords.hash_password(form.password)


@router.get("/first-run")
def show_first_run(request: Request, session: SessionDep) -> Response:
    refuse_if(accounts.is_set_up(session), SetUpAlready())
    return first_run_page(request, blank(kind=ClinicKind.CLINIC.value), status_code=200)


@router.post("/first-run")
def set_up(
    request: Request,
    submitted: FirstRunDep,
    password_hash: Annotated[str, Depends(hash_first_password)],
    session: SessionDep,
) -> Response:
    if submitted.form is None or not password_hash:
        return first_run_page(request, submitted, status_code=422)
    member = accounts.set_up(
        session,
        settings=get_settings(),
        password_hash=password_hash,
        language=language.get(),
        **submitted.form.model_dump(exclude={"password"}),
    )
    signed_in = signing_in.begin_session(session, member=member, browser=name_of_browser(request))
    return let_in(request, see(request, "show_dashboard", said=_("The portal is set up. Welcome!")), signed_in)


def first_run_page(request: Request, submitted: Submitted[Any], *, status_code: int) -> Response:
    values = {
        "submitted": submitted,
        "kinds": list(names_of(ClinicKind).items()),
        "password_rule": passwords.describe_rule(),
    }
    return page(request, "account/first_run.html", values, status_code=status_code)
