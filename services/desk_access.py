"""How a person at a vendor comes to the desk: an address, a mailed code, and then every request to that address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import DeskCode, DeskSession
from services import clock, desk, desk_news, throttles
from services.accounts import normal_address
from services.history import Actor, act_as, record
from services.keys import are_equal, digest_of, digest_of_code, new_code, new_token, trace_of
from services.mail import messages
from services.presence import last_seen, note_presence
from services.refusals import CodeExpired, TooManyTries, WrongCode
from services.vendor_access import CODE_LIFE, CODE_TRIES, CODES_PER_HOUR, PENDING_LIFE, read_digits
from services.vendor_refusals import DeskCodeNeeded
from settings import get_settings

PURPOSE: Final = "desk"


@dataclass(frozen=True, slots=True)
class DeskViewer:
    """The owner of an address, at the desk."""

    session_id: UUID
    email: str


def find_desk(session: Session, *, token: str) -> DeskViewer:
    """Who sits at the desk in this browser; raises DeskCodeNeeded."""
    statement = select(DeskSession).where(DeskSession.token_hash == digest_of(token))
    found = session.exec(statement).first() if token else None
    if found is None or found.ended_at is not None or not _is_fresh(found):
        raise DeskCodeNeeded
    note_presence(DeskSession, found.id)
    return DeskViewer(session_id=found.id, email=found.email)


def _is_fresh(found: DeskSession) -> bool:
    settings, moment = get_settings(), clock.now()
    seen = last_seen(DeskSession, found.id, found.last_seen_at)
    is_idle = moment - seen > timedelta(minutes=settings.session_idle_minutes)
    return not is_idle and moment - found.created_at <= timedelta(hours=settings.session_hours)


def ask_code(session: Session, *, email: str, browser: str, network: str, language: str) -> None:
    """Mail a code where clinics ask this address; the caller learns nothing. Raises TooManyTries alike for all."""
    throttles.refuse_network(network)
    throttles.count_network_failure(network)
    address = digest_of(f"{PURPOSE}:{normal_address(email)}")
    moment = clock.now()
    recent = select(sa.func.count()).where(
        DeskCode.address_hash == address, DeskCode.created_at > moment - timedelta(hours=1)
    )
    if session.exec(recent).one() >= CODES_PER_HOUR:
        raise TooManyTries(retry_after=3600)
    # Written for every address, so that known and unknown ones take the same way (ASVS 6.3.8).
    invited, code = desk.address_as_invited(session, email=email), new_code()
    asked = DeskCode(
        address_hash=address,
        email=invited,
        browser_hash=digest_of(browser),
        code_hash=b"",
        created_at=moment,
        expires_at=moment + CODE_LIFE,
    )
    asked.code_hash = digest_of_code(code, bound_to=str(asked.id))
    session.execute(
        sa.update(DeskCode)
        .where(col(DeskCode.browser_hash) == asked.browser_hash, col(DeskCode.expires_at) > moment)
        .values(expires_at=moment)
    )
    session.add(asked)
    session.flush()
    record(session, "desk.code_asked", clinic_id=None, trace=trace_of(address))
    if invited:
        messages.post_desk_code(session, to=invited, language=language, code=code)


def find_pending(session: Session, *, browser: str, lock: bool = False) -> DeskCode:
    """The code this browser asked for last; raises DeskCodeNeeded where it asked for none."""
    statement = select(DeskCode).where(
        DeskCode.browser_hash == digest_of(browser), DeskCode.created_at > clock.now() - PENDING_LIFE
    )
    newest = statement.order_by(col(DeskCode.created_at).desc()).limit(1)
    found = session.exec(newest.with_for_update() if lock else newest).first()
    if found is None:
        raise DeskCodeNeeded
    return found


def enter(session: Session, *, browser: str, typed: str, language: str) -> str:
    """Exchange the code for a session and return its token; mails to the person speak this language from now on.

    Raises WrongCode or CodeExpired; the caller must let the transaction commit after these, or the try would not count.
    """
    asked, moment = find_pending(session, browser=browser, lock=True), clock.now()
    if asked.tries >= CODE_TRIES or asked.used_at is not None or asked.expires_at <= moment:
        raise CodeExpired
    fits = are_equal(asked.code_hash, digest_of_code(read_digits(typed), bound_to=str(asked.id)))
    if not fits or not asked.email:
        _count_try(session, asked)
    asked.used_at = moment
    return _start(session, asked, moment, language=language)


def _count_try(session: Session, asked: DeskCode) -> None:
    asked.tries += 1
    session.add(asked)
    record(session, "desk.code_refused", clinic_id=None, trace=trace_of(asked.address_hash))
    if asked.tries >= CODE_TRIES:
        raise CodeExpired
    raise WrongCode(left=CODE_TRIES - asked.tries)


def _start(session: Session, asked: DeskCode, moment: datetime, *, language: str) -> str:
    token = new_token()
    started = DeskSession(token_hash=digest_of(token), email=asked.email, created_at=moment, last_seen_at=moment)
    session.add_all([asked, started])
    session.flush()
    act_as(session, Actor(kind="vendor", id=str(started.id), name=asked.email))
    desk_news.greet(session, email=asked.email, language=language)
    record(session, "desk.entered", clinic_id=None, trace=trace_of(asked.address_hash))
    return token


def leave(session: Session, *, viewer: DeskViewer) -> None:
    """Sign out of the desk; forms that were opened from it end with their own sessions."""
    found = session.get_one(DeskSession, viewer.session_id)
    found.ended_at = clock.now()
    session.add(found)
