"""The form as a workbook: taken away, filled in, brought back; nothing is taken over before a press."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet as Page

from models import Answer, AnswerValue, Responsibility, Submission
from models.database import Database
from services import answers, clock
from services.offline_layout import COLUMNS
from settings import Settings
from tests.browser import BASE, Browser
from tests.browser import Page as WebPage
from tests.naughty import NAUGHTY
from tests.people import Engineer
from tests.stories import in_days

pytestmark = pytest.mark.usefixtures("asked")


@pytest.fixture
def inside(asked: Submission, vera: Engineer) -> Engineer:
    """Vera behind her link."""
    vera.enters()
    return vera


def download(vera: Engineer, asked: Submission) -> Workbook:
    response = vera.browser.client.get(f"/answer/{asked.id}/offline.xlsx")
    assert response.status_code == 200
    return load_workbook(io.BytesIO(response.content))


def row_of(page: Page, key: str) -> int:
    return next(row for row in range(1, page.max_row + 1) if page.cell(row, 1).value == key)


def write(page: Page, key: str, **values: object) -> None:
    for name, value in values.items():
        page.cell(row_of(page, key), COLUMNS.index(name) + 1).value = value  # type: ignore[assignment]


def send(vera: Engineer, asked: Submission, content: bytes, name: str = "form.xlsx") -> WebPage:
    files = [("files", (name, content, "application/octet-stream"))]
    response = vera.browser.client.post(
        f"/answer/{asked.id}/offline", files=files, headers={"Sec-Fetch-Site": "same-origin", "Origin": BASE}
    )
    return vera.browser._arrive(response)


def bytes_of(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def stored(database: Database, asked: Submission) -> Mapping[str, Answer]:
    with database.open_reader() as session:
        return answers.list_answers(session, submission=asked)


def test_a_form_filled_in_elsewhere_is_previewed_and_taken_over_by_a_press(
    inside: Engineer, asked: Submission, database: Database, settings: Settings
) -> None:
    page = inside.open(f"/answer/{asked.id}/offline")
    assert page.offers("様式をダウンロード（XLSX）")
    book = download(inside, asked)
    sheet = book.worksheets[0]
    assert sheet.protection.sheet
    assert sheet.column_dimensions["A"].hidden
    write(sheet, "2-4", answer="はい", checked_on=clock.today(), responsibility="当社", remark="@役割の一覧は別紙")
    write(sheet, "2-5", answer="ｎｏ", target_on=in_days(30).strftime("%Y年%m月%d日"), remark="準備中です。")
    write(sheet, "2-6", answer="YES", condition="サーバのみ")
    preview = send(inside, asked, bytes_of(book))
    assert preview.status == 200
    assert preview.says("保存済みの回答と異なる項目が3件あります")
    assert stored(database, asked) == {}, "a preview saves nothing"
    assert [path for path in settings.files_folder.rglob("*") if path.is_file()] == []
    after = preview.submit("/offline/take")
    assert after.path == f"/answer/{asked.id}/finish"
    kept = stored(database, asked)
    assert set(kept) == {"2-4", "2-5", "2-6"}
    assert (kept["2-4"].value, kept["2-4"].responsibility) == (AnswerValue.YES, Responsibility.VENDOR)
    assert kept["2-4"].remark == "@役割の一覧は別紙"
    assert (kept["2-5"].value, kept["2-5"].target_on) == (AnswerValue.NO, in_days(30))
    assert (kept["2-6"].is_conditional, kept["2-6"].condition) == (True, "サーバのみ")


def test_saved_answers_stand_in_the_workbook_and_nothing_differs(inside: Engineer, asked: Submission) -> None:
    address = f"/answer/{asked.id}/sections/general"
    inside.open(address).submit(
        address, {"2-4.answer": "yes", "2-4.remark": "役割ごとに設定", "2-4.responsibility": "shared"}
    )
    book = download(inside, asked)
    row = row_of(book.worksheets[0], "2-4")
    texts = [cell.value for cell in book.worksheets[0][row]]
    assert "はい" in texts
    assert "役割ごとに設定" in texts
    preview = send(inside, asked, bytes_of(book))
    assert preview.says("取り込む内容はありません")
    assert preview.says("同じ内容が1件")


def test_cells_that_are_not_understood_are_named_and_never_guessed(
    inside: Engineer, asked: Submission, database: Database
) -> None:
    book = download(inside, asked)
    write(book.worksheets[0], "2-4", answer="たぶん")
    write(book.worksheets[0], "2-5", answer="いいえ", target_on="来年の春")
    preview = send(inside, asked, bytes_of(book))
    place = f"D{row_of(book.worksheets[0], '2-4')}"
    assert preview.says(place)
    assert preview.says("「はい」でも「いいえ」でもありません")
    assert preview.says("日付として読めません")
    preview.submit("/offline/take")
    kept = stored(database, asked)
    assert "2-4" not in kept
    assert (kept["2-5"].value, kept["2-5"].target_on) == (AnswerValue.NO, None)


def test_a_colleague_who_saved_meanwhile_is_not_overwritten(
    inside: Engineer, asked: Submission, database: Database
) -> None:
    book = download(inside, asked)
    write(book.worksheets[0], "2-4", answer="いいえ", target_on=in_days(30), remark="ファイルから")
    preview = send(inside, asked, bytes_of(book))
    address = f"/answer/{asked.id}/sections/general"
    inside.open(address).submit(address, {"2-4.answer": "yes", "2-4.remark": "画面から"})
    left = preview.submit("/offline/take")
    assert left.status == 422
    assert left.says("ほかの担当者が先に変更しました")
    assert stored(database, asked)["2-4"].remark == "画面から"


def test_rows_may_be_sorted_and_strange_texts_come_through(
    inside: Engineer, asked: Submission, database: Database
) -> None:
    book = download(inside, asked)
    sheet = book.worksheets[0]
    last = sheet.max_row
    texts = [text for text in NAUGHTY if text.strip() and text.isprintable()][:3]
    for text, key in zip(texts, ("2-4", "2-5", "2-6"), strict=True):
        write(sheet, key, answer="はい", remark=text)
    first = row_of(sheet, "2-4")
    sheet.move_range(f"A{first}:L{first}", rows=last + 5 - first)
    send(inside, asked, bytes_of(book)).submit("/offline/take")
    kept = stored(database, asked)
    assert [kept[key].remark for key in ("2-4", "2-5", "2-6")] == [text.strip() for text in texts]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("other.xlsx", None, "お尋ねしている項目の行が見つかりませんでした"),
        ("form.xlsx", b"PK\x03\x04 broken", ""),
        ("note.txt", b"hello", ""),
    ],
)
def test_a_file_that_is_not_the_form_is_told_and_changes_nothing(
    inside: Engineer, asked: Submission, database: Database, name: str, content: bytes | None, sentence: str
) -> None:
    if content is None:
        book = Workbook()
        book.worksheets[0].append(["価格表", "100円"])
        content = bytes_of(book)
    page = send(inside, asked, content, name)
    assert page.status == 422
    assert page.tree.xpath("string(//p[@id='error-files'])").strip()
    assert page.says(sentence)
    assert stored(database, asked) == {}


def test_a_stranger_finds_nothing(stranger: Browser, asked: Submission) -> None:
    for path in (f"/answer/{asked.id}/offline", f"/answer/{asked.id}/offline.xlsx"):
        assert stranger.open(path).status == 404
