"""Reply addresses: people who came in by a letter or a link handed over may say where to tell them of messages.

No link and no code ever go to such an address, because nobody has shown that it is theirs.
"""

from __future__ import annotations

from sqlmodel import Session

from models import Invitation
from services.history import record
from services.vendor_access import VendorViewer
from settings import get_settings


def needs_address(session: Session, *, viewer: VendorViewer) -> bool:
    """Whether the person came in without an address of their own, on a portal that sends mails."""
    return bool(get_settings().smtp_host) and not session.get_one(Invitation, viewer.invitation_id).email


def get_reply_address(session: Session, *, viewer: VendorViewer) -> str:
    """Where the person is told of messages; empty for nowhere."""
    return session.get_one(Invitation, viewer.invitation_id).reply_email


def set_reply_address(session: Session, *, viewer: VendorViewer, email: str) -> None:
    """Tell the person there from now on; an empty address ends it. Whoever has a mailed link is told there anyway."""
    invitation = session.get_one(Invitation, viewer.invitation_id)
    if invitation.email or invitation.reply_email == email:
        return
    invitation.reply_email = email
    session.add(invitation)
    record(
        session,
        "invitation.reply_address",
        clinic_id=invitation.clinic_id,
        subject=("invitation", invitation.id),
        submission_id=invitation.submission_id,
        to=email,
    )
