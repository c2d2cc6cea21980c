"""A forgotten password is chosen anew behind a link mailed to the member's own address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import select

from api import commands
from api.logs import redact_path
from models import PORTAL, Member, PasswordReset
from models.database import Database
from services import clock, passwords, resets, throttles
from services.history import list_events
from services.keys import digest_of
from settings import Settings
from tests.browser import Browser, Page
from tests.people import Clerk, Mailbox
from tests.queries import recorded

ALICE = "alice@clinic.example"
NEW = "another lamp zebra 77"


@pytest.fixture(autouse=True)
def _known_password(alice: Clerk, database: Database) -> None:
    with database.open_writer() as session:
        session.get_one(Member, alice.member.id).password_hash = passwords.hash_password("窓辺 horse 19 battery")
        session.commit()


def ask(browser: Browser, email: str = ALICE) -> Page:
    return browser.open("/sign-in").follow("パスワードをお忘れの方").submit("/forgotten", {"email": email})


def link_from(mailbox: Mailbox) -> str:
    found = re.search(r"https?://\S+(/reset/[\w-]+)", mailbox.last(ALICE, "password_reset").text)
    assert found
    return found.group(1)


def test_a_member_chooses_a_new_password_and_signs_in_with_it(
    stranger: Browser, alice: Clerk, mailbox: Mailbox, database: Database
) -> None:
    assert ask(stranger, " Alice@clinic.example ").says("リンクの入ったメール")
    page = stranger.open(link_from(mailbox))
    assert page.says(ALICE)
    done = page.submit(page.path, {"password": NEW})
    assert done.path == "/sign-in"
    assert done.says("新しいパスワードでサインイン")
    assert done.submit("/sign-in", {"email": ALICE, "password": NEW}).path == "/dashboard"
    assert alice.open("/account").path.startswith("/sign-in")
    assert mailbox.last(ALICE, "password_changed")
    with database.open_reader() as session:
        verbs = [event.verb for event in list_events(session, clinic_id=alice.clinic.id, verb="password")]
    assert verbs == ["password.reset", "password.reset_asked"]


def test_known_and_unknown_addresses_are_answered_in_the_same_bytes(stranger: Browser, mailbox: Mailbox) -> None:
    known, unknown = ask(stranger), ask(stranger, "nobody@clinic.example")
    assert known.status == unknown.status == 200
    assert known.response.text == unknown.response.text
    assert len(mailbox.all(kind="password_reset")) == 1


def test_an_unknown_address_costs_as_much_work_as_a_known_one(
    stranger: Browser, database: Database, mailbox: Mailbox
) -> None:
    ask(stranger)
    work: list[int] = []
    for email in (ALICE, "nobody@clinic.example"):
        with recorded(database) as statements:
            assert stranger.post("/forgotten", {"email": email}).status == 200
        work.append(sum("mails" in statement or "events" in statement for statement in statements))
    assert work[0] == work[1] > 0
    assert len(mailbox.all(kind="password_reset")) == 2
    with database.open_reader() as session:
        assert len(session.exec(select(Member)).all()) == 1
        assert not list_events(session, clinic_id=PORTAL)


def test_a_link_works_once_and_opening_it_changes_nothing(stranger: Browser, mailbox: Mailbox, app: FastAPI) -> None:
    ask(stranger)
    link = link_from(mailbox)
    for _ in range(3):
        assert stranger.open(link).status == 200
    stranger.open(link).submit(link, {"password": NEW})
    assert stranger.open(link).status == 410
    assert Browser(app).post(link, {"password": "forest lamp zebra 78"}).status == 410


def test_a_newer_link_stops_the_one_before(stranger: Browser, mailbox: Mailbox) -> None:
    ask(stranger)
    first = link_from(mailbox)
    ask(stranger)
    assert stranger.open(first).status == 410
    assert stranger.open(link_from(mailbox)).status == 200


def test_a_link_ends_after_an_hour_even_while_its_page_is_open(stranger: Browser, mailbox: Mailbox) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        ask(stranger)
        page = stranger.open(link_from(mailbox))
        now.shift(timedelta(hours=1))
        spent = page.submit(page.path, {"password": NEW})
        unknown = stranger.open("/reset/" + "x" * 43)
    assert spent.status == unknown.status == 410
    assert spent.heading == unknown.heading == "このリンクは使えません"


@pytest.mark.parametrize("password", ["", "short", "窓辺 horse 19 battery", "alice window horse 9"])
def test_a_password_that_cannot_be_taken_is_said_and_the_link_still_works(
    stranger: Browser, mailbox: Mailbox, password: str
) -> None:
    ask(stranger)
    page = stranger.open(link_from(mailbox))
    answer = page.submit(page.path, {"password": password})
    assert answer.status == 422
    assert answer.tree.get_element_by_id("error-password").text_content().strip()
    assert answer.submit(page.path, {"password": NEW}).path == "/sign-in"


def test_only_the_digest_is_kept_and_no_log_line_shows_the_link(
    stranger: Browser, mailbox: Mailbox, database: Database, alice: Clerk
) -> None:
    ask(stranger)
    token = link_from(mailbox).rsplit("/", 1)[1]
    with database.open_reader() as session:
        assert session.exec(select(PasswordReset)).one().token_hash == digest_of(token)
        events = list_events(session, clinic_id=alice.clinic.id)
    assert not any(token in str(event.model_dump()) for event in events)
    assert redact_path(f"/reset/{token}") == "/reset/<redacted>"


def test_a_member_gets_five_links_a_day_and_a_network_asks_ten_times_in_five_minutes(
    stranger: Browser, mailbox: Mailbox
) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        answers = [ask(stranger).status for _ in range(10)]
        assert stranger.post("/forgotten", {"email": ALICE}).status == 429
        assert answers == [200] * 10
        assert len(mailbox.all(kind="password_reset")) == resets.PER_DAY
        now.shift(timedelta(days=1, seconds=1))
        ask(stranger)
    assert len(mailbox.all(kind="password_reset")) == resets.PER_DAY + 1


def test_whoever_was_slowed_down_signs_in_at_once_afterwards(stranger: Browser, mailbox: Mailbox) -> None:
    for _ in range(throttles.FREE_TRIES):
        stranger.post("/sign-in", {"email": ALICE, "password": "wrong"})
    assert stranger.post("/sign-in", {"email": ALICE, "password": "wrong"}).status == 429
    ask(stranger)
    link = link_from(mailbox)
    done = stranger.open(link).submit(link, {"password": NEW})
    assert done.submit("/sign-in", {"email": ALICE, "password": NEW}).path == "/dashboard"


def test_without_a_mail_server_the_page_says_so_and_the_operator_prints_a_link(
    stranger: Browser, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stranger.open("/forgotten").says("メールサーバーが設定されていない")
    assert commands.main(["reset-link", "nobody@clinic.example"]) == 1
    assert commands.main(["reset-link", ALICE]) == 0
    link = capsys.readouterr().out.strip().splitlines()[-1].removeprefix(settings.base_url)
    assert stranger.open(link).submit(link, {"password": NEW}).path == "/sign-in"


@pytest.mark.parametrize("typed", ["", "x" * 300])
def test_an_address_that_is_none_is_asked_for_again(stranger: Browser, typed: str) -> None:
    assert stranger.open("/forgotten").submit("/forgotten", {"email": typed}).status == 422


@pytest.mark.parametrize("token", ["x", "%00", "窓", "x" * 5000])
def test_a_strange_token_leads_nowhere(stranger: Browser, token: str) -> None:
    assert stranger.open(f"/reset/{token}").status in {404, 410}
