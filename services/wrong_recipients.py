"""Wrong recipients: “this is not for us” stops the link at once and tells whoever sent it."""

from __future__ import annotations

from sqlmodel import Session, select

from models import Clinic, Invitation, Submission
from services.forwarding import give_back
from services.history import Actor, act_as, record
from services.invitations import revoke_invitation
from services.keys import digest_of, trace_of
from services.links import submission_link
from services.mail import holder_messages
from services.refusals import InvitationUnknown
from services.submissions import get_vendor_of
from services.submitting import list_people_to_tell
from services.vendor_access import VendorViewer


def report_wrong_recipient(session: Session, *, token: str) -> None:
    """The reader of a link says that it is not for them.

    Raises InvitationUnknown; a link that stopped before needs nothing more, and the reader learns neither.
    """
    invitation = session.exec(select(Invitation).where(Invitation.token_hash == digest_of(token))).first()
    if invitation is None:
        raise InvitationUnknown
    if invitation.revoked_at is None and invitation.replaced_at is None:
        act_as(session, Actor(kind="vendor", name=invitation.person))
        _report(session, invitation)


def report_after_code(session: Session, *, viewer: VendorViewer) -> None:
    """Somebody who has come in says so; every link of that person stops."""
    _report(session, session.get_one(Invitation, viewer.invitation_id))


def _report(session: Session, invitation: Invitation) -> None:
    """The log tells the clinic in any case; a mail goes to whoever sent it: the clinic, or the colleague."""
    submission = session.get_one(Submission, invitation.submission_id)
    record(
        session,
        "invitation.wrong_recipient",
        clinic_id=invitation.clinic_id,
        subject=("invitation", invitation.id),
        submission_id=invitation.submission_id,
        trace=trace_of(invitation.token_hash),
        to=invitation.person,
    )
    if invitation.forwarded_by:
        give_back(session, invitation=invitation, submission=submission)
        return
    revoke_invitation(session, invitation=invitation)
    clinic = session.get_one(Clinic, invitation.clinic_id)
    vendor_name = get_vendor_of(session, submission=submission).name
    for member in list_people_to_tell(session, clinic_id=clinic.id):
        holder_messages.post_wrong_recipient(
            session,
            clinic=clinic,
            submission=submission,
            to=member,
            vendor_name=vendor_name,
            person=invitation.person,
            link=submission_link(submission.id),
        )
