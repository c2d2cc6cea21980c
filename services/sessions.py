"""Members' sessions: started at sign-in, looked up on each request, ended on any change of rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Clinic, GroupPerson, Member, MemberSession, Membership, Role, SecondFactor
from services import clock
from services.keys import digest_of, new_token
from services.presence import last_seen, note_presence
from services.refusals import NotFound, refuse_if
from settings import get_settings

CONFIRMED_FOR: Final = timedelta(minutes=10)
"""So long after a member has shown who it is, it is not asked again."""


# Every page asks this, so that it is put together once.
_WHO: Final[sa.Select[*tuple[Any, ...]]] = (
    sa.select(
        col(MemberSession.id),
        col(MemberSession.clinic_id),
        col(MemberSession.created_at),
        col(MemberSession.last_seen_at),
        col(MemberSession.confirmed_at),
        col(Member.id).label("member_id"),
        col(Member.name),
        col(Member.email),
        col(Member.language),
        col(Member.is_operator),
        sa.exists()
        .where(col(GroupPerson.member_id) == col(Member.id), col(GroupPerson.removed_at).is_(None))
        .correlate(Member)
        .label("is_in_group"),
        col(SecondFactor.confirmed_at).label("factor_since"),
    )
    .join(Member, col(Member.id) == col(MemberSession.member_id))
    .outerjoin(SecondFactor, col(SecondFactor.member_id) == col(MemberSession.member_id))
    .where(col(MemberSession.token_hash) == sa.bindparam("token"), col(MemberSession.ended_at).is_(None))
)

_WHERE: Final[sa.Select[*tuple[Any, ...]]] = (
    sa.select(col(Clinic.id), col(Clinic.name), col(Membership.role), col(Clinic.requires_second_factor))
    .join(Membership, col(Membership.clinic_id) == col(Clinic.id))
    .where(col(Membership.member_id) == sa.bindparam("member"), col(Membership.removed_at).is_(None))
    .order_by(col(Clinic.name))
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in member at the clinic it is looking at."""

    session_id: UUID
    member_id: UUID
    name: str
    email: str
    language: str
    is_operator: bool
    clinic_id: UUID | None
    clinic_name: str
    role: Role | None
    clinics: tuple[tuple[UUID, str], ...]
    confirmed_at: datetime
    has_second_factor: bool
    is_asked_for_factor: bool
    is_in_group: bool = False

    @property
    def is_confirmed(self) -> bool:
        """Whether the member has shown a short while ago who it is."""
        return clock.now() - self.confirmed_at <= CONFIRMED_FOR

    @property
    def must_set_up_factor(self) -> bool:
        """Whether nothing of the clinic opens before the second factor is set up."""
        return self.is_asked_for_factor and not self.has_second_factor

    @property
    def opens_clinic(self) -> bool:
        """Whether the pages of a clinic open to the member now."""
        return self.clinic_id is not None and not self.must_set_up_factor

    @property
    def is_urged_to_set_up_factor(self) -> bool:
        """Whether the rights are so wide that a second factor is urged (owners and operators)."""
        return (self.is_owner or self.is_operator) and not self.has_second_factor

    @property
    def may_edit(self) -> bool:
        """Whether the role includes working, not only reading."""
        return self.role in {Role.OWNER, Role.EDITOR}

    @property
    def is_owner(self) -> bool:
        """Whether the role includes people and settings."""
        return self.role is Role.OWNER


def find_viewer(session: Session, *, token: str) -> Viewer | None:
    """The member behind a session token; None where the session is unknown, ended, idle too long or too old."""
    row = session.execute(_WHO, {"token": digest_of(token)}).first()
    if row is None:
        return None
    settings, moment = get_settings(), clock.now()
    seen = last_seen(MemberSession, row.id, row.last_seen_at)
    if moment - seen > timedelta(minutes=settings.session_idle_minutes):
        return None
    if moment - row.created_at > timedelta(hours=settings.session_hours):
        return None
    note_presence(MemberSession, row.id)
    places = list_places(session, member_id=row.member_id)
    place = next((place for place in places if place.clinic_id == row.clinic_id), places[0] if places else None)
    return Viewer(
        session_id=row.id,
        member_id=row.member_id,
        name=row.name,
        email=row.email,
        language=row.language,
        is_operator=row.is_operator,
        clinic_id=place.clinic_id if place else None,
        clinic_name=place.clinic_name if place else "",
        role=place.role if place else None,
        clinics=tuple((place.clinic_id, place.clinic_name) for place in places),
        confirmed_at=row.confirmed_at,
        is_in_group=row.is_in_group,
        has_second_factor=row.factor_since is not None,
        is_asked_for_factor=_asks_for_factor(place, is_operator=row.is_operator),
    )


def _asks_for_factor(place: Place | None, *, is_operator: bool) -> bool:
    if place is not None and place.requires_second_factor:
        return True
    has_wide_rights = is_operator or (place is not None and place.role is Role.OWNER)
    return has_wide_rights and get_settings().owners_need_second_factor


@dataclass(frozen=True, slots=True)
class Place:
    """A clinic where a member has a role."""

    clinic_id: UUID
    clinic_name: str
    role: Role
    requires_second_factor: bool = False


def list_places(session: Session, *, member_id: UUID) -> list[Place]:
    """The clinics of a member, by name."""
    return [Place(*row) for row in session.execute(_WHERE, {"member": member_id})]


def list_sessions(session: Session, *, member_id: UUID) -> list[MemberSession]:
    """Open sessions of a member, the one used last on top."""
    statement = select(MemberSession).where(MemberSession.member_id == member_id, col(MemberSession.ended_at).is_(None))
    oldest = clock.now() - timedelta(hours=get_settings().session_hours)
    statement = statement.where(MemberSession.created_at > oldest)
    return list(session.exec(statement.order_by(col(MemberSession.last_seen_at).desc())))


def start_session(session: Session, *, member: Member, browser: str) -> str:
    """Begin a session and return its token, which is kept nowhere else."""
    token, moment = new_token(), clock.now()
    places = list_places(session, member_id=member.id)
    at = member.last_clinic_id if member.last_clinic_id in {place.clinic_id for place in places} else None
    session.add(
        MemberSession(
            token_hash=digest_of(token),
            member_id=member.id,
            clinic_id=at or (places[0].clinic_id if places else None),
            browser=browser[:200],
            created_at=moment,
            last_seen_at=moment,
            confirmed_at=moment,
        )
    )
    session.flush()
    return token


def renew_session(session: Session, *, viewer: Viewer) -> str:
    """Note that the member has shown again who it is, and return the session's new token (ASVS 7.2.4)."""
    token = new_token()
    found = session.get_one(MemberSession, viewer.session_id)
    found.token_hash, found.confirmed_at = digest_of(token), clock.now()
    session.flush()
    return token


def end_session(session: Session, *, member_id: UUID, session_id: UUID) -> None:
    """End one session of a member; raises NotFound for a session of somebody else."""
    found = session.get(MemberSession, session_id)
    refuse_if(found is None or found.member_id != member_id, NotFound())
    if found is not None and found.ended_at is None:
        found.ended_at = clock.now()


def end_all_sessions(session: Session, *, member_id: UUID, but: UUID | None = None) -> None:
    """End the sessions of a member, all but one; called wherever password, role or factor changes (ASVS 7.4.3)."""
    statement = sa.update(MemberSession).where(
        col(MemberSession.member_id) == member_id, col(MemberSession.ended_at).is_(None)
    )
    if but is not None:
        statement = statement.where(col(MemberSession.id) != but)
    session.execute(statement.values(ended_at=clock.now()))


def switch_clinic(session: Session, *, viewer: Viewer, clinic_id: UUID) -> None:
    """Look at another clinic of the same member; raises NotFound where it has no role there."""
    refuse_if(clinic_id not in {known for known, _name in viewer.clinics}, NotFound())
    found = session.get(MemberSession, viewer.session_id)
    member = session.get(Member, viewer.member_id)
    if found is not None and member is not None:
        found.clinic_id = clinic_id
        member.last_clinic_id = clinic_id
