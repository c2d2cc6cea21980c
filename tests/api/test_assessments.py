"""The own check through the API: begun, answered with a version, looked over."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from models import Submission
from tests.api.programs import Program, code_of, program_of
from tests.people import Clerk, Engineer
from tests.stories import answer_everything, in_days

YES = {"version": 0, "value": "yes", "checked_on": in_days(0).isoformat()}


@pytest.fixture
def program(app: FastAPI, alice: Clerk) -> Program:
    """May do everything at Alice's clinic, whose form of the year is begun."""
    made = program_of(app, alice)
    made.post("/assessments/2026")
    return made


def item_of(told: dict[str, Any], key: str) -> dict[str, Any]:
    return next(item for item in told["items"] if item["item_key"] == key)


def test_an_item_is_answered_in_the_makers_name(program: Program) -> None:
    open_before = program.get("/assessments/2026")["unfinished_count"]
    answered = program.call("PUT", "/assessments/2026/answers/1-1", YES).json()
    assert (answered["value"], answered["version"], answered["state"]) == ("yes", 1, "yes")
    told = program.get("/assessments/2026")
    assert told["unfinished_count"] == open_before - 1
    assert item_of(told, "1-1")["saved_by_name"] == "山本 あかり"


def test_what_a_no_needs_is_named(program: Program) -> None:
    answer = program.call("PUT", "/assessments/2026/answers/1-1", YES | {"value": "no"})
    assert (answer.status_code, code_of(answer)) == (422, "answer_incomplete")
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"#/target_on", "#/remark", "#/owner_name"}


def test_nobody_overwrites_unseen(program: Program) -> None:
    program.call("PUT", "/assessments/2026/answers/1-1", YES)
    answer = program.call("PUT", "/assessments/2026/answers/1-1", YES | {"remark": "別の人の言葉"})
    assert (answer.status_code, code_of(answer)) == (409, "edited_meanwhile")
    current = answer.json()["current"]
    assert (current["value"], current["version"]) == ("yes", 1)
    mended = program.call("PUT", "/assessments/2026/answers/1-1", YES | {"remark": "別の人の言葉", "version": 1})
    assert mended.json()["version"] == 2


def test_proposals_and_readiness_tell_what_vendors_said(program: Program, asked: Submission, vera: Engineer) -> None:
    vera.enters()
    answer_everything(vera, asked)
    told = program.get("/assessments/2026")
    proposed = [item for item in told["items"] if item["proposed_value"]]
    assert proposed
    assert all(item["proposal"] for item in proposed)
    ready = program.get("/assessments/2026/readiness")
    assert ready["count"] > 0
    assert "1-1" in {missing["item_key"] for missing in ready["own_form"]}


def test_a_year_without_a_form_and_an_item_that_is_none(program: Program) -> None:
    assert program.call("GET", "/assessments/2025").status_code == 404
    assert program.call("PUT", "/assessments/2026/answers/9-9", YES).status_code == 404
    answer = program.call("POST", "/assessments/2020")
    assert (answer.status_code, code_of(answer)) == (409, "year_not_open")


def test_another_clinic_has_its_own(app: FastAPI, program: Program, charlie: Clerk) -> None:
    program.call("PUT", "/assessments/2026/answers/1-1", YES)
    other = program_of(app, charlie)
    assert other.call("GET", "/assessments/2026").status_code == 404
    other.post("/assessments/2026")
    assert item_of(other.get("/assessments/2026"), "1-1")["value"] is None
