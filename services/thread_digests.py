"""Digests of threads: new messages of the last while go to a person in one mail, which never holds their words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Clinic, Invitation, Mail, Member, Message, Side, Submission, Thread, ThreadReader
from services import clock, editions, submissions
from services.holders import Holder, list_everybody
from services.invitations import issue_link
from services.links import submission_link
from services.mail import thread_messages
from services.submitting import list_people_to_tell

QUIET: Final = timedelta(minutes=15)
"""A mail waits until nobody has written for this long, so that a lively exchange makes one mail."""

PATIENCE: Final = timedelta(hours=1)
"""No message waits longer than this, and nobody gets a second mail sooner."""

LOOK_BACK: Final = timedelta(days=3)
"""Older messages are not mailed about any more, so that a portal that was off for long is not noisy afterwards."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A message of the last days, with where it stands."""

    submission_id: UUID
    thread_id: UUID
    item_key: str
    side: Side
    created_at: datetime


def has_fresh(session: Session) -> bool:
    """Whether anything was written of late at all; asked every minute."""
    statement = select(Message.id).where(Message.created_at > clock.now() - LOOK_BACK)
    return session.exec(statement.limit(1)).first() is not None


def post_digests(session: Session) -> int:
    """Mail everybody who has new messages and has not been told of them; returns how many mails were written."""
    statement = (
        sa.select(
            col(Thread.submission_id),
            col(Message.thread_id),
            col(Thread.item_key),
            col(Message.side),
            col(Message.created_at),
        )
        .join(Thread, col(Thread.id) == col(Message.thread_id))
        .join(Submission, col(Submission.id) == col(Thread.submission_id))
        .where(col(Message.created_at) > clock.now() - LOOK_BACK, col(Submission.withdrawn_at).is_(None))
        .order_by(col(Thread.clinic_id), col(Thread.submission_id), col(Message.created_at))
    )
    fresh = [Fresh(*row) for row in session.execute(statement)]
    by_request = [
        (session.get_one(Submission, identity), list(some))
        for identity, some in groupby(fresh, key=lambda one: one.submission_id)
    ]
    sent = sum(_tell_vendor(session, submission, some) for submission, some in by_request)
    for clinic_id, requests in groupby(by_request, key=lambda pair: pair[0].clinic_id):
        sent += _tell_clinic(session, session.get_one(Clinic, clinic_id), list(requests))
    return sent


def list_told(session: Session, *, submission: Submission, item_key: str) -> list[Holder]:
    """Who at the vendor is told by mail when the clinic writes about an item, or about the whole."""
    if submission.declined_at is not None or submission.withdrawn_at is not None:
        return []
    return [one for one in list_everybody(session, submission=submission) if _concerns(submission, one, item_key)]


def _tell_vendor(session: Session, submission: Submission, fresh: Sequence[Fresh]) -> int:
    """Whoever has the form in hand learns of everything, a colleague with a part of what lies in it."""
    if submission.declined_at is not None:
        return 0
    sent = 0
    for holder in list_everybody(session, submission=submission):
        theirs = [one for one in fresh if one.side is Side.CLINIC and _concerns(submission, holder, one.item_key)]
        last = _last_told(session, holder.told_at, Mail.submission_id == submission.id)
        new = _untold(session, theirs, holder.person, last)
        if new and _is_time(new, last):
            _mail_vendor(session, submission, holder, new)
            sent += 1
    return sent


def _tell_clinic(session: Session, clinic: Clinic, requests: Sequence[tuple[Submission, list[Fresh]]]) -> int:
    """One mail a member for all requests."""
    sent = 0
    for member in list_people_to_tell(session, clinic_id=clinic.id):
        last = _last_told(session, member.email, Mail.clinic_id == clinic.id)
        new = [
            (submission, found)
            for submission, fresh in requests
            if (found := _untold(session, [one for one in fresh if one.side is Side.VENDOR], str(member.id), last))
        ]
        if new and _is_time([one for _, some in new for one in some], last):
            _mail_member(session, clinic, member, new)
            sent += 1
    return sent


def _concerns(submission: Submission, holder: Holder, item_key: str) -> bool:
    if not holder.told_at:
        return False
    if holder.sections is None:
        return holder.is_present
    return bool(item_key) and editions.find_item(submission.asked, item_key, section_keys=holder.sections) is not None


def _last_told(session: Session, email: str, where: Any) -> datetime | None:
    statement = select(sa.func.max(Mail.created_at)).where(
        Mail.recipient == email, col(Mail.kind).in_(thread_messages.KINDS), where
    )
    return session.exec(statement).one()


def _untold(session: Session, fresh: Sequence[Fresh], reader: str, last: datetime | None) -> list[Fresh]:
    """What came after the last mail and has not been read on the pages either."""
    if not fresh:
        return []
    statement = select(ThreadReader).where(
        col(ThreadReader.thread_id).in_({one.thread_id for one in fresh}), ThreadReader.reader == reader
    )
    read: Mapping[UUID, datetime] = {one.thread_id: one.read_at for one in session.exec(statement)}
    return [
        one
        for one in fresh
        if (last is None or one.created_at > last)
        and (one.thread_id not in read or one.created_at > read[one.thread_id])
    ]


def _is_time(new: Sequence[Fresh], last: datetime | None) -> bool:
    moments, now = [one.created_at for one in new], clock.now()
    is_quiet = max(moments) <= now - QUIET or min(moments) <= now - PATIENCE
    return is_quiet and (last is None or last <= now - PATIENCE)


def _mail_vendor(session: Session, submission: Submission, holder: Holder, new: Sequence[Fresh]) -> None:
    """A link of their own comes with it, because an older one may have expired; it takes that one's place.

    None goes to an address that somebody with a letter or a link handed over has typed: they use what they have.
    """
    invitation, link = session.get_one(Invitation, holder.invitation_id), ""
    if holder.email:
        invitation, link = issue_link(
            session, submission=submission, email=holder.email, name=holder.name, invited_by=invitation.created_by
        )
        invitation.is_automatic = True
        session.add(invitation)
    thread_messages.post_messages_for_vendor(
        session,
        clinic=session.get_one(Clinic, submission.clinic_id),
        submission=submission,
        invitation=invitation,
        to=holder.told_at,
        vendor_name=submissions.get_vendor_of(session, submission=submission).name,
        places=_count_places(submission, new),
        link=link,
    )


def _mail_member(
    session: Session, clinic: Clinic, member: Member, new: Sequence[tuple[Submission, Sequence[Fresh]]]
) -> None:
    requests = [
        (submissions.get_vendor_of(session, submission=submission).name, _count_places(submission, some))
        for submission, some in new
    ]
    thread_messages.post_messages_for_clinic(
        session, clinic=clinic, to=member, requests=requests, link=submission_link(new[0][0].id)
    )


def _count_places(submission: Submission, new: Iterable[Fresh]) -> list[tuple[str, int]]:
    """The printed numbers of the items with how many messages are new there; empty for the request as a whole."""
    counts: dict[str, int] = {}
    for one in new:
        counts[one.item_key] = counts.get(one.item_key, 0) + 1
    form = editions.read_form(submission.asked)
    return [
        (item.number if (item := form.find_item(key)) else "", count)
        for key, count in sorted(counts.items(), key=lambda pair: _place(form, pair[0]))
    ]


def _place(form: editions.Form, key: str) -> int:
    return next((place for place, item in enumerate(form.items, start=1) if item.key == key), 0)
