"""The vendor's way in: its link and the code become a token for exactly one submission."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from pydantic import Field

from api.problems import problem_response
from api.v1.access import PartAnswering
from api.v1.endpoint import make_router
from api.v1.shapes import Sent, Told
from models import Channel
from services import clock, invitations, vendor_access
from services.keys import new_token
from services.refusals import CodeExpired, InvitationUnknown, WrongCode
from settings import get_settings
from web.access import SessionDep
from web.limits import UNKNOWN_LINKS, WRONG_CODES, count_failure, refuse_over

router = make_router("vendor")

PREFIX: Final = "vsp_vendor_"


class CodeWanted(Sent):
    """The link as the mail or the clinic told it."""

    link: str = Field(min_length=1, max_length=500, examples=["https://portal.example.jp/i/…"])


class CodeAsked(Told):
    """Where the code comes from, and what it is to be sent back with."""

    ticket: str = Field(description="Good for this link only, together with the code.")
    is_mailed: bool = Field(description="By mail to the invited address; else it is the one the clinic told.")


class CodeTyped(Sent):
    """The code, for whoever asked for it."""

    ticket: str = Field(min_length=1, max_length=100)
    code: Annotated[str, Field(min_length=1, max_length=40)] = Field(examples=["123456"])


class VendorSessionTold(Told):
    """A token for one submission."""

    token: str
    submission_id: UUID
    expires_at: datetime = Field(description="At the latest; earlier after half an hour without a call.")


@router.post("/vendor/codes", status_code=201)
def ask_for_code(request: Request, session: SessionDep, sent: CodeWanted) -> CodeAsked:
    """Have a code sent to the invited address. Opening a link changes nothing; this call is the person's press."""
    refuse_over(UNKNOWN_LINKS, request)
    token = sent.link.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    try:
        invitation, _submission, _clinic = invitations.find_invitation(session, token=token)
    except InvitationUnknown:
        count_failure(UNKNOWN_LINKS, request)
        raise
    ticket = new_token()
    vendor_access.send_code(session, invitation=invitation, browser=ticket)
    return CodeAsked(ticket=ticket, is_mailed=invitation.channel is Channel.MAIL)


@router.post("/vendor/sessions", status_code=201, response_model=VendorSessionTold)
def start_answering(request: Request, session: SessionDep, sent: CodeTyped) -> Response | VendorSessionTold:
    """Exchange ticket and code for a token. A wrong try is told by a return, not by a raise, so that it is counted."""
    refuse_over(WRONG_CODES, request)
    try:
        token, submission = vendor_access.enter(session, browser=sent.ticket, typed=sent.code, token="", prefix=PREFIX)
    except (WrongCode, CodeExpired) as refusal:
        count_failure(WRONG_CODES, request)
        return problem_response(refusal)
    expires_at = clock.now() + timedelta(hours=get_settings().session_hours)
    return VendorSessionTold(token=token, submission_id=submission.id, expires_at=expires_at)


@router.delete("/vendor/submissions/{submission_id}/session", status_code=204)
def leave_answering(session: SessionDep, viewer: PartAnswering) -> None:
    """End the token."""
    vendor_access.leave(session, viewer=viewer)
