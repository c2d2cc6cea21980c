"""Webhooks through the API: registered with a secret told once, listed with their messages, replayed, removed."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from models.database import Database
from services.jobs import prepare_jobs
from tests.api.programs import Program, code_of, program_of
from tests.people import Clerk

HOOK = {"url": "https://hooks.example.jp/portal", "events": ["submission.submitted", "document.uploaded"]}


@pytest.fixture
def program(app: FastAPI, alice: Clerk, database: Database) -> Program:
    """An owner's program."""
    prepare_jobs(database)
    return program_of(app, alice)


def test_a_receiver_is_registered_tested_replayed_and_removed(program: Program) -> None:
    made = program.post("/webhooks", HOOK, expected=201)
    assert made["secret"].startswith("whsec_")
    listed = program.get("/webhooks")["items"]
    assert [(hook["url"], hook["events"], "secret" in hook) for hook in listed] == [
        (HOOK["url"], HOOK["events"], False)
    ]
    address = f"/webhooks/{made['id']}"
    program.post(f"{address}/test", expected=202)
    message = program.get(f"{address}/deliveries")["items"][0]
    assert message["id"].startswith("msg_")
    assert (message["event"], message["tries"], message["error"]) == ("webhook.test", 0, "")
    replayed = program.post(f"{address}/deliveries/{message['id']}/replay", expected=202)
    assert replayed["id"] == message["id"]
    assert program.call("POST", f"{address}/deliveries/msg_none/replay").status_code == 404
    assert program.post(f"{address}/pause")["pause"] == "by_hand"
    paused = program.call("POST", f"{address}/test")
    assert (paused.status_code, code_of(paused)) == (409, "webhook_paused")
    assert program.post(f"{address}/resume")["pause"] is None
    assert program.call("DELETE", address).status_code == 204
    assert program.get("/webhooks")["items"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "https://169.254.169.254/"}, "webhook_address_refused"),
        ({"url": "http://hooks.example.jp/"}, "webhook_address_refused"),
        ({"events": ["answer.saved"]}, "content_invalid"),
        ({"events": []}, "content_invalid"),
    ],
)
def test_what_cannot_be_registered(program: Program, change: dict[str, Any], code: str) -> None:
    answer = program.call("POST", "/webhooks", HOOK | change)
    assert (answer.status_code, code_of(answer)) == (422, code)


def test_a_secret_is_told_again_only_to_the_same_call(program: Program) -> None:
    key = {"Idempotency-Key": "one"}
    first = program.call("POST", "/webhooks", HOOK, headers=key)
    again = program.call("POST", "/webhooks", HOOK, headers=key)
    assert again.json()["secret"] == first.json()["secret"]
    assert len(program.get("/webhooks")["items"]) == 1


def test_editors_programs_manage_none(app: FastAPI, program: Program, bob: Clerk) -> None:
    answer = program_of(app, bob).call("GET", "/webhooks")
    assert (answer.status_code, code_of(answer)) == (403, "scope_missing")
