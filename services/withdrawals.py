"""Withdrawals: the clinic no longer needs the answers, and says so where it wants."""

from __future__ import annotations

from sqlmodel import Session

from models import Clinic, Stage, Submission
from services import submissions
from services.addressees import find_addressee
from services.mail import messages
from services.refusals import refuse_if
from services.submission_refusals import NotChangeable


def withdraw_request(session: Session, *, clinic: Clinic, submission: Submission, tell: bool) -> None:
    """Take a request back and, where wanted and possible, tell the vendor.

    Raises NotChangeable for answers that were accepted or declined, SubmissionWithdrawn the second time.
    """
    addressee = find_addressee(session, submission=submission) if tell and submission.sent_at else None
    session.refresh(submission, with_for_update=True)
    refuse_if(submission.stage in {Stage.ACCEPTED, Stage.DECLINED}, NotChangeable())
    submissions.withdraw_submission(session, submission=submission)
    if addressee is not None:
        vendor = submissions.get_vendor_of(session, submission=submission)
        messages.post_withdrawn(session, clinic=clinic, submission=submission, to=addressee, vendor_name=vendor.name)
