"""What the log shows: a clinic's deeds by kind, newest first, and what those they concern are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Contact, Document, Event, Submission, System, Vendor
from services.history import Break, record

KINDS: Final = {
    "requests": (
        *("submission", "submissions", "invitation", "letters", "answer", "reminders", "desk"),
        *("thread", "note", "contact_entry", "transcript", "record"),
    ),
    "documents": ("document", "form"),
    "ledger": ("system", "systems", "vendor", "vendors", "contact", "import"),
    "assessment": ("assessment",),
    "mails": ("mail", "address"),
    "members": ("member", "group", "sign_in", "password", "second_factor", "portal"),
    "clinic": ("clinic", "edition", "log", "routine", "token", "webhook"),
}
"""The kinds that the log can be narrowed to, each with the nouns its verbs begin with."""

MOST_PLACES: Final = 20
MOST_VALUES: Final = 500


@dataclass(frozen=True, slots=True)
class DeedPage:
    """One page of the log, and the sequence numbers from which the pages beside it go on."""

    events: list[Event]
    older: int | None
    newer: int | None


def list_deeds(
    session: Session,
    *,
    clinic_id: UUID,
    kind: str = "",
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> DeedPage:
    """The newest deeds of a kind; those older than `before`, or the first ones newer than `after`."""
    statement = _of_kind(select(Event).where(Event.chain_id == clinic_id), kind)
    if after is not None:
        statement = statement.where(col(Event.sequence) > after).order_by(col(Event.sequence)).limit(limit)
        events = list(reversed(session.exec(statement).all()))
    else:
        if before is not None:
            statement = statement.where(col(Event.sequence) < before)
        events = list(session.exec(statement.order_by(col(Event.sequence).desc()).limit(limit)))
    if not events:
        return DeedPage(events, older=None, newer=None)
    ends = select(sa.func.min(Event.sequence), sa.func.max(Event.sequence)).where(Event.chain_id == clinic_id)
    oldest, newest = session.exec(_of_kind(ends, kind)).one()
    first, last = events[0].sequence, events[-1].sequence
    return DeedPage(events, older=last if oldest < last else None, newer=first if newest > first else None)


def list_all_deeds(session: Session, *, clinic_id: UUID, kind: str = "") -> list[Event]:
    """Every deed of a kind, oldest first, to be taken away."""
    statement = _of_kind(select(Event).where(Event.chain_id == clinic_id), kind)
    return list(session.exec(statement.order_by(col(Event.sequence))))


def list_newest_deeds(session: Session, *, clinic_id: UUID, most: int) -> list[Event]:
    """The newest deeds of every kind, oldest first."""
    statement = select(Event).where(Event.chain_id == clinic_id).order_by(col(Event.sequence).desc()).limit(most)
    return list(reversed(session.exec(statement).all()))


def _of_kind(statement: Any, kind: str) -> Any:
    nouns = KINDS.get(kind)
    if nouns is None:
        return statement
    return statement.where(sa.or_(*(col(Event.verb).startswith(f"{noun}.", autoescape=True) for noun in nouns)))


def name_subjects(session: Session, *, clinic_id: UUID, events: Sequence[Event]) -> dict[str, str]:
    """What the vendors, systems, contacts and documents in these deeds are called now, by their ids.

    A request is called by its vendor.
    """
    names: dict[str, str] = {}
    for kind, table, name in (
        ("vendor", Vendor, Vendor.name),
        ("system", System, System.name),
        ("contact", Contact, Contact.name),
        ("document", Document, Document.file_name),
    ):
        wanted = _ids(event.subject_id for event in events if event.subject_kind == kind)
        if wanted:
            statement = sa.select(col(table.id), col(name)).where(col(table.clinic_id) == clinic_id)
            names.update(_narrowed(session, statement, col(table.id), wanted))
    submission_ids = {event.submission_id for event in events if event.submission_id}
    if submission_ids:
        vendors = (
            sa.select(col(Submission.id), col(Vendor.name))
            .join(Vendor, sa.and_(col(Vendor.id) == col(Submission.vendor_id), col(Vendor.clinic_id) == clinic_id))
            .where(col(Submission.clinic_id) == clinic_id)
        )
        names.update(_narrowed(session, vendors, col(Submission.id), submission_ids))
    return names


def _narrowed(session: Session, statement: Any, identity: Any, wanted: set[UUID]) -> dict[str, str]:
    # A database takes only so many values in one statement; a clinic has fewer rows than would matter then.
    narrow = statement.where(identity.in_(wanted)) if len(wanted) <= MOST_VALUES else statement
    return {str(found): text for found, text in session.execute(narrow)}


def _ids(texts: Iterable[str]) -> set[UUID]:
    return {UUID(text) for text in texts if text}


def last_check(session: Session, *, clinic_id: UUID) -> Event | None:
    """When the chain was last checked, by whom, and what was found."""
    statement = select(Event).where(Event.chain_id == clinic_id, Event.verb == "log.checked")
    return session.exec(statement.order_by(col(Event.sequence).desc()).limit(1)).first()


def record_check(session: Session, *, clinic_id: UUID, breaks: Sequence[Break]) -> None:
    """Note that the chain was checked, and the first places where it is not as it was written."""
    places = [[found.sequence, found.what] for found in breaks[:MOST_PLACES]]
    record(session, "log.checked", clinic_id=clinic_id, breaks=len(breaks), places=places)
