"""What vendors submitted, gathered over requests: the newest version of each, and every verdict on any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Member,
    Review,
    ReviewRemark,
    Revision,
    Submission,
    SubmissionSystem,
    System,
    Transcript,
    Vendor,
    Verdict,
)
from services import editions
from services.edition_forms import Form
from services.revisions import SubmittedAnswer, read_answers


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One verdict with its words, for the whole and by item."""

    revision_number: int
    verdict: Verdict
    words: str
    reviewed_by: str
    reviewed_at: datetime
    remarks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SubmittedRequest:
    """A request that was answered, with the newest answers and every verdict."""

    vendor_name: str
    systems: Sequence[str]
    fiscal_year: int
    form: Form
    revision_number: int
    submitted_at: datetime
    typed_in: Transcript | None
    answers: Mapping[str, SubmittedAnswer]
    reviews: Sequence[Reviewed]


def list_submitted(
    session: Session, *, clinic_id: UUID, fiscal_year: int | None = None, submission_id: UUID | None = None
) -> list[SubmittedRequest]:
    """Every request of a clinic that was answered, of a year, or one of them; newest year first, then by vendor."""
    newest = (
        sa.select(col(Revision.submission_id), sa.func.max(col(Revision.number)).label("number"))
        .where(col(Revision.clinic_id) == clinic_id)
        .group_by(col(Revision.submission_id))
        .subquery()
    )
    statement = (
        select(Submission, Revision, Vendor.name, Transcript)
        .join(newest, newest.c.submission_id == col(Submission.id))
        .join(
            Revision,
            sa.and_(col(Revision.submission_id) == col(Submission.id), col(Revision.number) == newest.c.number),
        )
        .join(
            Vendor,
            sa.and_(col(Vendor.id) == col(Submission.vendor_id), col(Vendor.clinic_id) == col(Submission.clinic_id)),
        )
        .join(Transcript, col(Transcript.revision_id) == col(Revision.id), isouter=True)
        .where(Submission.clinic_id == clinic_id)
        .order_by(col(Submission.fiscal_year).desc(), col(Vendor.name), col(Submission.id))
    )
    if fiscal_year is not None:
        statement = statement.where(Submission.fiscal_year == fiscal_year)
    if submission_id is not None:
        statement = statement.where(Submission.id == submission_id)
    systems, reviews = systems_by_request(session, clinic_id=clinic_id), _reviews(session, clinic_id)
    return [
        SubmittedRequest(
            vendor_name=vendor_name,
            systems=systems[submission.id],
            fiscal_year=submission.fiscal_year,
            form=editions.read_form(submission.asked),
            revision_number=revision.number,
            submitted_at=revision.submitted_at,
            typed_in=transcript,
            answers=read_answers(revision),
            reviews=reviews[submission.id],
        )
        for submission, revision, vendor_name, transcript in session.exec(statement)
    ]


def systems_by_request(session: Session, *, clinic_id: UUID) -> defaultdict[UUID, list[str]]:
    """The names of the systems that each request of a clinic covers."""
    statement = (
        sa.select(col(SubmissionSystem.submission_id), col(System.name))
        .join(System, col(System.id) == col(SubmissionSystem.system_id))
        .where(col(SubmissionSystem.clinic_id) == clinic_id, col(System.clinic_id) == clinic_id)
        .order_by(col(System.name))
    )
    names: defaultdict[UUID, list[str]] = defaultdict(list)
    for submission_id, name in session.execute(statement):
        names[submission_id].append(name)
    return names


def _reviews(session: Session, clinic_id: UUID) -> defaultdict[UUID, list[Reviewed]]:
    remarks: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    said = sa.select(col(ReviewRemark.review_id), col(ReviewRemark.item_key), col(ReviewRemark.words))
    for review_id, item_key, words in session.execute(
        said.where(col(ReviewRemark.clinic_id) == clinic_id).order_by(col(ReviewRemark.item_key))
    ):
        remarks[review_id][item_key] = words
    statement = (
        select(Review, Revision.number, Member.name)
        .join(Revision, col(Revision.id) == col(Review.revision_id))
        .join(Member, col(Member.id) == col(Review.reviewed_by))
        .where(Review.clinic_id == clinic_id)
        .order_by(col(Revision.number))
    )
    found: defaultdict[UUID, list[Reviewed]] = defaultdict(list)
    for review, number, name in session.exec(statement):
        reviewed = Reviewed(number, review.verdict, review.words, name, review.reviewed_at, remarks[review.id])
        found[review.submission_id].append(reviewed)
    return found
