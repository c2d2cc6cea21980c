"""Mails: written with the deed in one transaction, delivered after it; one folder of templates per message."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlmodel import Session

from models import Clinic, Mail
from services import clock
from services.jobs import enqueue
from services.mail.delivery import LEASE, deliver_mail
from services.mail.rendering import one_line, write_letter
from settings import get_settings


def post(
    session: Session,
    message: str,
    *,
    to: str,
    name: str = "",
    language: str,
    clinic: Clinic | None,
    submission_id: UUID | None = None,
    invitation_id: UUID | None = None,
    **values: object,
) -> Mail:
    """Put a mail into the outbox; it leaves after the transaction, or waits there while no mail server is set.

    `values` are what the templates of `services/mail/<message>/` ask for; `messages.py` has a function for each.
    """
    settings = get_settings()
    letter = write_letter(message, language=language, name=name, clinic=clinic, **values)
    moment, identity = clock.now(), uuid4()
    mail = Mail(
        id=identity,
        clinic_id=clinic.id if clinic else None,
        submission_id=submission_id,
        invitation_id=invitation_id,
        kind=message,
        recipient=one_line(to),
        recipient_name=one_line(name),
        language=language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=f"<{identity.hex}@{settings.mail_from.rpartition('@')[2]}>",
        created_at=moment,
        # Should the job be lost, the mail is enqueued again then.
        next_try_at=moment + LEASE if settings.smtp_host else None,
    )
    session.add(mail)
    session.flush()
    if settings.smtp_host:
        enqueue(session, deliver_mail, str(mail.id))
    return mail
