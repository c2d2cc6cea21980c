"""Forwarding: a person at a vendor hands the form or sections of it to a colleague, takes it back, or gives it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Channel, Clinic, Event, Invitation, Mail, Revision, Submission
from services import clock, editions, submissions
from services.history import record
from services.holders import find_link_of, label_of, list_former_holders, name_person
from services.invitations import (
    get_invitation,
    issue_link,
    make_link,
    replace_links,
    revoke_invitation,
)
from services.keys import trace_of
from services.links import invitation_link
from services.mail import holder_messages
from services.refusals import NotFound, refuse_if
from services.successors import hand_over_sessions
from services.vendor_access import VendorViewer
from services.vendor_refusals import ForwardedTooOften, ForwardedToSelf, HoldsItAlready
from settings import get_settings

HANDED_OVER: Final = "invitation.handed_over"
HANDED_IN_PART: Final = "invitation.handed_in_part"
VERBS: Final = (HANDED_OVER, HANDED_IN_PART)


def forward(
    session: Session, *, viewer: VendorViewer, email: str, name: str, note: str, sections: Sequence[str] | None
) -> Invitation:
    """Mail a colleague a link of their own to the whole form (`sections` is None) or to some sections of it.

    Raises NotFound for sections that the person does not hold, ForwardedToSelf, HoldsItAlready, ForwardedTooOften, and
    what lock_for_answering raises.
    """
    submission = submissions.lock_for_answering(session, submission=viewer.submission)
    _refuse_beyond_scope(viewer, sections)
    refuse_if(email.casefold() == viewer.person.casefold(), ForwardedToSelf())
    _refuse_over_cap(session, viewer)
    former = find_link_of(session, submission=submission, email=email)
    holds_all = former is not None and former.section_keys is None
    refuse_if(holds_all and sections is not None, HoldsItAlready(person=name or email))
    replace_links(session, submission=submission, email=email)
    own = session.get_one(Invitation, viewer.invitation_id)
    invitation, token = make_link(submission, email=email, name=name, channel=Channel.FORWARDED, by=own.created_by)
    invitation.forwarded_by, invitation.note = viewer.person, note
    invitation.language = viewer.language
    invitation.section_keys = _join_sections(submission, sections, former)
    if holds_all and former is not None:
        # Handed back, or handed on twice: who had all of it keeps the ground it was given on.
        invitation.channel, invitation.forwarded_by = former.channel, former.forwarded_by
    session.add(invitation)
    session.flush()
    hand_over_sessions(session, invitation=invitation)
    _record_forwarding(session, invitation)
    _mail_forwarding(session, viewer, invitation, link=invitation_link(token))
    return invitation


def take_back(session: Session, *, viewer: VendorViewer, invitation_id: UUID) -> Invitation:
    """Stop a link that the person handed on; raises NotFound for one that somebody else did."""
    submission = submissions.lock_for_answering(session, submission=viewer.submission)
    invitation = get_invitation(session, submission=submission, invitation_id=invitation_id)
    refuse_if(invitation.forwarded_by != viewer.person or invitation.replaced_at is not None, NotFound())
    revoke_invitation(session, invitation=invitation)
    return invitation


def give_back(session: Session, *, invitation: Invitation, submission: Submission) -> None:
    """A colleague is not the right person: whoever handed it on gets it back with a link of their own."""
    revoke_invitation(session, invitation=invitation)
    former = find_link_of(session, submission=submission, email=invitation.forwarded_by)
    if former is None:
        return
    fresh, link = issue_link(
        session, submission=submission, email=former.email, name=former.name, invited_by=former.created_by
    )
    holder_messages.post_given_back(
        session,
        clinic=session.get_one(Clinic, submission.clinic_id),
        submission=submission,
        invitation=fresh,
        colleague=label_of(invitation.person, invitation.name),
        vendor_name=submissions.get_vendor_of(session, submission=submission).name,
        link=link,
    )


def tell_former_holders(session: Session, *, viewer: VendorViewer, revision: Revision) -> None:
    """Tell those who handed the whole form on that it has been submitted, each of them once for all times."""
    submission = viewer.submission
    told = set(
        session.exec(
            select(Mail.recipient).where(Mail.submission_id == submission.id, Mail.kind == "colleague_submitted")
        )
    )
    vendor_name = submissions.get_vendor_of(session, submission=submission).name
    for former in list_former_holders(session, submission=submission):
        if former.email and former.person != viewer.person and former.email not in told:
            holder_messages.post_colleague_submitted(
                session,
                clinic=viewer.clinic,
                submission=submission,
                revision=revision,
                to=former,
                colleague=name_person(session, submission=submission, person=viewer.person),
                vendor_name=vendor_name,
            )


def _refuse_beyond_scope(viewer: VendorViewer, sections: Sequence[str] | None) -> None:
    """Nobody hands on more than they have, nor sections that are not on the form."""
    held = viewer.scope
    if held is None:
        held = tuple(section.key for section in editions.read_form(viewer.submission.asked).sections)
    elif sections is None:
        raise NotFound
    refuse_if(sections is not None and (not sections or not set(sections) <= set(held)), NotFound())


def _refuse_over_cap(session: Session, viewer: VendorViewer) -> None:
    """Count the day's handing on, by this person and by everybody, also where a newer link replaced one."""
    settings = get_settings()
    by = sa.func.sum(sa.case((col(Event.actor_name) == viewer.person, 1), else_=0))
    statement = sa.select(sa.func.count(), by).where(
        col(Event.chain_id) == viewer.clinic.id,
        col(Event.submission_id) == viewer.submission.id,
        col(Event.verb).in_(VERBS),
        col(Event.at) > clock.now() - timedelta(days=1),
    )
    everybody, person = session.execute(statement).one()
    own_cap, whole_cap = settings.forwards_per_person_per_day, settings.forwards_per_submission_per_day
    refuse_if((person or 0) >= own_cap, ForwardedTooOften(cap=own_cap))
    refuse_if(everybody >= whole_cap, ForwardedTooOften(cap=whole_cap))


def _join_sections(
    submission: Submission, sections: Sequence[str] | None, former: Invitation | None
) -> list[str] | None:
    """The sections in the order of the form, with those that the colleague has already."""
    if sections is None:
        return None
    wanted = {*sections, *((former.section_keys or ()) if former else ())}
    return [section.key for section in editions.read_form(submission.asked).sections if section.key in wanted]


def _mail_forwarding(session: Session, viewer: VendorViewer, invitation: Invitation, *, link: str) -> None:
    submission = viewer.submission
    holder_messages.post_forwarded(
        session,
        clinic=viewer.clinic,
        submission=submission,
        invitation=invitation,
        vendor_name=submissions.get_vendor_of(session, submission=submission).name,
        systems=[system.name for system in submissions.list_covered_systems(session, submission=submission)],
        link=link,
        forwarder=name_person(session, submission=submission, person=viewer.person),
    )


def _record_forwarding(session: Session, invitation: Invitation) -> None:
    verb = HANDED_OVER if invitation.section_keys is None else HANDED_IN_PART
    record(
        session,
        verb,
        clinic_id=invitation.clinic_id,
        subject=("invitation", invitation.id),
        submission_id=invitation.submission_id,
        trace=trace_of(invitation.token_hash),
        to=label_of(invitation.person, invitation.name),
        sections=invitation.section_keys or [],
    )
