"""Second factors: set up, asked for, renewed, switched off, and reset for whoever lost the telephone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from models import Clinic, Member, Membership, SecondFactor
from services import accounts, clock, links, one_time_codes, recovery_codes, throttles
from services.account_refusals import (
    FactorGuardsMore,
    OwnFactorFirst,
    PasswordTooShortAlone,
    SetUpOver,
    WrongFactorCode,
)
from services.history import record
from services.mail import account_messages
from services.mail.account_messages import FactorNews
from services.recovery_codes import FreshCodes, normal_code
from services.refusals import refuse_if
from services.sessions import Viewer, end_all_sessions, list_places, renew_session

LOCKED: Final = "!"
"""In the place of a hash: no password opens the account until a new one is chosen."""

SET_UP_LIFE: Final = timedelta(minutes=30)
_DIGITS: Final = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class SetUp:
    """A second factor that waits for its first code."""

    seed: str
    address: str

    @property
    def groups(self) -> list[str]:
        """The seed in groups of four letters, for typing."""
        return [self.seed[start : start + 4] for start in range(0, len(self.seed), 4)]


def find_set_up(session: Session, *, viewer: Viewer) -> SetUp | None:
    """What the member has begun to set up in the last half hour, if anything."""
    factor = session.get(SecondFactor, viewer.member_id)
    if factor is None or factor.confirmed_at or factor.begun_at <= clock.now() - SET_UP_LIFE:
        return None
    seed = one_time_codes.seed_of(factor)
    return SetUp(seed, one_time_codes.address_of(seed, email=viewer.email, language=viewer.language))


# Codes


@dataclass(frozen=True, slots=True)
class TypedCode:
    """What was typed: six digits of the app, or the recovery code it was found to be."""

    digits: str = ""
    recovery_id: UUID | None = None


def subject_of(member_id: UUID) -> str:
    """Under which a member's wrong codes are counted."""
    return throttles.subject_of("factor", str(member_id))


def weigh_code(session: Session, *, member_id: UUID, typed: str) -> TypedCode:
    """Find out what was typed before the transaction that takes it, because it may take long; raises TooManyTries."""
    throttles.refuse_throttled(session, subject=subject_of(member_id))
    plain = normal_code(typed)
    if _DIGITS.fullmatch(plain):
        return TypedCode(digits=plain)
    return TypedCode(recovery_id=recovery_codes.find_match(session, member_id=member_id, typed=plain))


def use_code(session: Session, *, member: Member, code: TypedCode) -> None:
    """Take a code, once.

    Raises TooManyTries, or WrongFactorCode, after which the caller lets the transaction commit: it holds the count.
    """
    throttles.hold_subject(session, subject=subject_of(member.id))
    factor = one_time_codes.find_factor(session, member_id=member.id, lock=True)
    if factor is None or not _takes(session, factor, code):
        failures = throttles.count_failure(session, subject=subject_of(member.id))
        _record(session, "second_factor.refused", member, failures=failures)
        raise WrongFactorCode
    throttles.forget_failures(session, subject=subject_of(member.id))
    if code.recovery_id is not None:
        left = recovery_codes.count_left(session, member_id=member.id)
        _record(session, "second_factor.recovery_used", member, left=left)
        moment, link = clock.now(), links.sign_in_link()
        account_messages.post_second_factor(
            session, member=member, news=FactorNews.RECOVERY_USED, at=moment, link=link, left=left
        )


def _takes(session: Session, factor: SecondFactor, code: TypedCode) -> bool:
    if code.recovery_id is not None:
        return recovery_codes.use_code(session, member_id=factor.member_id, code_id=code.recovery_id)
    return one_time_codes.take_step(factor, code=code.digits)


# Setting up


def begin_set_up(session: Session, *, viewer: Viewer) -> None:
    """Make a seed for a new app; raises SetUpOver where there is a confirmed one."""
    factor = session.get(SecondFactor, viewer.member_id, with_for_update=True, populate_existing=True)
    sealed, moment = one_time_codes.new_sealed_seed(viewer.member_id), clock.now()
    if factor is None:
        session.add(SecondFactor(member_id=viewer.member_id, sealed_seed=sealed, begun_at=moment))
        return
    refuse_if(factor.confirmed_at is not None, SetUpOver())
    factor.sealed_seed, factor.begun_at, factor.last_step = sealed, moment, 0


def prepare_codes(session: Session, *, viewer: Viewer, code: str) -> FreshCodes:
    """Fresh recovery codes for a set-up whose code is right; before the transaction, because hashing takes long.

    Raises SetUpOver where nothing was begun or too long ago, and WrongFactorCode.
    """
    factor = _open_set_up(session.get(SecondFactor, viewer.member_id))
    refuse_if(one_time_codes.find_step(factor, code=normal_code(code)) is None, WrongFactorCode())
    return recovery_codes.make_codes()


def finish_set_up(session: Session, *, viewer: Viewer, code: str, fresh: FreshCodes) -> str:
    """Let the app count from now on, end all other sessions, and return this session's new token.

    Raises what prepare_codes raises.
    """
    factor = _open_set_up(session.get(SecondFactor, viewer.member_id, with_for_update=True, populate_existing=True))
    refuse_if(not one_time_codes.take_step(factor, code=normal_code(code)), WrongFactorCode())
    factor.confirmed_at = clock.now()
    recovery_codes.replace_codes(session, member_id=viewer.member_id, fresh=fresh)
    return _change(session, viewer=viewer, verb="second_factor.set_up", news=FactorNews.SET_UP)


def _open_set_up(factor: SecondFactor | None) -> SecondFactor:
    if factor is None or factor.confirmed_at or factor.begun_at <= clock.now() - SET_UP_LIFE:
        raise SetUpOver
    return factor


def renew_codes(session: Session, *, viewer: Viewer, fresh: FreshCodes) -> str:
    """Replace the recovery codes; returns this session's new token. Raises SetUpOver without a second factor."""
    refuse_if(one_time_codes.find_factor(session, member_id=viewer.member_id, lock=True) is None, SetUpOver())
    recovery_codes.replace_codes(session, member_id=viewer.member_id, fresh=fresh)
    return _change(session, viewer=viewer, verb="second_factor.codes_renewed", news=FactorNews.CODES_RENEWED)


def switch_off(session: Session, *, viewer: Viewer, code: TypedCode) -> str:
    """Let the password, which was right, alone do again; returns this session's new token.

    Raises PasswordTooShortAlone where the password was only taken because there is a second factor, and what use_code
    raises.
    """
    member = accounts.get_own(session, viewer=viewer)
    refuse_if(member.has_short_password, PasswordTooShortAlone())
    use_code(session, member=member, code=code)
    _forget_factor(session, member_id=member.id)
    return _change(session, viewer=viewer, verb="second_factor.switched_off", news=FactorNews.SWITCHED_OFF)


def reset_by_owner(session: Session, *, viewer: Viewer, membership: Membership, how: str) -> None:
    """Take away the factor of a member who lost it, whom the owner has recognised in some way (ASVS 6.4.4).

    Raises FactorGuardsMore where the factor protects more than this clinic.
    """
    member = session.get_one(Member, membership.member_id)
    places = {place.clinic_id for place in list_places(session, member_id=member.id)}
    guards_more = member.is_operator or places != {membership.clinic_id} or member.id == viewer.member_id
    refuse_if(guards_more, FactorGuardsMore())
    reset(session, member=member, clinic_id=membership.clinic_id, how=how)


def reset(session: Session, *, member: Member, clinic_id: UUID | None, how: str) -> None:
    """Take away a member's factor and recovery codes and end all its sessions; it is told by mail.

    A password that was only taken because of the factor stops working: a new one is chosen by mailed link.
    """
    _forget_factor(session, member_id=member.id)
    if member.has_short_password:
        member.password_hash, member.has_short_password = LOCKED, False
    end_all_sessions(session, member_id=member.id)
    record(
        session, "second_factor.reset", clinic_id=clinic_id, subject=("member", member.id), name=member.name, how=how
    )
    moment, link = clock.now(), links.sign_in_link()
    account_messages.post_second_factor(session, member=member, news=FactorNews.RESET, at=moment, link=link)


def require_of_all(session: Session, *, viewer: Viewer, clinic: Clinic, is_required: bool) -> None:
    """Let the clinic open only to members with a second factor, or to all again; raises OwnFactorFirst."""
    refuse_if(is_required and not viewer.has_second_factor, OwnFactorFirst())
    if clinic.requires_second_factor is is_required:
        return
    clinic.requires_second_factor = is_required
    verb = "second_factor.required" if is_required else "second_factor.not_required"
    record(session, verb, clinic_id=clinic.id, subject=("clinic", clinic.id))


def _change(session: Session, *, viewer: Viewer, verb: str, news: FactorNews) -> str:
    """What every change brings about: other sessions end, the log and the member are told (ASVS 6.3.7, 7.4.3)."""
    member = accounts.get_own(session, viewer=viewer)
    end_all_sessions(session, member_id=member.id, but=viewer.session_id)
    record(session, verb, clinic_id=viewer.clinic_id, subject=("member", member.id), name=member.name)
    account_messages.post_second_factor(session, member=member, news=news, at=clock.now(), link=links.sign_in_link())
    return renew_session(session, viewer=viewer)


def _forget_factor(session: Session, *, member_id: UUID) -> None:
    factor = session.get(SecondFactor, member_id, with_for_update=True)
    if factor is not None:
        session.delete(factor)
    recovery_codes.forget_codes(session, member_id=member_id)
    throttles.forget_failures(session, subject=subject_of(member_id))


def _record(session: Session, verb: str, member: Member, **details: Any) -> None:
    home = accounts.home_of(session, member)
    record(session, verb, clinic_id=home, subject=("member", member.id), name=member.name, **details)
