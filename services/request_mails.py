"""Request mails: the mail that fits where a request stands, with a new link in it."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session

from models import Clinic, Invitation, Stage, Submission
from services.answers import read_return
from services.invitations import invite_vendor, issue_link
from services.mail import messages
from services.submissions import get_vendor_of


def mail_request(
    session: Session,
    *,
    submission: Submission,
    email: str,
    name: str,
    sent_by: UUID,
    is_reminder: bool = False,
    words: str = "",
) -> Invitation:
    """Mail a link: with the request, with a reminder of it, or with what the clinic wants looked at again.

    The words stand in a reminder instead of those of the request; a return has words of its own behind the link.
    """
    if submission.stage is not Stage.RETURNED:
        return invite_vendor(
            session,
            submission=submission,
            email=email,
            name=name,
            invited_by=sent_by,
            is_reminder=is_reminder,
            words=words,
        )
    _review, remarks = read_return(session, submission=submission)
    invitation, link = issue_link(
        session, submission=submission, email=email, name=name, invited_by=sent_by, is_reminder=is_reminder
    )
    messages.post_returned(
        session,
        clinic=session.get_one(Clinic, submission.clinic_id),
        submission=submission,
        invitation=invitation,
        vendor_name=get_vendor_of(session, submission=submission).name,
        remark_count=len(remarks),
        link=link,
    )
    return invitation
