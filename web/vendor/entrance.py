"""The way in and out for a vendor: a link that changes nothing, a press, a code; and leaving again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic, Invitation, Submission, SystemKind
from services import clinics, editions, invitations, submissions, vendor_access, wrong_recipients
from services.keys import new_token
from services.languages import _, speaking
from services.mail.messages import minutes_for
from services.options import name_of
from services.refusals import CodeExpired, InvitationExpired, InvitationUnknown, Refusal, WrongCode
from web.access import PartViewerDep, SessionDep
from web.cookies import BROWSER, VENDOR, read_cookie, set_cookie
from web.forms import Submitted, blank, read
from web.keeping import show_kept, unpack
from web.limits import UNKNOWN_LINKS, WRONG_CODES, count_failure, refuse_over
from web.rendering import is_own_path, page, see, see_address
from web.vendor.frame import days_left, edition_note, language_for

router = APIRouter()


class CodeForm(BaseModel):
    code: str = Field(max_length=40)
    onwards: str = ""
    kept: str = ""


class StartForm(BaseModel):
    """Where the reader wants to go once the code is typed."""

    then: Literal["", "forward", "decline"] = ""


class AgainForm(BaseModel):
    onwards: str = ""
    kept: str = ""


CodeDep = Annotated[Submitted[CodeForm], Depends(read(CodeForm))]
AgainDep = Annotated[Submitted[AgainForm], Depends(read(AgainForm))]


def find_link(request: Request, session: SessionDep, token: str) -> tuple[Invitation, Submission, Clinic]:
    """What a link leads to; raises why it leads nowhere, and TooManyTries where a network guesses."""
    refuse_over(UNKNOWN_LINKS, request)
    try:
        return invitations.find_invitation(session, token=token)
    except InvitationUnknown:
        count_failure(UNKNOWN_LINKS, request)
        raise


@router.api_route("/i/{token}", methods=["GET", "HEAD"], name="show_invitation")
def show_invitation(request: Request, session: SessionDep, token: str) -> Response:
    """Five answers before any question. Mail scanners open this page too, so that it writes nothing."""
    try:
        invitation, submission, clinic = find_link(request, session, token)
    except InvitationExpired as refusal:
        values = {"refusal": refusal, "token": token, "here": "/"}
        return page(request, "vendor/expired.html", values, status_code=refusal.status)
    if has_come_in(request, session, invitation):
        return see(request, "show_welcome", submission_id=submission.id)
    with speaking(language_for(request, invitation.language)):
        systems = submissions.list_covered_systems(session, submission=submission)
        values = {
            "token": token,
            "clinic": clinic,
            "submission": submission,
            "scope": scope_words([system.kind for system in systems]),
            "channel": "mail" if invitation.is_mailed else invitation.channel.value,
            "address": masked(invitation.email),
            "is_part": invitation.section_keys is not None,
            "is_handed_on": bool(invitation.forwarded_by),
            **measure_work(submission, invitation),
            "days_left": days_left(submission),
            "edition": edition_note(submission),
        }
        return page(request, "vendor/landing.html", values)


def measure_work(submission: Submission, invitation: Invitation) -> dict[str, int]:
    """How much the link asks for: all of the form, or the sections that a colleague handed on."""
    count = submission.item_count
    if invitation.section_keys is not None:
        form = editions.narrow_form(editions.read_form(submission.asked), invitation.section_keys)
        count = form.item_count
    return {"item_count": count, "minutes": minutes_for(count)}


def scope_words(kinds: Sequence[SystemKind]) -> str:
    """What it is about, without the names that only the reader behind the code may see."""
    if not kinds:
        return _("Everything your company provides to this clinic")
    if len(kinds) == 1:
        return _("%(kind)s, 1 system", kind=name_of(kinds[0]))
    return _("%(kind)s and others, %(count)s systems", kind=name_of(kinds[0]), count=len(kinds))


def has_come_in(request: Request, session: SessionDep, invitation: Invitation) -> bool:
    """Whether this person works on the submission in this browser already, as far as the link reaches."""
    token, wanted = read_cookie(request, VENDOR), invitation.section_keys
    try:
        found = vendor_access.find_vendor(session, token=token, submission_id=invitation.submission_id)
    except Refusal:
        return False
    reaches = found.scope is None or (wanted is not None and set(wanted) <= set(found.scope))
    return reaches and found.person == invitation.person


@router.post("/i/{token}", name="start_answering")
def start_answering(
    request: Request,
    session: SessionDep,
    token: str,
    submitted: Annotated[Submitted[StartForm], Depends(read(StartForm))],
) -> Response:
    try:
        invitation, submission, _clinic = find_link(request, session, token)
    except InvitationExpired:
        return see(request, "show_invitation", token=token)
    route = {"forward": "show_forwarding", "decline": "show_decline"}.get(submitted.form.then if submitted.form else "")
    onwards = request.app.state.addresses(route, submission_id=submission.id) if route else ""
    return ask_for_code(request, session, invitation, onwards=onwards)


def ask_for_code(
    request: Request, session: SessionDep, invitation: Invitation, *, onwards: str = "", kept: str = ""
) -> Response:
    """Send a code that only this browser can use, and show the page that takes it; what was typed travels along."""
    browser = read_cookie(request, BROWSER) or new_token()
    vendor_access.send_code(session, invitation=invitation, browser=browser)
    if unpack(kept):
        response: Response = code_page(request, session, invitation, blank(onwards=onwards, kept=kept))
    else:
        response = see(request, "show_code", onwards=onwards)
    set_cookie(response, BROWSER, browser)
    return response


@router.post("/i/{token}/renew", name="renew_own_link")
def renew_own_link(request: Request, session: SessionDep, token: str) -> Response:
    refuse_over(UNKNOWN_LINKS, request)
    invitations.renew_invitation(session, token=token)
    return see(request, "show_invitation", token=token, said=_("A new link is on its way to the same address."))


@router.post("/i/{token}/not-us", name="report_wrong_recipient")
def report_wrong_recipient(request: Request, session: SessionDep, token: str) -> Response:
    refuse_over(UNKNOWN_LINKS, request)
    wrong_recipients.report_wrong_recipient(session, token=token)
    return page(request, "vendor/not_us.html", {"here": "/"})


@router.get("/code", name="show_code")
def show_code(request: Request, session: SessionDep, onwards: str = "") -> Response:
    _asked, invitation = vendor_access.find_pending(session, browser=read_cookie(request, BROWSER))
    return code_page(request, session, invitation, blank(onwards=onwards if is_own_path(onwards) else ""))


def code_page(
    request: Request, session: SessionDep, invitation: Invitation, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    with speaking(language_for(request, invitation.language)):
        values = {
            "submitted": submitted,
            "kept": unpack(submitted.values.get("kept") or ""),
            "clinic": clinics.get_clinic(session, clinic_id=invitation.clinic_id),
            "channel": "mail" if invitation.is_mailed else invitation.channel.value,
            "address": masked(invitation.email),
            "here": request.app.state.addresses("show_code", onwards=submitted.values.get("onwards")),
        }
        return page(request, "vendor/code.html", values, status_code=status_code)


def masked(address: str) -> str:
    """su…@vendor.example: enough for its owner to know which mailbox to look into."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:2]}…@{domain}" if name else ""


@router.post("/code", name="enter_code")
def enter_code(request: Request, session: SessionDep, submitted: CodeDep) -> Response:
    """A wrong try is told by a return, not by a raise, so that it is counted."""
    refuse_over(WRONG_CODES, request)
    browser = read_cookie(request, BROWSER)
    if submitted.form is None:
        _asked, invitation = vendor_access.find_pending(session, browser=browser)
        return code_page(request, session, invitation, submitted, status_code=422)
    try:
        token, submission = vendor_access.enter(
            session, browser=browser, typed=submitted.form.code, token=read_cookie(request, VENDOR)
        )
    except (WrongCode, CodeExpired) as refusal:
        count_failure(WRONG_CODES, request)
        return refuse_code(request, session, submitted, refusal)
    response = arrived(request, submission, submitted.form)
    set_cookie(response, VENDOR, token)
    return response


def refuse_code(request: Request, session: SessionDep, submitted: Submitted[Any], refusal: Refusal) -> Response:
    _asked, invitation = vendor_access.find_pending(session, browser=read_cookie(request, BROWSER))
    with speaking(language_for(request, invitation.language)):
        submitted.errors["code"] = f"{refusal} {refusal.say(refusal.advice)}"
    submitted.values["code"] = ""
    return code_page(request, session, invitation, submitted, status_code=refusal.status)


def arrived(request: Request, submission: Submission, form: CodeForm) -> Response:
    """Where one was going: what was typed, offered to be sent; the page that asked for the code; or the first page."""
    kept = unpack(form.kept)
    if kept is not None:
        return show_kept(request, kept, home=request.app.state.addresses("show_welcome", submission_id=submission.id))
    if is_own_path(form.onwards):
        return see_address(form.onwards)
    return see(request, "show_welcome", submission_id=submission.id)


@router.post("/code/again", name="send_code_again")
def send_code_again(request: Request, session: SessionDep, submitted: AgainDep) -> Response:
    _asked, invitation = vendor_access.find_pending(session, browser=read_cookie(request, BROWSER))
    return ask_again(request, session, invitation, submitted)


@router.post("/answer/{submission_id}/again", name="ask_code_again")
def ask_code_again(request: Request, session: SessionDep, submission_id: UUID, submitted: AgainDep) -> Response:
    """For somebody whose session has ended: a code for the link with which this browser came in before."""
    token = read_cookie(request, VENDOR)
    invitation = vendor_access.find_former(session, token=token, submission_id=submission_id)
    return ask_again(request, session, invitation, submitted)


def ask_again(
    request: Request, session: SessionDep, invitation: Invitation, submitted: Submitted[AgainForm]
) -> Response:
    form = submitted.form or AgainForm()
    return ask_for_code(request, session, invitation, onwards=form.onwards, kept=form.kept)


@router.post("/answer/{submission_id}/leave", name="leave_answering")
def leave_answering(request: Request, session: SessionDep, viewer: PartViewerDep) -> Response:
    vendor_access.leave(session, viewer=viewer)
    return see(request, "show_left", submission_id=viewer.submission.id)


@router.get("/answer/{submission_id}/left", name="show_left")
def show_left(request: Request, submission_id: UUID) -> Response:
    return page(request, "vendor/left.html", {"here": "/"})
