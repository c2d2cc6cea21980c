"""Throttles: after wrong tries the next one has to wait, longer each time, but never for ever."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from models import Throttle
from services import clock
from services.refusals import TooManyTries

FREE_TRIES: Final = 5
FADES_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the waiting grows after the free tries: it doubles from the first delay up to the longest."""

    first: timedelta
    longest: timedelta


USUAL_PACE: Final = Pace(timedelta(seconds=30), timedelta(minutes=15))
PACES: Final = {"factor": Pace(timedelta(minutes=5), timedelta(minutes=40))}
"""Six digits need more patience than a password: 5 tries in 5 minutes, 8 in an hour, 45 in a day (ASVS 6.3.1)."""

PER_NETWORK: Final = RateLimitItemPerMinute(10, 5)
FROM_EVERYWHERE: Final = RateLimitItemPerMinute(1000, 5)

_networks: Final = MovingWindowRateLimiter(MemoryStorage())


def subject_of(purpose: str, name: str) -> str:
    """The key under which tries are counted; a digest, because people type passwords into address fields."""
    return f"{purpose}:{hashlib.sha256(name.encode()).hexdigest()}"


def delay_after(failures: int, pace: Pace = USUAL_PACE) -> timedelta:
    """How long to wait after so many wrong tries: nothing at first, then doubling up to the longest."""
    if failures < FREE_TRIES:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES, 20)
    return min(pace.first * (1 << doublings), pace.longest)


def refuse_throttled(session: Session, *, subject: str) -> None:
    """Raise TooManyTries while the wait lasts; only looks, so that a reading session may ask."""
    _refuse_waiting(session.get(Throttle, subject))


def hold_subject(session: Session, *, subject: str) -> None:
    """The same, and let nobody else try this subject until the transaction ends, so that parallel tries count."""
    _refuse_waiting(_locked_row(session, subject))


def count_failure(session: Session, *, subject: str) -> int:
    """Note one more wrong try and return how many there were; tries of the day before are forgotten."""
    throttle, moment = _locked_row(session, subject), clock.now()
    has_faded = moment - throttle.last_failed_at > FADES_AFTER
    throttle.failures = 1 if has_faded else throttle.failures + 1
    throttle.last_failed_at = moment
    session.flush()
    return throttle.failures


def _locked_row(session: Session, subject: str) -> Throttle:
    blank = {"subject": subject, "failures": 0, "last_failed_at": clock.now()}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(Throttle).values(blank).on_conflict_do_nothing())
    return session.get_one(Throttle, subject, with_for_update=True, populate_existing=True)


def forget_failures(session: Session, *, subject: str) -> None:
    """A right try clears what went before."""
    session.execute(sa.delete(Throttle).where(col(Throttle.subject) == subject))


def _refuse_waiting(throttle: Throttle | None) -> None:
    if throttle is None:
        return
    pace = PACES.get(throttle.subject.partition(":")[0], USUAL_PACE)
    until: datetime = throttle.last_failed_at + delay_after(throttle.failures, pace)
    waiting = (until - clock.now()).total_seconds()
    if waiting > 0:
        raise TooManyTries(retry_after=math.ceil(waiting))


def network_of(address: str) -> str:
    """What counts as one network: an IPv4 address, or the 64 bits of IPv6 that one customer has."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return address


def refuse_network(address: str) -> None:
    """Raise TooManyTries where wrong tries came too fast from this network, or from everywhere together."""
    for limit, key in _limits_of(address):
        if not _networks.test(limit, key):
            opens_at = _networks.get_window_stats(limit, key).reset_time
            raise TooManyTries(retry_after=max(1, math.ceil(opens_at - time.time())))


def count_network_failure(address: str) -> None:
    """Note one more wrong try from this network; in memory, for the five minutes in which it matters."""
    for limit, key in _limits_of(address):
        _networks.hit(limit, key)


def forget_networks() -> None:
    """Start counting networks anew; between tests."""
    _networks.storage.reset()


def _limits_of(address: str) -> tuple[tuple[RateLimitItem, str], ...]:
    return (PER_NETWORK, network_of(address)), (FROM_EVERYWHERE, "everywhere")
