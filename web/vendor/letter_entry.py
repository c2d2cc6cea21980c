"""The way in for whoever holds a letter and does not scan it: the invitation number and the code, typed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import letter_links, vendor_access
from services.keys import new_token
from services.refusals import CodeExpired, Refusal, WrongCode
from services.vendor_refusals import NumberUnknown
from web.access import SessionDep
from web.cookies import BROWSER, VENDOR, read_cookie, set_cookie
from web.forms import Submitted, blank, read
from web.limits import UNKNOWN_LINKS, WRONG_CODES, count_failure, refuse_over
from web.rendering import page, see

router = APIRouter()


class EntryForm(BaseModel):
    """Both parts, as they were typed."""

    number: str = Field(max_length=60)
    code: str = Field(max_length=40)


@router.get("/letter")
def show_letter_entry(request: Request) -> Response:
    """Public and the same for everybody; whoever holds a letter is known only after both parts were sent."""
    return entry_page(request, blank())


@router.post("/letter")
def enter_by_letter(
    request: Request, session: SessionDep, submitted: Annotated[Submitted[EntryForm], Depends(read(EntryForm))]
) -> Response:
    """A wrong try is told by a return, not by a raise, so that it is counted."""
    refuse_over(UNKNOWN_LINKS, request)
    refuse_over(WRONG_CODES, request)
    if submitted.form is None:
        return entry_page(request, submitted, status_code=422)
    browser = read_cookie(request, BROWSER) or new_token()
    try:
        invitation = letter_links.find_by_number(session, typed=submitted.form.number)
        vendor_access.send_code(session, invitation=invitation, browser=browser)
        token, submission = vendor_access.enter(
            session, browser=browser, typed=submitted.form.code, token=read_cookie(request, VENDOR)
        )
    except (NumberUnknown, WrongCode, CodeExpired) as refusal:
        return refuse_entry(request, submitted, refusal)
    response = see(request, "show_welcome", submission_id=submission.id)
    set_cookie(response, BROWSER, browser)
    set_cookie(response, VENDOR, token)
    return response


def refuse_entry(request: Request, submitted: Submitted[Any], refusal: Refusal) -> Response:
    """The page again, with the part that was wrong to be typed anew."""
    is_number = isinstance(refusal, NumberUnknown)
    count_failure(UNKNOWN_LINKS if is_number else WRONG_CODES, request)
    submitted.errors["number" if is_number else "code"] = f"{refusal} {refusal.say(refusal.advice)}"
    submitted.values["code"] = ""
    return entry_page(request, submitted, status_code=refusal.status)


def entry_page(request: Request, submitted: Submitted[Any], *, status_code: int = 200) -> Response:
    """Two fields and where to find them on the paper."""
    return page(request, "vendor/letter_entry.html", {"submitted": submitted}, status_code=status_code)
