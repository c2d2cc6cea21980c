"""The query behind progress: every request of a year with its counts, one row per request and system."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from models import (
    MOMENTS,
    Answer,
    Disclosure,
    Document,
    DocumentKind,
    Outcome,
    OutcomeKind,
    Review,
    ReviewRemark,
    Revision,
    Source,
    Submission,
    SubmissionSystem,
    System,
    SystemKind,
    Transcript,
    Vendor,
)

RECEIVED: Final = (DocumentKind.MDS, DocumentKind.SDS, DocumentKind.MDS2)
"""Kinds of documents that are looked for."""


class Row(NamedTuple):
    """A row of the query below, column by column; the database library's own rows are ten times as slow to read."""

    id: UUID
    vendor_id: UUID
    due_on: date
    items: int
    created_at: datetime
    sent_at: datetime | None
    opened_at: datetime | None
    started_at: datetime | None
    saved_at: datetime | None
    submitted_at: datetime | None
    returned_at: datetime | None
    accepted_at: datetime | None
    declined_at: datetime | None
    withdrawn_at: datetime | None
    reminded_at: datetime | None
    vendor_name: str
    vendor_kana: str
    system_name: str | None
    system_kind: SystemKind | None
    no_count: int | None
    conditional_count: int | None
    source: Source | None
    answered: int | None
    corrected: int | None
    returned_items: int | None
    mds: int | None
    sds: int | None
    mds2: int | None
    read_documents: int | None
    untreated: int | None
    unclear: int | None
    outcome: OutcomeKind | None


_OF_DISCLOSURES: Final = {
    "read_documents": sa.func.sum(sa.case((col(Disclosure.answer_count) > 0, 1), else_=0)),
    "untreated": sa.func.sum(col(Disclosure.untreated_count)),
    "unclear": sa.func.sum(col(Disclosure.unclear_count)),
}
"""Documents that were read, unwelcome answers that nothing was decided about, and answers that need a person."""

_OF_SUBMISSION: Final = ("id", "vendor_id", "due_on", "item_count", *MOMENTS)


@cache
def requests_of_year() -> sa.Select[*tuple[Any, ...]]:
    """Takes clinic_id and fiscal_year; made once, because making it costs more than running it."""
    clinic_id: sa.BindParameter[UUID] = sa.bindparam("clinic_id")
    of_year = (col(Submission.clinic_id) == clinic_id, col(Submission.fiscal_year) == sa.bindparam("fiscal_year"))
    answers, returns = _count_answers(*of_year), _count_returned_items(*of_year)
    documents = _count_documents(sa.select(col(Submission.id)).where(*of_year), clinic_id)
    last_revision = sa.and_(
        col(Revision.submission_id) == col(Submission.id),
        col(Revision.submitted_at) == col(Submission.submitted_at),
    )
    return (
        sa.select(
            *(col(getattr(Submission, name)) for name in _OF_SUBMISSION),
            col(Vendor.name),
            col(Vendor.name_kana),
            col(System.name),
            col(System.kind),
            col(Revision.no_count),
            col(Revision.conditional_count),
            col(Transcript.source),
            *(answers.c[name] for name in ("answered", "corrected")),
            returns.c.returned_items,
            *(documents.c[kind.value] for kind in RECEIVED),
            *(documents.c[name] for name in _OF_DISCLOSURES),
            _outcome(),
        )
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .join(Revision, last_revision, isouter=True)
        .join(Transcript, col(Transcript.revision_id) == col(Revision.id), isouter=True)
        .join(SubmissionSystem, col(SubmissionSystem.submission_id) == col(Submission.id), isouter=True)
        .join(System, col(System.id) == col(SubmissionSystem.system_id), isouter=True)
        .join(answers, answers.c.submission_id == col(Submission.id), isouter=True)
        .join(returns, returns.c.submission_id == col(Submission.id), isouter=True)
        .join(documents, documents.c.submission_id == col(Submission.id), isouter=True)
        .where(*of_year)
    )


def _count_answers(*of_year: sa.ColumnElement[bool]) -> sa.Subquery:
    """Answers of requests whose vendor is at work: all given so far, and those given after a return."""
    is_open = sa.or_(
        col(Submission.submitted_at).is_(None), col(Submission.returned_at) >= col(Submission.submitted_at)
    )
    is_corrected = sa.and_(col(Answer.value).is_not(None), col(Answer.saved_at) > col(Submission.returned_at))
    return (
        sa.select(
            col(Answer.submission_id),
            sa.func.count(col(Answer.value)).label("answered"),
            sa.func.sum(sa.case((is_corrected, 1), else_=0)).label("corrected"),
        )
        .join(Submission, col(Submission.id) == col(Answer.submission_id))
        .where(*of_year, is_open)
        .group_by(col(Answer.submission_id))
        .subquery()
    )


def _count_returned_items(*of_year: sa.ColumnElement[bool]) -> sa.Subquery:
    """Items that came back with a word in the last return; none where the word was on the form as a whole."""
    is_last = sa.and_(
        col(Submission.id) == col(Review.submission_id), col(Submission.returned_at) == col(Review.reviewed_at)
    )
    return (
        sa.select(col(Review.submission_id), sa.func.count(col(ReviewRemark.id)).label("returned_items"))
        .join(ReviewRemark, col(ReviewRemark.review_id) == col(Review.id))
        .join(Submission, is_last)
        .where(*of_year)
        .group_by(col(Review.submission_id))
        .subquery()
    )


def _outcome() -> sa.ColumnElement[Any]:
    """How a request ended that ended without an answer; not looked for where none did."""
    newest = (
        sa.select(col(Outcome.kind))
        .where(
            col(Outcome.clinic_id) == col(Submission.clinic_id),
            col(Outcome.submission_id) == col(Submission.id),
            col(Outcome.reopened_at).is_(None),
        )
        .order_by(col(Outcome.recorded_at).desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.case((col(Submission.declined_at).is_not(None), newest), else_=None)


def _count_documents(asked: sa.Select[UUID], clinic_id: sa.BindParameter[UUID]) -> sa.Subquery:
    return (
        sa.select(
            col(Document.submission_id),
            *(sa.func.sum(sa.case((col(Document.kind) == kind, 1), else_=0)).label(kind.value) for kind in RECEIVED),
            *(column.label(name) for name, column in _OF_DISCLOSURES.items()),
        )
        .join(Disclosure, col(Disclosure.document_id) == col(Document.id), isouter=True)
        .where(
            col(Document.clinic_id) == clinic_id,
            col(Document.submission_id).in_(asked),
            col(Document.submitted_at).is_not(None),
            col(Document.removed_at).is_(None),
        )
        .group_by(col(Document.submission_id))
        .subquery()
    )
