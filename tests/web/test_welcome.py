"""The first page behind the code: what is asked, where it stands on each return, and saying no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from models import Clinic, Event, Member, Submission
from models.database import Database
from services import clock, reviews, submissions
from tests.browser import Browser
from tests.people import Clerk, Engineer, Mailbox, submission_by_id
from tests.stories import answer_everything, fill_in


def return_form(database: Database, clinic: Clinic, asked: Submission, remarks: Mapping[str, str], words: str) -> None:
    """The clinic sends it back."""
    with database.open_writer() as session:
        reviews.return_submission(
            session,
            clinic=clinic,
            submission=session.get_one(Submission, asked.id),
            revision_number=1,
            remarks=remarks,
            words=words,
            due_on=None,
            reviewed_by=session.exec(select(Member.id)).one(),
        )
        session.commit()


def test_everything_stands_there_behind_the_code(asked: Submission, database: Database, vera: Engineer) -> None:
    with database.open_writer() as session:
        submission = session.get_one(Submission, asked.id)
        submission.message = "1月の立入検査に向けてのお願いです。\n<b>よろしく</b>"
        session.commit()
    page = vera.enters()
    for told in ("KarteNova 院内版", "13項目・10分ほど", "あと30日", "山本 あかり", "<b>よろしく</b>", "03-0000-0000"):
        assert page.says(told), told
    assert page.offers("回答をはじめる")
    steps = page.tree.xpath("//ol[@class='strip__list']/li//*[@class='strip__label']/text()")
    assert steps == ["基本", "体制", "全般", "サーバ等", "書類", "確認"]


def test_a_return_visit_goes_on_where_it_ended(asked: Submission, vera: Engineer) -> None:
    page = vera.enters().follow("回答をはじめる")
    assert page.path.endswith("/sections/organisation")
    page.submit(page.path, {"1-1.answer": "yes"})
    page = vera.open(f"/answer/{asked.id}")
    assert page.says("1/13")
    assert page.follow("続きから回答する").path.endswith("/sections/general")
    fill_in(vera, asked)
    assert vera.open(f"/answer/{asked.id}").follow("続きから回答する").path.endswith("/documents")


def test_after_submitting_it_says_when_by_whom_and_shows_the_receipt(asked: Submission, vera: Engineer) -> None:
    vera.enters()
    answer_everything(vera, asked)
    page = vera.open(f"/answer/{asked.id}")
    assert page.says("ご回答が届いています")
    assert page.says("vera@vendor.example が提出しました")
    assert not page.offers("回答をはじめる")
    assert not page.offers("回答を辞退する")
    assert page.follow("受領書").path == f"/answer/{asked.id}/receipt"


def test_late_answers_are_marked_and_still_welcome(asked: Submission, vera: Engineer) -> None:
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        asked_again = vera.open(vera.link)
        if asked_again.status == 410:
            asked_again.submit("/renew")
        page = vera.enters()
        assert page.says("期限を過ぎていますが、今からでもお答えいただけます")
        answer_everything(vera, asked)
        assert vera.open(f"/answer/{asked.id}").says("（期限後の提出）")
        assert vera.open(f"/answer/{asked.id}/receipt").says("期限後")


def test_a_returned_form_shows_exactly_the_returned_items_with_the_clinics_words(
    asked: Submission, clinic: Clinic, database: Database, vera: Engineer
) -> None:
    vera.enters()
    answer_everything(vera, asked)
    return_form(
        database, clinic, asked, {"2-9": "当院の機器も含みますか。", "2-3": "MDSもお願いします。"}, "2点お願いします。"
    )
    page = vera.open(f"/answer/{asked.id}")
    assert page.says("医療機関から、確認のお願いがあります")
    assert page.says("2点お願いします。")
    assert page.says("2項目・5分ほど")
    links = page.tree.xpath("//ol[@class='returned']//a/@href")
    section = f"/answer/{asked.id}/sections/general"
    assert links == [f"{section}#item-2-3", f"{section}#item-2-9"]
    assert page.says("MDSもお願いします。")
    page = page.follow("この項目を見直す")
    shown = page.tree.xpath("//fieldset/@data-item")
    assert shown == ["2-3", "2-9"]
    assert page.says("当院の機器も含みますか。")
    assert page.says("0/2")
    assert vera.open(f"/answer/{asked.id}/sections/devices").status == 404


def test_an_accepted_form_says_that_nothing_is_left_to_do(
    asked: Submission, clinic: Clinic, database: Database, vera: Engineer
) -> None:
    vera.enters()
    answer_everything(vera, asked)
    with database.open_writer() as session:
        reviews.accept_submission(
            session,
            clinic=clinic,
            submission=session.get_one(Submission, asked.id),
            revision_number=1,
            reviewed_by=session.exec(select(Member.id)).one(),
        )
        session.commit()
    page = vera.open(f"/answer/{asked.id}")
    assert page.says("医療機関が回答を確認しました")
    assert page.says("今年度にしていただくことは、ほかにありません。")


def test_declining_asks_for_a_reason_and_tells_the_clinic(
    asked: Submission, database: Database, vera: Engineer, mailbox: Mailbox
) -> None:
    page = vera.enters().follow("回答を辞退する")
    refused = page.submit("/decline", {"reason": " 　"})
    assert refused.status == 422
    assert refused.tree.xpath("//textarea[@aria-invalid='true']")
    declined = refused.submit("/decline", {"reason": "保守契約に\n含まれません。"})
    assert declined.path == f"/answer/{asked.id}"
    assert declined.says("回答を辞退されています")
    assert declined.says("保守契約に 含まれません。")
    assert submission_by_id(database, asked.id).decline_reason == "保守契約に\n含まれません。"
    assert mailbox.all("alice@clinic.example", "declined")
    twice = vera.browser.post(f"/answer/{asked.id}/decline", {"reason": "もう一度"})
    assert twice.path == f"/answer/{asked.id}", "A double press is answered by the state."
    with database.open_reader() as session:
        assert [event.verb for event in session.exec(select(Event)).all()].count("submission.declined") == 1
    assert vera.open(f"/answer/{asked.id}/decline").path == f"/answer/{asked.id}"


def test_a_declined_form_takes_nothing_more_and_says_why(asked: Submission, vera: Engineer) -> None:
    form = vera.enters().follow("回答をはじめる")
    vera.open(f"/answer/{asked.id}/decline").submit("/decline", {"reason": "対象外です"})
    refused = form.submit(form.path, {"1-1.answer": "yes"})
    assert refused.status == 409
    assert refused.heading == "この依頼への回答は辞退されています"
    assert refused.follow("依頼のページへ戻る").path == f"/answer/{asked.id}"
    assert vera.open(form.path).path == f"/answer/{asked.id}"


def test_a_withdrawn_request_has_its_page_everywhere(asked: Submission, database: Database, vera: Engineer) -> None:
    form = vera.enters().follow("回答をはじめる")
    with database.open_writer() as session:
        submissions.withdraw_submission(session, submission=session.get_one(Submission, asked.id))
        session.commit()
    pages = [vera.open(f"/answer/{asked.id}{path}") for path in ("", "/documents", "/finish", "/decline")]
    pages += [form.submit(form.path, {"1-1.answer": "yes"}), vera.browser.post(f"/answer/{asked.id}/leave")]
    for page in pages:
        assert page.status == 410
        assert page.heading == "この依頼は取り下げられました"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_page_of_the_form_stands_in_both_languages(asked: Submission, vera: Engineer, language: str) -> None:
    vera.browser.client.cookies.set("language", language)
    vera.enters()
    for path in ("", "/sections/organisation", "/documents", "/finish", "/decline"):
        page = vera.open(f"/answer/{asked.id}{path}")
        assert page.status == 200
        assert page.tree.get("lang") == language


def test_a_stranger_gets_404(asked: Submission, stranger: Browser, charlie: Clerk, alice: Clerk) -> None:
    """Nor may a member of the clinic look at the vendor's unfinished answers here."""
    for browser in (stranger, charlie.browser, alice.browser):
        for path in ("", "/decline", "/sections/general", "/documents", "/finish", "/receipt"):
            assert browser.open(f"/answer/{asked.id}{path}").status == 404
        assert browser.post(f"/answer/{asked.id}/decline", {"reason": "x"}).status == 404
