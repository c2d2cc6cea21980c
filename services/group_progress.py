"""Group progress: the clinics that agreed, each with its counts of a year; no vendors, no answers, no files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    AWAITING_VENDOR,
    AnswerValue,
    Assessment,
    AssessmentAnswer,
    Clinic,
    GroupConsent,
    Stage,
    Submission,
    stage_of,
)
from services import clock
from services.edition_forms import GATE

ANSWERED: Final = frozenset({Stage.SUBMITTED, Stage.ACCEPTED})


@dataclass(slots=True)
class ClinicLine:
    """One clinic of a group: how many requests stand where, what is due next, how far its own check is.

    `open_items` is None where the own check of the year has not been begun.
    """

    clinic_id: UUID
    name: str
    asked: int = 0
    answered: int = 0
    accepted: int = 0
    overdue: int = 0
    declined: int = 0
    next_due_on: date | None = None
    open_items: int | None = None

    @property
    def waiting(self) -> int:
        """Requests whose vendor still has time."""
        return self.asked - self.answered - self.overdue - self.declined


def list_clinics(session: Session, *, group_id: UUID, fiscal_year: int) -> list[ClinicLine]:
    """Every clinic that agrees at this moment, by name, in three queries however many there are."""
    kinds: dict[UUID, str] = {}
    lines: dict[UUID, ClinicLine] = {}
    clinics = sa.select(col(Clinic.id), col(Clinic.name), col(Clinic.kind)).where(col(Clinic.id).in_(_agreed(group_id)))
    for row in session.execute(clinics.order_by(col(Clinic.name), col(Clinic.id))):
        lines[row.id], kinds[row.id] = ClinicLine(row.id, row.name), row.kind
    today = clock.today()
    for row in session.execute(_requests(group_id, fiscal_year)):
        _count_request(lines[row.clinic_id], row, today)
    for row in session.execute(_own_checks(group_id, fiscal_year)):
        lines[row.clinic_id].open_items = _count_open(row)
    return list(lines.values())


def list_years(session: Session, *, group_id: UUID) -> list[int]:
    """The fiscal years in which any of these clinics asked anything, the newest first."""
    year = col(Submission.fiscal_year)
    statement = sa.select(year).where(col(Submission.clinic_id).in_(_agreed(group_id))).distinct()
    return list(session.execute(statement.order_by(year.desc())).scalars())


def _count_request(line: ClinicLine, request: Any, today: date) -> None:
    stage = stage_of(request)
    line.asked += 1
    line.answered += stage in ANSWERED
    line.accepted += stage is Stage.ACCEPTED
    line.declined += stage is Stage.DECLINED
    if stage in AWAITING_VENDOR:
        if request.due_on < today:
            line.overdue += 1
        else:
            line.next_due_on = min(line.next_due_on or request.due_on, request.due_on)


def _count_open(check: Any) -> int:
    if check.is_over:
        return 0
    return max(0, int(check.item_count) - int(check.answered))


def _agreed(group_id: UUID) -> sa.Select[UUID]:
    """The clinics whose consent holds; every query goes through it, so that an ended one ends everything."""
    return sa.select(col(GroupConsent.clinic_id)).where(
        col(GroupConsent.group_id) == group_id, col(GroupConsent.ended_at).is_(None)
    )


def _requests(group_id: UUID, fiscal_year: int) -> sa.Select[*tuple[Any, ...]]:
    moments = ("sent_at", "opened_at", "started_at", "submitted_at", "returned_at", "accepted_at", "declined_at")
    return sa.select(
        col(Submission.clinic_id),
        col(Submission.due_on),
        *(col(getattr(Submission, name)) for name in (*moments, "withdrawn_at")),
    ).where(
        col(Submission.clinic_id).in_(_agreed(group_id)),
        col(Submission.fiscal_year) == fiscal_year,
        col(Submission.withdrawn_at).is_(None),
        col(Submission.sent_at).is_not(None),
    )


def _own_checks(group_id: UUID, fiscal_year: int) -> sa.Select[*tuple[Any, ...]]:
    is_given = sa.and_(col(AssessmentAnswer.value).is_not(None), col(AssessmentAnswer.item_key) != GATE)
    is_over = sa.and_(col(AssessmentAnswer.item_key) == GATE, col(AssessmentAnswer.value) == AnswerValue.NO)
    return (
        sa.select(
            col(Assessment.clinic_id),
            sa.func.max(col(Assessment.asked)["item_count"].as_integer()).label("item_count"),
            sa.func.coalesce(sa.func.sum(sa.case((is_given, 1), else_=0)), 0).label("answered"),
            sa.func.coalesce(sa.func.sum(sa.case((is_over, 1), else_=0)), 0).label("is_over"),
        )
        .join(AssessmentAnswer, col(AssessmentAnswer.assessment_id) == col(Assessment.id), isouter=True)
        .where(col(Assessment.clinic_id).in_(_agreed(group_id)), col(Assessment.fiscal_year) == fiscal_year)
        .group_by(col(Assessment.clinic_id))
    )
