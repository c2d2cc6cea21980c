"""A member's own page."""

from __future__ import annotations

from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Clinic, Member, MemberSession, Membership
from models.database import Database
from services import clock, passwords, throttles
from services.history import list_events
from tests.browser import Browser
from tests.people import Clerk, Mailbox, signed_in

PASSWORD = "窓辺 horse 19 battery"
NEW = "another lamp zebra 77"


@pytest.fixture
def akari(alice: Clerk, database: Database) -> Clerk:
    """Alice with a password that is known here."""
    with database.open_writer() as session:
        session.get_one(Member, alice.member.id).password_hash = passwords.hash_password(PASSWORD)
        session.commit()
    return alice


def new_password(present: str = PASSWORD, password: str = NEW, again: str = NEW) -> dict[str, str]:
    return {"present_password": present, "password": password, "password_again": again}


def member(database: Database, clerk: Clerk) -> Member:
    with database.open_reader() as session:
        return session.get_one(Member, clerk.member.id)


def test_a_member_changes_its_name_and_language(alice: Clerk, database: Database) -> None:
    page = alice.open("/account")
    assert page.says("alice@clinic.example")
    saved = page.submit("/account", {"name": " Akari Yamamoto ", "language": "en"})
    assert (saved.path, saved.heading) == ("/account", "Your account")
    assert (member(database, alice).name, member(database, alice).language) == ("Akari Yamamoto", "en")


def test_a_member_chooses_whether_a_weekly_summary_is_mailed(alice: Clerk, database: Database) -> None:
    assert member(database, alice).wants_weekly_digest
    page = alice.open("/account").submit("/account", {"wants_weekly_digest": None})
    assert not member(database, alice).wants_weekly_digest
    page.submit("/account", {"wants_weekly_digest": "true"})
    assert member(database, alice).wants_weekly_digest


@pytest.mark.parametrize("values", [{"name": ""}, {"name": "x" * 101}, {"language": "fr"}])
def test_a_wrong_profile_is_said_and_not_saved(alice: Clerk, database: Database, values: dict[str, str]) -> None:
    answer = alice.open("/account").submit("/account", values)
    assert answer.status == 422
    assert member(database, alice).name == "山本 あかり"


def test_a_profile_takes_nothing_that_is_not_offered(alice: Clerk, database: Database) -> None:
    before = member(database, alice)
    alice.post(
        "/account",
        {
            "name": "x",
            "language": "ja",
            "email": "evil@x.example",
            "is_operator": "true",
            "password_hash": "!",
            "id": "1",
        },
    )
    after = member(database, alice)
    assert (after.email, after.is_operator, after.password_hash) == (before.email, False, before.password_hash)


def test_the_password_is_changed_other_browsers_are_out_and_a_mail_tells(
    akari: Clerk, app: FastAPI, database: Database, mailbox: Mailbox
) -> None:
    elsewhere = signed_in(app, database, akari.member, akari.clinic)
    saved = akari.open("/account").submit("/account/password", new_password())
    assert saved.says("パスワードを変更しました")
    assert akari.open("/account").status == 200
    assert elsewhere.open("/account").path.startswith("/sign-in")
    assert passwords.is_right(NEW, member(database, akari).password_hash)
    assert mailbox.last("alice@clinic.example", "password_changed")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (new_password(present="wrong"), "present_password"),
        (new_password(present=""), "present_password"),
        (new_password(password="short", again="short"), "password"),
        (new_password(password=PASSWORD, again=PASSWORD), "password"),
        (new_password(password="やまもと内科クリニック 馬 7", again="やまもと内科クリニック 馬 7"), "password"),
        (new_password(again="another lamp zebra 78"), "password_again"),
    ],
)
def test_a_password_that_cannot_be_taken_is_said_beside_its_field(
    akari: Clerk, database: Database, values: dict[str, str], field: str
) -> None:
    answer = akari.open("/account").submit("/account/password", values)
    assert answer.status == 422
    assert answer.tree.get_element_by_id(f"error-{field}").text_content().strip()
    assert not answer.tree.xpath("//input[@type='password'][@value]")
    assert passwords.is_right(PASSWORD, member(database, akari).password_hash)


def test_guessing_the_present_password_has_to_wait(akari: Clerk) -> None:
    page = akari.open("/account")
    for _ in range(throttles.FREE_TRIES):
        assert page.submit("/account/password", new_password(present="wrong")).status == 422
    answer = page.submit("/account/password", new_password())
    assert answer.status == 429
    assert answer.response.headers["retry-after"]


def test_the_fields_tell_password_managers_which_is_which(alice: Clerk) -> None:
    page = alice.open("/account")
    roles = [node.get("autocomplete") for node in page.tree.xpath("//input[@type='password']")]
    assert roles == ["current-password", "new-password", "new-password"]


def test_a_member_sees_where_it_is_signed_in_and_ends_it(akari: Clerk, app: FastAPI, database: Database) -> None:
    elsewhere = signed_in(app, database, akari.member, akari.clinic)
    page = akari.open("/account/sessions")
    assert page.says("このブラウザ")
    with database.open_reader() as session:
        rows = session.exec(select(MemberSession).order_by(MemberSession.created_at)).all()  # type: ignore[arg-type]
    ended = page.submit(f"/account/sessions/{rows[-1].id}/end")
    assert ended.says("サインアウトしました")
    assert elsewhere.open("/account").path.startswith("/sign-in")
    own = akari.post(f"/account/sessions/{rows[0].id}/end")
    assert own.says("今お使いのブラウザ")
    assert akari.open("/account").status == 200


def test_all_other_browsers_are_ended_at_once(akari: Clerk, app: FastAPI, database: Database) -> None:
    others = [signed_in(app, database, akari.member, akari.clinic) for _ in range(2)]
    assert akari.open("/account/sessions").submit("/account/sessions/end-others").status == 200
    assert all(other.open("/account").path.startswith("/sign-in") for other in others)
    assert not akari.open("/account/sessions").offers("ほかをすべて")


def test_the_session_of_somebody_else_is_not_found(alice: Clerk, bob: Clerk, database: Database) -> None:
    with database.open_reader() as session:
        theirs = session.exec(select(MemberSession).where(MemberSession.member_id == bob.member.id)).one()
    foreign = alice.post(f"/account/sessions/{theirs.id}/end")
    unknown = alice.post(f"/account/sessions/{uuid4()}/end")
    assert foreign.status == unknown.status == 404
    assert foreign.response.text == unknown.response.text
    assert bob.open("/account").status == 200


def test_who_belongs_to_no_clinic_any_more_still_has_an_account(alice: Clerk, database: Database) -> None:
    with database.open_writer() as session:
        for membership in session.exec(select(Membership)):
            membership.removed_at = clock.now()
        session.commit()
    assert alice.open("/account").heading == "アカウント"
    assert alice.open("/account/sessions").status == 200


def test_a_member_leaves_a_clinic_and_keeps_its_account(
    bob: Clerk, app: FastAPI, database: Database, mailbox: Mailbox
) -> None:
    elsewhere = signed_in(app, database, bob.member, bob.clinic)
    left = bob.open("/account").submit(f"/account/clinics/{bob.clinic.id}/leave")
    assert left.path == "/account"
    assert left.says("から抜けました")
    assert elsewhere.open("/account").path.startswith("/sign-in")
    assert bob.open("/vendors").status == 403
    assert bob.post(f"/account/clinics/{bob.clinic.id}/leave").status == 404
    with database.open_reader() as session:
        assert list_events(session, clinic_id=bob.clinic.id)[0].verb == "member.left"


def test_the_only_owner_cannot_leave(alice: Clerk, bob: Clerk, database: Database) -> None:
    page = alice.open("/account")
    assert page.says("管理者がご自身だけ")
    assert not page.offers("抜ける")
    answer = alice.post(f"/account/clinics/{alice.clinic.id}/leave")
    assert (answer.status, answer.heading) == (409, "管理者が必要です")
    assert alice.open("/members").status == 200


def test_nobody_leaves_where_it_never_was(alice: Clerk, other_clinic: Clinic) -> None:
    foreign = alice.post(f"/account/clinics/{other_clinic.id}/leave")
    unknown = alice.post(f"/account/clinics/{uuid4()}/leave")
    assert foreign.status == unknown.status == 404
    assert foreign.response.text == unknown.response.text


def test_earlier_sign_ins_are_listed(akari: Clerk, app: FastAPI, database: Database) -> None:
    assert not akari.open("/account/sessions").says("これまでのサインイン")
    elsewhere = signed_in(app, database, akari.member, akari.clinic)
    elsewhere.post("/sign-out")
    page = akari.open("/account/sessions")
    assert page.says("これまでのサインイン")
    assert len(page.tree.xpath("(//table)[2]/tbody/tr")) == 1


def test_a_stranger_is_asked_to_sign_in(stranger: Browser) -> None:
    assert stranger.open("/account").path == "/sign-in?next=%2Faccount"
    for path in ("/account", "/account/password", f"/account/sessions/{uuid4()}/end", "/account/sessions/end-others"):
        assert stranger.post(path, {"name": "x"}).status == 401
