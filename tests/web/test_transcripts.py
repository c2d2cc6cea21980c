"""Claims about answers that the clinic types in: marked everywhere, never mistaken for the vendor's own."""

from __future__ import annotations

import io
from datetime import timedelta

import pypdfium2
import pytest
from sqlmodel import col, select

from models import Answer, Document, Event, Revision, Stage, Submission
from models.database import Database
from services import clock, submitting
from tests.browser import BASE, Page
from tests.people import Clerk, Engineer, submission_by_id
from tests.stories import answer_everything, pdf_of, type_in


def address(asked: Submission, rest: str = "") -> str:
    return f"/submissions/{asked.id}{rest}"


def attach(
    alice: Clerk, asked: Submission, name: str = "FAX.pdf", content: bytes = b"", replaces: object = None
) -> Page:
    files = [("files", (name, io.BytesIO(content or pdf_of()), "application/octet-stream"))]
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
    path = address(asked, "/transcript/scans") + (f"?replaces={replaces}" if replaces else "")
    response = alice.browser.client.post(path, files=files, headers=headers)
    return alice.browser._arrive(response)


def revisions_of(database: Database, asked: Submission) -> list[Revision]:
    with database.open_reader() as session:
        statement = select(Revision).where(Revision.submission_id == asked.id).order_by(col(Revision.number))
        return list(session.exec(statement))


def test_a_faxed_answer_is_typed_in_with_its_scan_and_marked_everywhere(
    alice: Clerk, vera: Engineer, database: Database, asked: Submission
) -> None:
    assert attach(alice, asked).says("FAX.pdf")
    page = type_in(alice, asked)
    assert page.path == address(asked)
    marks = ("医療機関が代わりに入力", "FAX", "品質保証部 緑川 誠", "山本 あかり")
    for path in (address(asked), address(asked, "/revisions/1"), address(asked, "/review")):
        shown = alice.open(path)
        assert all(shown.says(mark) for mark in marks), path
    told = alice.open(address(asked))
    assert told.says(f"{asked.item_count}/{asked.item_count}")
    assert told.says("ベンダーの回答を貴院が代わりに入力しました。")
    assert not told.says("ベンダーが回答を提出しました。")
    assert alice.open("/dashboard", year=asked.fiscal_year).says("代理入力（FAX）")
    assert alice.open("/record", year=asked.fiscal_year).says("医療機関が代わりに入力 FAX")
    alice.post("/assessment", {"fiscal_year": asked.fiscal_year})
    assert alice.open("/assessment/items/2-4", year=asked.fiscal_year).says("医療機関が代わりに入力")
    assert alice.open("/assessment/print", year=asked.fiscal_year).says("みどりメディカルシステム（代わりに入力）")
    vera.enters()
    welcome = vera.open(f"/answer/{asked.id}")
    assert welcome.says("医療機関が貴社の回答を代わりに入力しました")
    receipt = welcome.follow("入力された内容を見る")
    assert all(receipt.says(mark) for mark in marks)
    assert receipt.says("FAX.pdf")
    paper = vera.browser.client.get(f"/answer/{asked.id}/receipt.pdf").content
    assert "代わりに入力した" in pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_range().replace("\u200b", "")
    (revision,) = revisions_of(database, asked)
    assert revision.responsible_name == "緑川 誠"
    assert "山本 あかり" in revision.submitted_by
    assert [file["file_name"] for file in revision.documents] == ["FAX.pdf"]
    # What it was typed in from is under the seal: as the vendor's own, the same answers would bear another.
    assert revision.sha256 != submitting.seal(submission_by_id(database, asked.id), revision)


def test_a_scan_is_replaced_or_removed_until_the_answers_are_entered(
    alice: Clerk, charlie: Clerk, database: Database, asked: Submission
) -> None:
    attach(alice, asked, "裏面.pdf")
    attach(alice, asked, "表面.pdf")
    back, front = scans_of(database, asked)
    swapped = attach(alice, asked, "裏面2.pdf", replaces=back.id)
    assert swapped.says("裏面2.pdf")
    assert not swapped.says("裏面.pdf")
    assert attach(alice, asked, "壊れた.pdf", b"no pdf", replaces=front.id).status == 422
    assert alice.open(address(asked, "/transcript")).says("表面.pdf"), "what is not taken replaces nothing"
    remove = address(asked, f"/transcript/scans/{front.id}/remove")
    assert charlie.post(remove).status == 404
    assert alice.open(address(asked, "/transcript")).offers("このファイルを外す")
    removed = alice.post(remove)
    assert removed.says("表面.pdf を取り消しました")
    assert not alice.open(address(asked, "/transcript")).says("表面.pdf")
    assert alice.post(remove).status == 404, "what is gone is gone"
    type_in(alice, asked)
    (revision,) = revisions_of(database, asked)
    assert [file["file_name"] for file in revision.documents] == ["裏面2.pdf"]
    with database.open_reader() as session:
        verbs = session.exec(select(Event.verb).where(Event.verb == "transcript.scan_removed")).all()
    assert len(verbs) == 2
    kept = next(scan for scan in scans_of(database, asked) if scan.submitted_at)
    assert alice.post(address(asked, f"/transcript/scans/{kept.id}/remove")).status == 404, "it is the proof"


def scans_of(database: Database, asked: Submission) -> list[Document]:
    with database.open_reader() as session:
        statement = select(Document).where(Document.submission_id == asked.id).order_by(col(Document.uploaded_at))
        return list(session.exec(statement))


def test_the_vendor_may_answer_itself_over_what_was_typed_in(
    alice: Clerk, vera: Engineer, database: Database, asked: Submission
) -> None:
    attach(alice, asked)
    type_in(alice, asked)
    vera.enters()
    assert not vera.open(f"/answer/{asked.id}/documents").says("FAX.pdf")
    answer_everything(vera, asked)
    typed, own = revisions_of(database, asked)
    assert (typed.number, own.number) == (1, 2)
    assert own.documents == []
    assert not submission_by_id(database, asked.id).is_typed_in
    assert not vera.open(f"/answer/{asked.id}").says("代わりに入力")
    assert alice.open(address(asked, "/transcript")).status == 409


def test_what_the_vendor_has_begun_stays_its_own_and_is_told_first(
    alice: Clerk, vera: Engineer, database: Database, asked: Submission
) -> None:
    vera.enters()
    vera.open(f"/answer/{asked.id}/sections/general").submit(
        "/general", {"2-4.answer": "no", "2-4.target_on": "2027-02-01", "2-4.remark": "社外秘の下書き"}
    )
    page = alice.open(address(asked, "/transcript"))
    assert page.says("ベンダーがすでに自分で回答を始めています")
    assert not page.says("社外秘の下書き")
    type_in(alice, asked)
    with database.open_reader() as session:
        kept = session.exec(select(Answer).where(Answer.item_key == "2-4")).one()
    assert kept.remark == "社外秘の下書き"


def test_a_draft_keeps_what_is_valid_and_is_not_an_answer(alice: Clerk, database: Database, asked: Submission) -> None:
    page = alice.open(address(asked, "/transcript"))
    page = page.submit("/transcript", {"2-4.answer": "yes", "said_by": "緑川"}, button="then=save")
    assert page.says("下書きを保存しました")
    assert page.tree.xpath("//input[@name='2-4.answer'][@value='yes'][@checked]")
    assert submission_by_id(database, asked.id).stage is Stage.INVITED
    page = page.submit("/transcript", button="then=submit")
    assert page.status == 422
    assert page.tree.xpath("//*[@id='error-2-5.answer'][not(@hidden)]")
    assert page.tree.xpath("//*[@id='error-said_on']")
    assert revisions_of(database, asked) == []


def test_two_who_type_at_once_notice_each_other(alice: Clerk, bob: Clerk, asked: Submission) -> None:
    first, second = alice.open(address(asked, "/transcript")), bob.open(address(asked, "/transcript"))
    first.submit("/transcript", {"note": "一人目"}, button="then=save")
    page = second.submit("/transcript", {"note": "二人目"}, button="then=save")
    assert page.status == 422
    assert "二人目" in page.tree.xpath("string(//textarea[@name='note'])")


@pytest.mark.parametrize(("name", "content"), [("virus.exe", b"MZ"), ("FAX.pdf", b"no pdf")])
def test_scans_keep_to_the_rules_of_uploads(
    alice: Clerk, database: Database, asked: Submission, name: str, content: bytes
) -> None:
    page = attach(alice, asked, name, content)
    assert page.status == 422
    with database.open_reader() as session:
        assert session.exec(select(Document)).all() == []


def test_a_day_that_has_not_come_is_refused(alice: Clerk, asked: Submission) -> None:
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    page = type_in(alice, asked, said_on=tomorrow)
    assert page.status == 422
    assert page.says("まだ来ていない日")


def test_typing_in_is_recorded_without_the_answers(alice: Clerk, database: Database, asked: Submission) -> None:
    type_in(alice, asked, note="電話でも確認")
    with database.open_reader() as session:
        event = session.exec(select(Event).where(Event.verb == "transcript.submitted")).one()
    assert (event.actor_name, event.details["source"]) == ("山本 あかり", "fax")
    assert "電話でも確認" not in str(event.details)
    assert alice.open(address(asked)).says("代わりに入力した回答を登録しました")


def test_viewers_may_not_type_in_and_strangers_find_nothing(carol: Clerk, charlie: Clerk, asked: Submission) -> None:
    for clerk, status in ((carol, 403), (charlie, 404)):
        assert clerk.open(address(asked, "/transcript")).status == status
        assert attach(clerk, asked).status == status
