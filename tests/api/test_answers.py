"""Answers through the API: who gave them, which system differs, and what the clinic typed in for the vendor."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from models import Submission
from models.database import Database
from tests import factories
from tests.api.programs import Program, code_of, program_of, vendor_program
from tests.people import Clerk, Engineer, Mailbox
from tests.stories import answer_everything, in_days, type_in


@pytest.fixture
def program(app: FastAPI, alice: Clerk) -> Program:
    """May do everything at Alice's clinic."""
    return program_of(app, alice)


@pytest.fixture
def sheet(database: Database, alice: Clerk, vera: Engineer) -> Submission:
    """One sheet for two systems, asked of Vera."""
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, alice.clinic, name="みどり", email=vera.email)
        systems = [factories.make_system(session, alice.clinic, vendor, name=name) for name in ("カルテ", "画像サーバ")]
        made = factories.make_submission(session, alice.clinic, vendor, systems, created_by=alice.member.id)
        session.commit()
    alice.invites(made, vera.email)
    return made


def item_of(told: dict[str, Any], key: str = "2-4") -> dict[str, Any]:
    return next(item for item in told["items"] if item["item_key"] == key)


def test_what_differs_for_a_system_goes_from_the_vendors_program_to_the_clinics(
    app: FastAPI, program: Program, sheet: Submission, vera: Engineer, mailbox: Mailbox
) -> None:
    vendors = vendor_program(app, mailbox, vera.email)
    address = f"/vendor/submissions/{sheet.id}"
    form = vendors.get(address)
    images = next(system["id"] for system in form["systems"] if system["name"] == "画像サーバ")
    no = {"system_id": images, "value": "no", "target_on": in_days(20).isoformat(), "remark": "更新待ち"}
    early = vendors.call("PUT", f"{address}/answers/2-4", {"version": 0, "differences": [no]})
    assert (early.status_code, early.json()["errors"][0]["pointer"]) == (422, "#/value")
    bare = no | {"remark": ""}
    answer = vendors.call("PUT", f"{address}/answers/2-4", {"version": 0, "value": "yes", "differences": [bare]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/differences/0/remark")
    for item in form["items"]:
        sent = {"version": 0, "value": "yes", "responsibility": "vendor"}
        sent |= {"differences": [no]} if item["item_key"] == "2-4" else {}
        assert vendors.call("PUT", f"{address}/answers/{item['item_key']}", sent).status_code == 200
    assert item_of(vendors.get(address))["differences"][0]["system_name"] == "画像サーバ"
    vendors.post(f"{address}/submit", {"responsible_name": "緑川 誠", "responsible_title": "部長"}, expected=201)
    item = item_of(program.get(f"/submissions/{sheet.id}/answers"))
    assert item["value"] == "yes"
    assert item["differences"] == [no | {"system_name": "画像サーバ", "condition": ""}]
    listed = program.get("/submissions", fiscal_year=sheet.fiscal_year)["items"][0]
    assert (listed["no_count"], listed["source"]) == (1, None)


def test_a_difference_names_a_system_of_the_sheet(
    app: FastAPI, asked: Submission, sheet: Submission, vera: Engineer, mailbox: Mailbox
) -> None:
    vendors = vendor_program(app, mailbox, vera.email)
    foreign = str(asked.vendor_id)
    sent = {"version": 0, "value": "yes", "differences": [{"system_id": foreign, "value": "yes"}]}
    answer = vendors.call("PUT", f"/vendor/submissions/{sheet.id}/answers/2-4", sent)
    assert (code_of(answer), answer.json()["errors"][0]["pointer"]) == (
        "content_invalid",
        "#/differences/0/system_id",
    )


def test_who_answered_what_is_told_by_name(program: Program, asked: Submission, vera: Engineer) -> None:
    vera.enters()
    answer_everything(vera, asked)
    told = program.get(f"/submissions/{asked.id}/answers")
    item = item_of(told)
    assert (item["answered_by"], item["answered_by_name"]) == (vera.email, f"サポート窓口 ({vera.email})")
    assert (told["submitted_by"], told["typed_in"]) == (f"サポート窓口 ({vera.email})", None)


def test_typed_in_answers_say_so_everywhere(program: Program, asked: Submission, alice: Clerk) -> None:
    type_in(alice, asked, note="2枚目が不鮮明")
    told = program.get(f"/submissions/{asked.id}/answers")
    assert told["typed_in"]["typed_at"] == told["submitted_at"]
    expected = {"source": "fax", "source_label": "Fax", "said_by": "緑川 誠", "said_by_title": "品質保証部"}
    expected |= {"note": "2枚目が不鮮明", "typed_by": "山本 あかり"}
    assert {name: told["typed_in"][name] for name in expected} == expected
    assert item_of(told)["answered_by_name"] == "山本 あかり"
    full = program.get(f"/submissions/{asked.id}")
    assert full["revisions"][0]["typed_in"] == told["typed_in"]
    assert program.get("/submissions", fiscal_year=asked.fiscal_year)["items"][0]["source"] == "fax"
