"""Secret addresses of calendars: one per member and clinic, made, renewed, stopped, opened by a program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import CalendarFeed, Clinic, Member, Membership
from services import clock
from services.history import record
from services.keys import digest_of, new_token, trace_of
from services.refusals import NotFound

LIFE: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """What an address leads to: whose calendar of which clinic, in which language."""

    feed_id: UUID
    clinic_id: UUID
    clinic_name: str
    language: str


def find_feed(session: Session, *, clinic_id: UUID, member_id: UUID) -> CalendarFeed | None:
    """The member's address that works now, if there is one; it is never shown again."""
    statement = select(CalendarFeed).where(*_works(clinic_id, member_id), CalendarFeed.expires_at > clock.now())
    return session.exec(statement.order_by(col(CalendarFeed.created_at).desc()).limit(1)).first()


def open_feed(session: Session, *, token: str) -> OpenFeed:
    """What an address leads to; raises NotFound for one that is unknown, stopped, expired, or of a member who left.

    Who left and came back needs a new address: the old one may be in somebody else's hands.
    """
    statement = (
        sa.select(col(CalendarFeed.id), col(Clinic.id), col(Clinic.name), col(Member.language))
        .join(Clinic, col(Clinic.id) == col(CalendarFeed.clinic_id))
        .join(Member, col(Member.id) == col(CalendarFeed.member_id))
        .join(
            Membership,
            sa.and_(
                col(Membership.clinic_id) == col(CalendarFeed.clinic_id),
                col(Membership.member_id) == col(CalendarFeed.member_id),
                col(Membership.removed_at).is_(None),
                col(Membership.created_at) <= col(CalendarFeed.created_at),
            ),
        )
        .where(
            col(CalendarFeed.token_hash) == digest_of(token),
            col(CalendarFeed.revoked_at).is_(None),
            col(CalendarFeed.expires_at) > clock.now(),
        )
    )
    found = session.execute(statement).first()
    if found is None:
        raise NotFound
    return OpenFeed(*found)


def make_feed(session: Session, *, clinic_id: UUID, member_id: UUID) -> str:
    """Make an address; the one before stops. Gives its token, in clear this one time."""
    stop_feed(session, clinic_id=clinic_id, member_id=member_id)
    token, moment = new_token(), clock.now()
    feed = CalendarFeed(
        clinic_id=clinic_id,
        member_id=member_id,
        token_hash=digest_of(token),
        created_at=moment,
        expires_at=moment + LIFE,
    )
    session.add(feed)
    session.flush()
    record(
        session,
        "member.calendar_made",
        clinic_id=clinic_id,
        subject=("calendar", feed.id),
        token=trace_of(feed.token_hash),
    )
    return token


def stop_feed(session: Session, *, clinic_id: UUID, member_id: UUID) -> None:
    """Let the member's address work no more."""
    for feed in session.exec(select(CalendarFeed).where(*_works(clinic_id, member_id))):
        feed.revoked_at = clock.now()
        session.add(feed)
        record(
            session,
            "member.calendar_stopped",
            clinic_id=clinic_id,
            subject=("calendar", feed.id),
            token=trace_of(feed.token_hash),
        )


def _works(clinic_id: UUID, member_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(CalendarFeed.clinic_id) == clinic_id,
        col(CalendarFeed.member_id) == member_id,
        col(CalendarFeed.revoked_at).is_(None),
    )
