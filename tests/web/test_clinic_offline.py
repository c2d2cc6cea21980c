"""The clinic's own form and what it types in for a vendor, filled in as workbooks: previewed, taken over by a press."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel import select

from models import AnswerValue, Assessment, AssessmentAnswer, Revision, Submission, Transcript
from models.database import Database
from services.offline_layout import COLUMNS, OWN_COLUMNS
from services.revisions import read_frozen
from tests.browser import Browser, Page
from tests.people import Clerk
from tests.stories import in_days
from web.downloads import XLSX

OWN = "/assessment/offline"


def take_away(clerk: Clerk, address: str) -> Workbook:
    response = clerk.browser.client.get(f"{address}.xlsx")
    assert response.status_code == 200
    return load_workbook(io.BytesIO(response.content))


def write(book: Workbook, columns: Sequence[str], key: str, **values: object) -> None:
    sheet: Worksheet = book.worksheets[0]
    row = next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == key)
    for name, value in values.items():
        sheet.cell(row, columns.index(name) + 1).value = value  # type: ignore[assignment]


def bring_back(clerk: Clerk, address: str, book: Workbook | bytes) -> Page:
    target = io.BytesIO(book if isinstance(book, bytes) else b"")
    if isinstance(book, Workbook):
        book.save(target)
    return clerk.browser.post(address, {}, files=[("files", ("form.xlsx", target.getvalue(), XLSX))])


@pytest.fixture
def begun(alice: Clerk) -> Clerk:
    """Alice with her own form of the year."""
    alice.open("/assessment").submit("/assessment").submit("/assessment/gate", {"gate": "yes"})
    return alice


def answers_in(database: Database) -> dict[str, AssessmentAnswer]:
    with database.open_reader() as session:
        return {one.item_key: one for one in session.exec(select(AssessmentAnswer)) if one.item_key != "gate"}


def test_the_own_form_filled_in_elsewhere_is_previewed_and_taken_over(begun: Clerk, database: Database) -> None:
    page = begun.open("/assessment").follow("Excelで記入する")
    assert page.offers("様式をダウンロード（XLSX）")
    book = take_away(begun, OWN)
    assert book.worksheets[0].protection.sheet
    write(book, OWN_COLUMNS, "2-1", answer="はい", checked_on=in_days(0), remark="台帳は事務室")
    write(book, OWN_COLUMNS, "2-4", answer="いいえ", target_on=in_days(20), remark="整備中", owner_name="佐藤")
    write(book, OWN_COLUMNS, "2-5", answer="たぶん")
    preview = bring_back(begun, OWN, book)
    assert preview.says("保存済みの回答と異なる項目が2件あります")
    assert preview.says("たぶん")
    assert answers_in(database) == {}, "a preview saves nothing"
    done = preview.submit("/take")
    assert done.path.startswith("/assessment?")
    kept = answers_in(database)
    assert set(kept) == {"2-1", "2-4"}
    assert (kept["2-1"].value, kept["2-1"].remark) == (AnswerValue.YES, "台帳は事務室")
    assert (kept["2-4"].target_on, kept["2-4"].owner_name) == (in_days(20), "佐藤")
    again = bring_back(begun, OWN, take_away(begun, OWN))
    assert again.says("取り込む内容はありません")


def test_what_is_not_whole_is_told_with_the_way_to_its_item(begun: Clerk, database: Database) -> None:
    book = take_away(begun, OWN)
    write(book, OWN_COLUMNS, "2-4", answer="いいえ")
    write(book, OWN_COLUMNS, "2-1", answer="はい")
    left = bring_back(begun, OWN, book).submit("/take")
    assert left.status == 422
    assert set(answers_in(database)) == {"2-1"}
    assert "/assessment/items/2-4" in str(left.tree.xpath("//ul[@class='missing']//a/@href"))


def test_a_colleague_who_was_quicker_is_not_written_over(begun: Clerk, bob: Clerk, database: Database) -> None:
    book = take_away(begun, OWN)
    write(book, OWN_COLUMNS, "2-1", answer="はい", remark="Excelから")
    preview = bring_back(begun, OWN, book)
    with database.open_reader() as session:
        year = session.exec(select(Assessment)).one().fiscal_year
    typed = {"value": "yes", "checked_on": in_days(0).isoformat(), "remark": "画面から"}
    bob.open("/assessment/items/2-1", year=year).submit("/assessment/items/2-1", typed)
    left = preview.submit("/take")
    assert left.status == 422
    assert answers_in(database)["2-1"].remark == "画面から"


def test_another_workbook_is_refused_with_a_sentence(begun: Clerk, asked: Submission) -> None:
    book = Workbook()
    assert bring_back(begun, OWN, book).status == 422
    assert bring_back(begun, OWN, b"no workbook").status == 422
    address = f"/submissions/{asked.id}/transcript/offline"
    assert bring_back(begun, address, book).status == 422
    assert begun.browser.post(address, {}, files=[("other", ("x", b"", XLSX))]).says("ファイルを選んでください")


def test_a_faxed_sheet_is_typed_in_as_a_workbook(alice: Clerk, asked: Submission, database: Database) -> None:
    address = f"/submissions/{asked.id}/transcript/offline"
    assert alice.open(f"/submissions/{asked.id}/transcript").follow("Excelで入力する").path == address
    book = take_away(alice, address)
    write(book, COLUMNS, "2-4", answer="はい", checked_on=in_days(0), responsibility="当社")
    write(book, COLUMNS, "2-5", answer="いいえ", target_on=in_days(20), remark="改修の予定")
    preview = bring_back(alice, address, book)
    assert preview.says("保存済みの回答と異なる項目が2件あります")
    form = preview.submit("/take")
    assert form.path == f"/submissions/{asked.id}/transcript"
    with database.open_reader() as session:
        kept = read_frozen(session.exec(select(Transcript)).one().answers)
        assert session.exec(select(Revision)).all() == [], "nothing is handed in by a file"
    assert kept["2-4"].value is AnswerValue.YES
    assert (kept["2-5"].value, kept["2-5"].target_on) == (AnswerValue.NO, in_days(20))
    stale = preview.submit("/take")
    assert stale.status == 422


def test_a_stranger_gets_404(begun: Clerk, charlie: Clerk, carol: Clerk, asked: Submission, stranger: Browser) -> None:
    address = f"/submissions/{asked.id}/transcript/offline"
    assert charlie.open(address).status == 404
    assert charlie.open(OWN).status == 404
    assert carol.open(OWN).status == 403
    assert stranger.open(OWN).path.startswith("/sign-in")
