"""Letters: ordered for one request or for many, made by a job as one PDF in address order, kept for a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import ANSWERABLE, Channel, Clinic, Contact, Invitation, LetterBatch, LetterOrder, Stage, Submission, Vendor
from services import clock, storage
from services.history import record
from services.jobs import enqueue
from services.kept_files import check_kept, delete_after_commit
from services.letter_contents import address_order
from services.letter_making import make_letters
from services.progress import Line, list_progress
from services.refusals import NotFound, refuse_if
from services.reminders import can_be_sent
from services.submission_refusals import NotWaiting, TooManyLetters
from services.submissions import get_submission
from settings import get_settings

MOST_LETTERS: Final = 500


@dataclass(frozen=True, slots=True)
class WantedLetter:
    """One letter to be made."""

    submission_id: UUID
    name: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A request that a letter can be made for."""

    line: Line
    postal_code: str
    address: str
    name: str
    message: str
    has_email: bool
    letter_at: datetime | None

    @property
    def is_due(self) -> bool:
        """Whether a letter is the way to go: there is no e-mail address, and none was made yet."""
        return not self.has_email and self.letter_at is None


@dataclass(frozen=True, slots=True)
class OrderedLetter:
    """A letter of a batch, as the page of the batch shows it."""

    submission_id: UUID
    vendor_id: UUID
    vendor_name: str
    postal_code: str
    address: str
    name: str
    invitation_id: UUID | None


def get_batch(session: Session, *, clinic_id: UUID, batch_id: UUID) -> LetterBatch:
    """Letters of this clinic; raises NotFound for foreign ones as for some that never were."""
    statement = select(LetterBatch).where(LetterBatch.id == batch_id, LetterBatch.clinic_id == clinic_id)
    batch = session.exec(statement).first()
    if batch is None:
        raise NotFound
    return batch


def list_batches(session: Session, *, clinic_id: UUID, limit: int = 20) -> list[LetterBatch]:
    """The letters made last, the newest first."""
    statement = select(LetterBatch).where(LetterBatch.clinic_id == clinic_id)
    return list(session.exec(statement.order_by(col(LetterBatch.ordered_at).desc()).limit(limit)))


def list_ordered(session: Session, *, batch: LetterBatch) -> list[OrderedLetter]:
    """The letters of a batch as they lie in its PDF."""
    columns = {
        "submission_id": col(LetterOrder.submission_id),
        "vendor_id": col(Vendor.id),
        "vendor_name": col(Vendor.name),
        "postal_code": col(Vendor.postal_code),
        "address": col(Vendor.address),
        "name": col(LetterOrder.name),
        "invitation_id": col(LetterOrder.invitation_id),
    }
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(*(column.label(name) for name, column in columns.items()))
        .join(Submission, col(Submission.id) == col(LetterOrder.submission_id))
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .where(col(LetterOrder.batch_id) == batch.id, col(LetterOrder.clinic_id) == batch.clinic_id)
    )
    found = [OrderedLetter(**row._mapping) for row in session.execute(statement)]
    return sorted(found, key=lambda one: address_order(one.postal_code, one.address, one.vendor_name))


def list_letter_lines(session: Session, *, clinic_id: UUID, fiscal_year: int) -> list[LetterLine]:
    """Every request of the year whose vendor has not answered, in address order, in a fixed number of queries."""
    lines = {
        line.id: line
        for line in list_progress(session, clinic_id=clinic_id, fiscal_year=fiscal_year)
        if line.stage in ANSWERABLE | {Stage.DRAFT}
    }
    made = _last_letters(session, clinic_id)
    found = [
        LetterLine(
            lines[row.id],
            row.postal_code,
            row.address,
            row.contact or "",
            row.message,
            bool(row.email),
            made.get(row.id),
        )
        for row in session.execute(_addresses(clinic_id, fiscal_year))
        if row.id in lines
    ]
    return sorted(found, key=lambda one: address_order(one.postal_code, one.address, one.line.vendor_name))


def order_letters(session: Session, *, clinic: Clinic, member_id: UUID, wanted: Sequence[WantedLetter]) -> LetterBatch:
    """Have letters made after this transaction; each gets a new link, and the one of its former letter stops.

    Raises NotFound for a foreign request, NotWaiting where a vendor has answered meanwhile, and TooManyLetters.
    """
    refuse_if(len(wanted) > MOST_LETTERS, TooManyLetters(limit=MOST_LETTERS))
    asked = [get_submission(session, clinic_id=clinic.id, submission_id=one.submission_id) for one in wanted]
    refuse_if(not asked or not all(map(can_be_sent, asked)), NotWaiting())
    batch = LetterBatch(
        clinic_id=clinic.id,
        fiscal_year=asked[0].fiscal_year,
        letter_count=len(wanted),
        ordered_by=member_id,
        ordered_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    session.add_all(
        LetterOrder(
            batch_id=batch.id,
            submission_id=one.submission_id,
            clinic_id=clinic.id,
            name=one.name,
            message=one.message,
        )
        for one in wanted
    )
    session.flush()
    _record(session, "letters.ordered", batch)
    enqueue(session, make_letters, str(batch.id))
    return batch


def remove_letters(session: Session, *, batch: LetterBatch) -> None:
    """Remove the PDF with its codes, because it was printed or its day is over; the letters go on working."""
    if batch.is_here:
        delete_after_commit(session, key=batch.storage_key)
        batch.removed_at = clock.now()
        session.add(batch)
        _record(session, "letters.removed", batch)


def check_letters(batch: LetterBatch) -> None:
    """Raise NotFound where the PDF is not there (any more), StorageUnavailable where it cannot be opened."""
    refuse_if(not batch.is_here, NotFound())
    check_kept(batch.storage_key)


def list_expired(session: Session) -> list[LetterBatch]:
    """Every PDF whose day is over and that is still here."""
    statement = select(LetterBatch).where(
        col(LetterBatch.removed_at).is_(None), col(LetterBatch.expires_at) <= clock.now()
    )
    return list(session.exec(statement))


def open_letters(batch: LetterBatch) -> Iterator[bytes]:
    """The PDF in pieces, after `check_letters`."""
    return storage.open_file(get_settings().files_folder, batch.storage_key, sha256=batch.sha256)


def remove_expired(session: Session) -> int:
    """Remove them; says how many."""
    expired = list_expired(session)
    for batch in expired:
        remove_letters(session, batch=batch)
    return len(expired)


def _last_letters(session: Session, clinic_id: UUID) -> dict[UUID, datetime]:
    statement = sa.select(col(Invitation.submission_id), sa.func.max(col(Invitation.created_at))).where(
        col(Invitation.clinic_id) == clinic_id, col(Invitation.channel) == Channel.LETTER
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(col(Invitation.submission_id)))}


def _addresses(clinic_id: UUID, fiscal_year: int) -> sa.Select[*tuple[Any, ...]]:
    is_main = sa.and_(
        col(Contact.vendor_id) == col(Vendor.id), col(Contact.is_main), col(Contact.archived_at).is_(None)
    )
    return (
        sa.select(
            col(Submission.id),
            col(Submission.message),
            col(Vendor.postal_code),
            col(Vendor.address),
            col(Contact.name).label("contact"),
            col(Contact.email),
        )
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .join(Contact, is_main, isouter=True)
        .where(col(Submission.clinic_id) == clinic_id, col(Submission.fiscal_year) == fiscal_year)
    )


def _record(session: Session, verb: str, batch: LetterBatch) -> None:
    record(
        session,
        verb,
        clinic_id=batch.clinic_id,
        subject=("letter_batch", batch.id),
        count=batch.letter_count,
    )
