"""Members of a clinic: invited by its owners, joined by a link, given a role, removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Clinic, Member, MemberInvitation, Membership, Role, SecondFactor
from services import accounts, clock, links, signing_in, throttles
from services.account_refusals import AlreadyMember, LastOwner
from services.history import record
from services.keys import digest_of, new_token, trace_of
from services.mail import messages
from services.refusals import CapReached, LinkSpent, NotFound, Refusal, refuse_if
from services.sessions import Viewer, end_all_sessions, list_places
from services.signing_in import CodeAwaited, Proof, SignedIn
from settings import get_settings


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the list shows it."""

    membership_id: UUID
    member_id: UUID
    name: str
    email: str
    role: Role
    joined_at: datetime
    has_second_factor: bool


def list_members(session: Session, *, clinic_id: UUID) -> list[MemberRow]:
    """Members of a clinic in the order in which they joined."""
    rows = session.execute(
        sa.select(
            col(Membership.id),
            col(Member.id),
            col(Member.name),
            col(Member.email),
            col(Membership.role),
            col(Membership.created_at),
            col(SecondFactor.confirmed_at).is_not(None),
        )
        .join(Member, col(Member.id) == col(Membership.member_id))
        .outerjoin(SecondFactor, col(SecondFactor.member_id) == col(Member.id))
        .where(col(Membership.clinic_id) == clinic_id, col(Membership.removed_at).is_(None))
        .order_by(col(Membership.created_at), col(Member.name))
    )
    return [MemberRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A clinic where a member has a role, as its own page shows it."""

    clinic_id: UUID
    clinic_name: str
    role: Role
    is_last_owner: bool


def list_own_places(session: Session, *, viewer: Viewer) -> list[OwnPlace]:
    """The clinics of a member, and whether it is the only one who can manage them."""
    places = list_places(session, member_id=viewer.member_id)
    others = session.exec(
        select(Membership.clinic_id).where(
            col(Membership.clinic_id).in_([place.clinic_id for place in places]),
            Membership.role == Role.OWNER,
            Membership.member_id != viewer.member_id,
            col(Membership.removed_at).is_(None),
        )
    ).all()
    return [
        OwnPlace(
            place.clinic_id, place.clinic_name, place.role, place.role is Role.OWNER and place.clinic_id not in others
        )
        for place in places
    ]


def get_membership(session: Session, *, clinic_id: UUID, membership_id: UUID) -> Membership:
    """A membership in force at a clinic; raises NotFound."""
    statement = select(Membership).where(
        Membership.id == membership_id, Membership.clinic_id == clinic_id, col(Membership.removed_at).is_(None)
    )
    membership = session.exec(statement).first()
    if membership is None:
        raise NotFound
    return membership


def list_open_invitations(session: Session, *, clinic_id: UUID) -> list[MemberInvitation]:
    """Invitations that nobody has used and nobody has taken back, newest first; among them expired ones."""
    statement = select(MemberInvitation).where(
        MemberInvitation.clinic_id == clinic_id,
        col(MemberInvitation.accepted_at).is_(None),
        col(MemberInvitation.revoked_at).is_(None),
    )
    return list(session.exec(statement.order_by(col(MemberInvitation.created_at).desc())))


def get_invitation(session: Session, *, clinic_id: UUID, invitation_id: UUID) -> MemberInvitation:
    """An invitation of a clinic; raises NotFound."""
    statement = select(MemberInvitation).where(
        MemberInvitation.id == invitation_id, MemberInvitation.clinic_id == clinic_id
    )
    invitation = session.exec(statement).first()
    if invitation is None:
        raise NotFound
    return invitation


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """What a joining link leads to."""

    invitation: MemberInvitation
    clinic: Clinic
    has_account: bool


def find_open_invitation(session: Session, *, token: str, lock: bool = False) -> OpenDoor:
    """What a joining link leads to; raises LinkSpent, in the same words for every reason, where it leads nowhere."""
    statement = select(MemberInvitation).where(MemberInvitation.token_hash == digest_of(token))
    invitation = session.exec(statement.with_for_update() if lock else statement).first()
    if invitation is None or invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= clock.now():
        raise LinkSpent
    clinic = session.get_one(Clinic, invitation.clinic_id)
    member = accounts.find_member_by_address(session, email=invitation.email)
    return OpenDoor(invitation, clinic, has_account=member is not None)


@dataclass(frozen=True, slots=True)
class Invited:
    """A fresh invitation and its link, in clear this one time."""

    invitation: MemberInvitation
    link: str


def invite_member(session: Session, *, clinic: Clinic, viewer: Viewer, email: str, name: str, role: Role) -> Invited:
    """Mail a link to join the clinic; an older link to the same address stops working.

    Raises AlreadyMember, and CapReached after the day's number.
    """
    email = accounts.normal_address(email)
    refuse_if(email in {row.email for row in list_members(session, clinic_id=clinic.id)}, AlreadyMember())
    _refuse_over_cap(session, member_id=viewer.member_id)
    for former in list_open_invitations(session, clinic_id=clinic.id):
        if former.email == email:
            former.revoked_at = clock.now()
    token, moment = new_token(), clock.now()
    invitation = MemberInvitation(
        clinic_id=clinic.id,
        email=email,
        name=name,
        role=role,
        token_hash=digest_of(token),
        invited_by=viewer.member_id,
        created_at=moment,
        expires_at=moment + timedelta(days=get_settings().invitation_days),
    )
    session.add(invitation)
    session.flush()
    trace = trace_of(invitation.token_hash)
    _record(session, "member.invited", clinic, invitation.id, email=email, role=role.value, trace=trace)
    link = links.joining_link(token)
    messages.post_member_invitation(session, clinic=clinic, invitation=invitation, invited_by=viewer.name, link=link)
    return Invited(invitation, link)


def _refuse_over_cap(session: Session, *, member_id: UUID) -> None:
    cap = get_settings().member_invitations_per_day
    recent = sa.select(sa.func.count()).where(
        col(MemberInvitation.invited_by) == member_id,
        col(MemberInvitation.created_at) > clock.now() - timedelta(days=1),
    )
    refuse_if(session.execute(recent).scalar_one() >= cap, CapReached(cap=cap))


def revoke_invitation(session: Session, *, clinic: Clinic, invitation: MemberInvitation) -> None:
    """Take an invitation back; the link stops working at once."""
    if invitation.accepted_at or invitation.revoked_at:
        return
    invitation.revoked_at = clock.now()
    _record(session, "member.invitation_revoked", clinic, invitation.id, email=invitation.email)


def join(
    session: Session, *, door: OpenDoor, person: Proof | str, name: str, language: str, browser: str
) -> SignedIn | CodeAwaited:
    """Give the invited person the role and sign it in, as far as its password alone reaches.

    `person` is the proof of a member's password, or the hash of a newcomer's; the caller holds the invitation locked.
    Raises what check_proof raises, and Refusal where the address got a login in the meantime.
    """
    if isinstance(person, Proof):
        member = signing_in.check_proof(session, proof=person)
        is_known_browser = person.is_known_browser
    else:
        member = _add_newcomer(session, door=door, name=name, password_hash=person, language=language)
        is_known_browser = True
    door.invitation.accepted_at = clock.now()
    member.last_clinic_id = door.clinic.id
    accounts.act_as_member(session, member)
    if member.id not in {row.member_id for row in list_members(session, clinic_id=door.clinic.id)}:
        role = door.invitation.role
        session.add(Membership(clinic_id=door.clinic.id, member_id=member.id, role=role, created_at=clock.now()))
        session.flush()
        _record(session, "member.joined", door.clinic, member.id, name=member.name, role=role.value)
    return signing_in.go_in(session, member=member, browser=browser, is_known_browser=is_known_browser)


def _add_newcomer(session: Session, *, door: OpenDoor, name: str, password_hash: str, language: str) -> Member:
    email = door.invitation.email
    throttles.hold_subject(session, subject=throttles.subject_of("address", email))
    refuse_if(accounts.find_member_by_address(session, email=email) is not None, Refusal())
    return accounts.add_member(session, name=name, email=email, password_hash=password_hash, language=language)


def change_role(session: Session, *, clinic: Clinic, membership: Membership, role: Role) -> None:
    """Give a member another role; it signs in anew, so that the session belongs to the new role.

    Raises LastOwner where nobody could manage the clinic afterwards.
    """
    if membership.role is role:
        return
    _refuse_last_owner(session, membership=membership)
    former, membership.role = membership.role, role
    end_all_sessions(session, member_id=membership.member_id)
    name = session.get_one(Member, membership.member_id).name
    _record(
        session, "member.role_changed", clinic, membership.member_id, name=name, former=former.value, role=role.value
    )


def remove_member(session: Session, *, clinic: Clinic, membership: Membership) -> None:
    """End a membership and the member's open sessions; raises LastOwner where nobody could manage the clinic then."""
    _refuse_last_owner(session, membership=membership)
    membership.removed_at = clock.now()
    end_all_sessions(session, member_id=membership.member_id)
    name = session.get_one(Member, membership.member_id).name
    _record(session, "member.removed", clinic, membership.member_id, name=name, role=membership.role.value)


def leave_clinic(session: Session, *, viewer: Viewer, clinic_id: UUID) -> Clinic:
    """End one's own membership; raises NotFound without one, LastOwner where nobody could manage the clinic then."""
    statement = select(Membership).where(
        Membership.clinic_id == clinic_id,
        Membership.member_id == viewer.member_id,
        col(Membership.removed_at).is_(None),
    )
    membership = session.exec(statement).first()
    if membership is None:
        raise NotFound
    _refuse_last_owner(session, membership=membership)
    membership.removed_at = clock.now()
    clinic = session.get_one(Clinic, clinic_id)
    # This browser stays, because the person is still itself; what it sees follows from the roles it has left.
    end_all_sessions(session, member_id=viewer.member_id, but=viewer.session_id)
    _record(session, "member.left", clinic, viewer.member_id, name=viewer.name, role=membership.role.value)
    return clinic


def _refuse_last_owner(session: Session, *, membership: Membership) -> None:
    """Owners are locked while one of them goes, so that the last two cannot go at the same moment."""
    owners = session.exec(
        select(Membership.id)
        .where(
            Membership.clinic_id == membership.clinic_id,
            Membership.role == Role.OWNER,
            col(Membership.removed_at).is_(None),
        )
        .order_by(col(Membership.id))
        .with_for_update()
    ).all()
    refuse_if(list(owners) == [membership.id], LastOwner())


def _record(session: Session, verb: str, clinic: Clinic, subject_id: UUID, **details: Any) -> None:
    record(session, verb, clinic_id=clinic.id, subject=("member", subject_id), **details)
