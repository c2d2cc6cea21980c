"""Successors: a new link to the same address takes the place of the old one without throwing anybody out."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import MAILED, Invitation, VendorSession


def hand_over_sessions(session: Session, *, invitation: Invitation) -> None:
    """Let whoever came in with an earlier link to the same address go on with this one.

    The session then lives and dies with the new link: taking that back ends it, and a code asked for later goes by it.
    """
    before = (*_same_way(invitation), col(Invitation.replaced_at).is_not(None), col(Invitation.revoked_at).is_(None))
    former = sa.select(col(Invitation.id)).where(*before)
    session.execute(
        sa.update(VendorSession)
        .where(col(VendorSession.invitation_id).in_(former))
        .values(invitation_id=invitation.id)
        .execution_options(synchronize_session=False)
    )
    if not invitation.is_mailed:
        given = select(Invitation.reply_email).where(*before).order_by(col(Invitation.created_at).desc()).limit(1)
        invitation.reply_email = session.exec(given).first() or ""
        session.add(invitation)


def find_successor(session: Session, *, invitation: Invitation) -> Invitation:
    """The link that took the place of a mailed one, or the link itself where none did.

    A link that was handed over or printed has none: its code was told to a person, and the next one may be told to
    another.
    """
    if invitation.replaced_at is None or not invitation.is_mailed:
        return invitation
    statement = select(Invitation).where(*_same_way(invitation), col(Invitation.replaced_at).is_(None))
    return session.exec(statement.order_by(col(Invitation.created_at).desc()).limit(1)).first() or invitation


def _same_way(invitation: Invitation) -> tuple[sa.ColumnElement[bool], ...]:
    """Links of the same request on the same way to the same address; those on paper or handed over have none."""
    return (
        col(Invitation.channel).in_(MAILED if invitation.is_mailed else {invitation.channel}),
        col(Invitation.clinic_id) == invitation.clinic_id,
        col(Invitation.submission_id) == invitation.submission_id,
        col(Invitation.email) == invitation.email,
    )
