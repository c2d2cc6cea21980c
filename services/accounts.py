"""Accounts: the first set-up, signing in, and what members change about themselves."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from models import ClinicKind, Member, MemberSession, Membership, Role
from services import clinics, clock, links, passwords, throttles
from services.account_refusals import SignInRefused, WrongSetUpKey
from services.history import Actor, act_as, record
from services.keys import key_for, read_or_make_secret
from services.languages import _, speaking
from services.mail import messages
from services.presence import last_seen
from services.refusals import SetUpAlready, refuse_if
from services.sessions import Viewer, end_all_sessions, end_session, list_places, list_sessions, start_session
from settings import Settings, get_settings

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


# Signing in


def act_as_member(session: Session, member: Member) -> None:
    """Everything recorded from now on was done by this person, who has just shown who it is."""
    act_as(session, Actor(kind="member", id=str(member.id), name=member.name))


@dataclass(frozen=True, slots=True)
class Proof:
    """What an address and a password came to; found out before the transaction that signs in, because it takes long."""

    email: str
    network: str
    is_right: bool
    is_known_browser: bool
    password_hash: str = ""
    fresh_hash: str = ""

    @property
    def subject(self) -> str:
        """Whose tries are counted; a known browser's apart, so that nobody can keep a member out of their own."""
        return throttles.subject_of("known" if self.is_known_browser else "sign-in", self.email)


def browser_mark(member_id: UUID) -> str:
    """What a browser keeps to be known again as one in which this member signed in before; it opens nothing."""
    return hmac.new(key_for("known browser"), member_id.bytes, "sha256").hexdigest()[:32]


def prove_password(session: Session, *, email: str, password: str, network: str, marks: Collection[str] = ()) -> Proof:
    """Compare a password, taking the same time for unknown addresses; raises TooManyTries. Writes nothing."""
    member = find_member_by_address(session, email=email)
    is_known = member is not None and browser_mark(member.id) in marks
    if not is_known:
        throttles.refuse_network(network)
    proof = Proof(normal_address(email), network, is_right=False, is_known_browser=is_known)
    throttles.refuse_throttled(session, subject=proof.subject)
    if member is None:
        passwords.pretend_to_check(password)
        return proof
    present = member.password_hash
    is_right = passwords.is_right(password, present)
    fresh = passwords.hash_password(password) if is_right and passwords.is_outdated(present) else ""
    return Proof(proof.email, network, is_right, is_known, password_hash=present, fresh_hash=fresh)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: its token is kept nowhere else."""

    member: Member
    token: str


def check_proof(session: Session, *, proof: Proof) -> Member:
    """The member whose password was right.

    Raises TooManyTries, or SignInRefused, after which the caller lets the transaction commit: it holds the count.
    """
    throttles.hold_subject(session, subject=proof.subject)
    member = find_member_by_address(session, email=proof.email)
    # A password changed since it was compared counts as wrong.
    if member is None or not proof.is_right or member.password_hash != proof.password_hash:
        _note_refused_sign_in(session, proof=proof, member=member)
        raise SignInRefused
    throttles.forget_failures(session, subject=proof.subject)
    if proof.fresh_hash:
        member.password_hash = proof.fresh_hash
    return member


def sign_in(session: Session, *, proof: Proof, browser: str) -> SignedIn:
    """Begin a session; raises what check_proof raises."""
    member = check_proof(session, proof=proof)
    return begin_session(session, member=member, browser=browser, is_new_browser=not proof.is_known_browser)


def begin_session(session: Session, *, member: Member, browser: str, is_new_browser: bool = False) -> SignedIn:
    """Sign a member in who has just proved who it is; a browser not seen before is told by mail."""
    act_as_member(session, member)
    token = start_session(session, member=member, browser=browser)
    record(
        session,
        "sign_in.succeeded",
        clinic_id=home_of(session, member),
        subject=("member", member.id),
        name=member.name,
        browser=browser,
        is_new_browser=is_new_browser,
    )
    if is_new_browser:
        with speaking(member.language):
            seen = browser or _("unknown browser")
        messages.post_new_sign_in(session, member=member, at=clock.now(), browser=seen, link=links.sign_in_link())
    return SignedIn(member, token)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser in which a member is signed in."""

    id: UUID
    browser: str
    began_at: datetime
    seen_at: datetime


def list_open_sessions(session: Session, *, viewer: Viewer) -> list[OpenSession]:
    """The member's sessions that still work, the one used last on top."""
    found = [
        OpenSession(row.id, row.browser, row.created_at, last_seen(MemberSession, row.id, row.last_seen_at))
        for row in list_sessions(session, member_id=viewer.member_id)
    ]
    oldest = clock.now() - timedelta(minutes=get_settings().session_idle_minutes)
    return sorted((row for row in found if row.seen_at > oldest), key=lambda row: row.seen_at, reverse=True)


def sign_out(session: Session, *, viewer: Viewer) -> None:
    """End the session of this browser."""
    sign_out_of(session, viewer=viewer, session_id=viewer.session_id)


def sign_out_of(session: Session, *, viewer: Viewer, session_id: UUID) -> None:
    """End one of the member's sessions; raises NotFound for anybody else's."""
    end_session(session, member_id=viewer.member_id, session_id=session_id)
    subject = ("session", session_id)
    record(session, "sign_in.ended", clinic_id=viewer.clinic_id, subject=subject, name=viewer.name)


def sign_out_elsewhere(session: Session, *, viewer: Viewer) -> None:
    """End the member's sessions in all other browsers."""
    end_all_sessions(session, member_id=viewer.member_id, but=viewer.session_id)
    subject = ("member", viewer.member_id)
    record(session, "sign_in.others_ended", clinic_id=viewer.clinic_id, subject=subject, name=viewer.name)


def _note_refused_sign_in(session: Session, *, proof: Proof, member: Member | None) -> None:
    failures = throttles.count_failure(session, subject=proof.subject)
    if not proof.is_known_browser:
        throttles.count_network_failure(proof.network)
    record(
        session,
        "sign_in.failed",
        clinic_id=home_of(session, member) if member else None,
        subject=("member", member.id) if member else ("address", proof.subject[-8:]),
        name=member.name if member else "",
        failures=failures,
    )


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
