"""Recovery codes: ten on paper, each of which replaces the app once; only Argon2id hashes are kept."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import RecoveryCode
from services import clock, passwords

COUNT: Final = 10
LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are mistaken for each other on paper: 0 and o, 1, i and l."""

LENGTH: Final = 10
_SHAPE: Final = re.compile(f"[{LETTERS}]{{{LENGTH}}}")


@dataclass(frozen=True, slots=True)
class FreshCodes:
    """New codes in clear, this one time, and their hashes; made before a transaction, because it takes long."""

    texts: tuple[str, ...]
    hashes: tuple[str, ...]


def make_codes() -> FreshCodes:
    """Ten fresh codes such as k7qd2-m2xp9, of 49 bits each."""
    plain = ["".join(secrets.choice(LETTERS) for _letter in range(LENGTH)) for _code in range(COUNT)]
    texts = tuple(f"{code[:5]}-{code[5:]}" for code in plain)
    return FreshCodes(texts, tuple(passwords.hash_password(code) for code in plain))


def replace_codes(session: Session, *, member_id: UUID, fresh: FreshCodes) -> None:
    """Let only the fresh codes count from now on."""
    forget_codes(session, member_id=member_id)
    moment = clock.now()
    session.add_all(RecoveryCode(member_id=member_id, code_hash=made, made_at=moment) for made in fresh.hashes)


def forget_codes(session: Session, *, member_id: UUID) -> None:
    """Let none of a member's codes count any more."""
    session.execute(sa.delete(RecoveryCode).where(col(RecoveryCode.member_id) == member_id))


def count_left(session: Session, *, member_id: UUID) -> int:
    """How many codes of a member are unused."""
    unused = select(sa.func.count()).where(RecoveryCode.member_id == member_id, col(RecoveryCode.used_at).is_(None))
    return session.exec(unused).one()


def find_match(session: Session, *, member_id: UUID, typed: str) -> UUID | None:
    """The unused code that was typed; takes up to half a second, so that it is looked for before a transaction."""
    plain = normal_code(typed)
    if not _SHAPE.fullmatch(plain):
        return None
    unused = select(RecoveryCode).where(RecoveryCode.member_id == member_id, col(RecoveryCode.used_at).is_(None))
    return next((code.id for code in session.exec(unused) if passwords.is_right(plain, code.code_hash)), None)


def use_code(session: Session, *, member_id: UUID, code_id: UUID) -> bool:
    """Whether the code is still unused; from then on it is used (ASVS 6.5.1)."""
    used = (
        sa.update(RecoveryCode)
        .where(
            col(RecoveryCode.id) == code_id,
            col(RecoveryCode.member_id) == member_id,
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=clock.now())
        .returning(col(RecoveryCode.id))
    )
    return session.execute(used).first() is not None


def normal_code(typed: str) -> str:
    """What was typed without blanks, hyphens and full-width letters."""
    return re.sub(r"[\s‐-―−ー-]", "", unicodedata.normalize("NFKC", typed)).lower()
