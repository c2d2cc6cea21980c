"""The clinic's outbox: every mail written in its name, how it stands in honest words, tried again or taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Bounce, Mail
from services import clock
from services.history import record
from services.mail.delivery import cancel, enqueue_delivery, is_unfinished
from services.mail.sending import explain_error
from services.refusals import NotFound, Refusal, refuse_if
from settings import get_settings

PAGE_SIZE: Final = 50


class MailState(StrEnum):
    """How a mail stands; derived from its moments, never stored."""

    WAITING = "waiting"
    QUEUED = "queued"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN: Final = frozenset({MailState.WAITING, MailState.QUEUED, MailState.RETRYING})
FILTERS: Final = ("open", "failed", "delivered", "cancelled")


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One mail as the outbox shows it, without its text."""

    id: UUID
    submission_id: UUID | None
    recipient: str
    recipient_name: str
    kind: str
    created_at: datetime
    state: MailState
    at: datetime | None
    words: str
    can_retry: bool
    can_cancel: bool


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """One page of the outbox, the newest mails first, and how many mails there are of each filter."""

    lines: Sequence[OutboxLine]
    counts: dict[str, int]
    page: int
    pages: int


def list_mails(session: Session, *, clinic_id: UUID, filtered: str = "", page: int = 1) -> OutboxPage:
    """A page of the clinic's mails; `filtered` is one of FILTERS or empty for all, a page too far is the last one."""
    counts = _count_mails(session, clinic_id)
    pages = max(1, -(-counts[filtered] // PAGE_SIZE))
    page = min(max(1, page), pages)
    statement = _mails(clinic_id, filtered).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return OutboxPage(lines=_read_lines(session, statement), counts=counts, page=page, pages=pages)


def list_all_mails(session: Session, *, clinic_id: UUID, filtered: str = "") -> list[OutboxLine]:
    """Every mail of a filter, the newest first, to be taken away."""
    return _read_lines(session, _mails(clinic_id, filtered))


def get_mail(session: Session, *, clinic_id: UUID, mail_id: UUID) -> Mail:
    """A mail of this clinic; raises NotFound."""
    mail = session.exec(select(Mail).where(Mail.id == mail_id, Mail.clinic_id == clinic_id)).first()
    if mail is None:
        raise NotFound
    return mail


def retry_mail(session: Session, *, mail: Mail) -> None:
    """Try a mail again now, also one that had failed for good; raises Refusal where its state has changed."""
    session.refresh(mail, with_for_update=True)
    refuse_if(not _can_retry(mail, clock.now(), has_server=bool(get_settings().smtp_host)), Refusal())
    mail.failed_at = None
    mail.tries = 0
    session.add(mail)
    session.flush()
    enqueue_delivery(session, [mail.id])
    record(
        session,
        "mail.retried",
        clinic_id=mail.clinic_id,
        subject=("mail", mail.id),
        submission_id=mail.submission_id,
        kind=mail.kind,
        to=mail.recipient,
    )


def cancel_mail(session: Session, *, mail: Mail) -> None:
    """Take a mail out before it leaves; raises Refusal where it has left or is just being sent."""
    session.refresh(mail, with_for_update=True)
    refuse_if(not _can_cancel(mail, clock.now()), Refusal())
    cancel(session, mail)


_COLUMNS: Final[tuple[Any, ...]] = (
    col(Mail.id),
    col(Mail.submission_id),
    col(Mail.recipient),
    col(Mail.recipient_name),
    col(Mail.kind),
    col(Mail.created_at),
    col(Mail.next_try_at),
    col(Mail.leased_until),
    col(Mail.delivered_at),
    col(Mail.failed_at),
    col(Mail.cancelled_at),
    col(Mail.last_error),
    (col(Mail.text) != "").label("text"),
    col(Bounce.reported_at),
    col(Bounce.words).label("bounce_words"),
)

_CONDITIONS: Final[dict[str, tuple[sa.ColumnElement[bool], ...]]] = {
    "": (),
    "open": is_unfinished(),
    "failed": (col(Mail.failed_at).is_not(None),),
    "delivered": (col(Mail.delivered_at).is_not(None),),
    "cancelled": (col(Mail.cancelled_at).is_not(None),),
}


def _mails(clinic_id: UUID, filtered: str) -> sa.Select[Any]:
    return (
        sa.select(*_COLUMNS)
        .join(Bounce, col(Bounce.mail_id) == col(Mail.id), isouter=True)
        .where(col(Mail.clinic_id) == clinic_id, *_CONDITIONS[filtered])
        .order_by(col(Mail.created_at).desc(), col(Mail.id))
    )


def _read_lines(session: Session, statement: sa.Select[Any]) -> list[OutboxLine]:
    moment, has_server = clock.now(), bool(get_settings().smtp_host)
    return [_line_of(row, moment, has_server) for row in session.execute(statement)]


def _count_mails(session: Session, clinic_id: UUID) -> dict[str, int]:
    counted = [
        sa.func.count().filter(sa.and_(sa.true(), *conditions)).label(name or "all")
        for name, conditions in _CONDITIONS.items()
    ]
    row = session.execute(sa.select(*counted).where(col(Mail.clinic_id) == clinic_id)).one()
    return dict(zip(_CONDITIONS, row, strict=True))


def _line_of(row: Any, moment: datetime, has_server: bool) -> OutboxLine:
    state = MailState.BOUNCED if row.reported_at else _state_of(row, has_server)
    told = {MailState.RETRYING: row.last_error, MailState.FAILED: row.last_error, MailState.BOUNCED: row.bounce_words}
    return OutboxLine(
        id=row.id,
        submission_id=row.submission_id,
        recipient=row.recipient,
        recipient_name=row.recipient_name,
        kind=row.kind,
        created_at=row.created_at,
        state=state,
        at=row.reported_at or row.delivered_at or row.failed_at or row.cancelled_at or row.next_try_at,
        words=explain_error(told.get(state, "")),
        can_retry=_can_retry(row, moment, has_server=has_server),
        can_cancel=_can_cancel(row, moment),
    )


def _state_of(mail: Any, has_server: bool) -> MailState:
    if mail.delivered_at:
        return MailState.DELIVERED
    if mail.failed_at:
        return MailState.FAILED
    if mail.cancelled_at:
        return MailState.CANCELLED
    if not has_server:
        return MailState.WAITING
    return MailState.RETRYING if mail.last_error else MailState.QUEUED


def _can_retry(mail: Any, moment: datetime, *, has_server: bool) -> bool:
    """Failed mails keep their text for two weeks; without it there is nothing to send."""
    return (
        has_server
        and _state_of(mail, has_server) in {MailState.FAILED, MailState.RETRYING}
        and bool(mail.text)
        and not _is_being_sent(mail, moment)
    )


def _can_cancel(mail: Any, moment: datetime) -> bool:
    is_over = mail.delivered_at or mail.failed_at or mail.cancelled_at
    return not is_over and not _is_being_sent(mail, moment)


def _is_being_sent(mail: Any, moment: datetime) -> bool:
    return mail.leased_until is not None and mail.leased_until > moment
