"""One-time codes of authenticator apps (TOTP, RFC 6238): sealed seeds, steps of thirty seconds, each code once."""

from __future__ import annotations

import hmac
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from models import SecondFactor
from services import clock
from services.envelopes import seal, unseal
from settings import get_settings

STEP_SECONDS: Final = 30
STEPS_AROUND: Final = 1
"""So many steps a clock may be off; RFC 6238 allows one for the delay of typing (ASVS 6.5.5 would have none)."""

_PURPOSE: Final = "one-time code seed"


def new_sealed_seed(member_id: UUID) -> bytes:
    """A fresh seed of 160 bits in its envelope."""
    import pyotp

    return seal(pyotp.random_base32().encode(), purpose=_PURPOSE, bound_to=str(member_id))


def seed_of(factor: SecondFactor) -> str:
    """The seed in clear: for the page that sets the app up, and for comparing; raises BrokenSeal."""
    return unseal(factor.sealed_seed, purpose=_PURPOSE, bound_to=str(factor.member_id)).decode()


def address_of(seed: str, *, email: str, language: str) -> str:
    """What the QR code holds: the seed, and what the app calls the entry."""
    import pyotp

    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=get_settings().portal_name(language))


def find_factor(session: Session, *, member_id: UUID, lock: bool = False) -> SecondFactor | None:
    """The confirmed second factor of a member, if any."""
    statement = select(SecondFactor).where(
        SecondFactor.member_id == member_id, col(SecondFactor.confirmed_at).is_not(None)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def take_step(factor: SecondFactor, *, code: str) -> bool:
    """Whether the app shows this code about now and it was not used before; from then on it is used.

    The caller holds the row locked, so that of two equal codes at the same moment one is refused (ASVS 6.5.1).
    """
    step = find_step(factor, code=code)
    if step is None:
        return False
    factor.last_step = step
    return True


def find_step(factor: SecondFactor, *, code: str) -> int | None:
    """The step about now to which this code belongs, after the one that was used last; None where there is none."""
    import pyotp

    present, codes = int(clock.now().timestamp()) // STEP_SECONDS, pyotp.HOTP(seed_of(factor))
    around = range(present - STEPS_AROUND, present + STEPS_AROUND + 1)
    matching = [step for step in around if hmac.compare_digest(codes.at(step).encode(), code.encode())]
    return next((step for step in matching if step > factor.last_step), None)
