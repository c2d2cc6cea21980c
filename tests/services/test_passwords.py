"""Passwords: kept as Argon2id, as typed, and refused where they are easy to guess or were used before."""

from __future__ import annotations

import itertools

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlmodel import Session, select
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from models import Clinic, FormerPassword, Member, MemberSession
from models.database import Database
from services import clock, passwords, sessions, throttles
from services.account_refusals import WeakPassword, WrongPassword
from services.history import list_events
from services.refusals import EditedMeanwhile, TooManyTries
from services.sessions import Viewer
from settings import get_settings
from tests import factories

pytestmark = pytest.mark.usefixtures("settings")

GOOD = "窓辺 horse 19 battery"


@pytest.fixture
def viewer(database: Database, clinic: Clinic) -> Viewer:
    """A member whose password is GOOD, signed in."""
    with database.open_writer() as session:
        member = factories.make_member(session, clinic, name="山本 あかり", email="akari.y@clinic.example")
        member.password_hash = passwords.hash_password(GOOD)
        factories.make_vendor(session, clinic, name="株式会社みどり電子カルテ")
        token = sessions.start_session(session, member=member, browser="tests")
        session.commit()
        found = sessions.find_viewer(session, token=token)
    assert found is not None
    return found


def change(database: Database, viewer: Viewer, present: str, wanted: str) -> None:
    with database.open_reader() as reader:
        new = passwords.prepare_change(reader, viewer=viewer, present=present, wanted=wanted)
    with database.open_writer() as session:
        passwords.change_password(session, viewer=viewer, new=new)
        session.commit()


def refused(password: str, *names: str) -> str:
    with pytest.raises(WeakPassword) as caught:
        passwords.refuse_weak(password, names=names)
    return str(caught.value)


def test_a_password_is_kept_as_argon2id_of_the_stated_cost() -> None:
    kept = passwords.hash_password(GOOD)
    costs = extract_parameters(kept)
    assert kept.startswith("$argon2id$")
    assert (costs.time_cost, costs.memory_cost, costs.parallelism) == (2, 19456, 1)
    assert passwords.is_right(GOOD, kept)
    assert not passwords.is_outdated(kept)
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD))


@pytest.mark.parametrize(
    "typed", [" leading and trailing ", "が", "か\u3099", "𠮷野家の隣の猫", "tab\there", "e\u0301", "é"]
)
def test_a_password_is_compared_exactly_as_it_was_typed(typed: str) -> None:
    kept = passwords.hash_password(typed)
    assert passwords.is_right(typed, kept)
    for other in (typed.strip(), typed + " ", typed.replace("\u3099", "").replace("\u0301", "")):
        assert passwords.is_right(other, kept) == (other == typed)


def test_a_hash_that_is_none_fits_no_password() -> None:
    assert not passwords.is_right("!", "!")


@pytest.mark.parametrize("length", [0, 7, 8, 12, 129, 1000])
def test_too_short_or_too_long_is_refused(length: int) -> None:
    random = "k7ワ;q2ツx-9vmホ#e4" * 60
    refused(random[:length])


@pytest.mark.parametrize("length", [13, 64, 128])
def test_every_length_between_is_taken(length: int) -> None:
    passwords.refuse_weak(("k7ワ;q2ツx-9vmホ#e4" * 60)[:length], names=[])


def test_length_counts_characters_not_bytes() -> None:
    refused("𠮷野家隣猫窓辺馬電池山")
    passwords.refuse_weak("𠮷野家隣猫窓辺馬電池山川海", names=[])


@pytest.mark.parametrize(
    "common",
    [
        "passwordpassword",
        "1234567890123",
        "qwertyuiopasdf",
        "aaaaaaaaaaaaaaa",
        "iloveyou1234567",
        "administrator1",
        "himitsuhimitsu",
        "sakurasakura2027",
        "byouin20272027",
        "あああああああああああああ",
        "P@ssw0rd12345",
    ],
)
def test_what_everybody_thinks_of_is_refused(common: str) -> None:
    refused(common)


def test_the_three_thousand_most_common_are_refused() -> None:
    for common in FREQUENCY_LISTS["passwords"][:3000]:
        refused(common)


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("やまもと内科クリニック!窓馬", "やまもと内科クリニック"),
        ("ヤマモト内科くりにっく!窓馬", "やまもと内科クリニック"),
        ("xq7 ﾐﾄﾞﾘ電子カルテ z2", "株式会社みどり電子カルテ"),
        ("horse-akari.y-battery-9", "akari.y"),
        ("9 yamamoto battery horse", "Akari YAMAMOTO"),
        ("山本 horse battery 19", "山本 あかり"),
        ("my pasuwado is green 7", ""),
        ("VendorSecurityAnswers-42-horse", ""),
    ],
)
def test_names_close_at_hand_are_refused_and_said(password: str, name: str) -> None:
    assert "含めないで" in refused(password, name)
    passwords.refuse_weak(GOOD, names=[name])


def test_a_short_part_of_a_name_does_not_spoil_a_password() -> None:
    passwords.refuse_weak("bob cat hat zebra 91", names=["Bob", "医", "Dr"])


def test_the_mixture_rule_is_off_until_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = "window horse battery lamp"
    passwords.refuse_weak(plain, names=[])
    assert passwords.describe_rule().startswith("13文字以上")
    assert "3種類" not in passwords.describe_rule()
    monkeypatch.setenv("PORTAL_REQUIRE_MIXED_PASSWORDS", "true")
    get_settings.cache_clear()
    assert "3種類" in refused(plain)
    assert "3種類" in passwords.describe_rule()
    passwords.refuse_weak("Window horse battery", names=[])
    passwords.refuse_weak("window horse battery 9", names=[])


def test_a_new_password_works_ends_other_sessions_and_is_told(
    database: Database, viewer: Viewer, mailbox: object
) -> None:
    with database.open_writer() as session:
        member = session.get_one(Member, viewer.member_id)
        elsewhere = sessions.start_session(session, member=member, browser="elsewhere")
        session.commit()
    change(database, viewer, GOOD, "another lamp zebra 77")
    with database.open_reader() as session:
        member = session.get_one(Member, viewer.member_id)
        assert passwords.is_right("another lamp zebra 77", member.password_hash)
        assert member.password_changed_at > member.created_at
        assert sessions.find_viewer(session, token=elsewhere) is None
        assert session.get_one(MemberSession, viewer.session_id).ended_at is None
        assert viewer.clinic_id is not None
        assert list_events(session, clinic_id=viewer.clinic_id)[0].verb == "password.changed"


def test_the_present_password_is_asked_for_and_wrong_ones_are_slowed_down(database: Database, viewer: Viewer) -> None:
    for _ in range(throttles.FREE_TRIES):
        with database.open_reader() as reader, pytest.raises(WrongPassword):
            passwords.prepare_change(reader, viewer=viewer, present="wrong", wanted="another lamp zebra 77")
        with database.open_writer() as session:
            passwords.count_wrong(session, viewer=viewer)
            session.commit()
    with database.open_reader() as reader, pytest.raises(TooManyTries):
        passwords.prepare_change(reader, viewer=viewer, present=GOOD, wanted="another lamp zebra 77")


def test_the_last_ten_passwords_are_not_taken_again(database: Database, viewer: Viewer) -> None:
    former = [GOOD, *(f"lamp zebra window {number} forest" for number in range(11))]
    for present, wanted in itertools.pairwise(former):
        change(database, viewer, present, wanted)
    for used in former[1:]:
        with pytest.raises(WeakPassword) as caught:
            change(database, viewer, former[-1], used)
        assert "以前に使った" in str(caught.value)
    change(database, viewer, former[-1], former[0])
    with database.open_reader() as session:
        kept = session.exec(select(FormerPassword).where(FormerPassword.member_id == viewer.member_id)).all()
    assert len(kept) == passwords.REMEMBERED


def test_names_of_the_member_its_clinics_and_their_vendors_are_refused(database: Database, viewer: Viewer) -> None:
    for wanted in (
        "山本 horse battery 19",
        "akari.y horse battery",
        "やまもと内科クリニック horse",
        "みどり電子カルテ horse",
    ):
        with pytest.raises(WeakPassword):
            change(database, viewer, GOOD, wanted)


def test_of_two_changes_at_once_one_wins(database: Database, viewer: Viewer) -> None:
    with database.open_reader() as reader:
        first = passwords.prepare_change(reader, viewer=viewer, present=GOOD, wanted="another lamp zebra 77")
        second = passwords.prepare_change(reader, viewer=viewer, present=GOOD, wanted="forest lamp zebra 78")
    with database.open_writer() as session:
        passwords.change_password(session, viewer=viewer, new=first)
        session.commit()
    with database.open_writer() as session, pytest.raises(EditedMeanwhile):
        passwords.change_password(session, viewer=viewer, new=second)


def test_a_password_is_never_too_old(session: Session, clinic: Clinic) -> None:
    member = factories.make_member(session, clinic)
    member.password_hash = passwords.hash_password(GOOD)
    member.password_changed_at = clock.now().replace(year=2016)
    assert passwords.is_right(GOOD, member.password_hash)
