"""Passwords: hashed with Argon2id, kept exactly as typed, and refused where they are easy to guess."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, select

from models import FormerPassword, Member, Vendor
from services import clock, links, one_time_codes, throttles
from services.account_refusals import WeakPassword, WrongPassword
from services.history import record
from services.keys import new_token
from services.languages import _
from services.mail import account_messages
from services.refusals import EditedMeanwhile, refuse_if
from services.search import folded
from services.sessions import Viewer, end_all_sessions, list_places
from settings import get_settings

SHORTEST: Final = 13
SHORTEST_WITH_FACTOR: Final = 8
"""Enough for whoever also shows a code at each sign-in."""

LONGEST: Final = 128
REMEMBERED: Final = 10
"""How many former passwords are not taken again."""

FEWEST_GUESSES: Final = 10**8
"""Below this number of guesses a password is found within hours, even against Argon2id."""

_WEIGHED: Final = 72
"""So many characters are weighed for guessing; what follows can only make a password harder to guess."""

_AT_ONCE: Final = 4
"""Each hash takes 19 MiB while it is computed; the others wait, so that a flood does not fill the memory."""

_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_turns: Final = BoundedSemaphore(_AT_ONCE)

_PORTAL_WORDS: Final = ("password", "passw0rd", "pasuwado", "パスワード", "disclosure-portal", "mds/sds")
_COMPANY_FORMS: Final = re.compile(r"株式会社|有限会社|合同会社|医療法人社団|医療法人財団|医療法人|社会福祉法人|[\W_]+")
# Words that Japanese people choose first, in the letters they type them in; the list inside zxcvbn knows English ones.
_ROMAJI: Final = """
himitsu angou pasuwaado byouin kurinikku shinryoujo iryou kanja ishi sensei kangoshi yakkyoku yakuzaishi shika
arigatou konnichiwa ohayou sayonara daisuki aishiteru tomodachi kazoku nihon nippon toukyou tokyo oosaka osaka
kyouto nagoya fukuoka sapporo yokohama sakura fujisan neko inu usagi kuruma densha gakkou daigaku kaisha jimu
reiwa heisei shouwa haru natsu aki fuyu getsuyoubi doraemon pikachu totoro hanako tarou yamada suzuki tanaka satou
"""


def hash_password(password: str) -> str:
    """The only form in which a password is kept."""
    with _turns:
        return _hasher.hash(password)


def is_right(password: str, password_hash: str) -> bool:
    """Whether the hash was made from this password."""
    try:
        with _turns:
            return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def pretend_to_check(password: str) -> None:
    """Take the time of a check where there is no hash, so that unknown addresses answer no faster (ASVS 6.3.8)."""
    is_right(password, _hash_of_nobody())


@lru_cache
def _hash_of_nobody() -> str:
    return hash_password(new_token())


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(password_hash)


def was_used(password: str, former_hashes: Iterable[str]) -> bool:
    """Whether one of these hashes was made from this password."""
    return any(is_right(password, former) for former in former_hashes)


def describe_rule(*, shortest: int = SHORTEST) -> str:
    """What is asked of a new password, said before it is typed."""
    rule = _("At least %(count)s characters. Three or four unrelated words do well.", count=shortest)
    return f"{rule} {_mixture_sentence()}" if get_settings().require_mixed_passwords else rule


def shortest_for(session: Session, *, member_id: UUID) -> int:
    """How many characters a password of this member needs."""
    has_factor = one_time_codes.find_factor(session, member_id=member_id) is not None
    return SHORTEST_WITH_FACTOR if has_factor else SHORTEST


def refuse_weak(password: str, *, names: Iterable[str], shortest: int = SHORTEST) -> None:
    """Raise WeakPassword, with a sentence, for one that is short, long, common, or made of a name of these."""
    reason = _length_reason(password, shortest) or _mixture_reason(password) or _name_reason(password, names)
    if not reason and _is_guessable(password):
        reason = _("This password is too easy to guess: it is common, repeats itself or follows the keys.")
    refuse_if(bool(reason), WeakPassword(reason=reason))


def _length_reason(password: str, shortest: int) -> str:
    if len(password) < shortest:
        return _("Please use at least %(count)s characters. Three or four unrelated words do well.", count=shortest)
    if len(password) > LONGEST:
        return _("Please use at most %(count)s characters.", count=LONGEST)
    return ""


def _mixture_reason(password: str) -> str:
    """Off by default: length protects better; the Japanese guideline words it as a mixture."""
    if not get_settings().require_mixed_passwords:
        return ""
    kinds = (str.isupper, str.islower, str.isdecimal, lambda character: not character.isalnum())
    if sum(any(kind(character) for character in password) for kind in kinds) >= 3:
        return ""
    return _mixture_sentence()


def _mixture_sentence() -> str:
    return _("Please use at least three of these: capital letters, small letters, digits, signs.")


def _name_reason(password: str, names: Iterable[str]) -> str:
    typed = folded(password)
    settings = get_settings()
    for name in (*names, settings.portal_name_ja, settings.portal_name_en, *_PORTAL_WORDS):
        for word in words_of(name):
            if folded(word) in typed:
                return _("Please leave “%(word)s” out of the password: it is among the first things tried.", word=word)
    return ""


def words_of(name: str) -> list[str]:
    """What is recognisable in a name: the whole of it and its longer parts, without 株式会社 and the like."""
    parts = [part for part in _COMPANY_FORMS.split(name) if part]
    whole = "".join(parts)
    # Four Latin letters, or two kanji, say whom they mean; less is found in many an innocent password.
    return [word for word in dict.fromkeys((whole, *parts)) if len(word) >= (4 if word.isascii() else 2)]


def _is_guessable(password: str) -> bool:
    # Read on first use: its word lists take 14 MB and a twentieth of a second.
    from zxcvbn import zxcvbn

    weighed = zxcvbn(password[:_WEIGHED], user_inputs=_ROMAJI.split())
    return bool(weighed["guesses"] < FEWEST_GUESSES)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A new password that may be taken: its hash, and the hash of the one it replaces."""

    password_hash: str
    replaces: str
    is_short: bool = False


def prepare_change(session: Session, *, viewer: Viewer, present: str, wanted: str) -> NewPassword:
    """Check and hash a new password before the transaction that writes it, because it takes up to half a second.

    Raises TooManyTries, WrongPassword, which the caller counts by count_wrong, and WeakPassword.
    """
    throttles.refuse_throttled(session, subject=subject_of(viewer))
    member = session.get_one(Member, viewer.member_id)
    refuse_if(not is_right(present, member.password_hash), WrongPassword())
    return prepare_new(session, member=member, wanted=wanted)


def prepare_new(session: Session, *, member: Member, wanted: str) -> NewPassword:
    """Check and hash a new password of a member; raises WeakPassword."""
    shortest = shortest_for(session, member_id=member.id)
    refuse_weak(wanted, names=names_around(session, member=member), shortest=shortest)
    former = select(FormerPassword.password_hash).where(FormerPassword.member_id == member.id)
    former = former.order_by(col(FormerPassword.replaced_at).desc()).limit(REMEMBERED)
    if was_used(wanted, (member.password_hash, *session.exec(former))):
        raise WeakPassword(reason=_("You had this password before. Please use one that is new here."))
    is_short = len(wanted) < SHORTEST
    return NewPassword(password_hash=hash_password(wanted), replaces=member.password_hash, is_short=is_short)


def count_wrong(session: Session, *, viewer: Viewer) -> None:
    """Note that the present password was mistyped, so that an open session is no way to guess it."""
    throttles.count_failure(session, subject=subject_of(viewer))
    record(session, "password.refused", clinic_id=viewer.clinic_id, subject=("member", viewer.member_id))


def change_password(session: Session, *, viewer: Viewer, new: NewPassword) -> None:
    """Write the new password and end all other sessions; raises EditedMeanwhile where another change was first."""
    member = replace_password(session, member_id=viewer.member_id, new=new, but=viewer.session_id)
    throttles.forget_failures(session, subject=subject_of(viewer))
    record(session, "password.changed", clinic_id=viewer.clinic_id, subject=("member", member.id), name=member.name)


def replace_password(session: Session, *, member_id: UUID, new: NewPassword, but: UUID | None = None) -> Member:
    """Write a new password, end all sessions of the member but one, and tell the member by mail.

    Raises EditedMeanwhile where another change was first.
    """
    member = session.get_one(Member, member_id, with_for_update=True, populate_existing=True)
    lost_factor = new.is_short and shortest_for(session, member_id=member.id) > SHORTEST_WITH_FACTOR
    refuse_if(member.password_hash != new.replaces or lost_factor, EditedMeanwhile())
    moment = clock.now()
    session.add(FormerPassword(member_id=member.id, password_hash=new.replaces, replaced_at=moment))
    _forget_oldest(session, member)
    member.password_hash, member.password_changed_at = new.password_hash, moment
    member.has_short_password = new.is_short
    end_all_sessions(session, member_id=member.id, but=but)
    account_messages.post_password_changed(session, member=member, at=moment, link=links.sign_in_link())
    return member


def subject_of(viewer: Viewer) -> str:
    """Under which a member's own mistypings are counted."""
    return throttles.subject_of("password", str(viewer.member_id))


def names_around(session: Session, *, member: Member) -> list[str]:
    """Names that whoever guesses this member's password tries first: its own, its clinics' and their vendors'."""
    places = list_places(session, member_id=member.id)
    clinic_ids = [place.clinic_id for place in places]
    vendors = session.exec(select(Vendor.name).where(col(Vendor.clinic_id).in_(clinic_ids)))
    return [member.name, member.email.partition("@")[0], *(place.clinic_name for place in places), *vendors]


def _forget_oldest(session: Session, member: Member) -> None:
    """Remove the former hashes that no longer count."""
    session.flush()
    kept = select(FormerPassword.id).where(FormerPassword.member_id == member.id)
    kept = kept.order_by(col(FormerPassword.replaced_at).desc()).limit(REMEMBERED)
    session.execute(
        sa.delete(FormerPassword).where(
            col(FormerPassword.member_id) == member.id, col(FormerPassword.id).not_in(kept.scalar_subquery())
        )
    )
