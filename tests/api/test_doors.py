"""Every endpoint as every actor, against the written matrix of doors.toml; an endpoint that is missing there fails."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response

from models import Clinic, Member, Role, Scope
from models.database import Database
from tests import factories
from tests.api.programs import Program, check_problem, make_token, vendor_program
from tests.browser import Browser
from tests.people import Clerk, Mailbox, signed_in
from tests.stories import in_days
from tests.test_doors import Door, World, doors_of, rows_of

MATRIX: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "doors.toml").read_text(encoding="utf-8"))
ACTORS = ("no_token", "cookie", "scopeless", "viewer", "editor", "owner", "other_owner", "vendor", "other_vendor")
TAKING = ("remove_", "archive_", "accept_", "return_submission", "withdraw_", "submit_", "decline_", "leave_")


def body_of(world: World, name: str) -> Any:
    """What is sent where a body is needed, so that a call is judged by who makes it."""
    day = in_days(30).isoformat()
    return {
        "api_add_vendor": {"name": "新しい会社"},
        "api_change_vendor": {},
        "api_add_contact": {"name": "窓口", "phone": "03-0000-0000"},
        "api_change_contact": {},
        "api_add_system": {"name": "新しいシステム", "kind": "other"},
        "api_change_system": {},
        "api_ask_vendors": {
            "fiscal_year": 2026,
            "due_on": day,
            "asks": [{"vendor_id": str(world.values["vendor_id"]), "delivery": "later"}],
        },
        "api_change_due_date": {"due_on": day},
        "api_send_invitation": {"email": "new@vendor.example", "name": "窓口"},
        "api_make_link": {},
        "api_withdraw_submission": {},
        "api_accept_submission": {"revision": 1},
        "api_return_submission": {"revision": 1, "words": "もう一度お願いします。"},
        "api_record_outcome": {"kind": "unreachable"},
        "api_add_contact_entry": {"way": "call", "note": "担当者不在。"},
        "api_correct_contact_entry": {"way": "call", "note": "担当者は休暇中。"},
        "api_write_to_vendor": {"text": "版数を教えてください。"},
        "api_describe_entered": {},
        "api_answer_item": {"version": 0, "value": None},
        "api_register_webhook": {"url": "https://hooks.example.jp/portal", "events": ["document.uploaded"]},
        "api_ask_for_code": {"link": "https://portal.example/i/none"},
        "api_start_answering": {"ticket": "none", "code": "000000"},
        "api_save_answer": {"version": 0, "remark": "確認中です。"},
        "api_submit_form": {"responsible_name": "緑川 誠", "responsible_title": "部長"},
        "api_decline_request": {"reason": "取引がありません。"},
        "api_describe_document": {},
    }.get(name)


def group_of(name: str) -> dict[str, Any]:
    groups = [group for group in MATRIX.values() if name in group["routes"]]
    assert len(groups) == 1, f"{name} stands in {len(groups)} groups of doors.toml"
    return groups[0]


def client_of(world: World, actor: str) -> Program:
    """A program, or a browser, as this actor has it."""
    alice, database, app = world.alice, world.database, world.app
    if actor in ("no_token", "cookie"):
        program = Program(app)
        program.client.cookies.update(alice.browser.client.cookies if actor == "cookie" else {})
        return program
    if actor == "vendor":
        alice.invites(world.submission, "program@vendor.example")
        return vendor_program(app, world.mailbox, "program@vendor.example")
    with database.open_writer() as session:
        clinic = factories.make_clinic(session, "さくら調剤薬局") if actor.startswith("other") else alice.clinic
        role = Role(actor) if actor in ("viewer", "editor") else Role.OWNER
        member = factories.make_member(session, clinic, role=role)
        session.commit()
    if actor == "other_vendor":
        return other_vendor(world, member, clinic)
    scopes = () if actor == "scopeless" else tuple(Scope)
    return Program(app, make_token(database, clinic_id=clinic.id, made_by=member.id, scopes=scopes))


def other_vendor(world: World, member: Member, clinic: Clinic) -> Program:
    """A vendor's program with a submission of its own at another clinic."""
    with world.database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, clinic)
        submission = factories.make_submission(session, clinic, vendor, created_by=member.id)
        session.commit()
    signed_in(world.app, world.database, member, clinic).invites(submission, "walter@other.example")
    return vendor_program(world.app, world.mailbox, "walter@other.example")


def order_of(door: Door) -> tuple[bool, int, str]:
    """Readers first, and what takes something away last."""
    taking = next((place for place, verb in enumerate(TAKING, start=1) if verb in door.name), 0)
    return door.method != "GET", taking, door.name


def knock(world: World, program: Program, door: Door, *, strange: bool = False) -> Response:
    body, address = body_of(world, door.name), world.address(door, strange=strange)
    response = program.client.request(door.method, address, **({"json": body} if body is not None else {}))
    assert response.status_code < 500, f"{door}: {response.text[:300]}"
    if response.status_code >= 400:
        check_problem(response)
    return response


def outcome_of(response: Response) -> str:
    return {401: "no token", 403: "forbidden", 404: "missing"}.get(response.status_code, "in")


@pytest.fixture
def world(app: FastAPI, database: Database, mailbox: Mailbox, alice: Clerk) -> World:
    return World(app, database, mailbox, alice)


def test_every_endpoint_stands_in_one_group(app: FastAPI) -> None:
    names = {door.name for door in doors_of(app, of_api=True)}
    for name in names:
        group_of(name)
    assert {name for group in MATRIX.values() for name in group["routes"]} == names
    for group in MATRIX.values():
        assert set(group["outcomes"]) == set(ACTORS)


@pytest.mark.parametrize("actor", ACTORS)
def test_endpoints_answer_whom_they_should(world: World, actor: str) -> None:
    program, wrong = client_of(world, actor), []
    for door in sorted(doors_of(world.app, of_api=True), key=order_of):
        expected = group_of(door.name)["outcomes"][actor]
        found = outcome_of(knock(world, program, door))
        if expected not in (found, "any"):
            wrong.append(f"{door.method} {door.path} ({door.name}): {found} instead of {expected}")
    assert not wrong, "\n".join(wrong)


def test_what_is_another_clinics_looks_like_what_never_was(world: World) -> None:
    program = client_of(world, "other_owner")
    for door in doors_of(world.app, of_api=True):
        if group_of(door.name)["outcomes"]["other_owner"] == "missing" and "_id}" in door.path:
            foreign = knock(world, program, door)
            unknown = knock(world, program, door, strange=True)
            assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content), door


def test_no_browser_of_another_site_can_call(world: World) -> None:
    program = client_of(world, "owner")
    for door in doors_of(world.app, of_api=True):
        address = world.address(door)
        if door.method != "GET":
            headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
            assert program.client.request(door.method, address, headers=headers).status_code == 403, door
        asked = program.client.options(address, headers={"Origin": "https://evil.example"})
        assert not [name for name in asked.headers if name.startswith("access-control")], door


def test_every_answer_carries_the_security_headers(world: World) -> None:
    for program in (client_of(world, "owner"), Program(world.app)):
        for door in doors_of(world.app, of_api=True):
            if door.method == "GET":
                headers = program.client.get(world.address(door)).headers
                assert "default-src 'none'" in headers["content-security-policy"], door
                assert headers["x-content-type-options"] == "nosniff", door
                assert door.name == "api_describe" or headers["cache-control"] == "no-store", door


def test_pages_take_no_tokens(world: World) -> None:
    program = client_of(world, "owner")
    for door in doors_of(world.app):
        if door.name in ("show_dashboard", "show_settings", "list_vendors"):
            assert program.client.get(door.path).status_code == 303, door


def test_no_row_changes_while_reading(world: World) -> None:
    program = client_of(world, "owner")
    program.call("GET", "/vendors")
    before = rows_of(world.database)
    for door in doors_of(world.app, of_api=True):
        if door.method == "GET":
            knock(world, program, door)
    after = rows_of(world.database)
    looked = {"events", "event_heads"}
    assert {name: rows for name, rows in before.items() if name not in looked} == {
        name: rows for name, rows in after.items() if name not in looked
    }


def test_a_stranger_is_told_to_bring_a_token(app: FastAPI) -> None:
    for door in doors_of(app, of_api=True):
        if group_of(door.name)["outcomes"]["no_token"] == "no token" and "{" not in door.path:
            assert Browser(app).client.request(door.method, door.path).status_code == 401, door
