"""Threads: what clinic and vendor write to each other about an item or about the whole request."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field

from api.v1.access import AnswersReader, SubmissionsWriter
from api.v1.endpoint import make_router
from api.v1.shapes import Listed, Sent, Told
from api.v1.submissions import find
from models import Message, Side, Submission
from services import editions, holders, threads
from services.links import WHOLE
from services.threads import Conversation, Writer
from web.access import SessionDep
from web.texts import Name
from web.threads import find_title, key_of

router = make_router("threads")

ThreadKey = Annotated[str, Path(max_length=40, description=f"The key of an item, or `{WHOLE}` for the whole request.")]


class MessageSent(Sent):
    """What the vendor is told."""

    text: Annotated[Name, Field(max_length=2000)]


class MessageTold(Told):
    """One message."""

    id: UUID
    side: Side = Field(description="Who wrote: the clinic or the vendor.")
    author: str
    text: str
    created_at: datetime


class ThreadTold(Told):
    """What was written about one item or the whole."""

    thread_key: str = Field(description=f"The key of the item, or `{WHOLE}`.", examples=["2-4"])
    title: str = Field(description="What it is about, in the language of Accept-Language.")
    is_open: bool
    closed_at: datetime | None
    closed_by: str
    messages: list[MessageTold] = Field(description="The oldest first.")


def tell_threads(session: SessionDep, submission: Submission, found: dict[str, Conversation]) -> list[ThreadTold]:
    """Threads in the order of the form, the one about the whole first."""
    form, people = editions.read_form(submission.asked), holders.name_people(session, submission=submission)
    places = {"": -1} | {item.key: place for place, item in enumerate(form.items)}
    return [
        ThreadTold(
            thread_key=key or WHOLE,
            title=find_title(form, key),
            is_open=found[key].is_open,
            closed_at=found[key].thread.closed_at,
            closed_by=people.get(found[key].thread.closed_by, found[key].thread.closed_by),
            messages=[tell_message(message, people) for message in found[key].messages],
        )
        for key in sorted(found, key=places.__getitem__)
    ]


def tell_message(message: Message, people: dict[str, str]) -> MessageTold:
    """A message with its author's name."""
    told = MessageTold.model_validate(message)
    told.author = people.get(message.author, message.author)
    return told


@router.get("/submissions/{submission_id}/threads")
def list_threads(session: SessionDep, caller: AnswersReader, submission_id: UUID) -> Listed[ThreadTold]:
    """All threads of a request. Reading marks nothing as read."""
    submission = find(session, caller, submission_id)
    reader = str(caller.token_id)
    found = threads.list_conversations(session, submission=submission, side=Side.CLINIC, reader=reader)
    return Listed(items=tell_threads(session, submission, found), next_cursor=None)


@router.post("/submissions/{submission_id}/threads/{thread_key}", status_code=201)
def write_to_vendor(
    session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, thread_key: ThreadKey, sent: MessageSent
) -> MessageTold:
    """Write to the vendor, who is told by mail where it has an address; a closed thread is open again."""
    submission = find(session, caller, submission_id)
    writer = Writer(Side.CLINIC, name=caller.name, reader=str(caller.token_id))
    message = threads.write_message(
        session, submission=submission, item_key=key_of(thread_key), writer=writer, text=sent.text
    )
    return MessageTold.model_validate(message)


@router.post("/submissions/{submission_id}/threads/{thread_key}/close", status_code=204)
def close_thread(session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, thread_key: ThreadKey) -> None:
    """Nothing is left to say; a new message opens it again."""
    submission = find(session, caller, submission_id)
    threads.close_thread(
        session, submission=submission, item_key=key_of(thread_key), by=caller.name, reader=str(caller.token_id)
    )
