"""Writing with each other about an item: for both sides to read, notes apart, told in digests without words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import select

from models import Event, Submission, Thread
from models.database import Database
from services import clock, invitations, submissions, thread_digests, threads
from settings import get_settings
from tests.browser import Browser, Page
from tests.people import Clerk, Engineer, Mailbox
from tests.queries import recorded
from tests.stories import answer_everything

CANARY = "サーバ室の鍵は入口の棚です"
NANA = "nana@vendor.example"


def asks(vera: Engineer, asked: Submission, text: str = "この項目は何を指しますか？", key: str = "2-4") -> Page:
    return vera.open(f"/answer/{asked.id}/threads/{key}").submit(f"/threads/{key}", {"text": text})


def answers(alice: Clerk, asked: Submission, text: str = "外からの保守のことです。", key: str = "2-4") -> Page:
    return alice.open(f"/submissions/{asked.id}/threads/{key}").submit(f"/threads/{key}", {"text": text})


def digest(database: Database, minutes: int) -> int:
    """The round of a minute, so much later; returns how many mails it wrote."""
    with time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False), database.open_writer() as session:
        sent = thread_digests.post_digests(session)
        session.commit()
    return sent


def test_a_question_and_its_answer_stand_beside_the_item_on_both_sides(
    asked: Submission, vera: Engineer, alice: Clerk
) -> None:
    vera.enters()
    assert vera.open(f"/answer/{asked.id}/sections/general").offers("この項目について質問する")
    assert asks(vera, asked).says("送信しました")
    assert alice.open("/dashboard").offers("新しいメッセージ 1件")
    thread = alice.open(f"/submissions/{asked.id}").follow("2-④")
    assert thread.says("この項目は何を指しますか？")
    assert thread.says("新着 1件")
    answers(alice, asked)
    assert alice.open("/dashboard").offers("未解決の質問 1件")
    form = vera.open(f"/answer/{asked.id}/sections/general")
    assert form.says("外からの保守のことです。")
    assert form.says(alice.member.name)
    welcome = vera.open(f"/answer/{asked.id}")
    assert welcome.says("未解決の質問 1件")
    assert welcome.says("新着 1件")


def test_either_side_closes_and_a_new_message_opens_again(asked: Submission, vera: Engineer, alice: Clerk) -> None:
    vera.enters()
    asks(vera, asked)
    closed = alice.open(f"/submissions/{asked.id}/threads/2-4").submit("/close")
    assert closed.says("解決済み")
    assert not alice.open("/dashboard").offers("未解決")
    asks(vera, asked, "もう一つだけ教えてください。")
    assert alice.open("/dashboard").offers("新しいメッセージ 1件")
    assert vera.open(f"/answer/{asked.id}/threads/2-4").submit("/close").says("解決済み")


def test_reading_is_told_by_a_press_and_never_by_looking(asked: Submission, vera: Engineer, alice: Clerk) -> None:
    vera.enters()
    asks(vera, asked)
    for _ in range(2):
        page = alice.open(f"/submissions/{asked.id}/threads/2-4")
        assert page.says("新着 1件")
    assert not page.submit("/read").says("新着")


def test_a_note_of_the_clinic_stands_on_no_page_and_in_no_mail_of_the_vendor(
    asked: Submission, vera: Engineer, alice: Clerk, mailbox: Mailbox, database: Database
) -> None:
    vera.enters()
    asks(vera, asked)
    answers(alice, asked)
    for key in ("2-4", "request"):
        page = alice.open(f"/submissions/{asked.id}/threads/{key}").submit("/notes", {"note": CANARY})
        assert page.says(CANARY)
    digest(database, 20)
    answer_everything(vera, asked)
    assert alice.open(f"/submissions/{asked.id}").says(CANARY)
    assert alice.open(f"/submissions/{asked.id}/review").says(CANARY)
    paths = ["", "/threads", "/threads/2-4", "/threads/request", "/receipt"]
    seen = [vera.open(f"/answer/{asked.id}{path}").response.text for path in paths]
    assert not [text for text in (*seen, *(mail.text + mail.html for mail in mailbox.all())) if CANARY in text]


def test_a_colleague_with_a_part_reaches_the_threads_of_that_part_only(
    asked: Submission, vera: Engineer, alice: Clerk, app: FastAPI, mailbox: Mailbox, database: Database
) -> None:
    vera.enters()
    answers(alice, asked, "秘密の質問です。", "2-4")
    answers(alice, asked, "端末の質問です。", "2-11")
    page = vera.open(f"/answer/{asked.id}/forward")
    page.submit("/forward", {"email": NANA, "name": "七尾", "reach": "part", "sections": ["devices"]})
    nana = Engineer(Browser(app), mailbox, NANA)
    nana.enters()
    listed = nana.open(f"/answer/{asked.id}/threads")
    assert listed.says("2-⑪")
    assert not listed.says("2-④")
    for key in ("2-4", "request"):
        assert nana.open(f"/answer/{asked.id}/threads/{key}").status == 404
        for deed in ("", "/close", "/read"):
            assert nana.browser.post(f"/answer/{asked.id}/threads/{key}{deed}", {"text": "x"}).status == 404
    assert digest(database, 20) == 2
    assert "2-④" not in mailbox.last(NANA, "messages_for_vendor").text
    assert "2-④" in mailbox.last(vera.email, "messages_for_vendor").text


def test_messages_of_a_while_go_in_one_mail_without_their_words(
    asked: Submission, vera: Engineer, alice: Clerk, bob: Clerk, mailbox: Mailbox, database: Database
) -> None:
    vera.enters()
    asks(vera, asked, CANARY)
    asks(vera, asked, CANARY, "2-5")
    assert digest(database, 10) == 0
    assert digest(database, 16) == 2
    assert {mail.recipient for mail in mailbox.all(kind="messages_for_clinic")} == {
        alice.member.email,
        bob.member.email,
    }
    mail = mailbox.last(alice.member.email, "messages_for_clinic")
    assert "新しいメッセージが2件" in mail.subject
    assert "2-④" in mail.text
    assert CANARY not in mail.text + mail.html
    assert digest(database, 90) == 0


def test_the_vendor_gets_a_link_that_works_and_nothing_of_what_it_has_read(
    asked: Submission, vera: Engineer, alice: Clerk, mailbox: Mailbox, database: Database, app: FastAPI
) -> None:
    answers(alice, asked, CANARY, "request")
    assert digest(database, 16) == 1
    mail = mailbox.last(vera.email, "messages_for_vendor")
    assert CANARY not in mail.text + mail.html
    assert vera.enters().says("新着 1件")
    vera.open(f"/answer/{asked.id}/threads/request").submit("/read")
    answers(alice, asked, "もう一言", "request")
    vera.open(f"/answer/{asked.id}/threads/request").submit("/read")
    assert digest(database, 120) == 0


def test_after_submitting_the_vendor_still_writes_and_after_withdrawal_nobody(
    asked: Submission, vera: Engineer, alice: Clerk
) -> None:
    vera.enters()
    answer_everything(vera, asked)
    assert asks(vera, asked, "補足があります。", "request").says("送信しました")
    alice.post(f"/submissions/{asked.id}/withdraw")
    assert vera.browser.post(f"/answer/{asked.id}/threads/request", {"text": "まだありますか"}).status == 410
    assert alice.browser.post(f"/submissions/{asked.id}/threads/request", {"text": "もう一度"}).status == 410


def test_what_people_write_stays_text(asked: Submission, vera: Engineer, alice: Clerk) -> None:
    vera.enters()
    asks(vera, asked, "<b>太字</b> https://evil.example/x")
    page = alice.open(f"/submissions/{asked.id}/threads/2-4")
    assert page.says("<b>太字</b> https://evil.example/x")
    assert not page.tree.xpath("//a[contains(@href, 'evil')]")


def test_too_long_too_much_and_nothing_are_told_beside_the_field(
    asked: Submission, vera: Engineer, monkeypatch: pytest.MonkeyPatch
) -> None:
    vera.enters()
    assert asks(vera, asked, " 　 ").status == 422
    assert asks(vera, asked, "あ" * 2001).status == 422
    monkeypatch.setattr(threads, "MOST_PER_DAY", 1)
    assert asks(vera, asked).status == 200
    refused = asks(vera, asked, "まだあります")
    assert refused.status == 429
    assert refused.form("/threads/2-4").fields["text"].strip() == "まだあります"


def test_the_number_of_queries_does_not_grow_with_the_threads(
    asked: Submission, vera: Engineer, alice: Clerk, database: Database
) -> None:
    vera.enters()
    asks(vera, asked)
    with recorded(database) as few:
        alice.open("/dashboard")
        vera.open(f"/answer/{asked.id}/sections/general")
    for key in ("2-5", "2-6", "2-7"):
        asks(vera, asked, key=key)
        answers(alice, asked, key=key)
    with recorded(database) as many:
        alice.open("/dashboard")
        vera.open(f"/answer/{asked.id}/sections/general")
    assert len(many) <= len(few)


def test_the_log_tells_that_something_was_written_and_not_what(
    asked: Submission, vera: Engineer, alice: Clerk, database: Database
) -> None:
    vera.enters()
    asks(vera, asked, CANARY)
    with database.open_reader() as session:
        events = session.exec(select(Event).where(Event.verb == "thread.written")).all()
        assert len(session.exec(select(Thread)).all()) == 1
    assert [event.details["item"] for event in events] == ["2-4"]
    assert CANARY not in alice.open("/log").text


def test_a_stranger_and_a_viewer_write_nothing(
    asked: Submission, vera: Engineer, carol: Clerk, charlie: Clerk, stranger: Browser
) -> None:
    vera.enters()
    asks(vera, asked)
    path = f"/submissions/{asked.id}/threads/2-4"
    assert carol.open(path).says("この項目は何を指しますか？")
    assert carol.post(path, {"text": "x"}).status == 403
    assert carol.post(f"{path}/notes", {"note": "x"}).status == 403
    assert charlie.open(path).status == 404
    assert stranger.open(f"/answer/{asked.id}/threads/2-4").status == 404
    assert vera.open(f"/answer/{asked.id}/threads/9-9").status == 404


@pytest.fixture
def with_mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def came_by_copied_link(app: FastAPI, alice: Clerk, asked: Submission, mailbox: Mailbox) -> Engineer:
    """Somebody at the vendor with a link and a code told on the telephone."""
    with alice.database.open_writer() as session:
        request = session.get_one(Submission, asked.id)
        for link in submissions.list_invitations(session, submission=request):
            invitations.revoke_invitation(session, invitation=link)
        copied = invitations.copy_link(session, submission=request, name="電話の窓口", copied_by=alice.member.id)
        session.commit()
    someone = Engineer(Browser(app), mailbox, "someone@vendor.example")
    path = "/i/" + copied.link.rsplit("/", 1)[1]
    assert someone.open(path).submit(path).submit("/code", {"code": copied.code}).status == 200
    return someone


@pytest.mark.usefixtures("with_mail_server")
def test_whoever_came_by_a_copied_link_is_told_where_they_wish_and_gets_no_link_there(
    app: FastAPI, alice: Clerk, asked: Submission, mailbox: Mailbox, database: Database
) -> None:
    someone = came_by_copied_link(app, alice, asked, mailbox)
    page = alice.open(f"/submissions/{asked.id}/threads/2-4")
    assert page.says("メールではお知らせできません")
    assert answers(alice, asked).says("電話やFAXでお伝えください")
    assert digest(database, 20) == 0
    assert someone.open(f"/answer/{asked.id}/threads/2-4").offers("メールで知らせてもらう")
    given = someone.open(f"/answer/{asked.id}/threads").submit("/reply-address", {"email": "desk@vendor.example"})
    assert given.says("desk@vendor.example にお知らせします")
    assert not someone.open(f"/answer/{asked.id}/threads/2-4").offers("メールで知らせてもらう")
    assert alice.open(f"/submissions/{asked.id}/threads/2-4").says("電話の窓口 (desk@vendor.example)")
    assert digest(database, 20) == 1
    mail = mailbox.last("desk@vendor.example", "messages_for_vendor")
    assert CANARY not in mail.text
    assert "/i/" not in mail.text + mail.html
    assert "外からの保守" not in mail.text
    # A new link handed over in place of the old one keeps the address, until its owner takes it away.
    with database.open_writer() as session:
        request = session.get_one(Submission, asked.id)
        again = invitations.copy_link(session, submission=request, name="電話の窓口", copied_by=alice.member.id)
        assert again.invitation.reply_email == "desk@vendor.example"
        session.commit()
    assert (
        someone.open(f"/answer/{asked.id}/threads").submit("/reply-address", {"email": ""}).says("お知らせを止めました")
    )
    answers(alice, asked, "もう一言です。")
    assert digest(database, 120) == 0


@pytest.mark.usefixtures("with_mail_server")
def test_whoever_has_a_mailed_link_is_told_there_and_asked_for_no_other_address(
    asked: Submission, vera: Engineer, alice: Clerk
) -> None:
    vera.enters()
    assert not vera.open(f"/answer/{asked.id}/threads").tree.xpath("//input[@name='email']")
    vera.browser.post(f"/answer/{asked.id}/reply-address", {"email": "other@vendor.example"})
    page = alice.open(f"/submissions/{asked.id}/threads/2-4")
    assert page.says(f"メールでお知らせする相手：サポート窓口 ({vera.email})")
    assert not page.says("other@vendor.example")


def test_a_wrong_address_is_refused_beside_its_field(
    app: FastAPI, alice: Clerk, asked: Submission, mailbox: Mailbox, with_mail_server: None
) -> None:
    someone = came_by_copied_link(app, alice, asked, mailbox)
    page = someone.open(f"/answer/{asked.id}/threads").submit("/reply-address", {"email": "no address"})
    assert page.status == 422
    assert page.tree.xpath("//*[@id='error-email']")
