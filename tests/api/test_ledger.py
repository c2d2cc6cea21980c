"""Vendors, contacts and systems that two change at once: nobody overwrites unseen what somebody else has written."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from tests.api.programs import Program, code_of, program_of
from tests.people import Clerk


@pytest.fixture
def program(app: FastAPI, alice: Clerk) -> Program:
    """May do everything at Alice's clinic."""
    return program_of(app, alice)


def make(program: Program, noun: str) -> str:
    """The address of a new vendor, system or contact."""
    if noun == "systems":
        return f"/systems/{program.post('/systems', {'name': 'KarteNova', 'kind': 'electronic_chart'})['id']}"
    vendor = program.post("/vendors", {"name": "みどり"})
    if noun == "vendors":
        return f"/vendors/{vendor['id']}"
    contact = program.post(f"/vendors/{vendor['id']}/contacts", {"name": "窓口", "phone": "03-0000-0000"})
    return f"/contacts/{contact['id']}"


@pytest.mark.parametrize(("noun", "field"), [("vendors", "note"), ("systems", "version"), ("contacts", "department")])
def test_a_change_is_refused_where_somebody_was_quicker(program: Program, noun: str, field: str) -> None:
    address = make(program, noun)
    first = program.call("PATCH", address, {field: "一"}).json()
    again = program.call("PATCH", address, {field: "二", "mark": first["mark"]})
    assert (again.status_code, again.json()[field]) == (200, "二")
    assert again.json()["mark"] != first["mark"]
    late = program.call("PATCH", address, {"name": "別の名前", "mark": first["mark"]})
    assert (late.status_code, code_of(late)) == (409, "edited_meanwhile")
    assert late.json()["current"] == again.json()
    anyhow = program.call("PATCH", address, {"name": "別の名前"})
    assert (anyhow.json()["name"], anyhow.json()[field]) == ("別の名前", "二")


def test_a_list_tells_the_same_mark(program: Program, alice: Clerk) -> None:
    for noun in ("vendors", "systems"):
        address = make(program, noun)
        listed = program.get(f"/{noun}")["items"][0]
        assert listed == program.get(address)
    page = alice.open(f"/vendors/{program.get('/vendors')['items'][0]['id']}/edit")
    page.submit("/edit", {"note": "院内で変更"})
    listed = program.get("/vendors")["items"][0]
    assert listed["note"] == "院内で変更"
    assert program.call("PATCH", f"/vendors/{listed['id']}", {"note": "", "mark": "x" * 16}).status_code == 409


def test_a_mark_that_is_none_is_named(program: Program) -> None:
    answer = program.call("PATCH", make(program, "vendors"), {"note": "", "mark": "x" * 17})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/mark")
