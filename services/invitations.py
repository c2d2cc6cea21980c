"""Invitations: links for a submission, sent by mail or copied, each replaceable, revocable and short-lived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import MAILED, Channel, Clinic, Invitation, Mail, Stage, Submission, VendorSession
from services import clock, formats
from services.history import record
from services.holders import find_link_of, list_dependent_links, name_person
from services.keys import digest_of, digest_of_code, new_code, new_token, trace_of
from services.languages import language
from services.links import invitation_link
from services.mail import holder_messages, messages
from services.refusals import (
    AlreadyDeclined,
    CapReached,
    InvitationExpired,
    InvitationReplaced,
    InvitationRevoked,
    InvitationUnknown,
    NotFound,
    SubmissionWithdrawn,
    refuse_if,
)
from services.submissions import get_vendor_of, list_covered_systems
from services.successors import hand_over_sessions
from settings import get_settings

GRACE: Final = timedelta(days=60)
"""A link may outlive the due date by this long, so that late answers still arrive."""

SHORTEST_LIFE: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class CopiedLink:
    """A link and its code, in clear this one time."""

    invitation: Invitation
    link: str
    code: str


def get_invitation(session: Session, *, submission: Submission, invitation_id: UUID) -> Invitation:
    """One link of a submission; raises NotFound."""
    statement = select(Invitation).where(
        Invitation.id == invitation_id,
        Invitation.submission_id == submission.id,
        Invitation.clinic_id == submission.clinic_id,
    )
    invitation = session.exec(statement).first()
    if invitation is None:
        raise NotFound
    return invitation


def find_invitation(session: Session, *, token: str) -> tuple[Invitation, Submission, Clinic]:
    """What a link leads to; raises why it leads nowhere. Reads only: opening a link changes nothing."""
    invitation = session.exec(select(Invitation).where(Invitation.token_hash == digest_of(token))).first()
    if invitation is None:
        raise InvitationUnknown
    return check_invitation(session, invitation=invitation)


def check_invitation(session: Session, *, invitation: Invitation) -> tuple[Invitation, Submission, Clinic]:
    """The link with its submission and clinic; raises why it does not work (any more)."""
    submission = session.get_one(Submission, invitation.submission_id)
    clinic = session.get_one(Clinic, invitation.clinic_id)
    refuse_if(submission.withdrawn_at is not None, SubmissionWithdrawn())
    refuse_if(invitation.replaced_at is not None, InvitationReplaced())
    refuse_if(invitation.revoked_at is not None, InvitationRevoked())
    until = formats.format_moment(invitation.expires_at, language.get())
    refuse_if(invitation.expires_at <= clock.now(), InvitationExpired(until=until, is_mailed=bool(invitation.email)))
    return invitation, submission, clinic


def refuse_over_cap(session: Session, *, clinic: Clinic, member_id: UUID, wanted: int, is_bulk: bool) -> None:
    """Raise CapReached where the day's number would be exceeded: 200 a clinic, 20 a member one by one."""
    settings, since = get_settings(), clock.now() - timedelta(days=1)
    recent = (
        select(sa.func.count())
        .select_from(Invitation)
        .where(Invitation.clinic_id == clinic.id, Invitation.created_at > since, Invitation.channel == Channel.MAIL)
    )
    by_clinic = session.exec(recent).one()
    refuse_if(
        by_clinic + wanted > settings.clinic_invitations_per_day, CapReached(cap=settings.clinic_invitations_per_day)
    )
    if not is_bulk:
        by_member = session.exec(
            recent.where(Invitation.created_by == member_id, col(Invitation.is_automatic).is_(False))
        ).one()
        cap = settings.member_invitations_per_day
        refuse_if(by_member + wanted > cap, CapReached(cap=cap))


def invite_vendor(
    session: Session,
    *,
    submission: Submission,
    email: str,
    name: str,
    invited_by: UUID,
    is_reminder: bool = False,
    words: str = "",
) -> Invitation:
    """Mail one more link for this submission; links sent before to the same address stop working.

    The words stand in a reminder instead of those of the request.
    """
    invitation, link = issue_link(
        session, submission=submission, email=email, name=name, invited_by=invited_by, is_reminder=is_reminder
    )
    mail_link(session, submission=submission, invitation=invitation, link=link, words=words)
    return invitation


def mail_link(session: Session, *, submission: Submission, invitation: Invitation, link: str, words: str = "") -> None:
    """Mail a link that was just made: as the clinic's request, as its reminder, or as a colleague's word."""
    post: Callable[..., Mail] = messages.post_invitation
    if invitation.is_reminder:
        post = partial(messages.post_reminder, words=words)
    elif invitation.forwarded_by:
        forwarder = name_person(session, submission=submission, person=invitation.forwarded_by)
        post = partial(holder_messages.post_forwarded, forwarder=forwarder)
    post(
        session,
        clinic=session.get_one(Clinic, submission.clinic_id),
        submission=submission,
        invitation=invitation,
        vendor_name=get_vendor_of(session, submission=submission).name,
        systems=[system.name for system in list_covered_systems(session, submission=submission)],
        link=link,
    )


def issue_link(
    session: Session,
    *,
    submission: Submission,
    email: str,
    name: str,
    invited_by: UUID,
    is_reminder: bool = False,
) -> tuple[Invitation, str]:
    """Make a link that the caller mails in the same transaction; earlier ones to the address stop working.

    It reaches as far as the one whose place it takes, and remembers the same colleague who handed that on.
    """
    _refuse_if_over(submission)
    former = find_link_of(session, submission=submission, email=email)
    replace_links(session, submission=submission, email=email)
    invitation, token = make_link(submission, email=email, name=name, by=invited_by)
    invitation.is_reminder = is_reminder
    if former is not None:
        for kept in ("channel", "forwarded_by", "note", "held_since", "section_keys"):
            setattr(invitation, kept, getattr(former, kept))
    session.add(invitation)
    _mark_sent(submission, is_reminder=is_reminder)
    session.add(submission)
    session.flush()
    hand_over_sessions(session, invitation=invitation)
    _record(session, "invitation.reminded" if is_reminder else "invitation.sent", invitation, to=email)
    return invitation, invitation_link(token)


def copy_link(session: Session, *, submission: Submission, name: str, copied_by: UUID) -> CopiedLink:
    """Make a link with a code of its own, to hand over by telephone, fax or chat; earlier copied links stop working."""
    _refuse_if_over(submission)
    replace_links(session, submission=submission, email="", channel=Channel.COPIED)
    invitation, token = make_link(submission, email="", name=name, channel=Channel.COPIED, by=copied_by)
    code = new_code()
    invitation.code_hash = digest_of_code(code, bound_to=str(invitation.id))
    session.add(invitation)
    _mark_sent(submission, is_reminder=False)
    session.add(submission)
    session.flush()
    hand_over_sessions(session, invitation=invitation)
    _record(session, "invitation.copied", invitation)
    return CopiedLink(invitation=invitation, link=invitation_link(token), code=code)


def renew_invitation(session: Session, *, token: str) -> Invitation:
    """Mail a new link to the address of an expired one, asked for by whoever holds the old link.

    Says nothing new to that person: the link goes to the invited address only. Raises what find_invitation raises,
    except that being expired is what is expected here.
    """
    invitation = session.exec(select(Invitation).where(Invitation.token_hash == digest_of(token))).first()
    if invitation is None or not invitation.email:
        raise InvitationUnknown
    try:
        check_invitation(session, invitation=invitation)
    except InvitationExpired:
        submission = session.get_one(Submission, invitation.submission_id)
        return invite_vendor(
            session,
            submission=submission,
            email=invitation.email,
            name=invitation.name,
            invited_by=invitation.created_by,
        )
    return invitation


def revoke_invitation(session: Session, *, invitation: Invitation) -> None:
    """Take a link back, and what was handed on from it; sessions of these people end in the same transaction."""
    for stopped in [invitation, *list_dependent_links(session, invitation=invitation)]:
        _stop_link(session, stopped)
        _record(session, "invitation.revoked", stopped, to=stopped.email)


def _stop_link(session: Session, invitation: Invitation) -> None:
    moment = clock.now()
    invitation.revoked_at = invitation.revoked_at or moment
    session.add(invitation)
    session.execute(
        sa.update(VendorSession)
        .where(col(VendorSession.invitation_id) == invitation.id, col(VendorSession.ended_at).is_(None))
        .values(ended_at=moment)
    )


def replace_links(session: Session, *, submission: Submission, email: str, channel: Channel = Channel.MAIL) -> None:
    """Void the links that a new one on the same way to the same address takes the place of."""
    session.execute(
        sa.update(Invitation)
        .where(
            col(Invitation.submission_id) == submission.id,
            col(Invitation.email) == email,
            col(Invitation.channel).in_(MAILED if channel in MAILED else {channel}),
            col(Invitation.replaced_at).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
        .values(replaced_at=clock.now())
    )


def expiry_of(submission: Submission) -> datetime:
    """When a link made now stops: after the days of the settings, not past the due date and its grace."""
    moment, last = clock.now(), latest_end_of_link(submission.due_on)
    return max(moment + SHORTEST_LIFE, min(moment + timedelta(days=get_settings().invitation_days), last))


def latest_end_of_link(due_on: date) -> datetime:
    """When the last link of a request ends, however long it could live by itself."""
    return datetime.combine(due_on, time.max, tzinfo=clock.JAPAN) + GRACE


def make_link(
    submission: Submission, *, email: str, name: str, by: UUID, channel: Channel = Channel.MAIL
) -> tuple[Invitation, str]:
    """A link not yet stored, and its token in clear this one time."""
    token, moment = new_token(), clock.now()
    invitation = Invitation(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        channel=channel,
        email=email,
        name=name,
        language=submission.language,
        token_hash=digest_of(token),
        created_by=by,
        created_at=moment,
        held_since=moment,
        expires_at=expiry_of(submission),
    )
    return invitation, token


def _mark_sent(submission: Submission, *, is_reminder: bool) -> None:
    submission.sent_at = submission.sent_at or clock.now()
    if is_reminder:
        submission.reminded_at = clock.now()


def _refuse_if_over(submission: Submission) -> None:
    refuse_if(submission.stage is Stage.WITHDRAWN, SubmissionWithdrawn())
    refuse_if(submission.stage is Stage.DECLINED, AlreadyDeclined())


def _record(session: Session, verb: str, invitation: Invitation, **details: object) -> None:
    record(
        session,
        verb,
        clinic_id=invitation.clinic_id,
        subject=("invitation", invitation.id),
        submission_id=invitation.submission_id,
        trace=trace_of(invitation.token_hash),
        **details,
    )
