"""Second factors: each code once, also in parallel; nothing readable is stored; whoever guesses waits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest
import time_machine
from sqlmodel import SQLModel, select

from models import Clinic, Member, RecoveryCode, SecondFactor
from models.database import Database
from services import clock, one_time_codes, recovery_codes, second_factors, throttles
from services.account_refusals import SetUpOver, WrongFactorCode
from services.envelopes import BrokenSeal, seal, unseal
from services.history import list_events
from services.keys import forget_keys
from services.refusals import Refusal, TooManyTries
from settings import get_settings
from tests import factories
from tests.authenticators import Authenticator, give_factor, viewer_of
from tests.people import Mailbox


@pytest.fixture
def member(database: Database, clinic: Clinic) -> Member:
    with database.open_writer() as session:
        made = factories.make_member(session, clinic, name="山本 あかり")
        session.commit()
    return made


@pytest.fixture
def authenticator(database: Database, member: Member) -> Authenticator:
    return give_factor(database, member)


def enter(database: Database, member: Member, typed: str) -> bool | type[Refusal]:
    """As a page does it: look before, take inside, and let a refusal commit."""
    with database.open_reader() as reader:
        try:
            code = second_factors.weigh_code(reader, member_id=member.id, typed=typed)
        except TooManyTries:
            return TooManyTries
    with database.open_writer() as session:
        try:
            second_factors.use_code(session, member=session.get_one(Member, member.id), code=code)
            return True
        except (WrongFactorCode, TooManyTries) as refusal:
            return type(refusal)
        finally:
            session.commit()


def test_a_code_of_the_app_is_taken_once(database: Database, member: Member, authenticator: Authenticator) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False) as now:
        code = authenticator.code
        assert enter(database, member, f" {code[:3]} {code[3:]} ") is True
        assert enter(database, member, code) is WrongFactorCode
        now.shift(timedelta(seconds=30))
        assert enter(database, member, authenticator.code) is True


def test_of_twenty_equal_codes_at_once_one_is_taken(
    database: Database, member: Member, authenticator: Authenticator
) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        for typed in (authenticator.code, authenticator.recovery[0]):
            with ThreadPoolExecutor(20) as pool:
                answers = list(pool.map(lambda code: enter(database, member, code), [typed] * 20))
            assert answers.count(True) == 1, typed
            with database.open_writer() as session:
                throttles.forget_failures(session, subject=second_factors.subject_of(member.id))
                session.commit()


@pytest.mark.parametrize(("seconds", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_be_one_step_apart(
    database: Database, member: Member, authenticator: Authenticator, seconds: int, is_taken: bool
) -> None:
    later = clock.now() + timedelta(minutes=5)
    code = pyotp.TOTP(authenticator.seed).at(later + timedelta(seconds=seconds))
    with time_machine.travel(later, tick=False):
        assert (enter(database, member, code) is True) is is_taken


def test_an_earlier_code_does_not_come_back_after_a_later_one(
    database: Database, member: Member, authenticator: Authenticator
) -> None:
    later = clock.now() + timedelta(minutes=5)
    with time_machine.travel(later, tick=False):
        before = pyotp.TOTP(authenticator.seed).at(later - timedelta(seconds=30))
        assert enter(database, member, authenticator.code) is True
        assert enter(database, member, before) is WrongFactorCode


def test_a_recovery_code_is_taken_once_however_it_is_typed(
    database: Database, member: Member, authenticator: Authenticator, mailbox: Mailbox
) -> None:
    first, second = authenticator.recovery[:2]
    assert enter(database, member, first.upper().replace("-", " ")) is True
    assert enter(database, member, first) is WrongFactorCode
    assert enter(database, member, "".join(chr(ord(letter) + 0xFEE0) for letter in second)) is True
    with database.open_reader() as session:
        assert recovery_codes.count_left(session, member_id=member.id) == recovery_codes.COUNT - 2
    assert "8" in mailbox.last(member.email, "second_factor").text


@pytest.mark.parametrize("typed", ["", "000000", "abc", "１２３", "k7qd2-m2xp9", "\0", "x" * 5000])
def test_what_is_no_code_is_refused_and_counted(
    database: Database, member: Member, authenticator: Authenticator, typed: str, clinic: Clinic
) -> None:
    assert enter(database, member, typed) is WrongFactorCode
    with database.open_reader() as session:
        assert list_events(session, clinic_id=clinic.id)[0].verb == "second_factor.refused"


def test_guessing_waits_longer_each_time_but_never_for_ever(
    database: Database, member: Member, authenticator: Authenticator
) -> None:
    tries_at: list[float] = []
    start = clock.now() + timedelta(minutes=2)
    with time_machine.travel(start, tick=False) as now:
        while clock.now() < start + timedelta(days=1):
            if enter(database, member, "abc") is WrongFactorCode:
                tries_at.append((clock.now() - start).total_seconds())
            else:
                assert enter(database, member, authenticator.code) is TooManyTries
                now.shift(timedelta(seconds=60))
        now.shift(timedelta(minutes=40))
        assert enter(database, member, authenticator.code) is True
    for minutes, most in ((5, 5), (60, 20), (24 * 60, 50)):
        window = minutes * 60
        assert max(sum(begin <= at < begin + window for at in tries_at) for begin in tries_at) <= most, minutes


def test_nothing_that_opens_is_readable_in_the_database(
    database: Database, member: Member, authenticator: Authenticator
) -> None:
    with database.reader.connect() as connection:
        rows = [str(row) for table in SQLModel.metadata.tables.values() for row in connection.execute(table.select())]
    for secret in (authenticator.seed, *authenticator.recovery):
        assert not any(secret in row or secret.replace("-", "") in row for row in rows)
    with database.open_reader() as session:
        assert all(code.code_hash.startswith("$argon2id$") for code in session.exec(select(RecoveryCode)))


def test_a_seed_belongs_to_its_member_and_to_the_master_key(
    database: Database, member: Member, authenticator: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.open_reader() as session:
        factor = session.get_one(SecondFactor, member.id)
    assert one_time_codes.seed_of(factor) == authenticator.seed
    with pytest.raises(BrokenSeal):
        one_time_codes.seed_of(SecondFactor(member_id=uuid4(), sealed_seed=factor.sealed_seed, begun_at=clock.now()))
    monkeypatch.setenv("PORTAL_SECRET_KEY", "another master key 0123456789 also long enough")
    get_settings.cache_clear()
    forget_keys()
    with pytest.raises(BrokenSeal):
        one_time_codes.seed_of(factor)


@pytest.mark.parametrize("place", [0, 1, 12, 13, -1])
def test_an_envelope_that_was_changed_does_not_open(settings: object, place: int) -> None:
    sealed = bytearray(seal(b"content", purpose="test", bound_to="row"))
    assert unseal(bytes(sealed), purpose="test", bound_to="row") == b"content"
    for purpose, row in (("other", "row"), ("test", "another row")):
        with pytest.raises(BrokenSeal):
            unseal(bytes(sealed), purpose=purpose, bound_to=row)
    sealed[place] ^= 1
    with pytest.raises(BrokenSeal):
        unseal(bytes(sealed), purpose="test", bound_to="row")


@pytest.mark.parametrize("short", [b"", b"\x01", b"\x01" + b"x" * 12])
def test_what_is_no_envelope_does_not_open(settings: object, short: bytes) -> None:
    with pytest.raises(BrokenSeal):
        unseal(short, purpose="test", bound_to="row")


def test_a_set_up_is_over_after_half_an_hour_and_begins_anew_with_another_seed(
    database: Database, member: Member
) -> None:
    with database.open_writer() as session, time_machine.travel(clock.now(), tick=False) as now:
        viewer = viewer_of(session, member)
        second_factors.begin_set_up(session, viewer=viewer)
        first = second_factors.find_set_up(session, viewer=viewer)
        assert first is not None
        now.shift(second_factors.SET_UP_LIFE)
        assert second_factors.find_set_up(session, viewer=viewer) is None
        with pytest.raises(SetUpOver):
            second_factors.prepare_codes(session, viewer=viewer, code=pyotp.TOTP(first.seed).at(clock.now()))
        second_factors.begin_set_up(session, viewer=viewer)
        second = second_factors.find_set_up(session, viewer=viewer)
    assert second is not None
    assert second.seed != first.seed
    assert "".join(second.groups) == second.seed
