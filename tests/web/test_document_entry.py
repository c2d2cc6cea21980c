"""Documents that reached the clinic another way: entered, marked, described, taken out; never the vendor's own."""

from __future__ import annotations

import io

from sqlmodel import select

from models import Document, DocumentKind, Revision, Submission
from models.database import Database
from services import clock
from tests.browser import BASE, Browser, Page
from tests.people import Clerk, Engineer
from tests.stories import answer_everything, pdf_of, upload


def enter(alice: Clerk, asked: Submission, name: str = "SDS.pdf", content: bytes = b"") -> Page:
    files = [("files", (name, io.BytesIO(content or pdf_of()), "application/octet-stream"))]
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
    address = f"/submissions/{asked.id}/documents"
    return alice.browser._arrive(alice.browser.client.post(address, files=files, headers=headers))


def documents_of(database: Database, asked: Submission) -> list[Document]:
    with database.open_reader() as session:
        return list(session.exec(select(Document).where(Document.submission_id == asked.id)))


def test_a_document_that_came_by_mail_counts_as_received_and_says_who_entered_it(
    alice: Clerk, database: Database, asked: Submission
) -> None:
    page = alice.open(f"/submissions/{asked.id}").follow("別の方法で届いた書類を登録する")
    assert page.offers("登録する")
    page = enter(alice, asked, "scan001.pdf")
    (document,) = documents_of(database, asked)
    assert page.path == f"/documents/{document.id}/edit"
    day = clock.today().isoformat()
    page = page.submit("/edit", {"kind": "sds", "product": "KarteNova", "version": "5.0", "issued_on": day})
    assert page.path == f"/submissions/{asked.id}"
    assert page.says("山本 あかりさんが登録")
    (document,) = documents_of(database, asked)
    assert (document.kind, document.version, document.is_from_clinic) == (DocumentKind.SDS, "5.0", True)
    assert alice.open("/documents").says("山本 あかりさんが登録")
    assert alice.open("/dashboard", year=asked.fiscal_year).says("SDS")
    assert alice.browser.client.get(f"/documents/{document.id}").content == pdf_of()


def test_the_vendor_neither_sees_nor_hands_in_what_the_clinic_entered(
    alice: Clerk, vera: Engineer, database: Database, asked: Submission
) -> None:
    enter(alice, asked, "from-clinic.pdf")
    vera.enters()
    upload(vera, asked, "SDS.pdf")
    own = vera.open(f"/answer/{asked.id}/documents")
    assert own.says("SDS.pdf")
    assert not own.says("from-clinic.pdf")
    answer_everything(vera, asked)
    with database.open_reader() as session:
        revision = session.exec(select(Revision)).one()
    assert [file["file_name"] for file in revision.documents] == ["SDS.pdf"]
    # What the vendor handed over is neither described anew nor taken out by the clinic.
    theirs = next(document for document in documents_of(database, asked) if not document.is_from_clinic)
    assert alice.open(f"/documents/{theirs.id}/edit").status == 409
    assert alice.post(f"/documents/{theirs.id}/remove").status == 409


def test_an_own_statement_gets_its_file_after_the_request_has_ended(alice: Clerk, asked: Submission) -> None:
    page = alice.open(f"/submissions/{asked.id}").follow("結果を記録する")
    page.submit("/outcome", {"kind": "own_statement", "told_on": clock.today().isoformat()})
    enter(alice, asked, "statement.pdf")
    assert alice.open(f"/submissions/{asked.id}").says("statement.pdf")


def test_a_file_entered_by_mistake_is_taken_out(alice: Clerk, database: Database, asked: Submission) -> None:
    page = enter(alice, asked)
    (document,) = documents_of(database, asked)
    gone = page.submit("/remove")
    assert gone.says("SDS.pdf")
    assert not alice.open("/documents").says("SDS.pdf")
    assert alice.open(f"/documents/{document.id}").status == 404


def test_what_cannot_be_taken_is_told_beside_the_field(alice: Clerk, asked: Submission) -> None:
    page = enter(alice, asked, "virus.exe", b"MZ")
    assert page.status == 422
    assert page.says("virus.exe")
    assert enter(alice, asked, "paper.pdf", b"not a PDF").status == 422


def test_nothing_is_entered_for_a_withdrawn_request(alice: Clerk, asked: Submission, database: Database) -> None:
    alice.post(f"/submissions/{asked.id}/withdraw")
    assert alice.open(f"/submissions/{asked.id}/documents").status == 409
    assert enter(alice, asked).status == 409
    assert documents_of(database, asked) == []


def test_a_viewer_enters_nothing_and_a_stranger_finds_nothing(
    carol: Clerk, charlie: Clerk, alice: Clerk, asked: Submission, database: Database, stranger: Browser
) -> None:
    assert enter(carol, asked).status == 403
    assert enter(charlie, asked).status == 404
    enter(alice, asked)
    (document,) = documents_of(database, asked)
    assert charlie.open(f"/documents/{document.id}/edit").status == 404
    assert stranger.open(f"/submissions/{asked.id}/documents").path.startswith("/sign-in")
