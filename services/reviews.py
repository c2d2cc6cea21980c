"""Reviews: the clinic's verdict on what a vendor submitted, bound to the version that was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from models import Clinic, Review, ReviewRemark, Revision, Stage, Submission, Verdict
from services import clock, editions, submissions
from services.addressees import find_addressee
from services.history import record
from services.mail import messages
from services.refusals import NotFound, refuse_if
from services.request_mails import mail_request
from services.submission_refusals import DueDatePassed, NewerRevision, NothingToSay, NotReviewable


def list_reviews(session: Session, *, submission: Submission) -> dict[UUID, Review]:
    """Every verdict on a request, by revision."""
    statement = select(Review).where(Review.submission_id == submission.id, Review.clinic_id == submission.clinic_id)
    return {review.revision_id: review for review in session.exec(statement)}


def list_remarks(session: Session, *, review: Review) -> dict[str, str]:
    """What the clinic wrote when it returned a revision, by item."""
    statement = select(ReviewRemark).where(
        ReviewRemark.review_id == review.id, ReviewRemark.clinic_id == review.clinic_id
    )
    return {remark.item_key: remark.words for remark in session.exec(statement.order_by(col(ReviewRemark.item_key)))}


def list_last_remarks(session: Session, *, submission: Submission) -> dict[str, str]:
    """What the clinic wrote by item the last time it returned the answers; empty where it never did."""
    newest = (
        select(Review)
        .where(Review.submission_id == submission.id, Review.clinic_id == submission.clinic_id)
        .where(Review.verdict == Verdict.RETURNED)
        .order_by(col(Review.reviewed_at).desc())
    )
    review = session.exec(newest.limit(1)).first()
    return list_remarks(session, review=review) if review else {}


def accept_submission(
    session: Session, *, clinic: Clinic, submission: Submission, revision_number: int, reviewed_by: UUID
) -> Review:
    """Accept what was read; thanks the vendor by mail where it has an address.

    Raises NotReviewable, and NewerRevision where another version than the one read is the newest.
    """
    revision = _take_revision(session, submission, revision_number)
    review = _add_review(session, submission, revision, Verdict.ACCEPTED, "", reviewed_by)
    submission.accepted_at = review.reviewed_at
    session.add(submission)
    _record(session, "submission.accepted", submission, revision)
    addressee = find_addressee(session, submission=submission, person=revision.submitted_by)
    if addressee is not None:
        vendor = submissions.get_vendor_of(session, submission=submission)
        messages.post_accepted(session, clinic=clinic, submission=submission, to=addressee, vendor_name=vendor.name)
    return review


def return_submission(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    revision_number: int,
    remarks: Mapping[str, str],
    words: str,
    due_on: date | None,
    reviewed_by: UUID,
) -> Review:
    """Ask the vendor to look again, with a word per item or one for the whole; mails a new link where it can.

    Raises NothingToSay, DueDatePassed, NotReviewable, NewerRevision, and NotFound for an item that was not asked.
    """
    form = editions.read_form(submission.asked)
    said = {key: text.strip() for key, text in remarks.items() if text.strip()}
    refuse_if(any(form.find_item(key) is None for key in said), NotFound())
    refuse_if(not said and not words.strip(), NothingToSay())
    refuse_if(due_on is not None and due_on <= clock.today(), DueDatePassed())
    revision = _take_revision(session, submission, revision_number)
    review = _add_review(session, submission, revision, Verdict.RETURNED, words.strip(), reviewed_by)
    session.add_all(
        ReviewRemark(clinic_id=clinic.id, review_id=review.id, item_key=key, words=text) for key, text in said.items()
    )
    submission.returned_at = review.reviewed_at
    session.add(submission)
    if due_on is not None and due_on != submission.due_on:
        submissions.change_due_date(session, submission=submission, due_on=due_on)
    _record(session, "submission.returned", submission, revision, items=sorted(said))
    addressee = find_addressee(session, submission=submission, person=revision.submitted_by)
    if addressee is not None:
        mail_request(session, submission=submission, email=addressee.email, name=addressee.name, sent_by=reviewed_by)
    return review


def _take_revision(session: Session, submission: Submission, number: int) -> Revision:
    """The version that was read, with the request locked; a verdict needs it to be the newest and without one."""
    session.refresh(submission, with_for_update=True)
    newest = submissions.latest_revision(session, submission=submission)
    if newest is None or submission.stage is not Stage.SUBMITTED:
        raise NotReviewable
    refuse_if(newest.number != number, NewerRevision(shown=number, newest=newest.number))
    return newest


def _add_review(
    session: Session, submission: Submission, revision: Revision, verdict: Verdict, words: str, by: UUID
) -> Review:
    review = Review(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        revision_id=revision.id,
        verdict=verdict,
        words=words,
        reviewed_by=by,
        reviewed_at=clock.now(),
    )
    session.add(review)
    session.flush()
    return review


def _record(session: Session, verb: str, submission: Submission, revision: Revision, **details: object) -> None:
    record(
        session,
        verb,
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        revision=revision.number,
        **details,
    )
