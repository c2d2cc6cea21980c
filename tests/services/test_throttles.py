"""Throttles: wrong tries make the next one wait, longer each time, and never for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session

from models.database import Database
from services import throttles
from services.refusals import TooManyTries

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("settings")
ALICE = throttles.subject_of("sign-in", "alice@clinic.example")


def fail(session: Session, times: int, subject: str = ALICE) -> None:
    for _ in range(times):
        throttles.count_failure(session, subject=subject)


def wait_of(session: Session, subject: str = ALICE) -> int:
    with pytest.raises(TooManyTries) as caught:
        throttles.refuse_throttled(session, subject=subject)
    return caught.value.retry_after


def test_the_first_tries_are_free_and_then_the_wait_doubles(session: Session) -> None:
    with time_machine.travel(NOON, tick=False):
        fail(session, throttles.FREE_TRIES - 1)
        throttles.refuse_throttled(session, subject=ALICE)
        waits = []
        for _ in range(8):
            fail(session, 1)
            waits.append(wait_of(session))
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_the_wait_ends_by_itself(session: Session) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        fail(session, 1000)
        now.shift(timedelta(minutes=14, seconds=59))
        assert wait_of(session) == 1
        now.shift(timedelta(seconds=1))
        throttles.refuse_throttled(session, subject=ALICE)
        throttles.hold_subject(session, subject=ALICE)


def test_a_right_try_clears_what_went_before(session: Session) -> None:
    fail(session, 50)
    throttles.forget_failures(session, subject=ALICE)
    throttles.refuse_throttled(session, subject=ALICE)


def test_tries_of_the_day_before_are_forgotten(session: Session) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        fail(session, 50)
        now.shift(timedelta(hours=24, seconds=1))
        assert throttles.count_failure(session, subject=ALICE) == 1


def test_nobody_is_slowed_down_by_what_others_do(session: Session) -> None:
    fail(session, 1000)
    throttles.refuse_throttled(session, subject=throttles.subject_of("sign-in", "bob@clinic.example"))


def test_the_subject_does_not_tell_what_was_typed() -> None:
    assert "alice" not in ALICE
    assert len(throttles.subject_of("sign-in", "x" * 5000)) <= 100


def test_parallel_tries_are_all_counted(database: Database) -> None:
    def one_try(_number: int) -> bool:
        with database.open_writer() as session:
            try:
                throttles.hold_subject(session, subject=ALICE)
            except TooManyTries:
                return False
            throttles.count_failure(session, subject=ALICE)
            session.commit()
            return True

    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(one_try, range(24)))
    assert sum(allowed) == throttles.FREE_TRIES


def test_a_network_that_fails_too_fast_waits_and_may_try_again() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(10):
            throttles.refuse_network("203.0.113.7")
            throttles.count_network_failure("203.0.113.7")
        with pytest.raises(TooManyTries) as caught:
            throttles.refuse_network("203.0.113.7")
        assert 1 <= caught.value.retry_after <= 301
        throttles.refuse_network("203.0.113.8")
        now.shift(timedelta(minutes=5, seconds=2))
        throttles.refuse_network("203.0.113.7")


def test_all_networks_together_have_a_limit_too() -> None:
    with time_machine.travel(NOON, tick=False):
        for number in range(1000):
            throttles.count_network_failure(f"198.51.{number // 250}.{number % 250}")
        with pytest.raises(TooManyTries):
            throttles.refuse_network("192.0.2.1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_network_is_what_one_customer_has(address: str, network: str) -> None:
    assert throttles.network_of(address) == network
