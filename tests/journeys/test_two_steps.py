"""A member sets up the two-step sign-in, comes back with app and with paper, and then requires it of its clinic."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI

from models import Member
from models.database import Database
from services import clock, passwords
from tests.authenticators import Authenticator
from tests.browser import Browser, Page
from tests.people import Clerk, Mailbox

PASSWORD = "窓辺 horse 19 battery"
SET_UP = "/account/second-factor"


def set_up(page: Page) -> Authenticator:
    """From the page that explains it to the recovery codes."""
    page = page.submit(f"{SET_UP}/begin")
    seed = "".join(page.tree.xpath("//*[@class='seed']//span/text()"))
    shown = page.submit(f"{SET_UP}/finish", {"code": Authenticator(seed).code})
    return Authenticator(seed, tuple(str(code) for code in shown.tree.xpath("//*[@class='codes']/li/text()")))


def with_password(browser: Browser, email: str) -> Page:
    return browser.open("/sign-in").submit("/sign-in", {"email": email, "password": PASSWORD})


@pytest.mark.parametrize("language", ["ja", "en"])
def test_from_setting_up_to_signing_in_with_app_and_paper(
    app: FastAPI, alice: Clerk, bob: Clerk, database: Database, mailbox: Mailbox, language: str
) -> None:
    with database.open_writer() as session:
        for clerk in (alice, bob):
            session.get_one(Member, clerk.member.id).password_hash = passwords.hash_password(PASSWORD)
            session.get_one(Member, clerk.member.id).language = language
        session.commit()
    browser = Browser(app, language=language)
    with time_machine.travel(clock.now(), tick=False) as now:
        assert with_password(browser, alice.member.email).path == "/dashboard"
        authenticator = set_up(browser.open(SET_UP))
        assert len(authenticator.recovery) == 10
        assert alice.open("/account").path.startswith("/sign-in")
        browser.post("/sign-out")

        now.shift(timedelta(minutes=1))
        asked = with_password(browser, alice.member.email)
        assert asked.path == "/sign-in/code"
        assert browser.open("/dashboard").path.startswith("/sign-in")
        assert asked.submit("/sign-in/code", {"code": authenticator.code}).path == "/dashboard"
        browser.post("/sign-out")

        asked = with_password(browser, alice.member.email)
        assert asked.submit("/sign-in/code", {"code": authenticator.code}).status == 422
        arrived = asked.submit("/sign-in/code", {"recovery_code": authenticator.recovery[0], "code": ""})
        assert arrived.path == "/dashboard"
        assert len(mailbox.all(alice.member.email, "second_factor")) == 2

        browser.open("/settings").submit("/settings/second-factor")
        led = bob.open("/dashboard")
        assert led.path == SET_UP
        set_up(led)
        assert bob.open("/dashboard").path == "/dashboard"
