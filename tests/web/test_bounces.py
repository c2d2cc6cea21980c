"""What the clinic sees of mails that came back: on request, dashboard and contact, and before it sends again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from models import Channel, Contact, Invitation, Mail, Submission
from models.database import Database
from services import bounces, clock
from settings import get_settings
from tests.people import Clerk, Engineer, Mailbox
from tests.stories import answer_everything

WORDS = "550 5.1.1 User unknown"


@pytest.fixture(autouse=True)
def _server(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    """A mail server is set; what would be enqueued for it is not, because nobody runs jobs here."""
    monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example")
    monkeypatch.setattr("services.mail.enqueue", lambda *_args: None)
    get_settings.cache_clear()


def come_back(database: Database, *, is_hard: bool = True) -> None:
    """The invitation was taken by the mail server and came back."""
    with database.open_writer() as session:
        mail = session.exec(select(Mail).where(Mail.kind == "invitation")).one()
        mail.delivered_at = clock.now()
        session.add(mail)
        bounces.note_bounce(session, mail=mail, is_hard=is_hard, status="5.1.1", words=WORDS)
        session.commit()


def test_the_page_of_a_request_tells_how_far_a_link_has_come(
    alice: Clerk, asked: Submission, database: Database, vera: Engineer
) -> None:
    address = f"/submissions/{asked.id}"
    assert alice.open(address).says("メールを作成し、送信箱に入れました。")
    with database.open_writer() as session:
        mail = session.exec(select(Mail).where(Mail.kind == "invitation")).one()
        mail.last_error, mail.next_try_at = "451 4.7.1 Greylisted", clock.now() + timedelta(minutes=5)
        session.add(mail)
        session.commit()
    page = alice.open(address)
    assert page.says("451 4.7.1 Greylisted")
    assert page.says("次の送信：")
    assert page.says("送信が遅れています")
    assert alice.open("/dashboard").says("送信が遅れています")
    with database.open_writer() as session:
        mail.last_error, mail.next_try_at, mail.delivered_at = "", None, clock.now()
        session.add(mail)
        session.commit()
    vera.enters()
    page = alice.open(address)
    assert page.says("メールサーバーが受け取りました。読まれたかどうかは、わかりません。")
    assert page.says("ベンダーが確認コードを入力して、ページを開きました。")


def test_after_a_return_the_way_begins_anew(
    alice: Clerk, asked: Submission, database: Database, vera: Engineer
) -> None:
    vera.enters()
    answer_everything(vera, asked)
    assert alice.open(f"/submissions/{asked.id}").says("ベンダーが回答を提出しました。")
    alice.open(f"/submissions/{asked.id}/review").submit(
        "/review", {"verdict": "returned", "words": "もう一度お願いします"}
    )
    page = alice.open(f"/submissions/{asked.id}")
    assert page.says("メールを作成し、送信箱に入れました。")
    assert not page.says("ベンダーが回答を提出しました。")


def test_a_letter_is_not_called_a_mail(alice: Clerk, asked: Submission, database: Database) -> None:
    with database.open_writer() as session:
        for link in session.exec(select(Invitation)):
            link.channel, link.email = Channel.LETTER, ""
            session.add(link)
        for mail in session.exec(select(Mail)):
            session.delete(mail)
        session.commit()
    page = alice.open(f"/submissions/{asked.id}")
    assert page.says("手紙を作成しました")
    assert not page.says("送信箱に入れました")
    assert page.says("メールでは送りません"), "the next reminder"


def test_a_mail_that_came_back_is_seen_wherever_one_looks(alice: Clerk, asked: Submission, database: Database) -> None:
    come_back(database)
    page = alice.open(f"/submissions/{asked.id}")
    assert page.says(WORDS)
    assert page.says("正しいメールアドレスをベンダーに確認して送り直すか")
    assert page.says("前回のメールが届かなかったため"), "the next reminder"
    dashboard = alice.open("/dashboard")
    assert dashboard.says("メールが戻ってきました")
    assert dashboard.offers("あて先を直す")
    assert alice.open("/outbox").says("戻ってきました")
    assert alice.open(f"/vendors/{asked.vendor_id}").says("届きませんでした")
    assert alice.open("/asking").says("届きませんでした")
    assert alice.open("/log").says("メールが戻ってきました：vera@vendor.example")


def test_a_soft_bounce_is_told_and_blocks_nothing(alice: Clerk, asked: Submission, database: Database) -> None:
    come_back(database, is_hard=False)
    assert alice.open(f"/submissions/{asked.id}").says("一時的、または一部の転送先のみ")
    assert not alice.open(f"/vendors/{asked.vendor_id}").says("届きませんでした")
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert alice.open(f"/submissions/{asked.id}").submit("/reminders").says("vera@vendor.example")


def test_nobody_writes_there_again_without_having_been_warned(
    alice: Clerk, asked: Submission, database: Database, mailbox: Mailbox
) -> None:
    come_back(database)
    assert alice.post(f"/submissions/{asked.id}/reminders").status == 409
    form = alice.open(f"/submissions/{asked.id}/invitations")
    warned = form.submit("/invitations")
    assert warned.status == 422
    assert warned.says(WORDS)
    assert len(mailbox.all("vera@vendor.example", "invitation")) == 1
    assert warned.submit("/invitations", {"is_sure": "true"}).status == 200
    assert len(mailbox.all("vera@vendor.example", "invitation")) == 2
    assert not alice.open(f"/vendors/{asked.vendor_id}").says("届きませんでした")


def test_asking_many_names_the_address_before_it_sends(
    alice: Clerk, asked: Submission, database: Database, mailbox: Mailbox
) -> None:
    come_back(database)
    page = alice.open("/asking").submit("/asking/message", {"vendor": [str(asked.vendor_id)]})
    page = page.submit("/asking", {f"again-{asked.vendor_id}": str(asked.id)})
    assert page.says(WORDS)
    assert len(mailbox.all("vera@vendor.example", "invitation")) == 1
    page.submit("/asking", button="confirmed=true")
    assert len(mailbox.all("vera@vendor.example", "invitation")) == 2


def test_a_corrected_address_and_a_cleared_flag_both_end_it(
    alice: Clerk, asked: Submission, database: Database
) -> None:
    come_back(database)
    with database.open_reader() as session:
        contact = session.exec(select(Contact)).one()
    alice.open(f"/contacts/{contact.id}/edit").submit("/edit", {"email": "right@vendor.example"})
    assert not alice.open(f"/vendors/{asked.vendor_id}").says("届きませんでした")
    alice.open(f"/contacts/{contact.id}/edit").submit("/edit", {"email": "vera@vendor.example"})
    page = alice.open(f"/vendors/{asked.vendor_id}").submit("/reachable")
    assert page.says("vera@vendor.example 宛てのメールを再開しました。")
    assert not page.says("届きませんでした")


def test_readers_and_strangers_clear_nothing(
    carol: Clerk, charlie: Clerk, asked: Submission, database: Database
) -> None:
    come_back(database)
    with database.open_reader() as session:
        contact = session.exec(select(Contact)).one()
    assert carol.post(f"/contacts/{contact.id}/reachable").status == 403
    assert charlie.post(f"/contacts/{contact.id}/reachable").status == 404
    assert carol.open(f"/vendors/{asked.vendor_id}").says("届きませんでした")
