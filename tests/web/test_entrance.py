"""The way in for a vendor: a link that changes nothing, a press, a code; every dead end has its page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import col, select

from models import Event, Invitation, Submission
from models.database import Database
from services import clock, invitations, submissions
from tests import factories
from tests.browser import Browser
from tests.people import CODE, LINK, Clerk, Engineer, Mailbox, submission_by_id
from web.cookies import VENDOR
from web.limits import forget_counts


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    forget_counts()


def copy_link(database: Database, asked: Submission, alice: Clerk) -> tuple[str, str]:
    """A copied link's path and its code."""
    with database.open_writer() as session:
        submission = session.get_one(Submission, asked.id)
        copied = invitations.copy_link(session, submission=submission, name="田中", copied_by=alice.member.id)
        session.commit()
    return "/i/" + copied.link.rsplit("/", 1)[1], copied.code


def test_a_link_and_a_code_lead_to_the_form(asked: Submission, vera: Engineer) -> None:
    landing = vera.open(vera.link)
    assert landing.heading == "やまもと内科クリニックからのお願い"
    assert landing.offers("回答をはじめる")
    code_page = landing.submit(landing.path)
    assert code_page.path == "/code"
    assert code_page.says("ve…@vendor.example")
    welcome = code_page.submit("/code", {"code": vera.code})
    assert welcome.path == f"/answer/{asked.id}"
    assert welcome.says("KarteNova 院内版")


def test_before_the_code_five_answers_stand_there_and_no_more(asked: Submission, vera: Engineer) -> None:
    landing = vera.open(vera.link)
    for told in ("電子カルテ 1件", "13項目・10分ほど", "「いいえ」を選び", "事務 佐藤", "03-0000-0000", "あと30日"):
        assert landing.says(told), told
    for hidden in ("KarteNova", "みどりメディカルシステム", "山本 あかり", "vera@vendor.example", "サポート窓口"):
        assert hidden not in landing.response.text, hidden


def test_the_form_of_another_year_is_named_on_the_first_page(asked: Submission, vera: Engineer) -> None:
    sentence = "令和8年度（2026年度）の分を、令和7年度版の様式でお尋ねします。"
    assert vera.open(vera.link).says(sentence)
    assert vera.enters().says(sentence)


def test_a_scanner_that_opens_the_link_again_and_again_changes_nothing(
    app: FastAPI, asked: Submission, database: Database, vera: Engineer
) -> None:
    with database.open_reader() as session:
        before = session.exec(select(Event.sequence)).all()
    for _ in range(3):
        scanner = Browser(app, language="en")
        assert scanner.open(vera.link).status == 200
    head = scanner.client.head(vera.link)
    assert (head.status_code, head.content) == (200, b"")
    assert scanner.client.options(vera.link).status_code == 405
    assert not scanner.client.cookies
    with database.open_reader() as session:
        assert session.exec(select(Event.sequence)).all() == before
    assert submission_by_id(database, asked.id).opened_at is None
    assert vera.enters().path == f"/answer/{asked.id}"


def test_a_browser_that_came_in_before_goes_straight_to_the_form(asked: Submission, vera: Engineer) -> None:
    vera.enters()
    assert vera.open(vera.link).path == f"/answer/{asked.id}"


def test_the_page_speaks_the_language_of_the_invitation_unless_the_reader_chose_one(
    app: FastAPI, asked: Submission, vera: Engineer
) -> None:
    english = Browser(app, language="en")
    landing = english.open(vera.link)
    assert landing.offers("回答をはじめる")
    assert landing.response.headers["content-language"] == "ja"
    chosen = landing.submit("/language", button="language=en")
    assert chosen.path == vera.link
    assert chosen.offers("Start answering")
    behind = Engineer(english, vera.mailbox, vera.email).enters()
    assert behind.offers("Start answering")


def test_the_inside_speaks_the_language_of_the_invitation_too(app: FastAPI, asked: Submission, vera: Engineer) -> None:
    welcome = Engineer(Browser(app, language="en"), vera.mailbox, vera.email).enters()
    assert welcome.offers("回答をはじめる")
    assert welcome.response.headers["content-language"] == "ja"


def test_a_wrong_code_says_how_many_tries_are_left_and_counts(asked: Submission, vera: Engineer) -> None:
    landing = vera.open(vera.link)
    page = landing.submit(landing.path)
    wrong = "000000" if vera.code != "000000" else "111111"
    for left in (4, 3, 2, 1):
        page = page.submit("/code", {"code": wrong})
        assert page.status == 422
        assert page.says(f"あと{left}回入力できます")
    page = page.submit("/code", {"code": wrong})
    assert page.says("コードが使えるのは、10分以内・1回限り・入力5回までです。")
    again = page.submit("/code/again")
    assert again.path == "/code"
    assert again.submit("/code", {"code": vera.code}).path == f"/answer/{asked.id}"


def test_an_empty_code_is_asked_for_and_not_counted(asked: Submission, vera: Engineer) -> None:
    landing = vera.open(vera.link)
    page = landing.submit(landing.path)
    for _ in range(6):
        page = page.submit("/code", {"code": ""})
        assert page.status == 422
    assert page.submit("/code", {"code": vera.code}).path == f"/answer/{asked.id}"


def test_too_many_codes_have_their_page(asked: Submission, vera: Engineer) -> None:
    landing = vera.open(vera.link)
    page = landing.submit(landing.path)
    for _ in range(5):
        page = page.submit("/code/again")
    refused = page.submit("/code/again")
    assert refused.status == 429
    assert refused.response.headers["retry-after"] == "3600"
    assert refused.offers("戻る")


def test_a_copied_link_asks_for_the_code_told_by_telephone(
    asked: Submission, alice: Clerk, database: Database, vera: Engineer, mailbox: Mailbox
) -> None:
    link, code = copy_link(database, asked, alice)
    page = vera.open(link).submit(link)
    assert page.says("電話などでお伝えした6桁の数字")
    assert not mailbox.all(kind="access_code")
    wrong = "000000" if code != "000000" else "111111"
    assert page.submit("/code", {"code": wrong}).says("医療機関からお伝えした数字と違います。あと4回入力できます。")
    assert page.submit("/code", {"code": code}).path == f"/answer/{asked.id}"


def test_an_expired_link_offers_a_new_one_to_the_same_address(
    asked: Submission, database: Database, vera: Engineer, mailbox: Mailbox
) -> None:
    link = vera.link
    with database.open_reader() as session:
        [invitation] = session.exec(select(Invitation)).all()
    with time_machine.travel(invitation.expires_at + timedelta(minutes=1), tick=False):
        page = vera.open(link)
        assert page.status == 410
        assert page.heading == "このリンクの期限が切れました"
        assert page.says("これまでの入力内容は保存されています")
        pressed = vera.browser.post(link)
        assert pressed.status == 410, "Start does not get around it."
        renewed = page.submit("/renew")
        assert renewed.says("同じ宛先に、新しいリンクを送りました")
        assert renewed.heading == "このリンクは新しいものに替わりました"
        assert vera.link != link
        assert vera.enters().path == f"/answer/{asked.id}"
        assert len(mailbox.all(vera.email, "invitation")) == 2


def test_an_expired_copied_link_sends_nothing_anywhere(
    asked: Submission, alice: Clerk, database: Database, vera: Engineer, mailbox: Mailbox
) -> None:
    link, _code = copy_link(database, asked, alice)
    before = len(mailbox.all())
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        page = vera.open(link)
        assert page.status == 410
        assert not page.offers("新しいリンクを送ってもらう")
        assert vera.browser.post(f"{link}/renew").status == 404
    assert len(mailbox.all()) == before


def test_replaced_revoked_and_withdrawn_are_three_different_pages(
    asked: Submission, alice: Clerk, database: Database, vera: Engineer
) -> None:
    first = vera.link
    alice.invites(asked, vera.email)
    assert vera.open(first).heading == "このリンクは新しいものに替わりました"
    with database.open_writer() as session:
        for invitation in session.exec(select(Invitation).where(col(Invitation.replaced_at).is_(None))).all():
            invitations.revoke_invitation(session, invitation=invitation)
        session.commit()
    assert vera.open(vera.link).heading == "このリンクは医療機関が取り消しました"
    assert vera.browser.post(vera.link).status == 410
    with database.open_writer() as session:
        submissions.withdraw_submission(session, submission=session.get_one(Submission, asked.id))
        session.commit()
    assert vera.open(vera.link).heading == "この依頼は取り下げられました"


def test_the_wrong_recipient_stops_the_link_and_learns_nothing(
    asked: Submission, database: Database, vera: Engineer
) -> None:
    landing = vera.open(vera.link)
    thanked = landing.submit("/not-us")
    assert thanked.heading == "お知らせいただき、ありがとうございました"
    assert "やまもと内科" not in thanked.text
    assert vera.open(vera.link).status == 410
    again = vera.browser.post(f"{vera.link}/not-us")
    assert again.response.text == thanked.response.text, "A second press is answered alike."
    with database.open_reader() as session:
        verbs = [event.verb for event in session.exec(select(Event)).all()]
    assert verbs.count("invitation.wrong_recipient") == 1


def test_unknown_links_are_answered_alike_and_guessing_ends(asked: Submission, stranger: Browser) -> None:
    answers = {stranger.open(f"/i/{'A' * length}").response.text for length in (1, 43, 400)}
    pages = {re.sub(r'value="/i/A+"', "", text) for text in answers}
    assert len(pages) == 1
    for number in range(97):
        stranger.client.get(f"/i/guess{number}")
    refused = stranger.open("/i/one-more")
    assert refused.status == 429


def test_wrong_codes_are_counted_per_network(asked: Submission, app: FastAPI, vera: Engineer) -> None:
    landing = vera.open(vera.link)
    page = landing.submit(landing.path)
    statuses = [page.submit("/code", {"code": "000000"}).status for _ in range(31)]
    assert statuses[:30] == [422] * 30
    assert statuses[30] == 429


def test_leaving_ends_the_session_and_says_how_to_come_back(asked: Submission, vera: Engineer) -> None:
    welcome = vera.enters()
    left = welcome.submit("/leave")
    assert left.path == f"/answer/{asked.id}/left"
    assert left.says("保存した内容は残っています")
    assert vera.open(f"/answer/{asked.id}").status == 401


def test_after_a_pause_one_press_and_a_code_lead_back_to_the_same_page(asked: Submission, vera: Engineer) -> None:
    vera.enters()
    address = f"/answer/{asked.id}/sections/general"
    with time_machine.travel(clock.now() + timedelta(minutes=45), tick=False):
        page = vera.open(address)
        assert page.status == 401
        assert page.heading == "もう一度、ご本人の確認をお願いします"
        page = page.submit("/again")
        assert page.path.startswith("/code")
        assert page.submit("/code", {"code": vera.code}).path == address


def test_what_was_typed_in_the_pause_is_kept_and_saved_with_one_press(
    asked: Submission, database: Database, vera: Engineer
) -> None:
    vera.enters()
    address = f"/answer/{asked.id}/sections/general"
    form = vera.open(address)
    words = '更新のときに\n権限を<見直し>ます & "記録"します'
    with time_machine.travel(clock.now() + timedelta(minutes=45), tick=False):
        page = form.submit(address, {"2-4.answer": "yes", "2-4.remark": words})
        assert page.status == 401
        page = page.submit("/again")
        page = page.submit("/code", {"code": "0000000"})
        assert page.status == 422, "A wrong code does not lose it."
        page = page.submit("/code", {"code": vera.code})
        assert page.says("見直し")
        page = page.submit(address)
    assert page.status == 200
    kept = vera.open(address)
    assert kept.tree.xpath("string(//textarea[@name='2-4.remark'])").strip() == words


def test_a_pause_in_a_script_is_told_in_json(asked: Submission, vera: Engineer) -> None:
    vera.enters()
    with time_machine.travel(clock.now() + timedelta(minutes=45), tick=False):
        told = vera.browser.client.post(
            f"/answer/{asked.id}/answers/2-4", data={"2-4.answer": "yes"}, headers={"Accept": "application/json"}
        )
    assert told.status_code == 401
    assert "確認コード" in told.json()["sentence"]


def test_no_token_code_or_address_stands_in_addresses_after_the_press(asked: Submission, vera: Engineer) -> None:
    landing = vera.open(vera.link)
    token = vera.link.rsplit("/", 1)[1]
    code_page = landing.submit(landing.path)
    welcome = code_page.submit("/code", {"code": vera.code})
    for page in (code_page, welcome):
        assert token not in page.path
        assert token not in page.response.text
    assert VENDOR in vera.browser.client.cookies


def test_a_code_page_without_a_link_leads_nowhere(stranger: Browser) -> None:
    for page in (stranger.open("/code"), stranger.post("/code", {"code": "123456"}), stranger.post("/code/again")):
        assert page.status == 404
        assert page.heading == "先に、メールのリンクを開いてください"


def test_another_vendors_link_never_opens_this_one(
    app: FastAPI, asked: Submission, database: Database, alice: Clerk, mailbox: Mailbox, vera: Engineer
) -> None:
    """Victor is invited by the same clinic for another form; Vera's is not there for him, like one that never was."""
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, alice.clinic)
        other = factories.make_submission(session, alice.clinic, vendor, created_by=alice.member.id)
        session.commit()
    alice.invites(other, "victor@rival.example")
    victor = Engineer(Browser(app), mailbox, "victor@rival.example")
    victor.enters()
    strange, never = (victor.open(f"/answer/{each}") for each in (asked.id, "00000000-0000-4000-8000-000000000000"))
    assert strange.status == never.status == 404
    assert strange.response.content == never.response.content


def test_codes_and_links_are_what_tests_think(mailbox: Mailbox, asked: Submission, vera: Engineer) -> None:
    """Should their form change, the tests above must fail, not pass by finding nothing."""
    assert LINK.search(mailbox.last(vera.email, "invitation").text)
    landing = vera.open(vera.link)
    landing.submit(landing.path)
    assert CODE.search(mailbox.last(vera.email, "access_code").text)


def test_a_stranger_gets_404(asked: Submission, stranger: Browser) -> None:
    assert stranger.open(f"/answer/{asked.id}").status == 404
    for path in ("leave", "again"):
        assert stranger.post(f"/answer/{asked.id}/{path}").status == 404
    left = stranger.open(f"/answer/{asked.id}/left")
    assert left.status == 200, "This page knows nothing of anybody, so that it is the same for all."
    assert left.response.text == stranger.open("/answer/00000000-0000-4000-8000-000000000000/left").response.text
