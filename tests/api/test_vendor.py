"""The vendor's side of the API: link and code become a token, the form is answered, files go along, it is submitted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import select

from models import Document, Event, Revision, Stage, Submission, VendorSession
from models.database import Database
from services import clock
from tests.api.programs import Program, code_of, program_of, vendor_program
from tests.browser import BASE
from tests.people import Clerk, Engineer, Mailbox, submission_by_id
from tests.stories import in_days, pdf_of, upload


@pytest.fixture
def program(app: FastAPI, mailbox: Mailbox, asked: Submission, vera: Engineer) -> Program:
    """Vera's program, let in."""
    return vendor_program(app, mailbox, vera.email)


def answer_all(program: Program, address: str) -> None:
    for item in program.get(address)["items"]:
        sent = {"version": item["version"], "value": "yes", "responsibility": "vendor"}
        saved = program.call("PUT", f"{address}/answers/{item['item_key']}", sent)
        assert saved.status_code == 200, saved.text


def send_file(program: Program, address: str, name: str = "SDS.pdf", content: bytes = b"", key: str = "") -> Any:
    files = [("files", (name, content or pdf_of(), "application/octet-stream"))]
    return program.call("POST", f"{address}/documents", files=files, headers={"Idempotency-Key": key} if key else {})


def test_a_form_is_answered_and_submitted(program: Program, asked: Submission, database: Database) -> None:
    address = f"/vendor/submissions/{asked.id}"
    form = program.get(address)
    assert (form["clinic_name"], form["stage"]) == ("やまもと内科クリニック", "opened")
    assert [system["name"] for system in form["systems"]] == ["KarteNova 院内版"]
    assert form["items"][0]["help"]
    early = program.call("POST", f"{address}/submit", {"responsible_name": "緑川 誠", "responsible_title": "部長"})
    assert (early.status_code, code_of(early)) == (422, "not_submittable")
    assert {fault["item_key"] for fault in early.json()["errors"]} == {item["item_key"] for item in form["items"]}
    answer_all(program, address)
    uploaded = send_file(program, address)
    assert (uploaded.status_code, uploaded.json()["documents"][0]["kind"]) == (201, "sds")
    receipt = program.post(
        f"{address}/submit", {"responsible_name": "緑川 誠", "responsible_title": "部長"}, expected=201
    )
    assert receipt["number"] == 1
    assert submission_by_id(database, asked.id).stage is Stage.SUBMITTED
    with database.open_reader() as session:
        revision = session.exec(select(Revision)).one()
        kinds = {event.actor_kind for event in session.exec(select(Event).where(Event.verb == "answer.saved"))}
    assert (revision.sha256, revision.submitted_by) == (receipt["sha256"], "vera@vendor.example")
    assert kinds == {"vendor"}
    again = program.call("POST", f"{address}/submit", {"responsible_name": "緑川 誠", "responsible_title": "部長"})
    assert (again.status_code, code_of(again)) == (409, "already_submitted")


def test_asking_for_a_code_is_the_press_and_nothing_before_it_is_one(
    app: FastAPI, asked: Submission, vera: Engineer, mailbox: Mailbox, database: Database
) -> None:
    asking = Program(app)
    assert asking.call("GET", "/vendor/codes").status_code == 405
    assert mailbox.all(vera.email, "access_code") == []
    ticket = asking.post("/vendor/codes", {"link": vera.link})["ticket"]
    assert submission_by_id(database, asked.id).stage is Stage.INVITED
    for left in (4, 3):
        wrong = asking.call("POST", "/vendor/sessions", {"ticket": ticket, "code": "000000"})
        assert (wrong.status_code, code_of(wrong)) == (422, "wrong_code")
        assert f"{left} more" in wrong.json()["detail"]
    other = asking.call("POST", "/vendor/sessions", {"ticket": "x" * 43, "code": vera.code})
    assert other.status_code == 404
    told = asking.post("/vendor/sessions", {"ticket": ticket, "code": vera.code})
    assert told["submission_id"] == str(asked.id)
    assert told["token"].startswith("vsp_vendor_")
    with database.open_reader() as session:
        assert told["token"].encode() not in session.exec(select(VendorSession)).one().token_hash


def test_five_wrong_codes_end_it(app: FastAPI, asked: Submission, vera: Engineer) -> None:
    asking = Program(app)
    ticket = asking.post("/vendor/codes", {"link": vera.link})["ticket"]
    codes = [code_of(asking.call("POST", "/vendor/sessions", {"ticket": ticket, "code": "0"})) for _ in range(5)]
    assert codes == ["wrong_code"] * 4 + ["code_expired"]
    right = asking.call("POST", "/vendor/sessions", {"ticket": ticket, "code": vera.code})
    assert (right.status_code, code_of(right)) == (422, "code_expired")


def test_links_that_lead_nowhere(app: FastAPI, asked: Submission, vera: Engineer, alice: Clerk) -> None:
    asking, link = Program(app), vera.link
    unknown = asking.call("POST", "/vendor/codes", {"link": f"{BASE}/i/none"})
    assert (unknown.status_code, code_of(unknown)) == (404, "invitation_unknown")
    alice.invites(asked, vera.email)
    replaced = asking.call("POST", "/vendor/codes", {"link": link})
    assert (replaced.status_code, code_of(replaced)) == (410, "invitation_replaced")


def test_a_colleague_is_not_overwritten_unseen(program: Program, asked: Submission) -> None:
    address = f"/vendor/submissions/{asked.id}/answers/2-4"
    assert program.call("PUT", address, {"version": 0, "value": "yes"}).json()["version"] == 1
    answer = program.call("PUT", address, {"version": 0, "value": "no", "target_on": in_days(60).isoformat()})
    assert (answer.status_code, code_of(answer)) == (409, "edited_meanwhile")
    assert (answer.json()["current"]["value"], answer.json()["current"]["version"]) == ("yes", 1)


def test_what_is_left_out_stays_and_what_is_wrong_saves_nothing(program: Program, asked: Submission) -> None:
    address = f"/vendor/submissions/{asked.id}/answers/2-4"
    program.call("PUT", address, {"version": 0, "value": "yes", "remark": "確認済みです。"})
    changed = program.call("PUT", address, {"version": 1, "responsibility": "shared"}).json()
    assert (changed["remark"], changed["responsibility"], changed["value"]) == ("確認済みです。", "shared", "yes")
    wrong = program.call("PUT", address, {"version": 2, "value": "no", "target_on": "2001-01-01", "remark": "新しい"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#/target_on")
    kept = next(item for item in program.get(f"/vendor/submissions/{asked.id}")["items"] if item["item_key"] == "2-4")
    assert (kept["value"], kept["remark"], kept["version"]) == ("yes", "確認済みです。", 2)
    assert program.call("PUT", address.replace("2-4", "9-9"), {"version": 0}).status_code == 404


def test_a_file_is_judged_described_and_taken_back(
    program: Program, asked: Submission, database: Database, alice: Clerk
) -> None:
    address = f"/vendor/submissions/{asked.id}"
    bad = send_file(program, address, "SDS.pdf", b"MZ no pdf at all")
    assert (bad.status_code, code_of(bad)) == (415, "wrong_file")
    document = send_file(program, address, "開示書.pdf").json()["documents"][0]
    described = program.call(
        "PATCH", f"{address}/documents/{document['id']}", {"kind": "mds", "product": "KarteNova", "version": "5.0"}
    ).json()
    assert (described["kind"], described["product"], described["system_id"]) == (
        "mds",
        "KarteNova",
        document["system_id"],
    )
    assert program.call("GET", f"{address}/documents/{document['id']}/file").content == pdf_of()
    foreign = program.call("PATCH", f"{address}/documents/{document['id']}", {"system_id": str(asked.id)})
    assert foreign.json()["errors"][0]["pointer"] == "#/system_id"
    assert program.call("DELETE", f"{address}/documents/{document['id']}").status_code == 204
    assert program.get(f"{address}/documents")["items"] == []
    empty = program.call("POST", f"{address}/documents", files=[("other", ("x", b"x"))])
    assert empty.json()["errors"][0]["pointer"] == "#/files"
    plain = program.call("POST", f"{address}/documents", {"files": []})
    assert (plain.status_code, code_of(plain)) == (400, "upload_broken")


def test_an_upload_repeated_with_its_key_makes_one_document(
    program: Program, asked: Submission, database: Database, data_folder: Any
) -> None:
    address = f"/vendor/submissions/{asked.id}"
    first = send_file(program, address, key="one")
    again = send_file(program, address, key="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    with database.open_reader() as session:
        assert len(session.exec(select(Document)).all()) == 1
    kept = [path for path in (data_folder / "files").rglob("*") if path.is_file()]
    assert len(kept) == 1


def test_a_token_opens_nothing_but_its_submission(
    app: FastAPI, program: Program, alice: Clerk, asked: Submission, vera: Engineer
) -> None:
    assert program.call("GET", "/vendors").status_code == 401
    vera.enters()
    cookie = vera.browser.client.cookies["vendor"]
    assert Program(app, cookie).get(f"/vendor/submissions/{asked.id}")["stage"] == "opened"
    assert upload(vera, asked, "SDS.pdf").status == 200
    browser = vera.browser.client.get(f"/api/v1/vendor/submissions/{asked.id}")
    assert browser.status_code == 401


def test_a_token_ends_with_idleness_leaving_and_withdrawal(
    app: FastAPI, program: Program, asked: Submission, mailbox: Mailbox, vera: Engineer, alice: Clerk
) -> None:
    address = f"/vendor/submissions/{asked.id}"
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        ended = program.call("GET", address)
        assert (ended.status_code, code_of(ended)) == (401, "code_needed")
    second = vendor_program(app, mailbox, vera.email)
    assert second.call("DELETE", f"{address}/session").status_code == 204
    assert second.call("GET", address).status_code == 401
    alice.post(f"/submissions/{asked.id}/withdraw")
    gone = program.call("GET", address)
    assert (gone.status_code, code_of(gone)) == (410, "submission_withdrawn")


def test_an_own_statement_is_told_with_its_address(
    app: FastAPI, program: Program, asked: Submission, alice: Clerk
) -> None:
    address = f"/vendor/submissions/{asked.id}/decline"
    told = {"kind": "own_statement", "reason": "公開資料のとおりです。", "link": "https://vendor.example/sds"}
    for wrong, pointer in ((told | {"link": "ftp://x"}, "#/link"), (told | {"kind": "unreachable"}, "#/kind")):
        answer = program.call("POST", address, wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert program.call("POST", address, told).status_code == 204
    outcome = program_of(app, alice).get(f"/submissions/{asked.id}/outcomes")["items"][0]
    assert (outcome["kind"], outcome["link"], outcome["is_by_vendor"]) == ("own_statement", told["link"], True)


def test_a_request_is_declined_with_its_reason(program: Program, asked: Submission, database: Database) -> None:
    address = f"/vendor/submissions/{asked.id}/decline"
    assert program.call("POST", address, {"reason": "　"}).status_code == 422
    assert program.call("POST", address, {"reason": "契約が終わっています。"}).status_code == 204
    submission = submission_by_id(database, asked.id)
    assert (submission.stage, submission.decline_reason) == (Stage.DECLINED, "契約が終わっています。")
    late = program.call("PUT", f"/vendor/submissions/{asked.id}/answers/2-4", {"version": 0, "value": "yes"})
    assert (late.status_code, code_of(late)) == (409, "already_declined")


def test_a_colleague_with_a_part_reaches_nothing_beyond_it(
    app: FastAPI, asked: Submission, vera: Engineer, mailbox: Mailbox
) -> None:
    vera.enters()
    vera.open(f"/answer/{asked.id}/forward").submit(
        "/forward", {"email": "nana@vendor.example", "name": "七尾 花", "reach": "part", "sections": ["general"]}
    )
    colleague, address = vendor_program(app, mailbox, "nana@vendor.example"), f"/vendor/submissions/{asked.id}"
    items = colleague.get(address)["items"]
    assert {item["section_key"] for item in items} == {"general"}
    own, other = items[0]["item_key"], next(key for key in ("1-1", "3-1") if key not in {i["item_key"] for i in items})
    assert colleague.call("PUT", f"{address}/answers/{own}", {"version": 0, "value": "yes"}).status_code == 200
    assert colleague.call("PUT", f"{address}/answers/{other}", {"version": 0, "value": "yes"}).status_code == 404
    signed = {"responsible_name": "七尾 花", "responsible_title": "係"}
    for refused in (
        colleague.call("POST", f"{address}/submit", signed),
        colleague.call("POST", f"{address}/decline", {"reason": "できません。"}),
        colleague.call("GET", f"{address}/documents"),
        send_file(colleague, address),
    ):
        assert (refused.status_code, code_of(refused)) == (403, "only_a_part")
    assert colleague.call("DELETE", f"{address}/session").status_code == 204
