"""Documents as data: read after the upload, corrected by the vendor, filtered and treated by the clinic."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlmodel import col, select

from models import Disclosure, Document, DocumentKind, ReadState, Submission, Treatment, Way
from models.database import Database
from services.disclosure_reading import read_document
from tests.browser import Browser, Page
from tests.people import Clerk, Engineer
from tests.queries import recorded
from tests.services.reading.forms import write_mds2
from tests.stories import answer_everything, in_days, upload


@pytest.fixture
def inside(asked: Submission, vera: Engineer) -> Engineer:
    """Vera behind her link."""
    vera.enters()
    return vera


def send_mds2(
    vera: Engineer, asked: Submission, database: Database, folder: Path, answers: Mapping[str, str]
) -> Document:
    """Vera uploads a filled form; the job that reads it runs."""
    path = write_mds2(folder / "MDS2.xlsx", answers, default="N/A")
    upload(vera, asked, "MDS2.xlsx", path.read_bytes())
    return read_last(database)


def read_last(database: Database) -> Document:
    with database.open_reader() as session:
        document = session.exec(select(Document)).one()
    read_document(database, str(document.id))
    with database.open_reader() as session:
        return session.exec(select(Document)).one()


def disclosure_of(database: Database) -> Disclosure:
    with database.open_reader() as session:
        return session.exec(select(Disclosure)).one()


ANSWERS = {
    "DOC-2": "PixView",
    "DOC-7": "9-Oct-2019",
    "AUTH-1": "No",
    "AUTH-1.1": "perhaps",
    "MLDP-1": "Yes",
    "AUDT-1": "No, planned for version 6",
}


@pytest.fixture
def handed_in(inside: Engineer, asked: Submission, database: Database, tmp_path: Path) -> Document:
    """A form with two answers that clinics are not glad of and one cell that is not clear, submitted."""
    document = send_mds2(inside, asked, database, tmp_path, ANSWERS)
    answer_everything(inside, asked)
    return document


def rows_of(page: Page) -> list[str]:
    return [str(one).removeprefix("answer-") for one in page.tree.xpath("//tr[@id]/@id")]


def test_a_vendor_sees_what_was_read_and_corrects_it_before_submitting(
    inside: Engineer, asked: Submission, database: Database, tmp_path: Path
) -> None:
    path = write_mds2(tmp_path / "MDS2.xlsx", ANSWERS, default="N/A")
    upload(inside, asked, "MDS2.xlsx", path.read_bytes())
    assert inside.open(f"/answer/{asked.id}/documents").says("読み取っています")
    document = read_last(database)
    assert document.kind is DocumentKind.MDS2
    page = inside.open(f"/answer/{asked.id}/documents")
    assert page.says("240項目を読み取りました")
    assert page.says("要確認1件")
    assert page.form(f"/documents/{document.id}").fields[f"{document.id}.issued_on"] == "2019-10-09"
    own = page.follow("読み取った内容")
    assert own.says("perhaps")
    after = own.submit("/answers/AUTH-1.1", {"value": "yes"})
    assert after.says("AUTH-1.1 を確定しました")
    found = disclosure_of(database)
    assert (found.state, found.unclear_count) == (ReadState.READ, 0)
    answer_everything(inside, asked)
    late = inside.browser.post(f"/answer/{asked.id}/documents/{document.id}/answers/AUTH-1.1", {"value": "no"})
    assert late.status == 409


def test_the_clinic_filters_and_decides_what_it_does_about_a_no(
    alice: Clerk, handed_in: Document, database: Database
) -> None:
    listed = alice.open("/documents")
    assert listed.says("240項目を読み取りました")
    page = listed.follow("240項目を読み取りました")
    assert len(rows_of(page)) == 240
    unwelcome = alice.open(f"/documents/{handed_in.id}/answers", show="unwelcome")
    assert rows_of(unwelcome) == ["AUDT-1", "AUTH-1"]
    assert unwelcome.says("planned for version 6")
    form = unwelcome.follow("対応を決める AUTH-1")
    assert form.says("よくある対応")
    wrong = form.submit("/answers/AUTH-1", {"risk": "", "measure": "自分で書いた対策"})
    assert wrong.status == 422
    assert wrong.form("/answers/AUTH-1").fields["measure"].strip() == "自分で書いた対策"
    done = wrong.submit(
        "/answers/AUTH-1",
        {"risk": "盗み見られる", "way": "reduce", "owner_name": "佐藤", "until_on": in_days(30).isoformat()},
    )
    assert done.says("AUTH-1 への対応を記録しました")
    with database.open_reader() as session:
        kept = session.exec(select(Treatment)).one()
    assert (kept.way, kept.risk, kept.measure) == (Way.REDUCE, "盗み見られる", "自分で書いた対策")
    assert rows_of(alice.open(f"/documents/{handed_in.id}/answers", show="untreated")) == ["AUDT-1"]


def test_a_cell_that_is_not_clear_is_settled_and_stays_so_when_the_file_is_read_again(
    alice: Clerk, handed_in: Document, database: Database
) -> None:
    page = alice.open(f"/documents/{handed_in.id}/answers", show="person")
    assert rows_of(page) == ["AUTH-1.1"]
    assert page.says("回答として読めない言葉が入っています")
    page.submit("/answers/AUTH-1.1/settle", {"value": "no"})
    assert disclosure_of(database).unclear_count == 0
    again = alice.open(f"/documents/{handed_in.id}/answers").submit("/read")
    assert again.says("読み取っています")
    read_document(database, str(handed_in.id))
    found = disclosure_of(database)
    assert (found.state, found.unclear_count, found.unwelcome_count) == (ReadState.READ, 0, 3)


def test_a_file_that_is_no_form_is_kept_and_told(
    inside: Engineer, alice: Clerk, asked: Submission, database: Database, tmp_path: Path
) -> None:
    book = Workbook()
    book.worksheets[0].append(["品名", "価格"])
    book.worksheets[0].append(["保守", 120000])
    book.save(tmp_path / "prices.xlsx")
    upload(inside, asked, "price.xlsx", (tmp_path / "prices.xlsx").read_bytes())
    document = read_last(database)
    assert disclosure_of(database).state is ReadState.OTHER
    assert document.kind is DocumentKind.OTHER
    answer_everything(inside, asked)
    page = alice.open(f"/documents/{document.id}/answers")
    assert page.says("データとしては読み取れませんでした")


def test_a_pdf_without_text_is_kept_unread_with_the_reason(
    inside: Engineer, asked: Submission, database: Database, handed_over_pdf: bytes
) -> None:
    upload(inside, asked, "SDS.pdf", handed_over_pdf)
    read_last(database)
    found = disclosure_of(database)
    assert found.state in {ReadState.UNREAD, ReadState.OTHER}
    page = inside.open(f"/answer/{asked.id}/documents").follow("読み取った内容")
    assert page.says("ファイルはそのまま保管され")


@pytest.fixture
def handed_over_pdf() -> bytes:
    from tests.stories import pdf_of

    return pdf_of()


def test_the_page_takes_as_many_queries_for_one_answer_as_for_all(
    alice: Clerk, handed_in: Document, database: Database
) -> None:
    alice.open(f"/documents/{handed_in.id}/answers")
    with recorded(database) as few:
        alice.open(f"/documents/{handed_in.id}/answers", show="person")
    with recorded(database) as many:
        alice.open(f"/documents/{handed_in.id}/answers")
    assert len(few) == len(many)


def test_the_answers_are_taken_along_in_three_forms(alice: Clerk, handed_in: Document) -> None:
    address = f"/documents/{handed_in.id}/answers"
    table = alice.browser.client.get(f"{address}.csv").content.decode("utf-8-sig")
    assert table.count("\r\n") == 241
    assert "planned for version 6" in table
    told = alice.browser.client.get(f"{address}.json").json()
    assert told["template"] == "mds2-2019"
    assert {one["number"]: one["value"] for one in told["answers"]}["AUTH-1"] == "no"
    assert alice.browser.client.get(f"{address}.xlsx").content.startswith(b"PK")


def test_two_documents_of_one_form_are_compared_the_worst_change_first(
    alice: Clerk, inside: Engineer, asked: Submission, database: Database, tmp_path: Path
) -> None:
    for name, answers in (("old", {"AUTH-1": "Yes", "AUDT-1": "No"}), ("new", {"AUTH-1": "No", "AUDT-1": "Yes"})):
        path = write_mds2(tmp_path / f"{name}.xlsx", answers, default="N/A")
        upload(inside, asked, f"{name}.xlsx", path.read_bytes())
    with database.open_reader() as session:
        old, new = session.exec(select(Document).order_by(col(Document.uploaded_at))).all()
    for document in (old, new):
        read_document(database, str(document.id))
    answer_everything(inside, asked)
    page = alice.open(f"/documents/{new.id}/compare")
    assert page.says("old.xlsx")
    compared = alice.open(f"/documents/{new.id}/compare", **{"with": str(old.id)})
    assert compared.says("違いが2件あります")
    rows = [row.text_content().split()[0] for row in compared.tree.xpath("//tbody/tr/th")]
    assert rows == ["AUTH-1", "AUDT-1"], "はい→いいえ stands first"
    assert alice.open(f"/documents/{new.id}/compare", **{"with": str(new.id)}).status == 404


def test_a_viewer_reads_and_decides_nothing(carol: Clerk, handed_in: Document) -> None:
    page = carol.open(f"/documents/{handed_in.id}/answers")
    assert not page.offers("確定する")
    assert carol.post(f"/documents/{handed_in.id}/answers/AUTH-1", {"risk": "x", "way": "accept"}).status == 403


def test_another_clinic_and_strangers_find_nothing(charlie: Clerk, stranger: Browser, handed_in: Document) -> None:
    for path in ("answers", "answers/AUTH-1", "compare", "answers.csv"):
        assert charlie.open(f"/documents/{handed_in.id}/{path}").status == 404
    assert stranger.open(f"/documents/{handed_in.id}/answers").path.startswith("/sign-in")
