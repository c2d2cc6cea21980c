"""Writing with a vendor about an item or the whole request, and notes that stay at the clinic."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Side, Submission
from services import editions, holders, notes, submissions, thread_digests, threads
from services.languages import _
from services.sessions import Viewer
from services.submission_refusals import TooManyMessages
from services.threads import Writer
from settings import get_settings
from web.access import EditableSubmissionDep, MemberDep, SessionDep, SubmissionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Name
from web.threads import find_title, key_of

router = APIRouter()


class MessageForm(BaseModel):
    """What the vendor is told."""

    text: Annotated[Name, Field(max_length=2000)]


class NoteForm(BaseModel):
    """What only members read."""

    note: Annotated[Name, Field(max_length=2000)]


@router.get("/submissions/{submission_id}/threads/{thread_key}")
def show_thread(
    request: Request, session: SessionDep, submission: SubmissionDep, viewer: MemberDep, thread_key: str
) -> Response:
    return thread_page(request, session, submission, viewer, thread_key, blank())


def thread_page(
    request: Request,
    session: SessionDep,
    submission: Submission,
    viewer: Viewer,
    thread_key: str,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    key = key_of(thread_key)
    found = threads.find_conversation(
        session, submission=submission, item_key=key, side=Side.CLINIC, reader=str(viewer.member_id)
    )
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "thread_key": thread_key,
        "title": find_title(editions.read_form(submission.asked), key),
        "conversation": found,
        "notes": notes.list_notes(session, submission=submission).get(key, []),
        "people": holders.name_people(session, submission=submission),
        "told": list_told(session, submission, key),
        "submitted": submitted,
    }
    return page(request, "clinic/threads/show.html", values, status_code=status_code)


@router.post("/submissions/{submission_id}/threads/{thread_key}")
def write_to_vendor(
    request: Request,
    session: SessionDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    thread_key: str,
    submitted: Annotated[Submitted[MessageForm], Depends(read(MessageForm))],
) -> Response:
    key = key_of(thread_key)
    threads.check_key(submission, key)
    if submitted.form is None:
        return thread_page(request, session, submission, viewer, thread_key, submitted, status_code=422)
    writer = Writer(Side.CLINIC, name=viewer.name, reader=str(viewer.member_id))
    try:
        threads.write_message(session, submission=submission, item_key=key, writer=writer, text=submitted.form.text)
    except TooManyMessages as refusal:
        submitted.errors["text"] = f"{refusal} {refusal.say(refusal.advice)}"
        return thread_page(request, session, submission, viewer, thread_key, submitted, status_code=refusal.status)
    said = _("Sent. The vendor is told by mail, and sees it on its page.")
    if not list_told(session, submission, key):
        said = _("Sent. No mail goes out for it: please tell the vendor by telephone or fax that there is a message.")
    return see(request, "show_thread", submission_id=submission.id, thread_key=thread_key, said=said)


def list_told(session: SessionDep, submission: Submission, key: str) -> list[str]:
    """Who at the vendor gets a mail about a message here; nobody where the portal sends none at all."""
    if not get_settings().smtp_host:
        return []
    told = thread_digests.list_told(session, submission=submission, item_key=key)
    return [holders.label_of(one.told_at, one.name) for one in told]


@router.post("/submissions/{submission_id}/threads/{thread_key}/close")
def close_thread(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, viewer: MemberDep, thread_key: str
) -> Response:
    threads.close_thread(
        session, submission=submission, item_key=key_of(thread_key), by=viewer.name, reader=str(viewer.member_id)
    )
    said = _("Closed. A new message opens it again.")
    return see(request, "show_thread", submission_id=submission.id, thread_key=thread_key, said=said)


@router.post("/submissions/{submission_id}/threads/{thread_key}/read")
def read_thread(
    request: Request, session: SessionDep, submission: SubmissionDep, viewer: MemberDep, thread_key: str
) -> Response:
    threads.mark_read(session, submission=submission, item_key=key_of(thread_key), reader=str(viewer.member_id))
    return see(request, "show_thread", submission_id=submission.id, thread_key=thread_key)


@router.post("/submissions/{submission_id}/threads/{thread_key}/notes")
def add_note(
    request: Request,
    session: SessionDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    thread_key: str,
    submitted: Annotated[Submitted[NoteForm], Depends(read(NoteForm))],
) -> Response:
    if submitted.form is None:
        return thread_page(request, session, submission, viewer, thread_key, submitted, status_code=422)
    notes.add_note(
        session, submission=submission, item_key=key_of(thread_key), author=viewer.name, text=submitted.form.note
    )
    said = _("The note is kept. Only members of your institution see it.")
    return see(request, "show_thread", submission_id=submission.id, thread_key=thread_key, said=said)
