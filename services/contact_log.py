"""The contact log of a request: calls, mails, faxes, letters and visits; lines are corrected, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, select

from models import ContactEntry, ContactWay, Submission
from services import clock
from services.history import record
from services.refusals import EditedMeanwhile, NotFound, refuse_if


@dataclass(frozen=True, slots=True)
class Contact:
    """What is noted of one contact."""

    way: ContactWay
    is_from_vendor: bool
    happened_on: date
    person: str
    note: str


@dataclass(frozen=True, slots=True)
class LoggedContact:
    """A line that holds, with those it replaced, the newest first."""

    entry: ContactEntry
    former: tuple[ContactEntry, ...] = ()


def get_entry(session: Session, *, submission: Submission, entry_id: UUID) -> ContactEntry:
    """One line of a request's log; raises NotFound."""
    statement = select(ContactEntry).where(
        ContactEntry.id == entry_id,
        ContactEntry.submission_id == submission.id,
        ContactEntry.clinic_id == submission.clinic_id,
    )
    entry = session.exec(statement).first()
    if entry is None:
        raise NotFound
    return entry


def list_contacts(session: Session, *, submission: Submission) -> list[LoggedContact]:
    """The lines that hold, the newest contact first, each with what it replaced."""
    statement = select(ContactEntry).where(
        ContactEntry.submission_id == submission.id, ContactEntry.clinic_id == submission.clinic_id
    )
    return arrange_entries(session.exec(statement).all())


def arrange_entries(entries: Iterable[ContactEntry]) -> list[LoggedContact]:
    """Lines in any order, as `list_contacts` shows them."""
    known = {entry.id: entry for entry in entries}
    holding = [entry for entry in known.values() if entry.replaced_at is None]
    holding.sort(key=lambda entry: (entry.happened_on, entry.recorded_at), reverse=True)
    return [LoggedContact(entry, _former_of(entry, known)) for entry in holding]


def add_entry(session: Session, *, submission: Submission, contact: Contact, recorded_by: str) -> ContactEntry:
    """Note one contact."""
    entry = _write(session, submission, contact, recorded_by)
    _record(session, "contact_entry.added", entry)
    return entry


def correct_entry(
    session: Session, *, submission: Submission, entry: ContactEntry, contact: Contact, recorded_by: str
) -> ContactEntry:
    """Write a line anew; the former stays on record. Raises EditedMeanwhile where somebody corrected it already."""
    session.refresh(entry, with_for_update=True)
    refuse_if(entry.replaced_at is not None, EditedMeanwhile())
    entry.replaced_at = clock.now()
    session.add(entry)
    corrected = _write(session, submission, contact, recorded_by, replaces_id=entry.id)
    _record(session, "contact_entry.corrected", corrected)
    return corrected


def _former_of(entry: ContactEntry, known: dict[UUID, ContactEntry]) -> tuple[ContactEntry, ...]:
    former: list[ContactEntry] = []
    before = entry.replaces_id
    while before in known:
        former.append(known[before])
        before = known[before].replaces_id
    return tuple(former)


def _write(
    session: Session, submission: Submission, contact: Contact, recorded_by: str, *, replaces_id: UUID | None = None
) -> ContactEntry:
    entry = ContactEntry(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        way=contact.way,
        is_from_vendor=contact.is_from_vendor,
        happened_on=contact.happened_on,
        person=contact.person,
        note=contact.note,
        recorded_by=recorded_by,
        recorded_at=clock.now(),
        replaces_id=replaces_id,
    )
    session.add(entry)
    session.flush()
    return entry


def _record(session: Session, verb: str, entry: ContactEntry) -> None:
    record(
        session,
        verb,
        clinic_id=entry.clinic_id,
        subject=("contact_entry", entry.id),
        submission_id=entry.submission_id,
        way=entry.way.value,
        happened_on=entry.happened_on.isoformat(),
    )
