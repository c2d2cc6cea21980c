"""Digests: what a clinic should know of its requests once a week; nothing is mailed where there is nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import ANSWERABLE, Clinic, Member, Membership, Stage, Submission, Vendor, stage_of
from services import clock
from services.bounces import list_flags
from services.links import submission_link, thread_link
from services.mail import portal_messages
from services.open_questions import list_open_questions
from services.routines import get_routine
from services.scheduled_reminders import Silence, list_plans

WEEK: Final = timedelta(days=7)
UNREACHED: Final = frozenset({Silence.NO_ADDRESS, Silence.UNDELIVERED})
"""Why a vendor whose reminder is due gets none, so that a person has to."""


class Entry(NamedTuple):
    """A line of the digest: a vendor or an address, and the page where one goes on."""

    name: str
    link: str = ""


@dataclass(slots=True)
class Digest:
    """The lists of a week, each of them possibly empty."""

    arrived: list[Entry] = field(default_factory=list)
    declined: list[Entry] = field(default_factory=list)
    to_review: list[Entry] = field(default_factory=list)
    to_answer: list[Entry] = field(default_factory=list)
    unanswered: list[Entry] = field(default_factory=list)
    overdue: list[Entry] = field(default_factory=list)
    to_remind: list[Entry] = field(default_factory=list)
    bounced: list[Entry] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not any(getattr(self, one.name) for one in fields(self))


def is_digest_due(last: datetime | None, now: datetime) -> bool:
    """Whether this week's digest has not been sent; a week begins on Monday in Japan."""
    today = clock.local_date(now)
    monday = today - timedelta(days=today.weekday())
    return last is None or clock.local_date(last) < monday


def gather_digest(session: Session, *, clinic_id: UUID, since: datetime) -> Digest:
    """What came in since then, and what waits for somebody now; a fixed number of queries."""
    digest, today = Digest(), clock.today()
    for row in session.execute(_requests(), {"clinic_id": clinic_id, "since": since}):
        entry, stage = Entry(row.vendor_name, submission_link(row.id)), stage_of(row)
        if row.submitted_at is not None and row.submitted_at >= since:
            digest.arrived.append(entry)
        if stage is Stage.DECLINED and row.declined_at >= since:
            digest.declined.append(entry)
        elif stage is Stage.SUBMITTED:
            digest.to_review.append(entry)
        elif stage in ANSWERABLE and row.due_on < today:
            digest.overdue.append(entry)
    for one in list_open_questions(session, clinic_id=clinic_id):
        entry = Entry(f"{one.vendor_name} {one.number}".rstrip(), thread_link(one.submission_id, one.item_key))
        (digest.to_answer if one.waits_for_clinic else digest.unanswered).append(entry)
    now = clock.now()
    digest.to_remind = [
        Entry(plan.vendor_name, submission_link(plan.submission_id))
        for plan in list_plans(session, clinic_id=clinic_id)
        if plan.silence in UNREACHED and plan.at is not None and plan.at <= now
    ]
    digest.bounced = [Entry(email) for email in sorted(list_flags(session, clinic_id=clinic_id))]
    return digest


def send_digest(session: Session, *, clinic_id: UUID) -> int:
    """Mail this week's digest to the members who want it, once a week; says to how many."""
    routine = get_routine(session, clinic_id=clinic_id)
    session.refresh(routine, with_for_update=True)
    now = clock.now()
    if not is_digest_due(routine.digested_at, now):
        return 0
    digest = gather_digest(session, clinic_id=clinic_id, since=routine.digested_at or now - WEEK)
    routine.digested_at = now
    session.add(routine)
    if digest.is_empty:
        return 0
    clinic = session.get_one(Clinic, clinic_id)
    readers = session.execute(_readers(), {"clinic_id": clinic_id}).all()
    for reader in readers:
        portal_messages.post_weekly_digest(
            session,
            clinic=clinic,
            to=reader,
            **{one.name: [entry._asdict() for entry in getattr(digest, one.name)] for one in fields(digest)},
        )
    return len(readers)


@cache
def _requests() -> sa.Select[*tuple[Any, ...]]:
    """Requests that wait for somebody, and those that ended within the week."""
    moments = ("sent_at", "opened_at", "started_at", "submitted_at", "returned_at", "accepted_at", "declined_at")
    since: sa.BindParameter[datetime] = sa.bindparam("since")
    return (
        sa.select(
            col(Submission.id),
            col(Submission.due_on),
            *(col(getattr(Submission, name)) for name in (*moments, "withdrawn_at")),
            col(Vendor.name).label("vendor_name"),
        )
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .where(
            col(Submission.clinic_id) == sa.bindparam("clinic_id"),
            col(Submission.withdrawn_at).is_(None),
            sa.or_(col(Submission.accepted_at).is_(None), col(Submission.submitted_at) >= since),
            sa.or_(col(Submission.declined_at).is_(None), col(Submission.declined_at) >= since),
        )
        .order_by(col(Submission.due_on), col(Vendor.name))
    )


@cache
def _readers() -> sa.Select[str, str, str]:
    return (
        sa.select(col(Member.email), col(Member.name), col(Member.language))
        .join(Membership, col(Membership.member_id) == col(Member.id))
        .where(
            col(Membership.clinic_id) == sa.bindparam("clinic_id"),
            col(Membership.removed_at).is_(None),
            col(Member.wants_weekly_digest).is_(True),
        )
        .order_by(col(Membership.created_at))
    )
