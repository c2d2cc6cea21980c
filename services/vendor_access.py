"""How a vendor comes in: a link, a person's press, a code, and then a session for exactly one submission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from unicodedata import normalize
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import AccessCode, Channel, Clinic, Invitation, Submission, VendorSession
from services import clock
from services.history import Actor, act_as, record
from services.invitations import check_invitation
from services.keys import are_equal, digest_of, digest_of_code, new_code, new_token, trace_of
from services.mail import messages
from services.presence import last_seen, note_presence
from services.refusals import (
    CodeExpired,
    CodeNeeded,
    SubmissionWithdrawn,
    TooManyTries,
    WrongCode,
)
from services.successors import find_successor
from services.vendor_refusals import CopiedCodeSpent, LinkFirst, WrongCopiedCode, WrongPrintedCode
from settings import get_settings

CODE_LIFE: Final = timedelta(minutes=10)
CODE_TRIES: Final = 5
CODES_PER_HOUR: Final = 6
PENDING_LIFE: Final = timedelta(hours=12)
"""How long a browser that asked for a code is remembered, so that it can ask for another one."""


_WRONG_CODES: Final = {
    Channel.MAIL: WrongCode,
    Channel.FORWARDED: WrongCode,
    Channel.COPIED: WrongCopiedCode,
    Channel.LETTER: WrongPrintedCode,
}

# Each saved answer runs this, so that it is put together once.
_COME_IN: Final = (
    sa.select(VendorSession, Submission, Clinic, col(Invitation.section_keys))
    .join(Submission, col(Submission.id) == col(VendorSession.submission_id))
    .join(Clinic, col(Clinic.id) == col(VendorSession.clinic_id))
    .join(Invitation, col(Invitation.id) == col(VendorSession.invitation_id))
    .where(col(VendorSession.token_hash) == sa.bindparam("token"))
    .where(col(VendorSession.submission_id) == sa.bindparam("submission"))
    .order_by(col(VendorSession.created_at).desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class VendorViewer:
    """The person at the vendor and the one submission it may work on; `scope` are the sections, None for all of it."""

    session_id: UUID
    invitation_id: UUID
    person: str
    language: str
    submission: Submission
    clinic: Clinic
    scope: tuple[str, ...] | None = None


def find_vendor(session: Session, *, token: str, submission_id: UUID) -> VendorViewer:
    """Who answers this submission in this browser.

    Raises SubmissionWithdrawn where the clinic took the request back, CodeNeeded where a session has ended, and
    LinkFirst where this browser never had one for this submission, whether or not there is such a submission.
    """
    row = session.execute(_COME_IN, {"token": digest_of(token), "submission": submission_id}).first()
    if row is None:
        raise LinkFirst
    found, submission, clinic, section_keys = row
    if submission.withdrawn_at is not None:
        raise SubmissionWithdrawn
    if found.ended_at is not None or not _is_fresh(found):
        raise CodeNeeded(submission_id=submission_id)
    note_presence(VendorSession, found.id)
    return VendorViewer(
        session_id=found.id,
        invitation_id=found.invitation_id,
        person=found.person,
        language=found.language,
        submission=submission,
        clinic=clinic,
        scope=None if section_keys is None else tuple(section_keys),
    )


def _is_fresh(found: VendorSession) -> bool:
    settings, moment = get_settings(), clock.now()
    seen = last_seen(VendorSession, found.id, found.last_seen_at)
    is_idle = moment - seen > timedelta(minutes=settings.session_idle_minutes)
    return not is_idle and moment - found.created_at <= timedelta(hours=settings.session_hours)


def find_pending(session: Session, *, browser: str) -> tuple[AccessCode, Invitation]:
    """The code this browser asked for last, and its invitation; raises LinkFirst where it asked for none.

    Where a reminder replaced the link in the meantime, it is the new link: the code went to the same address.
    """
    statement = select(AccessCode).where(
        AccessCode.browser_hash == digest_of(browser), AccessCode.created_at > clock.now() - PENDING_LIFE
    )
    code = session.exec(statement.order_by(col(AccessCode.created_at).desc()).limit(1)).first()
    if code is None:
        raise LinkFirst
    return code, find_successor(session, invitation=session.get_one(Invitation, code.invitation_id))


def find_former(session: Session, *, token: str, submission_id: UUID) -> Invitation:
    """The invitation with which this browser came in before, so that a new code can be sent; raises LinkFirst."""
    statement = select(VendorSession).where(
        VendorSession.token_hash == digest_of(token), VendorSession.submission_id == submission_id
    )
    found = session.exec(statement.order_by(col(VendorSession.created_at).desc()).limit(1)).first()
    if found is None:
        raise LinkFirst
    return find_successor(session, invitation=session.get_one(Invitation, found.invitation_id))


def send_code(session: Session, *, invitation: Invitation, browser: str) -> AccessCode:
    """Mail a code to the invited address for this browser; a copied link's code is the one the clinic told.

    Raises what check_invitation raises, and TooManyTries after too many codes in an hour.
    """
    check_invitation(session, invitation=invitation)
    moment = clock.now()
    recent = (
        select(sa.func.count())
        .select_from(AccessCode)
        .where(AccessCode.invitation_id == invitation.id, AccessCode.created_at > moment - timedelta(hours=1))
    )
    is_mailed = invitation.is_mailed
    if session.exec(recent).one() >= CODES_PER_HOUR * (1 if is_mailed else 5):
        raise TooManyTries(retry_after=3600)
    code = new_code()
    asked = AccessCode(
        clinic_id=invitation.clinic_id,
        invitation_id=invitation.id,
        browser_hash=digest_of(browser),
        code_hash=digest_of_code(code, bound_to=str(invitation.id)),
        created_at=moment,
        expires_at=moment + CODE_LIFE if is_mailed else invitation.expires_at,
    )
    if not is_mailed and invitation.code_hash:
        asked.code_hash = invitation.code_hash
    session.execute(
        sa.update(AccessCode)
        .where(col(AccessCode.invitation_id) == invitation.id, col(AccessCode.browser_hash) == asked.browser_hash)
        .where(col(AccessCode.used_at).is_(None), col(AccessCode.expires_at) > moment)
        .values(expires_at=moment)
    )
    session.add(asked)
    session.flush()
    _record(session, "invitation.code_sent" if is_mailed else "invitation.code_asked", invitation)
    if is_mailed:
        messages.post_access_code(session, invitation=invitation, code=code)
    return asked


def check_code(session: Session, *, browser: str, typed: str) -> tuple[AccessCode, Invitation]:
    """The pending code where the typed one fits; counts the try otherwise and raises WrongCode or CodeExpired.

    A copied link's code is locked after five tries for good (CopiedCodeSpent), because the clinic can tell a new one.
    The caller must let the transaction commit after these, or the try would not count.
    """
    asked, invitation = find_pending(session, browser=browser)
    session.refresh(asked, with_for_update=True)
    session.refresh(invitation, with_for_update=True)
    check_invitation(session, invitation=invitation)
    is_mailed = invitation.is_mailed
    tries = asked.tries if is_mailed else invitation.code_tries
    spent = CodeExpired() if is_mailed else CopiedCodeSpent()
    if tries >= CODE_TRIES:
        raise spent
    if asked.used_at is not None or asked.expires_at <= clock.now():
        raise CodeExpired
    digits = read_digits(typed)
    if not are_equal(asked.code_hash, digest_of_code(digits, bound_to=str(asked.invitation_id))):
        asked.tries += 1
        invitation.code_tries += 1
        session.add_all([asked, invitation])
        _record(session, "invitation.code_refused", invitation)
        if tries + 1 >= CODE_TRIES:
            raise spent
        raise _WRONG_CODES[invitation.channel](left=CODE_TRIES - tries - 1)
    return asked, invitation


def enter(session: Session, *, browser: str, typed: str, token: str, prefix: str = "") -> tuple[str, Submission]:
    """Exchange the code for a session; returns the browser's new vendor token and the submission.

    `prefix` lets the token of a program be recognised where it was left by mistake.

    `token` is the vendor token the browser holds already, if any: its sessions for other submissions move to the new
    token, because a token is renewed at each rise of privilege (ASVS 7.2.4).
    """
    asked, invitation = check_code(session, browser=browser, typed=typed)
    asked.used_at = clock.now()
    invitation.code_tries = 0
    session.add(asked)
    return admit(session, invitation=invitation, token=token, prefix=prefix)


def admit(session: Session, *, invitation: Invitation, token: str, prefix: str = "") -> tuple[str, Submission]:
    """Begin a session for the invitation's submission, for somebody who has proved to be the one invited."""
    moment, fresh = clock.now(), prefix + new_token()
    invitation.opened_at = invitation.opened_at or moment
    submission = session.get_one(Submission, invitation.submission_id)
    is_first = submission.opened_at is None
    submission.opened_at = submission.opened_at or moment
    session.add_all([invitation, submission])
    if token:
        session.execute(
            sa.update(VendorSession)
            .where(col(VendorSession.token_hash) == digest_of(token))
            .values(token_hash=digest_of(fresh))
        )
    session.add(
        VendorSession(
            clinic_id=invitation.clinic_id,
            submission_id=invitation.submission_id,
            invitation_id=invitation.id,
            token_hash=digest_of(fresh),
            person=invitation.person,
            language=invitation.language,
            created_at=moment,
            last_seen_at=moment,
        )
    )
    act_as(session, Actor(kind="vendor", name=invitation.person))
    _record(session, "invitation.used", invitation, is_first=is_first)
    return fresh, submission


def leave(session: Session, *, viewer: VendorViewer) -> None:
    """Sign out of one submission in this browser."""
    found = session.get_one(VendorSession, viewer.session_id)
    found.ended_at = clock.now()
    session.add(found)


def read_digits(typed: str) -> str:
    """The digits of what was typed, full-width ones too; blanks and hyphens between them do not matter."""
    return "".join(character for character in normalize("NFKC", typed) if character in "0123456789")


def _record(session: Session, verb: str, invitation: Invitation, **details: Any) -> None:
    record(
        session,
        verb,
        clinic_id=invitation.clinic_id,
        subject=("invitation", invitation.id),
        submission_id=invitation.submission_id,
        trace=trace_of(invitation.token_hash),
        **details,
    )
