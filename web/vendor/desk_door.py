"""The way to the vendor's desk: an address, a mailed code, no account; told alike for every address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import desk_access
from services.keys import new_token
from services.languages import language
from services.refusals import CodeExpired, WrongCode
from settings import get_settings
from web.access import DeskViewerDep, SessionDep
from web.account.browsers import network_address
from web.cookies import BROWSER, DESK, drop_cookie, read_cookie, set_cookie
from web.forms import Submitted, blank, read
from web.limits import WRONG_CODES, count_failure, refuse_over
from web.rendering import page, see
from web.texts import Email

router = APIRouter()


class AddressForm(BaseModel):
    email: Annotated[Email, Field(max_length=254)]


class CodeForm(BaseModel):
    code: str = Field(max_length=40)


@router.get("/desk/sign-in", name="show_desk_door")
def show_desk_door(request: Request) -> Response:
    return door_page(request, blank())


def door_page(request: Request, submitted: Submitted[Any], *, status_code: int = 200) -> Response:
    values = {"submitted": submitted, "has_mail_server": bool(get_settings().smtp_host)}
    return page(request, "vendor/desk/door.html", values, status_code=status_code)


@router.post("/desk/sign-in", name="ask_desk_code")
def ask_desk_code(
    request: Request, session: SessionDep, submitted: Annotated[Submitted[AddressForm], Depends(read(AddressForm))]
) -> Response:
    if submitted.form is None:
        return door_page(request, submitted, status_code=422)
    browser = read_cookie(request, BROWSER) or new_token()
    desk_access.ask_code(
        session,
        email=submitted.form.email,
        browser=browser,
        network=network_address(request),
        language=language.get(),
    )
    response = see(request, "show_desk_code")
    set_cookie(response, BROWSER, browser)
    return response


@router.get("/desk/code", name="show_desk_code")
def show_desk_code(request: Request, session: SessionDep) -> Response:
    desk_access.find_pending(session, browser=read_cookie(request, BROWSER))
    return page(request, "vendor/desk/code.html", {"submitted": blank()})


@router.post("/desk/code", name="enter_desk")
def enter_desk(
    request: Request, session: SessionDep, submitted: Annotated[Submitted[CodeForm], Depends(read(CodeForm))]
) -> Response:
    """A wrong try is told by a return, not by a raise, so that it is counted."""
    refuse_over(WRONG_CODES, request)
    browser = read_cookie(request, BROWSER)
    if submitted.form is None:
        desk_access.find_pending(session, browser=browser)
        return page(request, "vendor/desk/code.html", {"submitted": submitted}, status_code=422)
    try:
        token = desk_access.enter(session, browser=browser, typed=submitted.form.code, language=language.get())
    except (WrongCode, CodeExpired) as refusal:
        count_failure(WRONG_CODES, request)
        submitted.errors["code"] = f"{refusal} {refusal.say(refusal.advice)}"
        submitted.values["code"] = ""
        return page(request, "vendor/desk/code.html", {"submitted": submitted}, status_code=refusal.status)
    response = see(request, "show_desk")
    set_cookie(response, DESK, token)
    return response


@router.post("/desk/leave", name="leave_desk")
def leave_desk(request: Request, session: SessionDep, viewer: DeskViewerDep) -> Response:
    desk_access.leave(session, viewer=viewer)
    response = see(request, "show_desk_door")
    drop_cookie(response, DESK)
    return response
