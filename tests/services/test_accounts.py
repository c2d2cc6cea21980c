"""Accounts: the first set-up happens once, and signing in tells nobody more than it must."""

from __future__ import annotations

import stat
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlmodel import Session, select

from models import PORTAL, Clinic, ClinicKind, Member, MemberSession, Membership, Role
from models.database import Database
from services import accounts, clock, passwords, sessions, signing_in, throttles
from services.account_refusals import SignInRefused, WrongSetUpKey
from services.history import list_events
from services.refusals import NotFound, Refusal, SetUpAlready, TooManyTries
from services.signing_in import CodeAwaited, Proof, SignedIn
from settings import Settings
from tests import factories
from tests.people import Mailbox

PASSWORD = "窓辺 horse 19 battery"
EMAIL = "akari@clinic.example"


@pytest.fixture
def akari(database: Database, clinic: Clinic) -> Member:
    with database.open_writer() as session:
        member = factories.make_member(session, clinic, name="山本 あかり", email=EMAIL)
        member.password_hash = passwords.hash_password(PASSWORD)
        session.commit()
    return member


@pytest.fixture
def key(database: Database, settings: Settings) -> str:
    with database.open_reader() as session:
        made = accounts.first_run_key(session, settings=settings)
    assert made is not None
    return made


def set_up(session: Session, settings: Settings, key: str, email: str = EMAIL) -> Member:
    return accounts.set_up(
        session,
        settings=settings,
        key=key,
        clinic_name="みなと歯科",
        kind=ClinicKind.DENTAL_CLINIC,
        phone="03-0000-0000",
        contact_name="受付 佐藤",
        name="港 花",
        email=email,
        password_hash="!",
        language="ja",
    )


def try_to_sign_in(
    database: Database, email: str = EMAIL, password: str = PASSWORD, network: str = "203.0.113.7", known: bool = False
) -> SignedIn | CodeAwaited | Refusal:
    """As the page does it: prove, then begin, and let a refusal commit."""
    with database.open_reader() as reader:
        member = accounts.find_member_by_address(reader, email=email)
        marks = [signing_in.browser_mark(member.id)] if member and known else []
        try:
            proof = signing_in.prove_password(reader, email=email, password=password, network=network, marks=marks)
        except TooManyTries as refusal:
            return refusal
    with database.open_writer() as session:
        try:
            return signing_in.sign_in(session, proof=proof, browser="Firefox (Windows)")
        except (SignInRefused, TooManyTries) as refusal:
            return refusal
        finally:
            session.commit()


# The first set-up


def test_the_key_is_made_once_and_only_its_owner_may_read_it(database: Database, settings: Settings, key: str) -> None:
    path = settings.data_folder / accounts.FIRST_RUN_KEY
    assert len(key) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with database.open_reader() as session:
        assert accounts.first_run_key(session, settings=settings) == key


def test_setting_up_makes_operator_clinic_and_ownership(session: Session, settings: Settings, key: str) -> None:
    member = set_up(session, settings, f" {key}\n")
    clinic = session.exec(select(Clinic)).one()
    membership = session.exec(select(Membership)).one()
    assert member.is_operator
    assert (clinic.name, clinic.kind, clinic.contact_name) == ("みなと歯科", ClinicKind.DENTAL_CLINIC, "受付 佐藤")
    assert (membership.member_id, membership.clinic_id, membership.role) == (member.id, clinic.id, Role.OWNER)
    assert [event.verb for event in list_events(session, clinic_id=clinic.id)] == ["member.joined", "clinic.created"]
    assert [event.verb for event in list_events(session, clinic_id=PORTAL)] == ["portal.set_up"]
    assert not (settings.data_folder / accounts.FIRST_RUN_KEY).exists()


@pytest.mark.parametrize("typed", ["", "x", "鍵" * 40])
def test_a_wrong_key_sets_nothing_up(session: Session, settings: Settings, key: str, typed: str) -> None:
    with pytest.raises(WrongSetUpKey):
        set_up(session, settings, typed)
    assert not accounts.is_set_up(session)


def test_without_a_key_file_nothing_is_set_up(session: Session, settings: Settings) -> None:
    with pytest.raises(WrongSetUpKey):
        set_up(session, settings, "")


def test_a_second_set_up_is_refused_even_with_the_key(session: Session, settings: Settings, key: str) -> None:
    set_up(session, settings, key)
    (settings.data_folder / accounts.FIRST_RUN_KEY).write_text(key, encoding="ascii")
    with pytest.raises(SetUpAlready):
        set_up(session, settings, key, "second@clinic.example")
    assert accounts.first_run_key(session, settings=settings) is None
    assert not (settings.data_folder / accounts.FIRST_RUN_KEY).exists()


def test_of_many_set_ups_at_once_one_wins(database: Database, settings: Settings, key: str) -> None:
    def one(number: int) -> bool:
        with database.open_writer() as session:
            try:
                set_up(session, settings, key, f"member{number}@clinic.example")
            except (SetUpAlready, WrongSetUpKey):
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(16))) == 1
    with database.open_reader() as session:
        assert len(session.exec(select(Member)).all()) == 1
        assert len(session.exec(select(Clinic)).all()) == 1


def test_a_fresh_portal_lets_nobody_in(database: Database, settings: Settings) -> None:
    for email, password in (("admin", "admin"), ("operator@localhost", "password"), ("", "")):
        assert isinstance(try_to_sign_in(database, email, password), SignInRefused)


# Signing in


def test_the_right_password_begins_a_session(database: Database, akari: Member, clinic: Clinic) -> None:
    signed_in = try_to_sign_in(database, email="  Akari@CLINIC.example ")
    assert isinstance(signed_in, SignedIn)
    with database.open_reader() as session:
        viewer = sessions.find_viewer(session, token=signed_in.token)
        event = list_events(session, clinic_id=clinic.id)[0]
    assert viewer is not None
    assert (viewer.member_id, viewer.clinic_id) == (akari.id, clinic.id)
    assert (event.verb, event.actor_id, event.actor_name) == ("sign_in.succeeded", str(akari.id), "山本 あかり")


def test_each_sign_in_has_a_token_of_its_own_and_only_its_digest_is_kept(database: Database, akari: Member) -> None:
    tokens = set()
    for _ in range(3):
        signed_in = try_to_sign_in(database)
        assert isinstance(signed_in, SignedIn)
        tokens.add(signed_in.token)
    assert len(tokens) == 3
    with database.open_reader() as session:
        kept = session.exec(select(MemberSession)).all()
    assert not any(token.encode() in row.token_hash for token in tokens for row in kept)


def test_a_new_browser_is_told_by_mail_and_a_known_one_is_not(
    database: Database, akari: Member, mailbox: Mailbox, clinic: Clinic
) -> None:
    try_to_sign_in(database, known=True)
    assert mailbox.all(EMAIL) == []
    try_to_sign_in(database)
    assert "Firefox (Windows)" in mailbox.last(EMAIL, "new_sign_in").text
    with database.open_reader() as session:
        told = [event.details["is_new_browser"] for event in list_events(session, clinic_id=clinic.id, verb="sign_in")]
    assert told == [True, False]


def test_the_mark_of_a_browser_belongs_to_one_member(settings: Settings) -> None:
    first, second = uuid4(), uuid4()
    assert signing_in.browser_mark(first) == signing_in.browser_mark(first) != signing_in.browser_mark(second)


def test_an_older_hash_is_made_anew_at_sign_in(database: Database, akari: Member) -> None:
    with database.open_writer() as session:
        weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
        session.get_one(Member, akari.id).password_hash = weak
        session.commit()
    assert isinstance(try_to_sign_in(database), SignedIn)
    with database.open_reader() as session:
        kept = session.get_one(Member, akari.id).password_hash
    assert not passwords.is_outdated(kept)
    assert isinstance(try_to_sign_in(database), SignedIn)


def test_a_refusal_says_the_same_of_known_and_unknown_people_and_is_written_down(
    database: Database, akari: Member, clinic: Clinic
) -> None:
    wrong = try_to_sign_in(database, password="wrong")
    unknown = try_to_sign_in(database, email="nobody@clinic.example", password="wrong")
    assert isinstance(wrong, SignInRefused)
    assert isinstance(unknown, SignInRefused)
    assert str(wrong) == str(unknown)
    with database.open_reader() as session:
        at_clinic = list_events(session, clinic_id=clinic.id, verb="sign_in.failed")
        at_portal = list_events(session, clinic_id=PORTAL, verb="sign_in.failed")
    assert [event.subject_id for event in at_clinic] == [str(akari.id)]
    assert len(at_portal) == 1
    assert "nobody" not in str(at_portal[0].model_dump())


def test_known_and_unknown_addresses_take_the_same_time(database: Database, akari: Member) -> None:
    def seconds(email: str) -> float:
        with database.open_reader() as reader:
            begun = time.perf_counter()
            signing_in.prove_password(reader, email=email, password="wrong", network="")
            return time.perf_counter() - begun

    seconds("warm@clinic.example")
    known, unknown = [], []
    for _ in range(25):
        known.append(seconds(EMAIL))
        unknown.append(seconds("nobody@clinic.example"))
    assert abs(statistics.median(known) - statistics.median(unknown)) < 0.25 * statistics.median(known)


def test_wrong_tries_make_one_wait_and_then_the_right_password_works(database: Database, akari: Member) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        for number in range(throttles.FREE_TRIES):
            refusal = try_to_sign_in(database, password="wrong", network=f"203.0.113.{number}")
            assert isinstance(refusal, SignInRefused)
        waiting = try_to_sign_in(database, network="198.51.100.1")
        assert isinstance(waiting, TooManyTries)
        assert waiting.retry_after == 30
        now.shift(timedelta(seconds=30))
        assert isinstance(try_to_sign_in(database, network="198.51.100.1"), SignedIn)
        assert isinstance(try_to_sign_in(database, password="wrong", network="198.51.100.2"), SignInRefused)


def test_strangers_cannot_keep_a_member_out_of_a_known_browser(database: Database, akari: Member) -> None:
    for number in range(30):
        try_to_sign_in(database, password="wrong", network=f"203.0.113.{number}")
    assert isinstance(try_to_sign_in(database), TooManyTries)
    assert isinstance(try_to_sign_in(database, known=True), SignedIn)


def test_a_thousand_tries_from_one_network_reach_nobody_elsewhere(database: Database, akari: Member) -> None:
    refusals = [
        try_to_sign_in(database, email=f"guess{number}@clinic.example", password="x", network="203.0.113.7")
        for number in range(200)
    ]
    assert sum(isinstance(refusal, SignInRefused) for refusal in refusals) == 10
    assert isinstance(try_to_sign_in(database, network="198.51.100.1"), SignedIn)


def test_parallel_guesses_count_one_by_one(database: Database, akari: Member) -> None:
    with database.open_reader() as reader:
        right = signing_in.prove_password(reader, email=EMAIL, password=PASSWORD, network="")
    wrong = Proof(right.email, "", is_right=False, is_known_browser=False, password_hash=right.password_hash)

    def guess(proof: Proof) -> type:
        with database.open_writer() as session:
            try:
                return type(signing_in.sign_in(session, proof=proof, browser=""))
            except (SignInRefused, TooManyTries) as refusal:
                return type(refusal)
            finally:
                session.commit()

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, [wrong] * 20))
    assert outcomes.count(SignInRefused) == throttles.FREE_TRIES
    assert guess(right) is TooManyTries


def test_a_password_changed_in_between_does_not_let_in(database: Database, akari: Member) -> None:
    with database.open_reader() as reader:
        proof = signing_in.prove_password(reader, email=EMAIL, password=PASSWORD, network="")
    with database.open_writer() as session:
        session.get_one(Member, akari.id).password_hash = passwords.hash_password("another lamp zebra 77")
        session.commit()
    with database.open_writer() as session, pytest.raises(SignInRefused):
        signing_in.sign_in(session, proof=proof, browser="")


# Sessions


def test_a_member_ends_its_own_sessions_and_nobody_elses(
    database: Database, akari: Member, clinic: Clinic, other_clinic: Clinic
) -> None:
    first, second = try_to_sign_in(database), try_to_sign_in(database)
    assert isinstance(first, SignedIn)
    assert isinstance(second, SignedIn)
    with database.open_writer() as session:
        stranger = factories.make_member(session, other_clinic)
        foreign = sessions.start_session(session, member=stranger, browser="")
        session.commit()
        viewer = sessions.find_viewer(session, token=first.token)
        other = sessions.find_viewer(session, token=second.token)
        theirs = sessions.find_viewer(session, token=foreign)
        assert viewer
        assert other
        assert theirs
        assert {row.id for row in signing_in.list_open_sessions(session, viewer=viewer)} == {
            viewer.session_id,
            other.session_id,
        }
        with pytest.raises(NotFound):
            signing_in.sign_out_of(session, viewer=viewer, session_id=theirs.session_id)
        signing_in.sign_out_elsewhere(session, viewer=viewer)
        session.commit()
        assert sessions.find_viewer(session, token=second.token) is None
        assert sessions.find_viewer(session, token=foreign) is not None
        signing_in.sign_out(session, viewer=viewer)
        session.commit()
        assert sessions.find_viewer(session, token=first.token) is None


def test_a_session_ends_when_it_is_idle_or_old(database: Database, akari: Member) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as now:
        signed_in = try_to_sign_in(database)
        assert isinstance(signed_in, SignedIn)

        def is_open() -> bool:
            with database.open_reader() as session:
                return sessions.find_viewer(session, token=signed_in.token) is not None

        for _ in range(24):
            now.shift(timedelta(minutes=29))
            assert is_open()
        now.move_to(start + timedelta(hours=12, seconds=1))
        assert not is_open()
        again = try_to_sign_in(database)
        assert isinstance(again, SignedIn)
        now.shift(timedelta(minutes=30, seconds=1))
        with database.open_reader() as session:
            assert sessions.find_viewer(session, token=again.token) is None
