"""How requests end without an answer, and whom one spoke to: noted, listed, corrected and taken back by a program."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Event, Scope, Stage, Submission, WebhookDelivery
from models.database import Database
from services import clock
from services.jobs import prepare_jobs
from tests.api.programs import Program, code_of, program_of
from tests.people import Clerk, Engineer, submission_by_id
from tests.stories import answer_everything, in_days


@pytest.fixture
def program(app: FastAPI, alice: Clerk) -> Program:
    """May do everything at Alice's clinic."""
    return program_of(app, alice)


def test_a_program_notes_how_a_request_ended_and_asks_again(
    program: Program, asked: Submission, alice: Clerk, database: Database
) -> None:
    wish = {
        "kind": "own_statement",
        "person": "営業 田中",
        "note": "公開資料のとおり",
        "link": "https://vendor.example/sds",
    }
    told = program.post(f"/submissions/{asked.id}/outcomes", wish, expected=201)
    assert (told["kind"], told["told_on"], told["is_by_vendor"]) == ("own_statement", clock.today().isoformat(), False)
    assert told["recorded_by"] == "電子カルテ連携"
    assert alice.open(f"/submissions/{asked.id}").says("公開資料のとおり")
    full = program.get(f"/submissions/{asked.id}")
    assert (full["stage"], full["outcome"]["id"]) == ("declined", told["id"])
    listed = program.get("/submissions", fiscal_year=asked.fiscal_year)["items"][0]
    assert (listed["outcome"], listed["stage_label"]) == ("own_statement", "Own statement")
    twice = program.call("POST", f"/submissions/{asked.id}/outcomes", wish)
    assert (twice.status_code, code_of(twice)) == (409, "not_changeable")
    open_again = program.post(f"/submissions/{asked.id}/reopen")
    assert (open_again["stage"], open_again["outcome"]) == ("invited", None)
    kept = program.get(f"/submissions/{asked.id}/outcomes")["items"]
    assert [(one["id"], bool(one["reopened_at"])) for one in kept] == [(told["id"], True)]
    assert submission_by_id(database, asked.id).stage is Stage.INVITED
    with database.open_reader() as session:
        verbs = session.exec(select(Event.verb).where(Event.actor_kind == "token").order_by("sequence")).all()
    assert [verb for verb in verbs if verb.startswith("submission.")] == ["submission.ended", "submission.reopened"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"link": "javascript:alert(1)"}, "#/link"),
        ({"told_on": in_days(1).isoformat()}, "#/told_on"),
        ({"kind": "lost"}, "#/kind"),
        ({"file": "x"}, "#/file"),
    ],
)
def test_an_outcome_that_cannot_be_right(
    program: Program, asked: Submission, change: dict[str, str], pointer: str
) -> None:
    answer = program.call("POST", f"/submissions/{asked.id}/outcomes", {"kind": "no_contract"} | change)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert program.get(f"/submissions/{asked.id}/outcomes")["items"] == []


def test_what_was_answered_has_no_other_outcome(program: Program, asked: Submission, vera: Engineer) -> None:
    vera.enters()
    answer_everything(vera, asked)
    answer = program.call("POST", f"/submissions/{asked.id}/outcomes", {"kind": "unreachable"})
    assert (answer.status_code, code_of(answer)) == (409, "not_changeable")


def test_what_the_vendor_says_itself_is_listed_as_its_own(program: Program, asked: Submission, vera: Engineer) -> None:
    vera.enters()
    page = vera.open(f"/answer/{asked.id}/decline")
    page.submit("/decline", {"kind": "outside_contract", "reason": "契約の範囲外です。"})
    told = program.get(f"/submissions/{asked.id}/outcomes")["items"][0]
    assert (told["kind"], told["is_by_vendor"], told["note"]) == ("outside_contract", True, "契約の範囲外です。")


def test_calls_and_faxes_are_noted_and_corrected_but_never_lost(
    program: Program, asked: Submission, alice: Clerk
) -> None:
    address = f"/submissions/{asked.id}/contact-log"
    day = clock.today() - timedelta(days=3)
    first = program.post(address, {"way": "fax", "note": "FAXを送信。", "happened_on": day.isoformat()}, expected=201)
    call = program.post(address, {"way": "call", "is_from_vendor": True, "note": "来週回答", "person": "田中"})
    assert (call["happened_on"], call["recorded_by"]) == (clock.today().isoformat(), "電子カルテ連携")
    corrected = program.call("PUT", f"{address}/{call['id']}", {"way": "call", "note": "再来週回答"})
    assert corrected.status_code == 200
    late = program.call("PUT", f"{address}/{call['id']}", {"way": "call", "note": "別の訂正"})
    assert (late.status_code, code_of(late)) == (409, "edited_meanwhile")
    told = program.get(address)["items"]
    assert [line["note"] for line in told] == ["再来週回答", "FAXを送信。"]
    assert [line["note"] for line in told[0]["former"]] == ["来週回答"]
    assert told[1]["id"] == first["id"]
    assert alice.open(f"/submissions/{asked.id}").says("再来週回答")
    silent = program.call("POST", address, {"way": "call", "note": "　"})
    assert (silent.status_code, silent.json()["errors"][0]["pointer"]) == (422, "#/note")


def test_receivers_hear_of_endings_and_contacts(program: Program, asked: Submission, database: Database) -> None:
    prepare_jobs(database)
    wanted = ["submission.ended", "submission.reopened", "submission.contact_noted", "thread.written"]
    program.post("/webhooks", {"url": "https://hooks.example.jp/portal", "events": wanted}, expected=201)
    program.post(f"/submissions/{asked.id}/contact-log", {"way": "call", "note": "つながらない。"})
    program.post(f"/submissions/{asked.id}/outcomes", {"kind": "unreachable", "note": "秘密の覚え"})
    program.post(f"/submissions/{asked.id}/reopen")
    program.post(f"/submissions/{asked.id}/threads/2-4", {"text": "版数を教えてください。"})
    with database.open_reader() as session:
        sent = session.exec(select(WebhookDelivery).order_by("created_at")).all()
    assert sorted(one.event for one in sent) == sorted(wanted)
    for one in sent:
        assert str(asked.id) in one.body
        assert not [word for word in ("秘密", "つながらない", "版数") if word in one.body]


def test_threads_are_read_written_and_closed(program: Program, asked: Submission, vera: Engineer) -> None:
    vera.enters()
    vera.browser.post(f"/answer/{asked.id}/threads/2-4", {"text": "どの機器のことですか。"})
    written = program.post(f"/submissions/{asked.id}/threads/2-4", {"text": "サーバです。"}, expected=201)
    assert (written["side"], written["author"]) == ("clinic", "電子カルテ連携")
    assert vera.open(f"/answer/{asked.id}/threads/2-4").says("サーバです。")
    program.post(f"/submissions/{asked.id}/threads/request", {"text": "全体について"})
    whole, item = program.get(f"/submissions/{asked.id}/threads")["items"]
    assert (whole["thread_key"], item["thread_key"], item["is_open"]) == ("request", "2-4", True)
    assert [message["text"] for message in item["messages"]] == ["どの機器のことですか。", "サーバです。"]
    assert item["title"].startswith("2-")
    program.post(f"/submissions/{asked.id}/threads/2-4/close", expected=204)
    closed = program.get(f"/submissions/{asked.id}/threads")["items"][1]
    assert (closed["is_open"], closed["closed_by"]) == (False, "電子カルテ連携")
    for key in ("9-99", "2-4x"):
        assert program.call("POST", f"/submissions/{asked.id}/threads/{key}", {"text": "?"}).status_code == 404


def test_links_tell_who_has_the_form_in_hand_but_never_the_link(
    app: FastAPI, program: Program, asked: Submission, vera: Engineer, alice: Clerk
) -> None:
    vera.enters()
    page = vera.open(f"/answer/{asked.id}/forward")
    page.submit("/forward", {"email": "colleague@vendor.example", "name": "同僚", "what": "all"})
    answer = program.call("GET", f"/submissions/{asked.id}/links")
    colleague, first = answer.json()["items"]
    assert (colleague["email"], colleague["channel"], colleague["is_present"]) == (
        "colleague@vendor.example",
        "forwarded",
        True,
    )
    assert vera.email in colleague["forwarded_by"]
    assert (first["email"], first["is_present"], bool(first["opened_at"])) == (vera.email, False, True)
    assert "/i/" not in answer.text
    reader = program_of(app, alice, Scope.ANSWERS_READ)
    assert reader.call("GET", f"/submissions/{asked.id}/links").status_code == 403


def test_a_stranger_finds_nothing(app: FastAPI, asked: Submission, charlie: Clerk) -> None:
    program = program_of(app, charlie)
    for path in ("outcomes", "contact-log", "threads", "links"):
        foreign = program.call("GET", f"/submissions/{asked.id}/{path}")
        unknown = program.call("GET", f"/submissions/{uuid4()}/{path}")
        assert (foreign.status_code, foreign.content) == (404, unknown.content)
    assert program.call("POST", f"/submissions/{asked.id}/outcomes", {"kind": "no_contract"}).status_code == 404
