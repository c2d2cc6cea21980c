"""The last step: what is missing, everything on one page, one submission, and its receipt as page and paper."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pypdfium2
import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import AnswerValue, Clinic, Member, Revision, Submission
from models.database import Database
from services import answers, clock, editions, reviews
from services.answers import Given
from tests.browser import BASE, Browser, Page
from tests.people import Clerk, Engineer, Mailbox, submission_by_id
from tests.stories import answer_everything, answers_of, fill_in, hand_in, in_days, upload

SIGNED = {"responsible_name": "緑川 誠", "responsible_title": "サポート部 部長"}


@pytest.fixture
def ready(asked: Submission, vera: Engineer) -> Page:
    """The last page with everything answered."""
    vera.enters()
    upload(vera, asked, "KarteNova_SDS.pdf")
    fill_in(vera, asked, {"2-9": in_days(20)})
    return vera.open(f"/answer/{asked.id}/finish")


def revisions(database: Database) -> list[Revision]:
    with database.open_reader() as session:
        return list(session.exec(select(Revision)).all())


def text_of(pdf: bytes) -> str:
    paper = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "".join(page.get_textpage().get_text_range() for page in paper)


def return_form(database: Database, clinic: Clinic, asked: Submission) -> None:
    with database.open_writer() as session:
        reviews.return_submission(
            session,
            clinic=clinic,
            submission=session.get_one(Submission, asked.id),
            revision_number=1,
            remarks={"2-9": "当院の機器も含みますか。"},
            words="",
            due_on=None,
            reviewed_by=session.exec(select(Member.id)).one(),
        )
        session.commit()


def test_everything_is_on_one_page_and_submitted_with_one_press(
    asked: Submission, database: Database, ready: Page, mailbox: Mailbox, vera: Engineer
) -> None:
    for told in ("はい", "いいえ", "次の保守で対応します。", "KarteNova_SDS.pdf", "分担："):
        assert ready.says(told), told
    assert len(ready.tree.xpath("//li[@class='overview__line']")) == 13
    receipt = ready.submit("/finish", SIGNED)
    assert receipt.path == f"/answer/{asked.id}/receipt"
    assert receipt.says("ご回答が届きました。ありがとうございました。")
    assert receipt.says("サポート部 部長 緑川 誠")
    [revision] = revisions(database)
    assert receipt.says(revision.sha256)
    assert [document["file_name"] for document in revision.documents] == ["KarteNova_SDS.pdf"]
    assert revision.sha256 in mailbox.last(vera.email, "receipt").text


def test_what_is_missing_is_listed_and_each_line_leads_to_its_item(
    asked: Submission, database: Database, vera: Engineer
) -> None:
    vera.enters()
    page = vera.open(f"/answer/{asked.id}/sections/devices")
    page.submit(page.path, {"2-11.answer": "no", "2-12.answer": "yes", "2-12.is_conditional": "true"})
    page = vera.open(f"/answer/{asked.id}/finish")
    assert page.says("あと14か所、入力が必要です")
    links = page.tree.xpath("//ul[@class='missing']//a/@href")
    assert f"/answer/{asked.id}/sections/devices#item-2-11" in links
    for link in links:
        path, _, anchor = link.partition("#")
        assert vera.open(path).tree.xpath(f"//*[@id='{anchor}']"), link
    assert page.says("「いいえ」のときは、対応する日を入れてください。")
    assert not page.offers("提出する"), "What cannot be done is not offered."
    assert page.follow("足りないところを入力する").path.endswith("/sections/organisation")
    forced = vera.browser.post(page.path, SIGNED)
    assert forced.status == 422
    assert forced.says("すべての項目に答えると、提出できます。")
    assert revisions(database) == []


def test_a_contradiction_is_pointed_out_and_does_not_block(
    asked: Submission, database: Database, vera: Engineer
) -> None:
    vera.enters()
    fill_in(vera, asked)
    page = vera.open(f"/answer/{asked.id}/finish")
    assert page.says("ここにはMDS/SDSの書類がまだありません")
    assert page.submit("/finish", SIGNED).path.endswith("/receipt")
    assert len(revisions(database)) == 1


def test_name_and_title_are_asked_for(database: Database, ready: Page) -> None:
    page = ready.submit("/finish", {"responsible_name": " ", "responsible_title": "部長"})
    assert page.status == 422
    assert page.tree.xpath("//input[@id='field-responsible_name'][@aria-invalid='true']")
    assert page.tree.xpath("string(//input[@id='field-responsible_title']/@value)") == "部長"
    assert revisions(database) == []


def test_double_press_back_button_and_a_second_tab_give_one_revision(
    asked: Submission, database: Database, ready: Page, vera: Engineer, mailbox: Mailbox
) -> None:
    second_tab = vera.open(ready.path)
    for page in (ready, ready, second_tab):
        assert page.submit("/finish", SIGNED).path == f"/answer/{asked.id}/receipt"
    assert vera.browser.post(ready.path).path == f"/answer/{asked.id}/receipt", "Even a bare press."
    assert vera.open(ready.path).path == f"/answer/{asked.id}", "The page itself shows the state."
    assert len(revisions(database)) == 1
    assert len(mailbox.all(vera.email, "receipt")) == 1


def test_fifty_presses_at_once_give_one_revision_and_fifty_receipts(
    app: FastAPI, database: Database, ready: Page, vera: Engineer, mailbox: Mailbox
) -> None:
    cookies = dict(vera.browser.client.cookies)

    def press(_number: int) -> tuple[int, str]:
        client = Browser(app).client
        client.cookies.update(cookies)
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
        response = client.post(ready.path, data=SIGNED, headers=headers)
        return response.status_code, response.headers.get("location", "")

    with ThreadPoolExecutor(max_workers=50) as presses:
        answered = list(presses.map(press, range(50)))
    assert {status for status, _ in answered} == {303}
    assert {location for _, location in answered} == {ready.path.replace("/finish", "/receipt")}
    assert len(revisions(database)) == 1
    assert len(mailbox.all(vera.email, "receipt")) == 1


def test_the_receipt_is_a_paper_too(asked: Submission, ready: Page, vera: Engineer, database: Database) -> None:
    page = ready.submit("/finish", SIGNED)
    [link] = page.tree.xpath("//a[contains(@href,'receipt.pdf')]/@href")
    paper = vera.browser.client.get(link)
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.headers["content-disposition"].startswith("attachment")
    text = text_of(paper.content)
    for told in (
        "やまもと内科クリニック",
        "みどりメディカルシステム",
        "緑川 誠",
        "次の保守で対応します。",
        "KarteNova_SDS.pdf",
    ):
        assert told in text.replace("\r\n", ""), told
    [revision] = revisions(database)
    assert revision.sha256 in text.replace("\u200b", "").replace("\r\n", "")
    assert vera.browser.client.get(link).content == paper.content, "The same receipt gives the same bytes."


def test_a_receipt_shows_what_was_submitted_not_what_stands_there_now(
    asked: Submission, clinic: Clinic, database: Database, ready: Page, vera: Engineer
) -> None:
    ready.submit("/finish", SIGNED)
    return_form(database, clinic, asked)
    section = f"/answer/{asked.id}/sections/general"
    vera.open(section).submit(section, {"2-9.answer": "yes", "2-9.remark": "本日対応しました"})
    first = vera.open(f"/answer/{asked.id}/receipt")
    assert first.says("次の保守で対応します。")
    assert not first.says("本日対応しました")
    signed_again = vera.open(f"/answer/{asked.id}/finish")
    assert signed_again.tree.xpath("string(//input[@id='field-responsible_name']/@value)") == "緑川 誠"
    second = signed_again.submit("/finish")
    assert second.says("本日対応しました")
    assert second.says("第2版")
    old = vera.open(f"/answer/{asked.id}/receipt", revision=1)
    assert old.says("次の保守で対応します。")
    assert old.says("第1版")
    paper = vera.browser.client.get(f"/answer/{asked.id}/receipt.pdf?revision=1")
    assert "次の保守で対応します。" in text_of(paper.content).replace("\r\n", "")
    for strange in ("3", "0", "-1", "x"):
        assert vera.open(f"/answer/{asked.id}/receipt", revision=strange).status == 404
    assert len(revisions(database)) == 2


def test_a_returned_item_that_was_not_touched_is_pointed_out(
    asked: Submission, clinic: Clinic, database: Database, ready: Page, vera: Engineer
) -> None:
    ready.submit("/finish", SIGNED)
    return_form(database, clinic, asked)
    page = vera.open(f"/answer/{asked.id}/finish")
    assert page.says("医療機関が見直しをお願いした項目ですが、まだ変わっていません。")
    changeable = page.tree.xpath("//p[@class='overview__answer']/a/@href")
    assert changeable == [f"/answer/{asked.id}/sections/general#item-2-9"], "Only what came back can be changed."


def test_an_answer_saved_in_the_last_second_is_in_the_revision_or_refused(
    asked: Submission, database: Database, ready: Page, vera: Engineer
) -> None:
    """Submitting and saving lock the same row, so that no acknowledged word is left out."""
    item = editions.find_item(asked.asked, "2-4")
    assert item is not None
    with database.open_writer() as session:
        given = Given(value=AnswerValue.NO, target_on=clock.today() + timedelta(days=1), remark="さいごの一言")
        submission = session.get_one(Submission, asked.id)
        answers.save_answer(session, submission=submission, item=item, given=given, version=1, person=vera.email)
        session.commit()
    ready.submit("/finish", SIGNED)
    [revision] = revisions(database)
    assert "さいごの一言" in {answer["remark"] for answer in revision.answers}


def test_no_receipt_stands_there_before_the_first_submission(asked: Submission, vera: Engineer) -> None:
    vera.enters()
    for path in ("receipt", "receipt.pdf"):
        assert vera.open(f"/answer/{asked.id}/{path}").status == 404


def test_the_whole_way_works_in_english(asked: Submission, database: Database, vera: Engineer) -> None:
    vera.browser.client.cookies.set("language", "en")
    vera.enters()
    for section in editions.read_form(asked.asked).sections:
        address = f"/answer/{asked.id}/sections/{section.key}"
        vera.open(address).submit(address, answers_of(asked, section.key))
    receipt = hand_in(vera, asked)
    assert receipt.heading == "Receipt"
    assert receipt.says("Your answers have arrived. Thank you.")
    paper = vera.browser.client.get(f"/answer/{asked.id}/receipt.pdf")
    assert "Receipt of your answers" in text_of(paper.content)
    assert submission_by_id(database, asked.id).submitted_at is not None


def test_a_stranger_gets_404(asked: Submission, stranger: Browser, vera: Engineer, alice: Clerk) -> None:
    vera.enters()
    answer_everything(vera, asked)
    for browser in (stranger, alice.browser):
        for path in ("finish", "receipt", "receipt.pdf"):
            assert browser.open(f"/answer/{asked.id}/{path}").status == 404
        assert browser.post(f"/answer/{asked.id}/finish", SIGNED).status == 404
