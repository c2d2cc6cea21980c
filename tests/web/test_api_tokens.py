"""API tokens on the settings pages: made by owners, shown once, revoked at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import select

from models import ApiToken, Event, Scope
from models.database import Database
from services import clock
from tests.api.programs import Program
from tests.people import Clerk

ADDRESS = "/settings/api-tokens"


def make(clerk: Clerk, **values: object) -> str:
    """Press the button; returns the token that the page shows."""
    page = clerk.open(ADDRESS).submit(
        ADDRESS, {"name": "電子カルテ連携", "scopes": ["vendors:read"], "days": 30, **values}
    )
    assert page.status == 200, page.text
    return str(page.tree.xpath("string(//input[@id='token']/@value)")) or page.tree.xpath("string(//*[@id='token'])")


def test_a_token_is_shown_once_and_works(app: FastAPI, alice: Clerk, database: Database) -> None:
    token = make(alice)
    assert token.startswith("vsp_clinic_")
    assert Program(app, token).get("/vendors") == {"items": [], "next_cursor": None}
    page = alice.open(ADDRESS)
    assert page.says("電子カルテ連携")
    assert page.says("ベンダーと連絡先を読む")
    assert token not in page.response.text
    with database.open_reader() as session:
        kept = session.exec(select(ApiToken)).one()
        event = session.exec(select(Event).where(Event.verb == "token.made")).one()
    assert token.encode() not in kept.token_hash
    assert kept.made_by == alice.member.id
    assert token not in str(event.details)
    assert kept.expires_at - kept.created_at == timedelta(days=30)


def test_use_is_noted_by_the_day(app: FastAPI, alice: Clerk, database: Database) -> None:
    token = make(alice)
    assert alice.open(ADDRESS).says("まだ使われていません")
    Program(app, token).get("/vendors")
    with database.open_reader() as session:
        assert session.exec(select(ApiToken)).one().last_used_on == clock.today()


def test_a_revoked_token_is_dead_at_once(app: FastAPI, alice: Clerk) -> None:
    token = make(alice)
    page = alice.open(ADDRESS)
    action = next(form.action for form in page.tree.forms if "/revoke" in (form.action or ""))
    assert alice.post(str(action)).says("使えなくなりました")
    assert Program(app, token).call("GET", "/vendors").status_code == 401
    assert alice.open("/log").says("API トークンが取り消されました")


def test_what_is_missing_is_told_beside_its_field(alice: Clerk, database: Database) -> None:
    page = alice.open(ADDRESS).submit(ADDRESS, {"name": " ", "scopes": None, "days": 400})
    assert page.status == 422
    assert page.says("少なくとも1つにチェックを入れてください。")
    with database.open_reader() as session:
        assert session.exec(select(ApiToken)).all() == []


def test_whoever_signed_in_long_ago_confirms_first(alice: Clerk) -> None:
    page = alice.open(ADDRESS)
    with time_machine.travel(clock.now() + timedelta(minutes=20)):
        asked = page.submit(ADDRESS, {"name": "連携", "scopes": ["vendors:read"], "days": 30})
    assert asked.status == 403
    assert not asked.says("トークンを今すぐ控えてください")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_scope_has_its_words(alice: Clerk, language: str) -> None:
    alice.browser.client.headers["Accept-Language"] = language
    page = alice.open(ADDRESS)
    for scope in Scope:
        assert page.tree.xpath(f"//input[@value='{scope}']"), scope


def test_editors_and_strangers_make_none(alice: Clerk, bob: Clerk, charlie: Clerk, database: Database) -> None:
    make(alice)
    with database.open_reader() as session:
        token_id = session.exec(select(ApiToken.id)).one()
    assert bob.open(ADDRESS).status == 403
    assert bob.post(f"{ADDRESS}/{token_id}/revoke").status == 403
    assert charlie.post(f"{ADDRESS}/{token_id}/revoke").status == 404
