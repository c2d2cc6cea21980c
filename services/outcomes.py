"""Outcomes: how a request ends without an answer on its form, told by the vendor or noted by the clinic, reversible."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import ANSWERABLE, OF_VENDORS, Outcome, OutcomeKind, Stage, Submission
from services import clock
from services.history import record
from services.refusals import refuse_if
from services.submission_refusals import NotChangeable
from services.submissions import lock_for_answering


def find_outcome(session: Session, *, submission: Submission) -> Outcome | None:
    """How the request ended; None while it is open."""
    statement = select(Outcome).where(
        Outcome.submission_id == submission.id,
        Outcome.clinic_id == submission.clinic_id,
        col(Outcome.reopened_at).is_(None),
    )
    return session.exec(statement.order_by(col(Outcome.recorded_at).desc()).limit(1)).first()


def list_outcomes(session: Session, *, submission: Submission) -> list[Outcome]:
    """Every ending that was noted, the newest first; those after which the clinic asked again are among them."""
    statement = select(Outcome).where(Outcome.submission_id == submission.id, Outcome.clinic_id == submission.clinic_id)
    return list(session.exec(statement.order_by(col(Outcome.recorded_at).desc(), col(Outcome.id))))


def list_outcomes_of_year(session: Session, *, clinic_id: UUID, fiscal_year: int) -> dict[UUID, OutcomeKind]:
    """How the requests of a year ended that ended without an answer, by request."""
    rows = session.execute(_of_year(), {"clinic_id": clinic_id, "fiscal_year": fiscal_year})
    return {row.submission_id: row.kind for row in rows}


@cache
def _of_year() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(col(Outcome.submission_id), col(Outcome.kind))
        .join(Submission, col(Submission.id) == col(Outcome.submission_id))
        .where(
            col(Outcome.clinic_id) == sa.bindparam("clinic_id"),
            col(Submission.fiscal_year) == sa.bindparam("fiscal_year"),
            col(Outcome.reopened_at).is_(None),
        )
        .order_by(col(Outcome.recorded_at))
    )


def can_end(submission: Submission) -> bool:
    """Whether an outcome can be noted: nothing was answered, and the request is open."""
    return submission.stage in ANSWERABLE | {Stage.DRAFT}


def record_outcome(
    session: Session,
    *,
    submission: Submission,
    kind: OutcomeKind,
    told_on: date,
    person: str,
    note: str,
    link: str,
    recorded_by: str,
) -> Outcome:
    """The clinic notes how the request ended; raises NotChangeable where it has an answer or is closed."""
    session.refresh(submission, with_for_update=True)
    refuse_if(not can_end(submission), NotChangeable())
    outcome = Outcome(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        kind=kind,
        told_on=told_on,
        person=person,
        note=note,
        link=link,
        recorded_by=recorded_by,
        recorded_at=clock.now(),
    )
    _end(session, submission, outcome)
    _record(session, "submission.ended", submission, kind=kind.value, told_on=told_on.isoformat())
    return outcome


def decline_submission(
    session: Session,
    *,
    submission: Submission,
    reason: str,
    person: str,
    kind: OutcomeKind = OutcomeKind.DECLINED,
    link: str = "",
) -> Outcome:
    """The vendor says why it will not answer; raises what lock_for_answering raises."""
    lock_for_answering(session, submission=submission)
    outcome = Outcome(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        kind=kind if kind in OF_VENDORS else OutcomeKind.DECLINED,
        told_on=clock.today(),
        person=person,
        note=reason,
        link=link,
        is_by_vendor=True,
        recorded_by=person,
        recorded_at=clock.now(),
    )
    _end(session, submission, outcome)
    submission.decline_reason = reason
    _record(session, "submission.declined", submission, person=person, kind=outcome.kind.value)
    return outcome


def reopen(session: Session, *, submission: Submission) -> None:
    """Ask again after all: the request waits for its vendor once more, and how it ended stays on record.

    Raises NotChangeable where it has not ended.
    """
    session.refresh(submission, with_for_update=True)
    refuse_if(submission.stage is not Stage.DECLINED, NotChangeable())
    outcome = find_outcome(session, submission=submission)
    if outcome is not None:
        outcome.reopened_at = clock.now()
        session.add(outcome)
    submission.declined_at, submission.decline_reason = None, ""
    session.add(submission)
    kind = outcome.kind if outcome else OutcomeKind.DECLINED
    _record(session, "submission.reopened", submission, kind=kind.value)


def _end(session: Session, submission: Submission, outcome: Outcome) -> None:
    submission.declined_at = outcome.recorded_at
    session.add_all([outcome, submission])
    session.flush()


def _record(session: Session, verb: str, submission: Submission, **details: object) -> None:
    record(
        session,
        verb,
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        **details,
    )
