"""Groups: made by the operator, widened by their own people, and shown only the clinics that agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Clinic, Group, GroupConsent, GroupPerson, Member
from services import accounts, clock
from services.account_refusals import AlreadyInGroup, LastInGroup
from services.history import record
from services.letter_numbers import new_number, read_number
from services.mail import portal_messages
from services.refusals import CapReached, NotFound, refuse_if
from settings import get_settings

NOT_CHOSEN: Final = "!"
"""What stands in place of the hash until the person has chosen a password; nothing typed ever fits it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who belongs to a group."""

    id: UUID
    member_id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Consent:
    """A group that a clinic lets see its progress."""

    id: UUID
    group_name: str
    agreed_by: str
    agreed_at: datetime


# Reads


def get_group(session: Session, *, group_id: UUID, member_id: UUID) -> Group:
    """A group to which the member belongs; raises NotFound for every other."""
    statement = select(Group).join(GroupPerson, col(GroupPerson.group_id) == col(Group.id))
    group = session.exec(statement.where(Group.id == group_id, *_in_force(member_id))).first()
    if group is None:
        raise NotFound
    return group


def list_groups(session: Session, *, member_id: UUID) -> list[Group]:
    """The groups of a member, by name."""
    statement = select(Group).join(GroupPerson, col(GroupPerson.group_id) == col(Group.id))
    return list(session.exec(statement.where(*_in_force(member_id)).order_by(col(Group.name))))


def find_group(session: Session, *, number: str) -> Group | None:
    """The group with the number that was typed; None where there is none."""
    plain = read_number(number)
    return session.exec(select(Group).where(Group.number == plain)).first() if plain else None


def list_people(session: Session, *, group: Group) -> list[Person]:
    """Who belongs to a group, in the order in which they came."""
    rows = session.execute(
        sa.select(col(GroupPerson.id), col(Member.id), col(Member.name), col(Member.email))
        .join(Member, col(Member.id) == col(GroupPerson.member_id))
        .where(col(GroupPerson.group_id) == group.id, col(GroupPerson.removed_at).is_(None))
        .order_by(col(GroupPerson.created_at), col(Member.name))
    )
    return [Person(*row) for row in rows]


def list_consents(session: Session, *, clinic_id: UUID) -> list[Consent]:
    """The groups that see this clinic's progress now."""
    rows = session.execute(
        sa.select(col(GroupConsent.id), col(Group.name), col(Member.name), col(GroupConsent.agreed_at))
        .join(Group, col(Group.id) == col(GroupConsent.group_id))
        .join(Member, col(Member.id) == col(GroupConsent.agreed_by))
        .where(col(GroupConsent.clinic_id) == clinic_id, col(GroupConsent.ended_at).is_(None))
        .order_by(col(GroupConsent.agreed_at))
    )
    return [Consent(*row) for row in rows]


def get_consent(session: Session, *, clinic_id: UUID, consent_id: UUID) -> GroupConsent:
    """A consent of this clinic, in force or not; raises NotFound."""
    statement = select(GroupConsent).where(GroupConsent.id == consent_id, GroupConsent.clinic_id == clinic_id)
    consent = session.exec(statement).first()
    if consent is None:
        raise NotFound
    return consent


# Writes


def create_group(session: Session, *, name: str, email: str, person_name: str, language: str) -> Group:
    """Found a group with its first person; only for the operator's terminal, because clinics trust the name."""
    group = Group(name=name, number=new_number(), created_at=clock.now())
    session.add(group)
    session.flush()
    record(session, "group.created", clinic_id=None, subject=("group", group.id), name=name)
    add_person(session, group=group, email=email, name=person_name, language=language, added_by="")
    return group


def add_person(session: Session, *, group: Group, email: str, name: str, language: str, added_by: str) -> Member:
    """Let one more person see what the group sees, and tell that person by mail; raises AlreadyInGroup and CapReached.

    Whoever has no login yet gets one without a password, and chooses it through the page for forgotten ones.
    """
    email = accounts.normal_address(email)
    refuse_if(email in {person.email for person in list_people(session, group=group)}, AlreadyInGroup())
    _refuse_over_cap(session, group)
    member = accounts.find_member_by_address(session, email=email) or accounts.add_member(
        session, name=name, email=email, password_hash=NOT_CHOSEN, language=language
    )
    session.add(GroupPerson(group_id=group.id, member_id=member.id, created_at=clock.now()))
    session.flush()
    has_password = member.password_hash != NOT_CHOSEN
    portal_messages.post_group_joined(
        session, member=member, group=group.name, added_by=added_by, has_password=has_password
    )
    _record_person(session, "group.person_added", group, member)
    return member


def remove_person(session: Session, *, group: Group, person_id: UUID) -> UUID:
    """End a member's belonging at once and say whose; raises NotFound, and LastInGroup where nobody would be left."""
    people = {person.id: person for person in list_people(session, group=group)}
    if person_id not in people:
        raise NotFound
    refuse_if(len(people) == 1, LastInGroup())
    session.execute(sa.update(GroupPerson).where(col(GroupPerson.id) == person_id).values(removed_at=clock.now()))
    member = session.get_one(Member, people[person_id].member_id)
    _record_person(session, "group.person_removed", group, member)
    return member.id


def agree(session: Session, *, clinic: Clinic, group: Group, agreed_by: UUID) -> None:
    """Let a group see the clinic's progress; pressed twice, it is one consent."""
    # Two presses at once: the second waits here and finds the first one's consent.
    session.exec(select(Clinic).where(Clinic.id == clinic.id).with_for_update()).one()
    known = select(GroupConsent.id).where(
        GroupConsent.clinic_id == clinic.id, GroupConsent.group_id == group.id, col(GroupConsent.ended_at).is_(None)
    )
    if session.exec(known).first() is not None:
        return
    session.add(GroupConsent(group_id=group.id, clinic_id=clinic.id, agreed_by=agreed_by, agreed_at=clock.now()))
    session.flush()
    record(session, "group.agreed", clinic_id=clinic.id, subject=("group", group.id), name=group.name)


def end_consent(session: Session, *, consent: GroupConsent, ended_by: UUID) -> None:
    """Take the consent back; from now on the group sees nothing of the clinic."""
    if consent.ended_at is not None:
        return
    consent.ended_at, consent.ended_by = clock.now(), ended_by
    session.add(consent)
    group = session.get_one(Group, consent.group_id)
    record(session, "group.consent_ended", clinic_id=consent.clinic_id, subject=("group", group.id), name=group.name)


def _refuse_over_cap(session: Session, group: Group) -> None:
    """Each addition writes to a stranger's address, so that a day has a limit as it has for invitations."""
    cap = get_settings().member_invitations_per_day
    recent = sa.select(sa.func.count()).where(
        col(GroupPerson.group_id) == group.id, col(GroupPerson.created_at) > clock.now() - timedelta(days=1)
    )
    refuse_if(session.execute(recent).scalar_one() >= cap, CapReached(cap=cap))


def _in_force(member_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(GroupPerson.member_id) == member_id, col(GroupPerson.removed_at).is_(None))


def _record_person(session: Session, verb: str, group: Group, member: Member) -> None:
    record(session, verb, clinic_id=None, subject=("group", group.id), name=member.name, to=member.email)
