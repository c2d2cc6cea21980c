"""Documents that a clinic's program enters for a vendor: the checks of the pages, done once, marked as the clinic's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select

from models import Document, Event, Scope, Submission
from models.database import Database
from settings import Settings, get_settings
from tests.api.programs import Program, code_of, program_of
from tests.people import Clerk, Engineer
from tests.stories import answer_everything, pdf_of, upload


@pytest.fixture
def program(app: FastAPI, alice: Clerk) -> Program:
    """May do everything at Alice's clinic."""
    return program_of(app, alice)


def send(program: Program, asked: Submission, *files: tuple[str, bytes], key: str = "") -> Response:
    parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
    headers = {"Idempotency-Key": key} if key else {}
    return program.call("POST", f"/submissions/{asked.id}/documents", files=parts, headers=headers)


def files_on_disk(settings: Settings) -> int:
    return sum(re.fullmatch(r"[0-9a-f/-]{30,}", path.name) is not None for path in settings.files_folder.rglob("*"))


def test_a_document_is_entered_described_downloaded_and_taken_out(
    program: Program, asked: Submission, database: Database
) -> None:
    told = send(program, asked, ("KarteNova_SDS.pdf", pdf_of()), ("bad.exe", b"MZ"))
    assert told.status_code == 201
    (document,) = told.json()["documents"]
    assert (document["kind"], document["is_from_clinic"], document["uploaded_by"]) == ("sds", True, "電子カルテ連携")
    assert [(one["file_name"], one["type"]) for one in told.json()["refused"]] == [
        ("bad.exe", "urn:problem:wrong_file")
    ]
    assert program.get("/documents")["items"] == [document]
    assert program.call("GET", f"/documents/{document['id']}/file").content == pdf_of()
    covered = program.get(f"/submissions/{asked.id}")["systems"][0]
    change = {"kind": "mds2", "version": "5.1", "system_id": covered["id"]}
    described = program.call("PATCH", f"/documents/{document['id']}", change).json()
    assert (described["kind"], described["version"], described["system_name"]) == ("mds2", "5.1", covered["name"])
    foreign = program.call("PATCH", f"/documents/{document['id']}", {"system_id": document["id"]})
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (422, "#/system_id")
    assert program.call("DELETE", f"/documents/{document['id']}").status_code == 204
    assert program.get("/documents")["items"] == []
    assert program.call("GET", f"/documents/{document['id']}/file").status_code == 404
    with database.open_reader() as session:
        verbs = session.exec(select(Event.verb).where(Event.actor_kind == "token")).all()
    assert {"document.uploaded", "document.described", "document.removed"} <= set(verbs)


def test_the_same_upload_is_entered_once(program: Program, asked: Submission, database: Database) -> None:
    first = send(program, asked, ("SDS.pdf", pdf_of()), key="one")
    again = send(program, asked, ("SDS.pdf", pdf_of()), key="one")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    with database.open_reader() as session:
        assert len(session.exec(select(Document)).all()) == 1


def test_what_a_page_would_refuse_is_refused(
    program: Program, asked: Submission, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*files: tuple[str, bytes]) -> tuple[int, Any]:
        answer = send(program, asked, *files)
        return answer.status_code, code_of(answer)

    assert refused(("paper.pdf", b"no PDF at all")) == (415, "wrong_file")
    assert refused() == (400, "upload_broken")
    for name, limit, code in (("UPLOAD_LIMIT", 500, "file_too_large"), ("SUBMISSION_QUOTA", 500, "quota_full")):
        with monkeypatch.context() as patch:
            patch.setenv(f"PORTAL_{name}", str(limit))
            get_settings.cache_clear()
            assert refused(("large.pdf", pdf_of(5_000))) == (413, code)
        get_settings.cache_clear()
    assert files_on_disk(settings) == 0


def test_who_may_not_write_documents_sends_none(app: FastAPI, alice: Clerk, charlie: Clerk, asked: Submission) -> None:
    for program, status in ((program_of(app, alice, Scope.DOCUMENTS_READ), 403), (Program(app), 401)):
        assert send(program, asked, ("SDS.pdf", pdf_of())).status_code == status
    assert send(program_of(app, charlie), asked, ("SDS.pdf", pdf_of())).status_code == 404


def test_what_the_vendor_handed_over_stays_as_it_is(program: Program, asked: Submission, vera: Engineer) -> None:
    vera.enters()
    upload(vera, asked, "SDS.pdf")
    answer_everything(vera, asked)
    (document,) = program.get("/documents")["items"]
    for method, body in (("PATCH", {"kind": "other"}), ("DELETE", None)):
        answer = program.call(method, f"/documents/{document['id']}", body)
        assert (answer.status_code, code_of(answer)) == (409, "not_changeable")
