"""What happened with the requests of a clinic over all vendors, as lists to take along: of one year or of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from models import (
    ContactEntry,
    Invitation,
    LetterBatch,
    LetterOrder,
    Member,
    Message,
    Note,
    Outcome,
    Revision,
    Side,
    Submission,
    Thread,
    Transcript,
    Vendor,
)
from services import editions
from services.languages import language

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """A row with the request it belongs to."""

    row: Row
    submission_id: UUID
    vendor_name: str
    fiscal_year: int


@dataclass(frozen=True, slots=True)
class Said:
    """A message or a note; `side` is None for a note, which only the clinic reads."""

    submission_id: UUID
    vendor_name: str
    fiscal_year: int
    item_number: str
    item_label: str
    side: Side | None
    author: str
    text: str
    written_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TypedIn:
    """That the clinic typed answers in: as which version, from what."""

    listed: Listed[Transcript]
    number: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that was made, with what became of its link."""

    submission_id: UUID
    vendor_name: str
    fiscal_year: int
    postal_code: str
    address: str
    name: str
    ordered_by: str
    ordered_at: datetime
    made_at: datetime | None
    expires_at: datetime | None
    opened_at: datetime | None
    revoked_at: datetime | None
    replaced_at: datetime | None


def list_outcomes(session: Session, *, clinic_id: UUID, fiscal_year: int | None = None) -> list[Listed[Outcome]]:
    """How requests ended without an answer, the oldest first; what no longer holds is among them."""
    return _list(session, Outcome, col(Outcome.recorded_at), clinic_id, fiscal_year)


def list_contacts(session: Session, *, clinic_id: UUID, fiscal_year: int | None = None) -> list[Listed[ContactEntry]]:
    """Calls, mails, faxes, letters and visits, the oldest first; what was corrected is among them."""
    return _list(session, ContactEntry, col(ContactEntry.happened_on), clinic_id, fiscal_year)


def list_typed_in(session: Session, *, clinic_id: UUID, fiscal_year: int | None = None) -> list[TypedIn]:
    """Which versions the clinic typed in for vendors, the oldest first."""
    found = _list(session, Transcript, col(Transcript.submitted_at), clinic_id, fiscal_year)
    rows = session.execute(
        sa.select(col(Revision.id), col(Revision.number)).where(col(Revision.clinic_id) == clinic_id)
    )
    numbers: dict[UUID, int] = {row.id: row.number for row in rows}
    return [TypedIn(one, numbers[one.row.revision_id]) for one in found if one.row.revision_id]


def list_said(session: Session, *, clinic_id: UUID, fiscal_year: int | None = None) -> list[Said]:
    """Every message between clinic and vendor and every note of the clinic's own, the oldest first."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Message, Thread, col(Submission.id), col(Submission.fiscal_year), col(Vendor.name))
        .join(Thread, col(Thread.id) == col(Message.thread_id))
        .join(Submission, col(Submission.id) == col(Thread.submission_id))
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .where(col(Message.clinic_id) == clinic_id, *_of_year(fiscal_year))
    )
    notes = _list(session, Note, col(Note.created_at), clinic_id, fiscal_year)
    rows = session.execute(statement).all()
    items = _name_items(session, {*(row[2] for row in rows), *(one.submission_id for one in notes)})
    unknown = ("", "")
    said = [
        Said(
            submission_id,
            vendor_name,
            year,
            *items.get((submission_id, thread.item_key), unknown),
            side=message.side,
            author=message.author,
            text=message.text,
            written_at=message.created_at,
            closed_at=thread.closed_at,
        )
        for message, thread, submission_id, year, vendor_name in rows
    ]
    said += [
        Said(
            one.submission_id,
            one.vendor_name,
            one.fiscal_year,
            *items.get((one.submission_id, one.row.item_key), unknown),
            side=None,
            author=one.row.author,
            text=one.row.text,
            written_at=one.row.created_at,
            closed_at=None,
        )
        for one in notes
    ]
    return sorted(said, key=lambda one: one.written_at)


def list_letters(session: Session, *, clinic_id: UUID, fiscal_year: int | None = None) -> list[Letter]:
    """Every letter that was ordered, the newest first."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(LetterOrder.submission_id),
            col(Vendor.name).label("vendor_name"),
            col(Submission.fiscal_year),
            col(Vendor.postal_code),
            col(Vendor.address),
            col(LetterOrder.name),
            col(Member.name).label("ordered_by"),
            col(LetterBatch.ordered_at),
            col(LetterBatch.made_at),
            *(col(getattr(Invitation, name)) for name in ("expires_at", "opened_at", "revoked_at", "replaced_at")),
        )
        .join(LetterBatch, col(LetterBatch.id) == col(LetterOrder.batch_id))
        .join(Submission, col(Submission.id) == col(LetterOrder.submission_id))
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .join(Member, col(Member.id) == col(LetterBatch.ordered_by))
        .join(Invitation, col(Invitation.id) == col(LetterOrder.invitation_id), isouter=True)
        .where(col(LetterOrder.clinic_id) == clinic_id, *_of_year(fiscal_year))
        .order_by(col(LetterBatch.ordered_at).desc(), col(Vendor.name))
    )
    return [Letter(*row) for row in session.execute(statement)]


def _list(
    session: Session, table: type[Row], order: Any, clinic_id: UUID, fiscal_year: int | None
) -> list[Listed[Row]]:
    of: Any = table
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(table, col(Submission.id), col(Vendor.name), col(Submission.fiscal_year))
        .join(Submission, col(Submission.id) == of.submission_id)
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .where(of.clinic_id == clinic_id, *_of_year(fiscal_year))
        .order_by(order, of.id)
    )
    return [Listed(*row) for row in session.execute(statement)]


def _of_year(fiscal_year: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if fiscal_year is None else [col(Submission.fiscal_year) == fiscal_year]


def _name_items(session: Session, submission_ids: set[UUID]) -> Mapping[tuple[UUID, str], tuple[str, str]]:
    """Number and label of each item of these requests, as their own forms have them."""
    asked = select(Submission.id, Submission.asked).where(col(Submission.id).in_(submission_ids))
    return {
        (submission_id, item.key): (item.number, item.label.in_language(language.get()))
        for submission_id, form in session.exec(asked)
        for item in editions.read_form(form).items
    }
