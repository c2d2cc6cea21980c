"""Bounces: mails that came back, and the addresses that are flagged because of it until somebody clears them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Bounce, Mail
from services import clock
from services.history import record

if TYPE_CHECKING:
    from services.mail.delivery_reports import DeliveryReport

BELIEVED_FOR: Final = timedelta(days=30)
"""Mail servers give up within a week; a report about an older mail is none."""

_UNKNOWN_ADDRESS: Final = re.compile(r"(?<![\d.])5\.1\.(?:1|2|3|6|10)(?![\d.])")
"""Codes with which a mail server says that there is no such address (RFC 3463)."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Why an address is flagged, since when."""

    email: str
    words: str
    since: datetime


def list_flags(session: Session, *, clinic_id: UUID, emails: Collection[str] | None = None) -> dict[str, Flag]:
    """The flagged addresses of a clinic, by address; all of them, or those among `emails`."""
    statement = _flagging(clinic_id).order_by(col(Bounce.reported_at))
    rows = session.execute(statement).all()
    wanted = None if emails is None else {email.lower() for email in emails}
    return {
        row.email: Flag(row.email, row.words or row.status, row.reported_at)
        for row in rows
        if wanted is None or row.email in wanted
    }


def note_report(session: Session, report: DeliveryReport) -> Bounce | None:
    """Remember a mail that came back; None where the report is about no mail that the portal sent.

    Whoever sends a report is not believed: what counts is the name of a mail, which only those know who had it in
    hand, and the address flagged is the one that this mail went to.
    """
    since = clock.now() - BELIEVED_FOR
    statement = select(Mail).where(
        col(Mail.message_id).in_(report.message_ids), col(Mail.delivered_at).is_not(None), col(Mail.created_at) > since
    )
    mail = session.exec(statement.order_by(col(Mail.created_at)).with_for_update().limit(1)).first()
    if mail is None:
        return None
    is_ours = not report.recipients or mail.recipient.lower() in report.recipients
    return note_bounce(
        session, mail=mail, is_hard=report.is_permanent and is_ours, status=report.status, words=report.words
    )


def note_refusal(session: Session, *, mail: Mail, words: str) -> None:
    """Flag the address where the mail server said at once that there is none; other refusals may be our own fault."""
    code = _UNKNOWN_ADDRESS.search(words)
    if code:
        note_bounce(session, mail=mail, is_hard=True, status=code[0], words=words)


def note_bounce(session: Session, *, mail: Mail, is_hard: bool, status: str, words: str) -> Bounce | None:
    """One bounce for a mail, the worst that was told; mails that belong to no clinic flag nothing."""
    if mail.clinic_id is None:
        return None
    known = session.exec(select(Bounce).where(Bounce.mail_id == mail.id)).first()
    if known is not None and (known.is_hard or not is_hard):
        return known
    bounce = known or Bounce(
        clinic_id=mail.clinic_id,
        mail_id=mail.id,
        email=mail.recipient.lower(),
        is_hard=is_hard,
        reported_at=clock.now(),
    )
    bounce.is_hard, bounce.status, bounce.words, bounce.reported_at = is_hard, status, words, clock.now()
    session.add(bounce)
    session.flush()
    record(
        session,
        "mail.bounced",
        clinic_id=mail.clinic_id,
        subject=("mail", mail.id),
        submission_id=mail.submission_id,
        kind=mail.kind,
        to=mail.recipient,
        is_hard=is_hard,
        words=words,
    )
    return bounce


def clear_flag(session: Session, *, clinic_id: UUID, email: str, cleared_by: UUID) -> None:
    """Write to an address again, because somebody knows that it works now."""
    cleared = session.scalars(
        sa.update(Bounce)
        .where(*_is_flag(clinic_id), col(Bounce.email) == email.lower())
        .values(cleared_at=clock.now(), cleared_by=cleared_by)
        .returning(col(Bounce.id))
    ).all()
    if cleared:
        record(session, "address.cleared", clinic_id=clinic_id, subject=("address", email.lower()[:60]), to=email)


def _flagging(clinic_id: UUID) -> sa.Select[str, str, str, datetime]:
    columns = (col(Bounce.email), col(Bounce.words), col(Bounce.status), col(Bounce.reported_at))
    return sa.select(*columns).where(*_is_flag(clinic_id))


def _is_flag(clinic_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Bounce.clinic_id) == clinic_id, col(Bounce.is_hard).is_(True), col(Bounce.cleared_at).is_(None))
