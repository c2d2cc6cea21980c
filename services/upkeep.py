"""What the portal does by itself every minute and every day: mails due, leftovers swept, chain heads put aside."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col

from models import (
    AccessCode,
    AddressChange,
    DeskCode,
    DeskPerson,
    DeskSession,
    Mail,
    MemberSession,
    PasswordReset,
    PendingSignIn,
    Throttle,
    VendorSession,
)
from models.database import Database
from services import clock, documents, export_orders, letters, storage, thread_digests
from services.export_making import enqueue_lost_exports
from services.form_samples import forget_samples, has_expired_samples
from services.heads import write_heads
from services.imports.drafts import forget_imports, has_expired_imports
from services.jobs import delete_finished_jobs, enqueue, job
from services.kept_replies import forget_replies
from services.letter_making import enqueue_lost_letters
from services.mail.delivery import enqueue_due_mails
from services.mail.portal_messages import post_heads
from services.rounds import enqueue_rounds
from services.webhook_delivery import enqueue_due
from services.webhooks import forget_deliveries
from settings import Settings, get_settings

log = structlog.get_logger(__name__)

DAY: Final = timedelta(days=1)
LEFTOVERS_AFTER: Final = timedelta(hours=6)
SESSIONS_KEPT: Final = 30 * DAY
FORGOTTEN_FILES_KEPT: Final = 30 * DAY
"""So long files lie that no row speaks of (taken back before submitting): a database may come back from a backup."""
DESK_PEOPLE_KEPT: Final = 800 * DAY
"""Whoever has not been at the desk for two fiscal years is no longer told of requests there."""
FAILED_TEXTS_KEPT: Final = 14 * DAY
FINISHED_JOBS_KEPT: Final = 3 * DAY


@job(schedule="* * * * *")
def keep_up(database: Database) -> None:
    """The round of every minute; a part that fails does not keep the others from their turn."""
    settings = get_settings()
    for part in (
        _deliver_due,
        _go_round,
        _sweep_uploads,
        _forget_imports,
        _forget_samples,
        _mind_letters,
        _mind_exports,
        _tell_of_messages,
        _do_once_a_day,
    ):
        try:
            part(database, settings)
        except Exception:
            log.exception("upkeep.failed", part=part.__name__.strip("_"))


@job()
def tidy_up(database: Database) -> None:
    """The round of every day."""
    with database.open_writer() as session:
        forget_spent(session)
        session.commit()
    sweep_files(database, get_settings())
    delete_finished_jobs(database, older_than=FINISHED_JOBS_KEPT)


def forget_spent(session: Session) -> None:
    """Delete codes, sessions and counts that can no longer matter, and texts of mails that failed for good."""
    moment = clock.now()
    life = timedelta(hours=get_settings().session_hours)
    for spent in (AccessCode, AddressChange, DeskCode, PasswordReset, PendingSignIn):
        session.execute(sa.delete(spent).where(col(spent.expires_at) < moment - DAY))
    for table in (MemberSession, VendorSession, DeskSession):
        over = sa.or_(col(table.ended_at) < moment, col(table.created_at) < moment - life)
        session.execute(sa.delete(table).where(over, col(table.created_at) < moment - SESSIONS_KEPT))
    session.execute(sa.delete(DeskPerson).where(col(DeskPerson.seen_at) < moment - DESK_PEOPLE_KEPT))
    forget_replies(session)
    forget_deliveries(session)
    session.execute(sa.delete(Throttle).where(col(Throttle.last_failed_at) < moment - 2 * DAY))
    session.execute(sa.update(Mail).where(col(Mail.failed_at) < moment - FAILED_TEXTS_KEPT).values(text="", html=""))


def sweep_files(database: Database, settings: Settings) -> None:
    """Remove the files for good that no row has spoken of for a month."""
    with database.open_reader() as session:
        known = documents.list_kept_keys(session)
    orphans = storage.list_orphans(settings.files_folder, known_keys=known, older_than=FORGOTTEN_FILES_KEPT)
    for key in orphans:
        storage.delete_file(settings.files_folder, key)
    if orphans:
        log.info("upkeep.files_swept", count=len(orphans))


def _deliver_due(database: Database, settings: Settings) -> None:
    enqueue_due_mails(database)
    enqueue_due(database)


def _go_round(database: Database, settings: Settings) -> None:
    enqueue_rounds(database)


def _tell_of_messages(database: Database, settings: Settings) -> None:
    """Nothing is written, nor the lock taken, while nobody has said anything."""
    with database.open_reader() as session:
        if not thread_digests.has_fresh(session):
            return
    with database.open_writer() as session:
        thread_digests.post_digests(session)
        session.commit()


def _sweep_uploads(database: Database, settings: Settings) -> None:
    swept = storage.sweep_incoming(settings.files_folder, older_than=LEFTOVERS_AFTER)
    if swept:
        log.info("upkeep.uploads_swept", count=swept)


def _forget_imports(database: Database, settings: Settings) -> None:
    with database.open_reader() as session:
        has_expired = has_expired_imports(session)
    if has_expired:
        with database.open_writer() as session:
            forget_imports(session)
            session.commit()


def _forget_samples(database: Database, settings: Settings) -> None:
    with database.open_reader() as session:
        has_expired = has_expired_samples(session)
    if has_expired:
        with database.open_writer() as session:
            forget_samples(session)
            session.commit()


def _mind_letters(database: Database, settings: Settings) -> None:
    """Letters hold codes in clear, so they go when their day is over; those whose job was lost are made after all."""
    with database.open_reader() as session:
        has_expired = bool(letters.list_expired(session))
    if has_expired:
        with database.open_writer() as session:
            removed = letters.remove_expired(session)
            session.commit()
        log.info("upkeep.letters_removed", count=removed)
    enqueue_lost_letters(database)


def _mind_exports(database: Database, settings: Settings) -> None:
    """Workbooks with everything of a clinic go when their day is over; those whose job was lost are made after all."""
    with database.open_reader() as session:
        has_expired = bool(export_orders.list_expired(session))
    if has_expired:
        with database.open_writer() as session:
            removed = export_orders.remove_expired(session)
            session.commit()
        log.info("upkeep.exports_removed", count=removed)
    enqueue_lost_exports(database)


def _do_once_a_day(database: Database, settings: Settings) -> None:
    """At the first minute of a day in which the portal runs; many clinics switch their computer off at night."""
    with database.open_reader() as session:
        written = write_heads(session, data_folder=settings.data_folder, day=clock.today())
    if written:
        with database.open_writer() as session:
            enqueue(session, tidy_up)
            if settings.heads_mail_to:
                lines = written.read_text(encoding="ascii").splitlines()
                post_heads(
                    session,
                    to=settings.heads_mail_to,
                    language=settings.default_language,
                    day=clock.today(),
                    lines=lines,
                )
            session.commit()
