"""Asking again: the ready wording that fits a request by how it ended before and how often it was reminded since."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Invitation, Outcome, Submission
from services.wordings import Cause, cause_by_count, cause_of, text_of


def find_cause(session: Session, *, submission: Submission) -> Cause:
    """The ending after which the clinic asked again, until the first reminder since; then the number of reminders."""
    ended = _find_last_ending(session, submission)
    reminders = sa.select(sa.func.count()).where(
        col(Invitation.submission_id) == submission.id,
        col(Invitation.clinic_id) == submission.clinic_id,
        col(Invitation.is_reminder).is_(True),
        col(Invitation.section_keys).is_(None),
    )
    if ended is not None:
        reminders = reminders.where(col(Invitation.created_at) > ended.reopened_at)
    count = session.execute(reminders).scalar_one()
    cause = cause_of(ended.kind) if ended is not None and not count else None
    return cause or cause_by_count(count)


def propose_words(session: Session, *, submission: Submission) -> str:
    """The wording itself, in the language the vendor is written to."""
    return text_of(find_cause(session, submission=submission), language=submission.language)


def _find_last_ending(session: Session, submission: Submission) -> Outcome | None:
    statement = select(Outcome).where(
        Outcome.submission_id == submission.id,
        Outcome.clinic_id == submission.clinic_id,
        col(Outcome.reopened_at).is_not(None),
    )
    return session.exec(statement.order_by(col(Outcome.reopened_at).desc()).limit(1)).first()
