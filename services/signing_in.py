"""Signing in: the password first, the code of the second factor where there is one, and then a session."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Member, MemberSession, PendingSignIn
from services import clock, links, one_time_codes, passwords, second_factors, throttles
from services.account_refusals import SignInOver, SignInRefused
from services.accounts import act_as_member, find_member_by_address, home_of, normal_address
from services.history import record
from services.keys import digest_of, key_for, new_token
from services.languages import _, speaking
from services.mail import account_messages
from services.presence import last_seen
from services.second_factors import TypedCode
from services.sessions import Viewer, end_all_sessions, end_session, list_sessions, start_session
from settings import get_settings

CODE_AWAITED_FOR: Final = timedelta(minutes=10)
MOST_PAST: Final = 20


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


@dataclass(frozen=True, slots=True)
class CodeAwaited:
    """The password was right, the code is still missing; the token opens nothing but the question for it."""

    token: str


def sign_in(session: Session, *, proof: Proof, browser: str) -> SignedIn | CodeAwaited:
    """Begin a session, or wait for the code of the second factor; raises what check_proof raises."""
    member = check_proof(session, proof=proof)
    return go_in(session, member=member, browser=browser, is_known_browser=proof.is_known_browser)


def go_in(session: Session, *, member: Member, browser: str, is_known_browser: bool) -> SignedIn | CodeAwaited:
    """The same for a member whose password was right."""
    if one_time_codes.find_factor(session, member_id=member.id) is None:
        return begin_session(session, member=member, browser=browser, is_new_browser=not is_known_browser)
    token, moment = new_token(), clock.now()
    session.add(
        PendingSignIn(
            token_hash=digest_of(token),
            member_id=member.id,
            browser=browser[:200],
            is_known_browser=is_known_browser,
            created_at=moment,
            expires_at=moment + CODE_AWAITED_FOR,
        )
    )
    return CodeAwaited(token)


def find_awaited(session: Session, *, token: str, lock: bool = False) -> tuple[PendingSignIn, Member]:
    """Whose code is awaited in this browser; raises SignInOver where nobody's is (any more)."""
    statement = select(PendingSignIn).where(PendingSignIn.token_hash == digest_of(token))
    pending = session.exec(statement.with_for_update() if lock else statement).first()
    if pending is None or pending.used_at or pending.expires_at <= clock.now():
        raise SignInOver
    member = session.get_one(Member, pending.member_id)
    if member.password_changed_at > pending.created_at:
        raise SignInOver
    return pending, member


def enter_code(session: Session, *, token: str, code: TypedCode) -> SignedIn:
    """Begin the session for which the code was awaited; raises SignInOver, and what use_code raises."""
    pending, member = find_awaited(session, token=token, lock=True)
    second_factors.use_code(session, member=member, code=code)
    pending.used_at = clock.now()
    return begin_session(session, member=member, browser=pending.browser, is_new_browser=not pending.is_known_browser)


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
        account_messages.post_new_sign_in(
            session, member=member, at=clock.now(), browser=seen, link=links.sign_in_link()
        )
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


def list_past_sign_ins(session: Session, *, viewer: Viewer) -> list[OpenSession]:
    """The member's newest sign-ins whose sessions are over; kept for thirty days."""
    oldest = clock.now() - timedelta(minutes=get_settings().session_idle_minutes)
    over = sa.or_(col(MemberSession.ended_at).is_not(None), col(MemberSession.last_seen_at) <= oldest)
    statement = select(MemberSession).where(MemberSession.member_id == viewer.member_id, over)
    statement = statement.order_by(col(MemberSession.created_at).desc()).limit(MOST_PAST)
    still_open = {row.id for row in list_open_sessions(session, viewer=viewer)}
    return [
        OpenSession(row.id, row.browser, row.created_at, row.ended_at or row.last_seen_at)
        for row in session.exec(statement)
        if row.id not in still_open
    ]


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
