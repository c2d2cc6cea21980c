"""A clinic may require the second factor of all; an owner resets it for whoever lost the telephone."""

from __future__ import annotations

from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import select

from api import commands
from models import Clinic, Member, Membership, Role, SecondFactor
from models.database import Database
from services import clock, passwords
from services.history import list_events
from settings import Settings, get_settings
from tests.authenticators import Authenticator, give_factor
from tests.browser import Browser
from tests.people import Clerk, Mailbox, signed_in

PASSWORD = "窓辺 horse 19 battery"
SET_UP = "/account/second-factor"


def membership_of(database: Database, clerk: Clerk) -> Membership:
    with database.open_reader() as session:
        return session.exec(select(Membership).where(Membership.member_id == clerk.member.id)).one()


def has_factor(database: Database, clerk: Clerk) -> bool:
    with database.open_reader() as session:
        return session.get(SecondFactor, clerk.member.id) is not None


def require(alice: Clerk, database: Database) -> None:
    give_factor(database, alice.member)
    assert alice.open("/settings").submit("/settings/second-factor").says("全員に2段階認証が必要です")


def test_members_without_it_are_led_to_set_it_up_before_anything_else(
    alice: Clerk, bob: Clerk, database: Database
) -> None:
    require(alice, database)
    assert alice.open("/dashboard").path == "/dashboard"
    led = bob.open("/vendors")
    assert led.path == SET_UP
    assert led.says("設定が必要です")
    assert not led.offers("ベンダー")
    refused = bob.post("/systems/new", {"name": "x"})
    assert refused.status == 403
    assert refused.heading == "先に2段階認証を設定してください"
    answer = bob.open("/vendors").browser.client.get("/vendors.csv", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    page = bob.open(SET_UP).submit(f"{SET_UP}/begin")
    authenticator = Authenticator("".join(page.tree.xpath("//*[@class='seed']//span/text()")))
    shown = page.submit(f"{SET_UP}/finish", {"code": authenticator.code})
    assert shown.follow("先へ進む").path == "/dashboard"
    assert bob.open("/vendors").path == "/vendors"


def test_the_own_account_stays_open_meanwhile(alice: Clerk, bob: Clerk, database: Database) -> None:
    require(alice, database)
    for path in ("/account", "/account/sessions", "/account/address", SET_UP):
        assert bob.open(path).path == path
    assert bob.post("/sign-out").path == "/sign-in"


def test_an_owner_sets_up_its_own_first(alice: Clerk, bob: Clerk, database: Database, clinic: Clinic) -> None:
    assert alice.open("/settings").says("先にご自身の")
    asked = alice.post("/settings/second-factor", {"is_required": "true"})
    assert asked.path == SET_UP
    assert bob.open("/vendors").path == "/vendors"
    require(alice, database)
    free = alice.open("/settings").submit("/settings/second-factor")
    assert free.says("必須ではなくなりました")
    assert bob.open("/vendors").path == "/vendors"
    with database.open_reader() as session:
        verbs = [event.verb for event in list_events(session, clinic_id=clinic.id, verb="second_factor")]
    assert verbs == ["second_factor.not_required", "second_factor.required"]


def test_another_clinic_of_the_same_member_stays_open(
    alice: Clerk, bob: Clerk, database: Database, other_clinic: Clinic
) -> None:
    with database.open_writer() as session:
        session.add(
            Membership(clinic_id=other_clinic.id, member_id=bob.member.id, role=Role.EDITOR, created_at=clock.now())
        )
        session.commit()
    require(alice, database)
    assert bob.open("/vendors").path == SET_UP
    bob.post("/clinics/switch", {"clinic_id": str(other_clinic.id)})
    assert bob.open("/vendors").path == "/vendors"


@pytest.mark.usefixtures("asked")
def test_owners_are_urged_and_the_operator_may_make_them(
    alice: Clerk, bob: Clerk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice.open("/dashboard").offers("2段階認証を設定する")
    assert not bob.open("/dashboard").offers("2段階認証を設定する")
    monkeypatch.setenv("PORTAL_OWNERS_NEED_SECOND_FACTOR", "true")
    get_settings.cache_clear()
    assert alice.open("/dashboard").path == SET_UP
    assert bob.open("/dashboard").path == "/dashboard"
    give_factor(database, alice.member)
    assert not alice.open("/dashboard").offers("2段階認証を設定する")


def test_an_owner_resets_it_for_whoever_lost_the_telephone(
    alice: Clerk, bob: Clerk, database: Database, mailbox: Mailbox, clinic: Clinic
) -> None:
    give_factor(database, bob.member)
    path = f"/members/{membership_of(database, bob).id}/second-factor/reset"
    page = alice.open("/members")
    assert page.says("2段階認証：オン")
    assert page.submit(path, {"how": " "}).says("どのように確認したか")
    assert has_factor(database, bob)
    done = page.submit(path, {"how": "院内で対面"})
    assert done.says("解除し")
    assert not has_factor(database, bob)
    assert bob.open("/account").path.startswith("/sign-in")
    assert "解除されました" in mailbox.last("bob@clinic.example", "second_factor").subject
    with database.open_reader() as session:
        event = list_events(session, clinic_id=clinic.id)[0]
    assert (event.verb, event.details["how"], event.actor_name) == ("second_factor.reset", "院内で対面", "山本 あかり")
    assert alice.open("/log").says("院内で対面")


def test_a_password_that_was_short_beside_the_factor_does_not_stand_alone_afterwards(
    alice: Clerk, bob: Clerk, database: Database, stranger: Browser, mailbox: Mailbox
) -> None:
    give_factor(database, bob.member)
    with database.open_writer() as session:
        member = session.get_one(Member, bob.member.id)
        member.password_hash, member.has_short_password = passwords.hash_password("Xq7!4kwz"), True
        session.commit()
    alice.post(f"/members/{membership_of(database, bob).id}/second-factor/reset", {"how": "電話"})
    answer = stranger.post("/sign-in", {"email": "bob@clinic.example", "password": "Xq7!4kwz"})
    assert answer.status == 422
    stranger.post("/forgotten", {"email": "bob@clinic.example"})
    link = "/reset/" + mailbox.last("bob@clinic.example", "password_reset").text.split("/reset/")[1].split()[0]
    assert stranger.open(link).submit(link, {"password": "Xq7!4kwz"}).status == 422
    assert stranger.open(link).submit(link, {"password": "forest lamp zebra 78"}).path == "/sign-in"


def test_what_guards_more_than_this_clinic_is_the_operators_to_reset(
    alice: Clerk, bob: Clerk, carol: Clerk, database: Database, other_clinic: Clinic
) -> None:
    for clerk in (alice, bob, carol):
        give_factor(database, clerk.member)
    with database.open_writer() as session:
        session.add(
            Membership(clinic_id=other_clinic.id, member_id=bob.member.id, role=Role.VIEWER, created_at=clock.now())
        )
        session.get_one(Member, carol.member.id).is_operator = True
        session.commit()
        ids = [row.id for row in session.exec(select(Membership).where(Membership.clinic_id == alice.clinic.id))]
    for membership_id in ids:
        answer = alice.post(f"/members/{membership_id}/second-factor/reset", {"how": "電話"})
        assert (answer.status, answer.heading) == (409, "この2段階認証を解除できるのは運営者だけです")
    assert all(has_factor(database, clerk) for clerk in (alice, bob, carol))


def test_the_operator_resets_it_on_the_command_line_with_a_record(
    alice: Clerk, database: Database, settings: Settings, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    give_factor(database, alice.member)
    assert commands.main(["reset-factor", "nobody@clinic.example"]) == 1
    assert has_factor(database, alice)
    assert commands.main(["reset-factor", "alice@clinic.example"]) == 0
    assert not has_factor(database, alice)
    assert alice.open("/account").path.startswith("/sign-in")
    assert mailbox.last("alice@clinic.example", "second_factor")
    with database.open_reader() as session:
        assert list_events(session, clinic_id=alice.clinic.id)[0].details["how"].startswith("operator")


def test_editors_and_other_clinics_reset_nothing(
    alice: Clerk, bob: Clerk, charlie: Clerk, app: FastAPI, database: Database
) -> None:
    give_factor(database, alice.member)
    path = f"/members/{membership_of(database, alice).id}/second-factor/reset"
    assert bob.post(path, {"how": "x"}).status == 403
    assert bob.post("/settings/second-factor", {"is_required": "true"}).status == 403
    foreign, unknown = (
        charlie.post(path, {"how": "x"}),
        charlie.post(path.replace(path[9:45], str(uuid4())), {"how": "x"}),
    )
    assert foreign.status == unknown.status == 404
    assert foreign.response.text == unknown.response.text
    assert has_factor(database, alice)
    assert signed_in(app, database, alice.member, alice.clinic).open("/members").status == 200


def test_a_stranger_is_asked_to_sign_in(stranger: Browser) -> None:
    assert stranger.post("/settings/second-factor", {"is_required": "true"}).status == 401
    assert stranger.post(f"/members/{uuid4()}/second-factor/reset", {"how": "x"}).status == 401
