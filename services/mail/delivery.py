"""Delivery: a mail is leased, sent outside any transaction, and marked; at least once, under the same Message-ID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from models import Clinic, Invitation, Mail, Submission
from models.database import Database
from services import clock
from services.bounces import note_refusal
from services.history import record
from services.jobs import MAILS, at_start, enqueue, job
from services.mail.rendering import Letter
from services.mail.sending import BROKEN, NotSent, build_message, send_message
from settings import Settings, get_settings

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=5)
BACK_OFF: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long after each failure it is tried again; after the last one the mail has failed."""

CODE_LIFE: Final = timedelta(minutes=10)
CODES: Final = frozenset({"access_code", "desk_code"})
WITHOUT_CLINIC: Final = frozenset({"access_code"})
"""Mails that are sent in the portal's name, because they must not name the clinic."""

POINTLESS_WHEN_WITHDRAWN: Final = frozenset(
    {"invitation", "reminder", "returned", "forwarded", "given_back", "messages_for_vendor", "access_code"}
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A leased mail with what its envelope needs."""

    mail: Mail
    sender_name: str


@job(queue=MAILS)
def deliver_mail(database: Database, mail_id: str) -> None:
    """Send one mail if it is its turn, and remember how that went; harmless when run twice."""
    settings = get_settings()
    parcel = _lease(database, UUID(mail_id), settings)
    if parcel is None:
        return
    try:
        send_message(_pack(parcel, settings), settings)
    except NotSent as failure:
        _note_failure(database, parcel.mail, failure)
    except Exception:
        # One mail that the portal itself cannot handle must not be tried for ever.
        log.exception("mail.broken", mail_id=mail_id)
        _note_failure(database, parcel.mail, NotSent(BROKEN))
    else:
        _note_delivery(database, parcel.mail)


def enqueue_due_mails(database: Database, *, limit: int = 500) -> int:
    """Enqueue what is to be tried again by now, and what waited until a mail server was set; says how many."""
    if not get_settings().smtp_host:
        return 0
    moment = clock.now()
    with database.open_writer() as session:
        due = session.exec(
            select(Mail.id)
            .where(*is_unfinished(), sa.or_(col(Mail.next_try_at).is_(None), col(Mail.next_try_at) <= moment))
            .where(sa.or_(col(Mail.leased_until).is_(None), col(Mail.leased_until) <= moment))
            .order_by(col(Mail.created_at))
            .limit(limit)
        ).all()
        enqueue_delivery(session, due)
        session.commit()
    return len(due)


def enqueue_delivery(session: Session, mail_ids: Sequence[UUID]) -> None:
    """Have mails delivered after this transaction; should the job be lost, they are enqueued again a lease later."""
    session.execute(sa.update(Mail).where(col(Mail.id).in_(mail_ids)).values(next_try_at=clock.now() + LEASE))
    for mail_id in mail_ids:
        enqueue(session, deliver_mail, str(mail_id))


@at_start
def forget_leases(database: Database) -> None:
    """Take up again what another process was sending when it died; safe, because only one process sends."""
    with database.open_writer() as session:
        session.execute(
            sa.update(Mail)
            .where(*is_unfinished(), col(Mail.leased_until).is_not(None))
            .values(leased_until=None, next_try_at=clock.now())
        )
        session.commit()


def is_unfinished() -> tuple[sa.ColumnElement[bool], ...]:
    """That a mail is neither delivered nor failed nor cancelled."""
    return (col(Mail.delivered_at).is_(None), col(Mail.failed_at).is_(None), col(Mail.cancelled_at).is_(None))


def cancel(session: Session, mail: Mail) -> None:
    """Take a mail out of the outbox; its text, which may hold a link, goes with it."""
    mail.cancelled_at = clock.now()
    mail.text = mail.html = ""
    mail.next_try_at = mail.leased_until = None
    session.add(mail)
    _record(session, "mail.cancelled", mail)


def _lease(database: Database, mail_id: UUID, settings: Settings) -> Parcel | None:
    """The mail, ours for five minutes; None where it is not its turn or it is not wanted any more."""
    with database.open_writer() as session:
        mail = session.get(Mail, mail_id, with_for_update=True)
        moment = clock.now()
        if mail is None or not _is_its_turn(mail, moment):
            return None
        if _is_pointless(session, mail, moment):
            cancel(session, mail)
            session.commit()
            return None
        if not settings.smtp_host:
            mail.next_try_at = None
        else:
            mail.leased_until = moment + LEASE
            mail.tries += 1
        session.add(mail)
        clinic = session.get(Clinic, mail.clinic_id) if mail.clinic_id and mail.kind not in WITHOUT_CLINIC else None
        session.commit()
    if not settings.smtp_host:
        return None
    return Parcel(mail=mail, sender_name=clinic.name if clinic else settings.portal_name(mail.language))


def _is_its_turn(mail: Mail, moment: datetime) -> bool:
    if mail.delivered_at or mail.failed_at or mail.cancelled_at:
        return False
    return mail.leased_until is None or mail.leased_until <= moment


def _is_pointless(session: Session, mail: Mail, moment: datetime) -> bool:
    """Whether what the mail says is no longer so: its link or code does not work, or nobody is asked any more."""
    if mail.kind in CODES and mail.created_at + CODE_LIFE <= moment:
        return True
    if mail.submission_id and mail.kind in POINTLESS_WHEN_WITHDRAWN:
        submission = session.get_one(Submission, mail.submission_id)
        if submission.withdrawn_at:
            return True
    if mail.invitation_id is None:
        return False
    invitation = session.get_one(Invitation, mail.invitation_id)
    return bool(invitation.revoked_at or invitation.replaced_at or invitation.expires_at <= moment)


def _pack(parcel: Parcel, settings: Settings) -> EmailMessage:
    mail = parcel.mail
    return build_message(
        Letter(subject=mail.subject, text=mail.text, html=mail.html),
        sender=(parcel.sender_name, settings.mail_from),
        recipient=(mail.recipient_name, mail.recipient),
        language=mail.language,
        written_at=mail.created_at,
        message_id=mail.message_id,
    )


def _note_delivery(database: Database, mail: Mail) -> None:
    with database.open_writer() as session:
        session.execute(
            sa.update(Mail)
            .where(col(Mail.id) == mail.id)
            .values(delivered_at=clock.now(), text="", html="", leased_until=None, next_try_at=None, last_error="")
        )
        _record(session, "mail.delivered", mail)
        session.commit()


def _note_failure(database: Database, mail: Mail, failure: NotSent) -> None:
    moment = clock.now()
    is_over = failure.is_permanent or mail.tries > len(BACK_OFF)
    with database.open_writer() as session:
        session.execute(
            sa.update(Mail)
            .where(col(Mail.id) == mail.id)
            .values(
                last_error=failure.words,
                leased_until=None,
                next_try_at=None if is_over else moment + BACK_OFF[mail.tries - 1],
                failed_at=moment if is_over else None,
            )
        )
        if is_over:
            _record(session, "mail.failed", mail, words=failure.words)
        if failure.is_permanent:
            note_refusal(session, mail=mail, words=failure.words)
        session.commit()
    log.warning("mail.not_sent", mail_id=str(mail.id), tries=mail.tries, is_over=is_over, words=failure.words)


def _record(session: Session, verb: str, mail: Mail, **details: str) -> None:
    record(
        session,
        verb,
        clinic_id=mail.clinic_id,
        subject=("mail", mail.id),
        submission_id=mail.submission_id,
        kind=mail.kind,
        to=mail.recipient,
        **details,
    )
