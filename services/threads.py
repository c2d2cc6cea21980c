"""Threads: clinic and vendor write to each other, item by item; either closes, a new message opens again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Message, Side, Submission, Thread, ThreadReader
from services import clock, editions
from services.history import record
from services.refusals import NotFound, SubmissionWithdrawn, refuse_if
from services.submission_refusals import TooManyMessages

GENERAL: Final = ""
"""The key of the thread about the request as a whole; all others bear an item's key."""

MOST_PER_DAY: Final = 60
"""Messages of one side on one request in a day; whoever has more to say telephones."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread as a reader sees it; `unread` are the other side's messages since the reader was here."""

    thread: Thread
    messages: Sequence[Message]
    unread: int

    @property
    def is_open(self) -> bool:
        """Whether something is still to be said."""
        return self.thread.closed_at is None

    @property
    def last_at(self) -> datetime:
        """When something was written last."""
        return self.messages[-1].created_at


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: on which side, by which name, and how it is remembered as a reader."""

    side: Side
    name: str
    reader: str


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many threads of a request are open, and how many messages in all of them a reader has not seen."""

    open: int = 0
    unread: int = 0


def list_conversations(
    session: Session, *, submission: Submission, side: Side, reader: str, scope: Collection[str] | None = None
) -> dict[str, Conversation]:
    """All threads of a request by item, in three queries or, where there is none, in one.

    A person with some sections gets theirs only.
    """
    keys = None if scope is None else _keys_in(submission, scope)
    threads = _list_threads(session, submission)
    if not threads:
        return {}
    messages: dict[UUID, list[Message]] = {}
    for message in _list_messages(session, threads):
        messages.setdefault(message.thread_id, []).append(message)
    read = _list_read(session, threads, reader)
    return {
        thread.item_key: Conversation(
            thread=thread,
            messages=messages[thread.id],
            unread=sum(
                one.side is not side and (thread.id not in read or one.created_at > read[thread.id])
                for one in messages[thread.id]
            ),
        )
        for thread in threads
        if keys is None or thread.item_key in keys
    }


def find_conversation(
    session: Session,
    *,
    submission: Submission,
    item_key: str,
    side: Side,
    reader: str,
    scope: Collection[str] | None = None,
) -> Conversation | None:
    """One thread; None where nothing was written yet. Raises NotFound for what is not on the reader's form."""
    check_key(submission, item_key, scope)
    return list_conversations(session, submission=submission, side=side, reader=reader).get(item_key)


def count_open(session: Session, *, clinic_id: UUID, fiscal_year: int, reader: str) -> dict[UUID, OpenCount]:
    """Open threads and unread messages of the vendors by request, for a member, in one query."""
    asked = {"clinic_id": clinic_id, "fiscal_year": fiscal_year, "reader": reader}
    return {row.submission_id: OpenCount(row.open, row.unread or 0) for row in session.execute(_open_of_year(), asked)}


@cache
def _open_of_year() -> sa.Select[*tuple[Any, ...]]:
    is_unread = sa.and_(
        col(Message.side) == Side.VENDOR,
        sa.or_(col(ThreadReader.read_at).is_(None), col(Message.created_at) > col(ThreadReader.read_at)),
    )
    return (
        sa.select(
            col(Thread.submission_id),
            sa.func.count(sa.distinct(sa.case((col(Thread.closed_at).is_(None), col(Thread.id))))).label("open"),
            sa.func.sum(sa.case((is_unread, 1), else_=0)).label("unread"),
        )
        .join(Message, col(Message.thread_id) == col(Thread.id))
        .join(Submission, col(Submission.id) == col(Thread.submission_id))
        .join(
            ThreadReader,
            sa.and_(col(ThreadReader.thread_id) == col(Thread.id), col(ThreadReader.reader) == sa.bindparam("reader")),
            isouter=True,
        )
        .where(
            col(Thread.clinic_id) == sa.bindparam("clinic_id"),
            col(Submission.fiscal_year) == sa.bindparam("fiscal_year"),
        )
        .group_by(col(Thread.submission_id))
    )


def check_key(submission: Submission, item_key: str, scope: Collection[str] | None = None) -> None:
    """Raise NotFound where the reader's form has no such item; the whole request is only for whoever has all of it."""
    if item_key == GENERAL:
        refuse_if(scope is not None, NotFound())
        return
    refuse_if(editions.find_item(submission.asked, item_key, section_keys=scope) is None, NotFound())


def write_message(session: Session, *, submission: Submission, item_key: str, writer: Writer, text: str) -> Message:
    """Say something; a closed thread is open again, and the writer has read what stood there.

    Raises SubmissionWithdrawn, TooManyMessages, and NotFound for an item that is not on the form.
    """
    refuse_if(submission.withdrawn_at is not None, SubmissionWithdrawn())
    check_key(submission, item_key)
    _refuse_over_cap(session, submission, writer.side)
    thread = _find_thread(session, submission, item_key) or Thread(
        clinic_id=submission.clinic_id, submission_id=submission.id, item_key=item_key, created_at=clock.now()
    )
    thread.closed_at, thread.closed_by = None, ""
    session.add(thread)
    session.flush()
    message = Message(
        clinic_id=submission.clinic_id,
        thread_id=thread.id,
        side=writer.side,
        author=writer.name,
        text=text,
        created_at=clock.now(),
    )
    session.add(message)
    _note_reading(session, thread, writer.reader)
    _record(session, "thread.written", thread)
    return message


def close_thread(session: Session, *, submission: Submission, item_key: str, by: str, reader: str) -> None:
    """Nothing is left to say; raises NotFound where nothing was said."""
    thread = _find_thread(session, submission, item_key)
    if thread is None:
        raise NotFound
    if thread.closed_at is None:
        thread.closed_at, thread.closed_by = clock.now(), by
        session.add(thread)
        _record(session, "thread.closed", thread)
    _note_reading(session, thread, reader)


def mark_read(session: Session, *, submission: Submission, item_key: str, reader: str) -> None:
    """Remember that a person has read a thread; raises NotFound where there is none."""
    thread = _find_thread(session, submission, item_key)
    if thread is None:
        raise NotFound
    _note_reading(session, thread, reader)


def _keys_in(submission: Submission, scope: Collection[str]) -> set[str]:
    sections = (section for section in submission.asked["sections"] if section["key"] in scope)
    return {item["key"] for section in sections for item in section["items"]}


def _list_threads(session: Session, submission: Submission) -> Sequence[Thread]:
    statement = select(Thread).where(Thread.submission_id == submission.id, Thread.clinic_id == submission.clinic_id)
    return session.exec(statement).all()


def _find_thread(session: Session, submission: Submission, item_key: str) -> Thread | None:
    return next((thread for thread in _list_threads(session, submission) if thread.item_key == item_key), None)


def _list_messages(session: Session, threads: Sequence[Thread]) -> Sequence[Message]:
    statement = select(Message).where(col(Message.thread_id).in_([thread.id for thread in threads]))
    return session.exec(statement.order_by(col(Message.created_at))).all()


def _list_read(session: Session, threads: Sequence[Thread], reader: str) -> dict[UUID, datetime]:
    statement = select(ThreadReader).where(
        col(ThreadReader.thread_id).in_([thread.id for thread in threads]), ThreadReader.reader == reader
    )
    return {one.thread_id: one.read_at for one in session.exec(statement)}


def _note_reading(session: Session, thread: Thread, reader: str) -> None:
    found = session.get(ThreadReader, (thread.id, reader))
    if found is None:
        found = ThreadReader(clinic_id=thread.clinic_id, thread_id=thread.id, reader=reader, read_at=clock.now())
    found.read_at = clock.now()
    session.add(found)


def _refuse_over_cap(session: Session, submission: Submission, side: Side) -> None:
    statement = (
        select(sa.func.count())
        .select_from(Message)
        .join(Thread, col(Thread.id) == col(Message.thread_id))
        .where(
            Thread.submission_id == submission.id,
            Message.side == side,
            Message.created_at > clock.now() - timedelta(days=1),
        )
    )
    refuse_if(session.exec(statement).one() >= MOST_PER_DAY, TooManyMessages(cap=MOST_PER_DAY))


def _record(session: Session, verb: str, thread: Thread) -> None:
    record(
        session,
        verb,
        clinic_id=thread.clinic_id,
        subject=("thread", thread.id),
        submission_id=thread.submission_id,
        item=thread.item_key,
    )
