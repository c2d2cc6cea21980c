"""Who signed in a while ago is asked for the password before it changes people or takes much away."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import select

from models import Member, MemberSession, Membership, Role
from models.database import Database
from services import clock, passwords, throttles
from services.history import list_events
from services.sessions import CONFIRMED_FOR
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk, signed_in

PASSWORD = "窓辺 horse 19 battery"


@pytest.fixture
def akari(alice: Clerk, database: Database) -> Clerk:
    """Alice with a password that is known here, signed in a while ago."""
    with database.open_writer() as session:
        session.get_one(Member, alice.member.id).password_hash = passwords.hash_password(PASSWORD)
        session.commit()
    grow_old(database, alice)
    return alice


def grow_old(database: Database, clerk: Clerk) -> None:
    with database.open_writer() as session:
        for row in session.exec(select(MemberSession).where(MemberSession.member_id == clerk.member.id)):
            row.confirmed_at = clock.now() - CONFIRMED_FOR - timedelta(seconds=1)
        session.commit()


def membership_of(database: Database, clerk: Clerk) -> Membership:
    with database.open_reader() as session:
        return session.exec(select(Membership).where(Membership.member_id == clerk.member.id)).one()


def change_role(akari: Clerk, membership: Membership) -> Page:
    return akari.open("/members").submit(f"/members/{membership.id}/role", {"role": "owner"})


def test_a_deed_waits_for_the_password_and_then_goes_on(akari: Clerk, bob: Clerk, database: Database) -> None:
    membership = membership_of(database, bob)
    asked = change_role(akari, membership)
    assert (asked.status, asked.heading) == (403, "ご本人の確認をお願いします")
    assert membership_of(database, bob).role is Role.EDITOR
    confirmed = asked.submit("/account/confirm", {"password": PASSWORD})
    assert confirmed.heading == "ご本人と確認しました"
    form = confirmed.form(f"/members/{membership.id}/role")
    assert "data-goes-on" in form.attrib
    done = confirmed.submit(f"/members/{membership.id}/role")
    assert done.says("役割を変更しました")
    assert membership_of(database, bob).role is Role.OWNER
    with database.open_reader() as session:
        verbs = [event.verb for event in list_events(session, clinic_id=akari.clinic.id, limit=2)]
    assert verbs == ["member.role_changed", "sign_in.confirmed"]


def test_nobody_is_asked_twice_within_ten_minutes(akari: Clerk, bob: Clerk, database: Database) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        change_role(akari, membership_of(database, bob)).submit("/account/confirm", {"password": PASSWORD})
        now.shift(CONFIRMED_FOR)
        assert akari.open("/members").submit(f"/members/{membership_of(database, bob).id}/remove").status == 200


def test_removing_deleting_and_inviting_owners_ask_too(akari: Clerk, bob: Clerk, database: Database) -> None:
    with database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, akari.clinic)
        system = factories.make_system(session, akari.clinic, vendor)
        session.commit()
    guest = {"name": "坊野 武", "email": "guest@clinic.example"}
    for path, values in (
        (f"/members/{membership_of(database, bob).id}/remove", {}),
        (f"/vendors/{vendor.id}/delete", {}),
        (f"/systems/{system.id}/delete", {}),
        ("/members/invitations", {**guest, "role": "owner"}),
    ):
        asked = akari.post(path, values)
        assert asked.status == 403
        assert dict(asked.form("/account/confirm").form_values())["kept"].startswith(f'["{path}"')
    assert akari.post("/members/invitations", {**guest, "role": "viewer"}).status == 200


def test_a_wrong_password_changes_nothing_and_is_counted(akari: Clerk, bob: Clerk, database: Database) -> None:
    asked = change_role(akari, membership_of(database, bob))
    for _ in range(throttles.FREE_TRIES):
        wrong = asked.submit("/account/confirm", {"password": "wrong"})
        assert wrong.status == 422
        assert wrong.form("/account/confirm").fields["kept"] == asked.form("/account/confirm").fields["kept"]
    waiting = asked.submit("/account/confirm", {"password": PASSWORD})
    assert waiting.status == 429
    assert waiting.response.headers["retry-after"]
    assert change_role(akari, membership_of(database, bob)).status == 403


def test_the_session_bears_a_new_token_afterwards(akari: Clerk, app: FastAPI) -> None:
    before = akari.browser.client.cookies["member"]
    page = akari.open("/account/confirm", next="/account/sessions")
    assert page.submit("/account/confirm", {"password": PASSWORD}).path == "/account/sessions"
    assert akari.browser.client.cookies["member"] != before
    old = Browser(app)
    old.client.cookies.set("member", before)
    assert old.open("/account").path.startswith("/sign-in")


def test_a_file_is_offered_once_the_password_was_right(akari: Clerk) -> None:
    page = akari.open("/account/confirm", next="/vendors.csv?year=2026")
    ready = page.submit("/account/confirm", {"password": PASSWORD})
    assert ready.follow("ダウンロード").response.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/x.csv", "//evil.example", "/\\evil.example", ""])
def test_confirming_leads_to_no_other_site(akari: Clerk, elsewhere: str) -> None:
    answer = akari.post("/account/confirm", {"password": PASSWORD, "next": elsewhere})
    assert answer.path == "/account"


def test_what_was_typed_survives_a_session_that_ends_while_the_password_is_asked_for(
    akari: Clerk, bob: Clerk, database: Database, app: FastAPI
) -> None:
    membership = membership_of(database, bob)
    asked = change_role(akari, membership)
    with database.open_writer() as session:
        for row in session.exec(select(MemberSession)):
            row.ended_at = clock.now()
        session.commit()
    out = asked.submit("/account/confirm", {"password": PASSWORD})
    assert out.status == 401
    kept = out.submit("/sign-in", {"email": akari.member.email, "password": PASSWORD})
    assert kept.submit(f"/members/{membership.id}/role").says("役割を変更しました")


def test_a_script_is_told_why(akari: Clerk, bob: Clerk, database: Database) -> None:
    path = f"/members/{membership_of(database, bob).id}/role"
    answer = akari.post(path, {"role": "owner"}, headers={"Accept": "application/json"})
    assert (answer.status, answer.response.json()["type"]) == (403, "urn:problem:confirmation_needed")


def test_on_the_way_to_what_is_not_there_nobody_is_asked(akari: Clerk, charlie: Clerk, database: Database) -> None:
    assert akari.post(f"/members/{membership_of(database, charlie).id}/remove").status == 404


def test_a_stranger_is_asked_to_sign_in(stranger: Browser, alice: Clerk, app: FastAPI, database: Database) -> None:
    assert stranger.open("/account/confirm").path.startswith("/sign-in?next=")
    assert stranger.post("/account/confirm", {"password": "x"}).status == 401
    again = signed_in(app, database, alice.member, alice.clinic)
    assert again.post("/account/confirm", {}).status == 422
