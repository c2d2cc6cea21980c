"""What holds for every call: tokens and scopes, problem documents, deeds done once, limits."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import select

from api.v1 import endpoint
from models import Event, KeptReply, Membership, Role, Scope, Vendor
from models.database import Database
from services import clock, members
from settings import get_settings
from tests import factories
from tests.api.programs import Program, check_problem, code_of, make_token, program_of
from tests.people import Clerk


@pytest.fixture
def program(app: FastAPI, alice: Clerk) -> Program:
    """May do everything at Alice's clinic."""
    return program_of(app, alice)


def vendors_of(database: Database) -> list[str]:
    with database.open_reader() as session:
        return sorted(session.exec(select(Vendor.name)))


def test_a_program_acts_in_its_own_name(program: Program, database: Database) -> None:
    told = program.post("/vendors", {"name": "みどりシステム", "postal_code": "１００−０００１"}, expected=201)
    assert told["postal_code"] == "100-0001"
    with database.open_reader() as session:
        event = session.exec(select(Event).where(Event.verb == "vendor.added")).one()
    assert (event.actor_kind, event.actor_name) == ("token", "電子カルテ連携")


def test_only_the_header_carries_a_token(app: FastAPI, program: Program, alice: Clerk) -> None:
    stranger = Program(app)
    for path in (f"/vendors?access_token={program.token}", f"/vendors?token={program.token}"):
        assert stranger.call("GET", path).status_code == 401
    stranger.client.cookies.set("token", program.token)
    answer = stranger.call("GET", "/vendors")
    assert (answer.status_code, code_of(answer)) == (401, "token_needed")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    # A signed-in person's cookie opens nothing here: no other site can make a browser call.
    cookies = alice.browser.client.get("/api/v1/vendors")
    assert cookies.status_code == 401
    check_problem(cookies)


def test_a_scope_is_needed(app: FastAPI, alice: Clerk, database: Database) -> None:
    reader = program_of(app, alice, Scope.VENDORS_READ)
    assert reader.get("/vendors")["items"] == []
    answer = reader.call("POST", "/vendors", {"name": "新しい会社"})
    assert (answer.status_code, code_of(answer)) == (403, "scope_missing")
    assert 'scope="vendors:write"' in answer.headers["www-authenticate"]
    assert vendors_of(database) == []


def test_a_token_reaches_no_further_than_its_maker(app: FastAPI, alice: Clerk, bob: Clerk, database: Database) -> None:
    made_by_bob = make_token(database, clinic_id=alice.clinic.id, made_by=bob.member.id)
    program = Program(app, made_by_bob)
    program.post("/vendors", {"name": "一社"}, expected=201)
    with database.open_writer() as session:
        membership = session.exec(select(Membership).where(Membership.member_id == bob.member.id)).one()
        members.change_role(session, clinic=alice.clinic, membership=membership, role=Role.VIEWER)
        session.commit()
    assert program.get("/vendors")["items"]
    assert program.call("POST", "/vendors", {"name": "二社"}).status_code == 403
    with database.open_writer() as session:
        membership = session.exec(select(Membership).where(Membership.member_id == bob.member.id)).one()
        members.remove_member(session, clinic=alice.clinic, membership=membership)
        session.commit()
    assert program.call("GET", "/vendors").status_code == 401


def test_a_token_ends(app: FastAPI, alice: Clerk, database: Database) -> None:
    token = make_token(database, clinic_id=alice.clinic.id, made_by=alice.member.id, days=1)
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        assert Program(app, token).call("GET", "/vendors").status_code == 401


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["#/name"]),
        ({"name": "会社", "colour": "red"}, ["#/colour"]),
        ({"name": "会社", "corporate_number": "123", "postal_code": "1"}, ["#/corporate_number", "#/postal_code"]),
        ({"name": "会\0社"}, ["#"]),
        ([], ["#"]),
    ],
)
def test_each_wrong_value_is_named(program: Program, body: Any, pointers: list[str]) -> None:
    answer = program.call("POST", "/vendors", body)
    assert (answer.status_code, code_of(answer)) == (422, "content_invalid")
    assert sorted(fault["pointer"] for fault in answer.json()["errors"]) == pointers
    assert all(fault["detail"] for fault in answer.json()["errors"])


def test_half_a_character_is_no_text(program: Program) -> None:
    answer = program.call(
        "POST", "/vendors", content=r'{"name":"\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, code_of(answer)) == (422, "content_invalid")


def test_a_rule_of_the_product_is_told_with_its_own_type(program: Program) -> None:
    program.post("/vendors", {"name": "みどり"})
    answer = program.call("POST", "/vendors", {"name": "みどり"})
    assert (answer.status_code, code_of(answer)) == (422, "name_taken")


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        ("{", "application/json", 400, "content_unreadable"),
        (b"\xff", "application/json", 400, "content_unreadable"),
        ("name=x", "application/x-www-form-urlencoded", 415, "wrong_content_type"),
        ("{}", "text/plain", 415, "wrong_content_type"),
        ("[" * 100_000, "application/json", 400, "content_unreadable"),
        (b'{"name":"' + b"x" * 1_100_000 + b'"}', "application/json", 413, "text_too_large"),
    ],
)
def test_bodies_that_cannot_be_read(program: Program, content: Any, kind: str, status: int, code: str) -> None:
    answer = program.call("POST", "/vendors", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_addresses_and_methods_that_are_none(program: Program) -> None:
    for path in ("/nothing", "/vendors/none", f"/vendors/{uuid4()}"):
        answer = program.call("GET", path)
        assert (answer.status_code, code_of(answer)) == (404, "not_found")
    answer = program.call("DELETE", "/vendors")
    assert (answer.status_code, code_of(answer)) == (405, "wrong_method")
    assert "GET" in answer.headers["allow"]


def test_a_crash_is_a_problem_too(app: FastAPI, program: Program) -> None:
    working, app.state.database = app.state.database, None
    try:
        answer = program.call("GET", "/vendors")
    finally:
        app.state.database = working
    assert (answer.status_code, code_of(answer)) == (500, "crash")
    assert answer.headers["x-request-id"]


def test_a_body_without_a_length_is_limited_too(program: Program) -> None:
    pieces = (b"x" * 100_000 for _ in range(20))
    answer = program.call("POST", "/vendors", content=pieces, headers={"Content-Type": "application/json"})
    assert (answer.status_code, code_of(answer)) == (413, "text_too_large")


def test_problems_speak_the_language_asked_for(app: FastAPI, program: Program) -> None:
    assert program.call("GET", "/nothing").json()["title"] == "There is nothing at this address"
    japanese = Program(app, program.token, language="ja").call("GET", "/nothing")
    assert japanese.json()["title"] == "この宛先には何もありません"
    assert japanese.json()["type"] == "urn:problem:not_found"


def test_a_repeated_call_does_nothing_twice(program: Program, database: Database) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = program.call("POST", "/vendors", {"name": "みどり"}, headers=key)
    again = program.call("POST", "/vendors", {"name": "みどり"}, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert vendors_of(database) == ["みどり"]
    other = program.call("POST", "/vendors", {"name": "あおい"}, headers=key)
    assert (other.status_code, code_of(other)) == (422, "idempotency_key_reused")
    assert vendors_of(database) == ["みどり"]


def test_a_kept_answer_is_sealed_and_goes_after_a_day(program: Program, database: Database) -> None:
    key = {"Idempotency-Key": "one"}
    program.call("POST", "/vendors", {"name": "midori"}, headers=key)
    with database.open_reader() as session:
        assert b"midori" not in session.exec(select(KeptReply)).one().sealed_body
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert program.call("POST", "/vendors", {"name": "aoi"}, headers=key).status_code == 201
    assert vendors_of(database) == ["aoi", "midori"]


def test_a_refused_call_may_be_mended_under_the_same_key(program: Program) -> None:
    key = {"Idempotency-Key": "one"}
    assert program.call("POST", "/vendors", {"name": ""}, headers=key).status_code == 422
    assert program.call("POST", "/vendors", {"name": "みどり"}, headers=key).status_code == 201


def test_a_key_belongs_to_its_token(app: FastAPI, program: Program, charlie: Clerk) -> None:
    key = {"Idempotency-Key": "one"}
    program.call("POST", "/vendors", {"name": "みどり"}, headers=key)
    other = program_of(app, charlie)
    assert other.call("POST", "/vendors", {"name": "みどり"}, headers=key).headers.get("idempotency-replayed") is None


def test_a_dead_token_hears_nothing_again(app: FastAPI, alice: Clerk, database: Database) -> None:
    token = make_token(database, clinic_id=alice.clinic.id, made_by=alice.member.id, days=1)
    key = {"Idempotency-Key": "one"}
    Program(app, token).call("POST", "/vendors", {"name": "みどり"}, headers=key)
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        assert Program(app, token).call("POST", "/vendors", {"name": "みどり"}, headers=key).status_code == 401


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "日本".encode()])
def test_keys_that_are_none(program: Program, key: Any) -> None:
    answer = program.call("POST", "/vendors", {"name": "みどり"}, headers={"Idempotency-Key": key})
    assert (answer.status_code, code_of(answer)) == (400, "idempotency_key_unusable")


def test_the_same_call_at_the_same_time_is_told_to_wait(
    app: FastAPI, program: Program, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call is held at its last step while the second arrives."""
    inside, go_on = threading.Event(), threading.Event()
    keep = endpoint.keep_answer

    def keep_slowly(*arguments: Any) -> None:
        inside.set()
        assert go_on.wait(10)
        keep(*arguments)

    monkeypatch.setattr(endpoint, "keep_answer", keep_slowly)
    key, statuses = {"Idempotency-Key": "one"}, []
    first = threading.Thread(
        target=lambda: statuses.append(
            Program(app, program.token).call("POST", "/vendors", {"name": "みどり"}, headers=key).status_code
        )
    )
    first.start()
    assert inside.wait(10)
    second = program.call("POST", "/vendors", {"name": "みどり"}, headers=key)
    go_on.set()
    first.join()
    assert (second.status_code, code_of(second)) == (409, "idempotency_key_in_use")
    assert statuses == [201]
    assert vendors_of(database) == ["みどり"]


def test_a_token_makes_so_many_calls_a_minute(
    app: FastAPI, program: Program, charlie: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_API_CALLS_PER_MINUTE", "3")
    get_settings.cache_clear()
    for _ in range(3):
        program.get("/vendors")
    answer = program.call("GET", "/vendors")
    assert (answer.status_code, code_of(answer)) == (429, "too_many_calls")
    assert 0 < int(answer.headers["retry-after"]) <= 61
    assert program_of(app, charlie).get("/vendors")["items"] == []


def test_what_belongs_to_another_clinic_looks_like_what_never_was(
    app: FastAPI, program: Program, charlie: Clerk, database: Database
) -> None:
    with database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, charlie.clinic)
        session.commit()
    foreign, unknown = (program.call("GET", f"/vendors/{one}") for one in (vendor.id, uuid4()))
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)
