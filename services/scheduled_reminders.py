"""Scheduled reminders: whose turn it is, why somebody is left out, and the sending, each request for itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    ANSWERABLE,
    MAILED,
    Clinic,
    Invitation,
    Mail,
    ReminderPause,
    Routine,
    Submission,
    Vendor,
    stage_of,
)
from services import clock
from services.asking_again import propose_words
from services.bounces import list_flags
from services.holders import HELD_SINCE
from services.invitations import refuse_over_cap
from services.link_states import REQUESTS
from services.reminder_plans import Written, next_reminder
from services.request_mails import mail_request
from services.routines import get_routine, rhythm_of
from services.submissions import get_submission
from settings import get_settings


class Silence(StrEnum):
    """Why the portal does not remind a vendor that has not answered."""

    OFF = "off"
    PAUSED = "paused"
    NO_ADDRESS = "no_address"
    UNDELIVERED = "undelivered"
    NO_SERVER = "no_server"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the portal will do about a request that waits for its vendor.

    `at` is the next morning the rhythm asks for, whether or not something keeps the portal silent then.
    """

    submission_id: UUID
    vendor_name: str
    email: str
    name: str
    at: datetime | None
    silence: Silence | None

    @property
    def goes_out_at(self) -> datetime | None:
        """When a reminder is sent; None where none is."""
        return None if self.silence else self.at

    @property
    def switch(self) -> str:
        """What a person may do about it: "pause", "resume", or nothing."""
        if self.silence is Silence.PAUSED:
            return "resume"
        return "" if self.silence else "pause"


class _Facts(NamedTuple):
    """What is known about a request after reading all of its links."""

    request: Any
    last: Written
    address: Any


def list_plans(session: Session, *, clinic_id: UUID, submission_id: UUID | None = None) -> list[Plan]:
    """A plan for every request that waits for its vendor, in four queries; or for the one that is asked for."""
    asked = {"clinic_id": clinic_id, "submission_id": submission_id}
    requests = {}
    for row in session.execute(_waiting(of_one=submission_id is not None), asked):
        if stage_of(row) in ANSWERABLE:
            requests[row.id] = row
    routine, now = get_routine(session, clinic_id=clinic_id), clock.now()
    facts: dict[UUID, _Facts] = {}
    for link in session.execute(_links(), {"clinic_id": clinic_id, "ids": list(requests)}):
        known = facts.get(link.submission_id)
        is_address = link.channel in MAILED and link.revoked_at is None and link.replaced_at is None
        written = Written(link.created_at, by_hand=not link.is_automatic)
        facts[link.submission_id] = _Facts(
            request=requests[link.submission_id],
            last=max(known.last, written, key=lambda one: one.at) if known else written,
            address=link if is_address else known.address if known else None,
        )
    flagged = list_flags(session, clinic_id=clinic_id).keys() if facts else set()
    plans = [_plan(found, routine, flagged, now) for found in facts.values()]
    return sorted(plans, key=lambda plan: (plan.vendor_name, str(plan.submission_id)))


def find_plan(session: Session, *, submission: Submission) -> Plan | None:
    """The plan for one request; None where it does not wait for its vendor."""
    found = list_plans(session, clinic_id=submission.clinic_id, submission_id=submission.id)
    return found[0] if found else None


def remind_on_schedule(session: Session, *, clinic_id: UUID, submission_id: UUID) -> Invitation | None:
    """Send the reminder that is due now; None where it no longer is, however often this is called.

    Raises CapReached.
    """
    submission = get_submission(session, clinic_id=clinic_id, submission_id=submission_id)
    session.refresh(submission, with_for_update=True)
    plan = find_plan(session, submission=submission)
    if plan is None or plan.goes_out_at is None or plan.goes_out_at > clock.now():
        return None
    clinic = session.get_one(Clinic, clinic_id)
    refuse_over_cap(session, clinic=clinic, member_id=submission.created_by, wanted=1, is_bulk=True)
    adds_words = get_routine(session, clinic_id=clinic_id).adds_words
    sent = mail_request(
        session,
        submission=submission,
        email=plan.email,
        name=plan.name,
        sent_by=submission.created_by,
        is_reminder=True,
        words=propose_words(session, submission=submission) if adds_words else "",
    )
    sent.is_automatic = True
    session.add(sent)
    return sent


def _plan(facts: _Facts, routine: Routine, flagged: Collection[str], now: datetime) -> Plan:
    request, address = facts.request, facts.address
    at = next_reminder(request.due_on, rhythm_of(routine), facts.last, now)
    return Plan(
        submission_id=request.id,
        vendor_name=request.vendor_name,
        email=address.email if address else "",
        name=address.name if address else "",
        at=at,
        silence=_find_silence(facts, routine, flagged, at),
    )


def _find_silence(facts: _Facts, routine: Routine, flagged: Collection[str], at: datetime | None) -> Silence | None:
    if not routine.reminds:
        return Silence.OFF
    if facts.request.paused_at is not None:
        return Silence.PAUSED
    if at is None:
        return Silence.OVER
    if facts.address is None:
        return Silence.NO_ADDRESS
    if not get_settings().smtp_host:
        return Silence.NO_SERVER
    did_not_arrive = facts.address.failed_at is not None or facts.address.email.lower() in flagged
    return Silence.UNDELIVERED if did_not_arrive else None


@cache
def _waiting(*, of_one: bool) -> sa.Select[*tuple[Any, ...]]:
    """Requests that were sent and may wait for their vendor; which of them do, their stage tells."""
    moments = ("sent_at", "opened_at", "started_at", "submitted_at", "returned_at", "accepted_at", "declined_at")
    statement = (
        sa.select(
            col(Submission.id),
            col(Submission.due_on),
            *(col(getattr(Submission, name)) for name in (*moments, "withdrawn_at")),
            col(Vendor.name).label("vendor_name"),
            col(ReminderPause.paused_at),
        )
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .join(ReminderPause, col(ReminderPause.submission_id) == col(Submission.id), isouter=True)
        .where(
            col(Submission.clinic_id) == sa.bindparam("clinic_id"),
            col(Submission.sent_at).is_not(None),
            col(Submission.withdrawn_at).is_(None),
            col(Submission.declined_at).is_(None),
            col(Submission.accepted_at).is_(None),
        )
    )
    return statement.where(col(Submission.id) == sa.bindparam("submission_id")) if of_one else statement


@cache
def _links() -> sa.Select[*tuple[Any, ...]]:
    """All links to the whole of these requests with how their mail ended; whoever has the form in hand comes last."""
    of_mail = sa.and_(col(Mail.invitation_id) == col(Invitation.id), col(Mail.kind).in_(REQUESTS))
    return (
        sa.select(
            col(Invitation.submission_id),
            col(Invitation.channel),
            col(Invitation.email),
            col(Invitation.name),
            col(Invitation.created_at),
            col(Invitation.is_automatic),
            col(Invitation.revoked_at),
            col(Invitation.replaced_at),
            col(Mail.failed_at),
        )
        .join(Mail, of_mail, isouter=True)
        .where(
            col(Invitation.clinic_id) == sa.bindparam("clinic_id"),
            col(Invitation.submission_id).in_(sa.bindparam("ids", expanding=True)),
            col(Invitation.section_keys).is_(None),
        )
        .order_by(HELD_SINCE, col(Invitation.created_at))
    )
