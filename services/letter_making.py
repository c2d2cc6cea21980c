"""Making letters: set in portions by the typesetter, joined to one PDF, and only then do their codes work."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from models import LetterBatch, LetterOrder, Member, Submission
from models.database import Database
from services import clock, storage
from services.history import Actor, act_as, record
from services.jobs import enqueue, job
from services.kept_files import keep_content
from services.letter_contents import expiry_of_letter, read_letters
from services.letter_links import LetterSecrets, issue_letter, make_secrets
from services.refusals import DiskFull, StorageUnavailable
from services.reminders import can_be_sent
from services.reports.joining import join_pdfs
from services.reports.letter import Letter, render_letters
from services.reports.typesetting import PaperNotMade
from settings import get_settings

log = structlog.get_logger(__name__)

PORTION: Final = 50
"""Letters set at once: more are no quicker, and each needs 3 MB of the typesetter's memory."""

KEPT: Final = timedelta(hours=24)
LOST_AFTER: Final = timedelta(minutes=10)


class AlreadyMade(Exception):
    """Another run of the same job was quicker."""


@job()
def make_letters(database: Database, batch_id: str) -> None:
    """Make the letters of a batch, if they are still to be made. A second run starts anew, with other secrets."""
    with database.open_reader() as session:
        batch = session.get_one(LetterBatch, UUID(batch_id))
        if not batch.is_under_way:
            return
        orders = session.exec(select(LetterOrder.submission_id).where(LetterOrder.batch_id == batch.id)).all()
        secrets = {submission_id: make_secrets() for submission_id in orders}
        letters = read_letters(session, batch=batch, secrets=secrets)
    try:
        pdf = _set_letters(database, batch, letters)
        stored = keep_content(pdf)
    except (PaperNotMade, StorageUnavailable, DiskFull) as failure:
        log.warning("letters.not_made", batch=batch_id, why=str(failure))
        _note_failure(database, batch.id)
        return
    _issue(database, batch.id, secrets, stored)


def enqueue_lost_letters(database: Database) -> None:
    """Enqueue letters again whose job is nowhere; a job looks first whether its work is done."""
    lost = sa.select(col(LetterBatch.id)).where(
        col(LetterBatch.made_at).is_(None),
        col(LetterBatch.failed_at).is_(None),
        col(LetterBatch.ordered_at) <= clock.now() - LOST_AFTER,
    )
    with database.open_reader() as session:
        batch_ids = session.execute(lost).scalars().all()
    if batch_ids:
        with database.open_writer() as session:
            for batch_id in batch_ids:
                enqueue(session, make_letters, str(batch_id))
            session.commit()


def _set_letters(database: Database, batch: LetterBatch, letters: list[Letter]) -> bytes:
    """The PDF; after each portion the number of letters that are done is written down for whoever waits."""
    portions = []
    for start in range(0, len(letters), PORTION):
        portions.append(render_letters(letters[start : start + PORTION], made_at=batch.ordered_at))
        done = min(start + PORTION, len(letters))
        with database.open_writer() as session:
            session.execute(sa.update(LetterBatch).where(col(LetterBatch.id) == batch.id).values(done_count=done))
            session.commit()
    return join_pdfs(portions)


def _issue(database: Database, batch_id: UUID, secrets: dict[UUID, LetterSecrets], stored: storage.StoredFile) -> None:
    """One transaction makes the PDF and all its codes known, or neither."""
    try:
        with database.open_writer() as session:
            batch = session.get_one(LetterBatch, batch_id, with_for_update=True)
            if not batch.is_under_way:
                raise AlreadyMade
            act_as(session, Actor("member", str(batch.ordered_by), session.get_one(Member, batch.ordered_by).name))
            _issue_all(session, batch, secrets)
            batch.storage_key, batch.size, batch.sha256 = stored.key, stored.size, stored.sha256
            batch.made_at = clock.now()
            batch.expires_at = batch.made_at + KEPT
            session.add(batch)
            session.commit()
    except AlreadyMade:
        storage.delete_file(get_settings().files_folder, stored.key)
    except Exception:
        storage.delete_file(get_settings().files_folder, stored.key)
        raise


def _issue_all(session: Session, batch: LetterBatch, secrets: dict[UUID, LetterSecrets]) -> None:
    """A vendor that has answered while the letters were set gets no code: its letter stands in the PDF unused."""
    for order in session.exec(select(LetterOrder).where(LetterOrder.batch_id == batch.id)):
        submission = session.get_one(Submission, order.submission_id, with_for_update=True)
        if can_be_sent(submission):
            invitation = issue_letter(
                session,
                submission=submission,
                secrets=secrets[submission.id],
                name=order.name,
                issued_by=batch.ordered_by,
                expires_at=expiry_of_letter(submission.due_on),
            )
            order.invitation_id = invitation.id
            session.add(order)


def _note_failure(database: Database, batch_id: UUID) -> None:
    with database.open_writer() as session:
        batch = session.get_one(LetterBatch, batch_id)
        batch.failed_at = clock.now()
        session.add(batch)
        record(
            session,
            "letters.failed",
            clinic_id=batch.clinic_id,
            subject=("letter_batch", batch.id),
            count=batch.letter_count,
        )
        session.commit()
