"""What was asked before: one line per submission of a vendor or about a system, for the pages of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import AWAITING_VENDOR, Outcome, OutcomeKind, Stage, Submission, SubmissionSystem, stage_of
from services import clock

OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class PastSubmission:
    """A submission in one line."""

    id: UUID
    vendor_id: UUID
    fiscal_year: int
    due_on: date
    submitted_at: datetime | None
    stage: Stage
    is_overdue: bool
    outcome: OutcomeKind | None = None

    @property
    def standing(self) -> str:
        """The stage as it is shown: overdue comes before the stage it happened in, and an ending says which one."""
        if self.stage is Stage.DECLINED and self.outcome:
            return self.outcome.value
        return OVERDUE if self.is_overdue else self.stage.value


def list_past_submissions(
    session: Session, *, clinic_id: UUID, vendor_id: UUID | None = None, system_id: UUID | None = None
) -> list[PastSubmission]:
    """Submissions of a vendor or about a system, the newest year first."""
    statement = _lines(clinic_id)
    if vendor_id is not None:
        statement = statement.where(col(Submission.vendor_id) == vendor_id)
    if system_id is not None:
        statement = statement.join(SubmissionSystem, col(SubmissionSystem.submission_id) == col(Submission.id)).where(
            col(SubmissionSystem.system_id) == system_id
        )
    newest = (col(Submission.fiscal_year).desc(), col(Submission.created_at).desc())
    return list(_read(session, statement.order_by(*newest)))


def latest_by_vendor(session: Session, *, clinic_id: UUID, fiscal_year: int) -> dict[UUID, PastSubmission]:
    """The submission each vendor was asked for last in a fiscal year."""
    statement = _lines(clinic_id).where(col(Submission.fiscal_year) == fiscal_year)
    return {line.vendor_id: line for line in _read(session, statement.order_by(col(Submission.created_at)))}


def _lines(clinic_id: UUID) -> sa.Select[*tuple[Any, ...]]:
    is_open = sa.and_(col(Outcome.submission_id) == col(Submission.id), col(Outcome.reopened_at).is_(None))
    return (
        sa.select(
            col(Submission.id),
            col(Submission.vendor_id),
            col(Submission.fiscal_year),
            col(Submission.due_on),
            col(Submission.sent_at),
            col(Submission.opened_at),
            col(Submission.started_at),
            col(Submission.submitted_at),
            col(Submission.returned_at),
            col(Submission.accepted_at),
            col(Submission.declined_at),
            col(Submission.withdrawn_at),
            col(Outcome.kind).label("outcome"),
        )
        .join(Outcome, is_open, isouter=True)
        .where(col(Submission.clinic_id) == clinic_id)
    )


def _read(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> Iterator[PastSubmission]:
    today = clock.today()
    for row in session.execute(statement):
        stage = stage_of(row)
        yield PastSubmission(
            id=row.id,
            vendor_id=row.vendor_id,
            fiscal_year=row.fiscal_year,
            due_on=row.due_on,
            submitted_at=row.submitted_at,
            stage=stage,
            is_overdue=row.due_on < today and stage in AWAITING_VENDOR,
            outcome=row.outcome,
        )
