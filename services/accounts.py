"""Accounts: the first set-up, who a member is, and what members change about themselves."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from models import ClinicKind, Member, Membership, Role
from services import clinics, clock, throttles
from services.account_refusals import WrongSetUpKey
from services.history import Actor, act_as, record
from services.keys import read_or_make_secret
from services.refusals import SetUpAlready, refuse_if
from services.sessions import Viewer, list_places
from settings import Settings

FIRST_RUN_KEY: Final = "first-run.key"


def normal_address(email: str) -> str:
    """An e-mail address as it is stored and compared."""
    return email.strip().lower()


def find_member_by_address(session: Session, *, email: str) -> Member | None:
    """The person with this address, if any."""
    return session.exec(select(Member).where(Member.email == normal_address(email))).first()


def get_own(session: Session, *, viewer: Viewer) -> Member:
    """The signed-in person itself."""
    return session.get_one(Member, viewer.member_id)


# The first set-up


def is_set_up(session: Session) -> bool:
    """Whether the portal has its first member."""
    return session.exec(select(Member.id).limit(1)).first() is not None


def first_run_key(session: Session, *, settings: Settings) -> str | None:
    """The one-time key of the first set-up, in a file that only its owner may read; None once there is a member."""
    if is_set_up(session):
        _key_file(settings).unlink(missing_ok=True)
        return None
    return read_or_make_secret(_key_file(settings))


def check_first_run_key(session: Session, *, key: str, settings: Settings) -> None:
    """Raise SetUpAlready where there is a member, WrongSetUpKey where this is not the key."""
    refuse_if(is_set_up(session), SetUpAlready())
    try:
        expected = _key_file(settings).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        expected = ""
    is_key = hmac.compare_digest(expected.encode(), key.strip().encode())
    refuse_if(not expected or not is_key, WrongSetUpKey())


def set_up(
    session: Session,
    *,
    settings: Settings,
    key: str,
    clinic_name: str,
    kind: ClinicKind,
    phone: str,
    contact_name: str,
    name: str,
    email: str,
    password_hash: str,
    language: str,
) -> Member:
    """Create the operator, the first clinic and its ownership, once; raises what check_first_run_key raises."""
    throttles.hold_subject(session, subject="set-up")
    check_first_run_key(session, key=key, settings=settings)
    member = add_member(session, name=name, email=email, password_hash=password_hash, language=language)
    member.is_operator = True
    act_as_member(session, member)
    record(session, "portal.set_up", clinic_id=None, subject=("member", member.id), name=name)
    clinic = clinics.create_clinic(session, name=clinic_name, kind=kind, phone=phone, contact_name=contact_name)
    clinic.language = language
    session.add(Membership(clinic_id=clinic.id, member_id=member.id, role=Role.OWNER, created_at=clock.now()))
    record(
        session, "member.joined", clinic_id=clinic.id, subject=("member", member.id), name=name, role=Role.OWNER.value
    )
    throttles.forget_failures(session, subject="set-up")
    _key_file(settings).unlink(missing_ok=True)
    return member


def _key_file(settings: Settings) -> Path:
    return settings.data_folder / FIRST_RUN_KEY


def add_member(session: Session, *, name: str, email: str, password_hash: str, language: str) -> Member:
    """Add a person with a login."""
    moment = clock.now()
    member = Member(
        email=normal_address(email),
        name=name,
        language=language,
        password_hash=password_hash,
        password_changed_at=moment,
        created_at=moment,
    )
    session.add(member)
    session.flush()
    return member


# Who acts, and where it is at home


def act_as_member(session: Session, member: Member) -> None:
    """Everything recorded from now on was done by this person, who has just shown who it is."""
    act_as(session, Actor(kind="member", id=str(member.id), name=member.name))


def home_of(session: Session, member: Member) -> UUID | None:
    """The clinic in whose log a member's signing in stands: the one it looked at last."""
    places = [place.clinic_id for place in list_places(session, member_id=member.id)]
    return member.last_clinic_id if member.last_clinic_id in places else next(iter(places), None)


# What members change about themselves


def change_profile(session: Session, *, viewer: Viewer, name: str, language: str, wants_weekly_digest: bool) -> None:
    """Write a member's own name, language and which digests it wants."""
    member = get_own(session, viewer=viewer)
    wanted = (name, language, wants_weekly_digest)
    if (member.name, member.language, member.wants_weekly_digest) == wanted:
        return
    member.name, member.language, member.wants_weekly_digest = wanted
    record(session, "member.profile_changed", clinic_id=viewer.clinic_id, subject=("member", member.id), name=name)


def change_language(session: Session, *, viewer: Viewer, language: str) -> None:
    """Remember the language that a member speaks."""
    get_own(session, viewer=viewer).language = language
