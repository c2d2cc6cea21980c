"""Another e-mail address counts once its own mailbox has confirmed it; the former one is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI

from api.logs import redact_path
from models import Member
from models.database import Database
from services import address_changes, clock, passwords
from services.history import list_events
from tests.browser import Browser, Page
from tests.people import Clerk, Mailbox

OLD, NEW = "alice@clinic.example", "akari@new.example"
PASSWORD = "窓辺 horse 19 battery"


@pytest.fixture
def akari(alice: Clerk, database: Database) -> Clerk:
    with database.open_writer() as session:
        session.get_one(Member, alice.member.id).password_hash = passwords.hash_password(PASSWORD)
        session.commit()
    return alice


def ask(clerk: Clerk, email: str = NEW) -> Page:
    return clerk.open("/account").follow("メールアドレスを変更する").submit("/account/address", {"email": email})


def link_to(mailbox: Mailbox, email: str = NEW) -> str:
    return "/address/" + mailbox.last(email, "address_change").text.split("/address/")[1].split()[0]


def test_the_new_address_counts_once_its_mailbox_confirmed_it(
    akari: Clerk, stranger: Browser, mailbox: Mailbox, database: Database
) -> None:
    assert ask(akari, " Akari@New.example ").says("確認するまで、何も変わりません")
    assert "a…@new" in mailbox.last(OLD, "address_notice").text
    page = stranger.open(link_to(mailbox))
    assert page.says(NEW)
    assert OLD not in page.text
    assert akari.open("/account").says(OLD)
    done = page.submit(page.path)
    assert done.path == "/sign-in"
    assert akari.open("/account").path.startswith("/sign-in")
    assert mailbox.last(OLD, "address_changed")
    assert done.submit("/sign-in", {"email": OLD, "password": PASSWORD}).status == 422
    assert done.submit("/sign-in", {"email": NEW, "password": PASSWORD}).path == "/dashboard"
    with database.open_reader() as session:
        verbs = [event.verb for event in list_events(session, clinic_id=akari.clinic.id, verb="member")]
    assert verbs == ["member.address_changed", "member.address_asked"]


def test_a_link_works_once_ends_after_a_day_and_a_newer_one_stops_it(
    akari: Clerk, stranger: Browser, mailbox: Mailbox
) -> None:
    ask(akari)
    first = link_to(mailbox)
    with time_machine.travel(clock.now() + timedelta(seconds=1), tick=False) as now:
        ask(akari)
        second = link_to(mailbox)
        assert stranger.open(first).status == 410
        for _ in range(3):
            assert stranger.open(second).status == 200
        now.shift(address_changes.LIFE)
        assert stranger.post(second).status == 410
    assert stranger.post(second).status == 200
    assert stranger.post(second).status == 410
    assert redact_path(second) == "/address/<redacted>"


def test_whose_address_it_is_already_is_not_told_and_not_taken(
    akari: Clerk, bob: Clerk, mailbox: Mailbox, database: Database
) -> None:
    free, taken = ask(akari), ask(akari, bob.member.email)
    assert free.text.replace(NEW, "") == taken.text.replace(bob.member.email, "")
    assert not mailbox.all(bob.member.email)


def test_an_address_taken_meanwhile_is_left_alone(
    akari: Clerk, bob: Clerk, stranger: Browser, mailbox: Mailbox, database: Database
) -> None:
    ask(akari)
    with database.open_writer() as session:
        session.get_one(Member, bob.member.id).email = NEW
        session.commit()
    assert stranger.post(link_to(mailbox)).status == 410


def test_links_to_the_former_mailbox_stop(akari: Clerk, stranger: Browser, mailbox: Mailbox, app: FastAPI) -> None:
    ask(akari)
    stranger.post("/forgotten", {"email": OLD})
    reset = "/reset/" + mailbox.last(OLD, "password_reset").text.split("/reset/")[1].split()[0]
    assert Browser(app).open(reset).status == 200
    stranger.post(link_to(mailbox))
    assert Browser(app).open(reset).status == 410


@pytest.mark.parametrize("email", ["", "nobody", "a@b\r\nBcc: x@y.example", "x" * 300 + "@clinic.example"])
def test_what_is_no_address_is_said_beside_the_field(akari: Clerk, mailbox: Mailbox, email: str) -> None:
    answer = akari.post("/account/address", {"email": email})
    assert answer.status == 422
    assert answer.tree.get_element_by_id("error-email").text_content().strip()
    assert not mailbox.all(kind="address_change")


def test_five_links_a_day_are_enough(akari: Clerk, mailbox: Mailbox) -> None:
    for _ in range(address_changes.PER_DAY):
        assert ask(akari).status == 200
    assert ask(akari).status == 429
    assert len(mailbox.all(kind="address_change")) == address_changes.PER_DAY


@pytest.mark.parametrize("token", ["x", "%00", "窓", "x" * 5000])
def test_a_strange_token_leads_nowhere(stranger: Browser, token: str) -> None:
    assert stranger.open(f"/address/{token}").status in {404, 410}


def test_a_stranger_is_asked_to_sign_in(stranger: Browser) -> None:
    assert stranger.open("/account/address").path.startswith("/sign-in")
    assert stranger.post("/account/address", {"email": NEW}).status == 401
