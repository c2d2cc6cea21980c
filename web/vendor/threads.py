"""Writing with the clinic: about an item or the whole request, before and after the answers are in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Side
from services import editions, holders, reply_addresses, threads
from services.languages import _
from services.links import WHOLE
from services.submission_refusals import TooManyMessages
from services.threads import Writer
from services.vendor_access import VendorViewer
from web.access import PartViewerDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import see
from web.texts import Name
from web.threads import find_title, key_of
from web.vendor.frame import vendor_page

router = APIRouter()


class MessageForm(BaseModel):
    """What is said."""

    text: Annotated[Name, Field(max_length=2000)]


@router.get("/answer/{submission_id}/threads", name="list_own_threads")
def list_own_threads(request: Request, session: SessionDep, viewer: PartViewerDep) -> Response:
    given = reply_addresses.get_reply_address(session, viewer=viewer)
    return list_page(request, session, viewer, blank(email=given))


def list_page(
    request: Request, session: SessionDep, viewer: VendorViewer, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """All conversations, and where whoever came without an address is told of new messages."""
    found = threads.list_conversations(
        session, submission=viewer.submission, side=Side.VENDOR, reader=viewer.person, scope=viewer.scope
    )
    form = editions.read_form(viewer.submission.asked)
    places = ["", *(item.key for item in form.items)]
    values = {
        "conversations": [(found[key], key or WHOLE, find_title(form, key)) for key in places if key in found],
        "people": holders.name_people(session, submission=viewer.submission),
        "is_part": viewer.scope is not None,
        "whole": WHOLE,
        "needs_address": reply_addresses.needs_address(session, viewer=viewer),
        "submitted": submitted,
    }
    return vendor_page(request, viewer, "vendor/threads.html", values, status_code=status_code)


@router.get("/answer/{submission_id}/threads/{thread_key}", name="show_own_thread")
def show_own_thread(request: Request, session: SessionDep, viewer: PartViewerDep, thread_key: str) -> Response:
    return thread_page(request, session, viewer, thread_key, blank())


def thread_page(
    request: Request,
    session: SessionDep,
    viewer: VendorViewer,
    thread_key: str,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    key = key_of(thread_key)
    found = threads.find_conversation(
        session,
        submission=viewer.submission,
        item_key=key,
        side=Side.VENDOR,
        reader=viewer.person,
        scope=viewer.scope,
    )
    values = {
        "thread_key": thread_key,
        "title": find_title(editions.read_form(viewer.submission.asked), key),
        "conversation": found,
        "people": holders.name_people(session, submission=viewer.submission),
        "is_untold": is_untold(session, viewer),
        "submitted": submitted,
    }
    return vendor_page(request, viewer, "vendor/thread.html", values, status_code=status_code)


def is_untold(session: SessionDep, viewer: VendorViewer) -> bool:
    """Whether no mail tells the reader of an answer, because they came in without an address and gave none."""
    has_none = reply_addresses.needs_address(session, viewer=viewer)
    return has_none and not reply_addresses.get_reply_address(session, viewer=viewer)


@router.post("/answer/{submission_id}/threads/{thread_key}", name="write_to_clinic")
def write_to_clinic(
    request: Request,
    session: SessionDep,
    viewer: PartViewerDep,
    thread_key: str,
    submitted: Annotated[Submitted[MessageForm], Depends(read(MessageForm))],
) -> Response:
    key, submission = key_of(thread_key), viewer.submission
    threads.check_key(submission, key, viewer.scope)
    if submitted.form is None:
        return thread_page(request, session, viewer, thread_key, submitted, status_code=422)
    try:
        threads.write_message(
            session,
            submission=submission,
            item_key=key,
            writer=Writer(Side.VENDOR, name=viewer.person, reader=viewer.person),
            text=submitted.form.text,
        )
    except TooManyMessages as refusal:
        submitted.errors["text"] = f"{refusal} {refusal.say(refusal.advice)}"
        return thread_page(request, session, viewer, thread_key, submitted, status_code=refusal.status)
    said = _("Sent. The clinic sees it on its page and is told by mail.")
    return see(request, "show_own_thread", submission_id=submission.id, thread_key=thread_key, said=said)


@router.post("/answer/{submission_id}/threads/{thread_key}/close", name="close_own_thread")
def close_own_thread(request: Request, session: SessionDep, viewer: PartViewerDep, thread_key: str) -> Response:
    key, submission = key_of(thread_key), viewer.submission
    threads.check_key(submission, key, viewer.scope)
    threads.close_thread(session, submission=submission, item_key=key, by=viewer.person, reader=viewer.person)
    said = _("Closed. A new message opens it again.")
    return see(request, "show_own_thread", submission_id=submission.id, thread_key=thread_key, said=said)


@router.post("/answer/{submission_id}/threads/{thread_key}/read", name="read_own_thread")
def read_own_thread(request: Request, session: SessionDep, viewer: PartViewerDep, thread_key: str) -> Response:
    key, submission = key_of(thread_key), viewer.submission
    threads.check_key(submission, key, viewer.scope)
    threads.mark_read(session, submission=submission, item_key=key, reader=viewer.person)
    return see(request, "show_own_thread", submission_id=submission.id, thread_key=thread_key)
