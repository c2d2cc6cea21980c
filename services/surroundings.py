"""Surroundings: what there is around the answers to a request, told by one query for every page of the form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document, Submission, SubmissionSystem, Thread
from services.documents import IS_OWN

# Each page of the form runs this, so that it is put together once.
_AROUND: Final = sa.select(
    sa.exists()
    .where(
        col(Document.submission_id) == sa.bindparam("submission"),
        col(Document.clinic_id) == sa.bindparam("clinic"),
        IS_OWN,
    )
    .label("has_documents"),
    sa.exists()
    .where(
        col(Thread.submission_id) == sa.bindparam("submission"),
        col(Thread.clinic_id) == sa.bindparam("clinic"),
    )
    .label("has_threads"),
    sa.select(sa.func.count())
    .where(
        col(SubmissionSystem.submission_id) == sa.bindparam("submission"),
        col(SubmissionSystem.clinic_id) == sa.bindparam("clinic"),
    )
    .scalar_subquery()
    .label("systems"),
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Whether files were handed over and anything was written between the two sides, and how many systems are meant."""

    has_documents: bool
    has_threads: bool
    systems: int


def look_around(session: Session, *, submission: Submission) -> Surroundings:
    """What there is around the answers, without reading any of it."""
    row = session.execute(_AROUND, {"submission": submission.id, "clinic": submission.clinic_id}).one()
    return Surroundings(bool(row.has_documents), bool(row.has_threads), row.systems)
