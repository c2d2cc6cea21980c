"""The first visit: one form sets the portal up, for whoever holds the key in the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Clinic, Member, Membership
from models.database import Database
from services import accounts
from settings import Settings
from tests.browser import Browser
from tests.people import Clerk


@pytest.fixture
def key(database: Database, settings: Settings) -> str:
    """What the terminal shows."""
    with database.open_reader() as session:
        made = accounts.first_run_key(session, settings=settings)
    assert made is not None
    return made


def filled_in(key: str, **changes: str) -> dict[str, str]:
    return {
        "key": key,
        "clinic_name": "みなと歯科クリニック",
        "kind": "dental_clinic",
        "phone": "０３－００００－１１１１",
        "contact_name": "受付 佐藤",
        "name": "港 花",
        "email": "hana@minato.example",
        "password": "窓辺 horse 19 battery",
        **changes,
    }


def test_the_first_visitor_sets_the_portal_up_and_is_in(stranger: Browser, database: Database, key: str) -> None:
    first = stranger.open("/")
    assert first.path == "/first-run"
    arrived = first.submit("/first-run", filled_in(key))
    assert arrived.status == 200
    assert arrived.path.startswith("/dashboard") or arrived.says("ようこそ")
    with database.open_reader() as session:
        member, clinic = session.exec(select(Member)).one(), session.exec(select(Clinic)).one()
        membership = session.exec(select(Membership)).one()
    assert member.is_operator
    assert member.email == "hana@minato.example"
    assert (clinic.name, clinic.phone) == ("みなと歯科クリニック", "03-0000-1111")
    assert membership.role == "owner"
    assert stranger.open("/members").says("港 花")


def test_it_speaks_english_and_so_does_the_clinic(app: FastAPI, database: Database, key: str) -> None:
    page = Browser(app, language="en").open("/first-run")
    assert page.heading == "Set up the portal"
    page.submit("/first-run", filled_in(key))
    with database.open_reader() as session:
        assert session.exec(select(Clinic)).one().language == session.exec(select(Member)).one().language == "en"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("key", "not-the-key", "鍵と一致しません"),
        ("clinic_name", "  ", "入力してください"),
        ("kind", "zoo", "選んでください"),
        ("email", "hana", "メールアドレス"),
        ("password", "short", "13文字以上"),
        ("password", "みなと歯科クリニック 7 馬", "含めないでください"),
        ("password", "hana-window-horse-7", "含めないでください"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_the_rest_stays(
    stranger: Browser, database: Database, key: str, field: str, typed: str, sentence: str
) -> None:
    answer = stranger.open("/first-run").submit("/first-run", filled_in(key) | {field: typed})
    assert answer.status == 422
    assert sentence in answer.tree.get_element_by_id(f"error-{field}").text_content()
    assert answer.tree.get_element_by_id("field-name").get("value") == "港 花"
    assert answer.tree.get_element_by_id("field-password").get("value") is None
    with database.open_reader() as session:
        assert session.exec(select(Member)).all() == []


def test_the_page_shows_no_key_and_opening_it_changes_nothing(stranger: Browser, database: Database, key: str) -> None:
    assert key not in stranger.open("/first-run").response.text
    with database.open_reader() as session:
        assert not accounts.is_set_up(session)


def test_a_portal_that_is_set_up_is_closed_for_good(alice: Clerk, stranger: Browser, settings: Settings) -> None:
    Path(settings.data_folder / accounts.FIRST_RUN_KEY).write_text("left-over", encoding="ascii")
    assert stranger.open("/first-run").status == 410
    answer = stranger.post("/first-run", filled_in("left-over"))
    assert answer.status == 410
    assert answer.says("すでに終わっています")
    assert alice.open("/first-run").status == 410
