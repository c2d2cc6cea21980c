"""Resets: whoever forgot a password chooses a new one through a link mailed to the member's own address."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Member, PasswordReset
from services import accounts, clock, links, passwords, throttles
from services.history import record
from services.keys import digest_of, new_token, trace_of
from services.mail import account_messages
from services.passwords import NewPassword
from services.refusals import LinkSpent

LIFE: Final = timedelta(hours=1)
PER_DAY: Final = 5


def ask_reset(session: Session, *, email: str, network: str) -> None:
    """Mail a link where the address is a member's; the caller learns nothing. Raises TooManyTries for the network."""
    throttles.refuse_network(network)
    throttles.count_network_failure(network)
    # Written for every address, so that known and unknown ones take the same way (ASVS 6.3.8).
    throttles.count_failure(session, subject=throttles.subject_of("reset", accounts.normal_address(email)))
    member = accounts.find_member_by_address(session, email=email)
    if member is None or _count_recent(session, member) >= PER_DAY:
        _pretend_to_ask(session, email=email)
        return
    _ask(session, member)


def _ask(session: Session, member: Member) -> None:
    reset, token = _issue(session, member)
    account_messages.post_password_reset(session, member=member, until=reset.expires_at, link=links.reset_link(token))


def _pretend_to_ask(session: Session, *, email: str) -> None:
    """Do the same work for nobody and take it back, so that unknown addresses answer no faster (ASVS 6.3.8)."""
    moment = clock.now()
    nobody = Member(
        email=f"{new_token()}@nobody.invalid",
        name=email[:100],
        password_hash="!",  # noqa: S106 - no password has this hash.
        password_changed_at=moment,
        created_at=moment,
    )
    with session.begin_nested() as attempt:
        session.add(nobody)
        session.flush()
        _count_recent(session, nobody)
        _ask(session, nobody)
        attempt.rollback()


def make_link(session: Session, *, member: Member) -> str:
    """A link to hand over where mails cannot be sent; only for the operator's terminal."""
    return links.reset_link(_issue(session, member)[1])


def _count_recent(session: Session, member: Member) -> int:
    since = clock.now() - timedelta(days=1)
    recent = select(sa.func.count()).where(PasswordReset.member_id == member.id, PasswordReset.created_at > since)
    return session.exec(recent).one()


def _issue(session: Session, member: Member) -> tuple[PasswordReset, str]:
    token, moment = new_token(), clock.now()
    _revoke_open(session, member)
    reset = PasswordReset(member_id=member.id, token_hash=digest_of(token), created_at=moment, expires_at=moment + LIFE)
    session.add(reset)
    session.flush()
    home = accounts.home_of(session, member)
    trace = trace_of(reset.token_hash)
    record(
        session, "password.reset_asked", clinic_id=home, subject=("member", member.id), name=member.name, trace=trace
    )
    return reset, token


def _revoke_open(session: Session, member: Member) -> None:
    open_ones = sa.update(PasswordReset).where(
        col(PasswordReset.member_id) == member.id,
        col(PasswordReset.used_at).is_(None),
        col(PasswordReset.revoked_at).is_(None),
    )
    session.execute(open_ones.values(revoked_at=clock.now()))


def find_open_reset(session: Session, *, token: str, lock: bool = False) -> tuple[PasswordReset, Member]:
    """What a link leads to; raises LinkSpent, in the same words for every reason, where it leads nowhere."""
    statement = select(PasswordReset).where(PasswordReset.token_hash == digest_of(token))
    reset = session.exec(statement.with_for_update() if lock else statement).first()
    if reset is None or reset.used_at or reset.revoked_at or reset.expires_at <= clock.now():
        raise LinkSpent
    return reset, session.get_one(Member, reset.member_id)


def reset_password(session: Session, *, token: str, new: NewPassword) -> Member:
    """Write the new password, once, and end all sessions; raises LinkSpent."""
    reset, member = find_open_reset(session, token=token, lock=True)
    reset.used_at = clock.now()
    accounts.act_as_member(session, member)
    member = passwords.replace_password(session, member_id=member.id, new=new)
    # Whoever reads the mails of this address is no guesser.
    for purpose in ("sign-in", "known"):
        throttles.forget_failures(session, subject=throttles.subject_of(purpose, member.email))
    home = accounts.home_of(session, member)
    record(session, "password.reset", clinic_id=home, subject=("member", member.id), name=member.name)
    return member
