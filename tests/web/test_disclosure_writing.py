"""A disclosure's answers in a blank workbook of the same form: every answer in its place, nothing else changed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from models import Document, Submission
from models.database import Database
from services.reading.recognise import read_disclosure
from services.reading.template_files import list_templates
from services.reading.templates import Value
from services.reading.xlsx import read_xlsx
from tests.browser import Page
from tests.people import Clerk, Engineer
from tests.services.reading.books import write_book
from tests.services.reading.forms import write_mds2
from tests.stories import answer_everything
from tests.web.test_disclosures import send_mds2
from web.downloads import XLSX

SAID = {
    "AUTH-1": "No",
    "AUTH-1.1": "perhaps",
    "MLDP-1": "Yes",
    "AUDT-1": "No, planned for version 6",
    "DOC-2": "PixView",
}


@pytest.fixture
def handed_in(vera: Engineer, asked: Submission, database: Database, tmp_path: Path) -> Document:
    """A filled form, submitted; one of its answers needs a person."""
    vera.enters()
    document = send_mds2(vera, asked, database, tmp_path, SAID)
    answer_everything(vera, asked)
    return document


def give(clerk: Clerk, document: Document, content: bytes) -> Page:
    address = f"/documents/{document.id}/answers/write"
    return clerk.browser.post(address, {}, files=[("files", ("blank.xlsx", content, XLSX))])


def test_the_answers_come_back_in_a_blank_form(alice: Clerk, handed_in: Document, tmp_path: Path) -> None:
    page = alice.open(f"/documents/{handed_in.id}/answers").follow("白紙の様式に書き込む")
    assert page.offers("書き込んでダウンロードする")
    blank = write_mds2(tmp_path / "blank.xlsx", shift=(2, 1)).read_bytes()
    filled = give(alice, handed_in, blank)
    assert "attachment" in filled.response.headers["content-disposition"]
    reading = read_disclosure(read_xlsx(io.BytesIO(filled.response.content)), list_templates())
    said = {answer.number: answer for answer in reading.answers}
    assert (said["AUTH-1"].value, said["MLDP-1"].value) == (Value.NO, Value.YES)
    assert (said["AUDT-1"].value, said["AUDT-1"].remark) == (Value.NO, "planned for version 6")
    assert said["DOC-2"].raw == "PixView"
    assert said["AUTH-1.1"].value is Value.UNANSWERED, "what needs a person is left blank"
    with zipfile.ZipFile(io.BytesIO(blank)) as one, zipfile.ZipFile(io.BytesIO(filled.response.content)) as other:
        changed = [name for name in one.namelist() if one.read(name) != other.read(name)]
    assert changed == ["xl/worksheets/sheet1.xml"]


def test_a_settled_answer_is_written_in_the_words_of_the_form(
    alice: Clerk, handed_in: Document, tmp_path: Path
) -> None:
    alice.open(f"/documents/{handed_in.id}/answers").submit("/AUTH-1.1/settle", {"value": "not_applicable"})
    filled = give(alice, handed_in, write_mds2(tmp_path / "blank.xlsx").read_bytes())
    sheet = read_xlsx(io.BytesIO(filled.response.content)).sheets[0]
    row = next(cell.row for cell in sheet.cells.values() if cell.text == "AUTH-1.1")
    assert sheet.text(row, 3) == "N/A"


def test_a_filled_form_and_other_workbooks_are_refused(alice: Clerk, handed_in: Document, tmp_path: Path) -> None:
    filled = write_mds2(tmp_path / "filled.xlsx", {"AUTH-1": "Yes"}).read_bytes()
    refused = give(alice, handed_in, filled)
    assert refused.status == 422
    assert refused.says("AUTH-1")
    other = give(
        alice, handed_in, write_book(tmp_path / "b.xlsx", {"表": [["料金表", "円"], ["基本", 100]]}).read_bytes()
    )
    assert other.says("同じ様式の白紙のファイルではありません")
    assert give(alice, handed_in, b"").status == 422


def test_a_stranger_gets_404(alice: Clerk, charlie: Clerk, carol: Clerk, handed_in: Document) -> None:
    address = f"/documents/{handed_in.id}/answers/write"
    assert charlie.open(address).status == 404
    assert charlie.browser.post(address, {}, files=[("files", ("a.xlsx", b"", XLSX))]).status == 404
    assert carol.open(address).status == 403
