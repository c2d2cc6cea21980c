"""The outbox page: what was mailed, how it stands, and what a member can still do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Clinic, Mail
from models.database import Database
from services import clock, mail
from services.jobs import prepare_jobs
from services.mail import sending
from services.reports.office_tables import MAIL_NAMES
from settings import get_settings
from tests import factories
from tests.people import Clerk
from tests.queries import recorded


@pytest.fixture
def with_server(app: object, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server is set; nothing is sent, because no jobs run."""
    prepare_jobs(database)
    monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example")
    get_settings.cache_clear()


def add_mail(database: Database, clinic: Clinic, **values: Any) -> Mail:
    mail = Mail(
        **{
            "clinic_id": clinic.id,
            "kind": "accepted",
            "recipient": "vera@vendor.example",
            "recipient_name": "ベラ",
            "subject": "ご回答を確認しました",
            "text": "秘密のリンク",
            "html": "秘密のリンク",
            "message_id": "<x>",
            "created_at": clock.now(),
            **values,
        }
    )
    with database.open_writer() as session:
        session.add(mail)
        session.commit()
    return mail


def test_an_empty_outbox_says_what_to_do_first(alice: Clerk) -> None:
    shown = alice.open("/outbox")
    assert shown.heading == "送信箱"
    assert shown.says("まだメールは送られていません")
    assert shown.offers("依頼する")


def test_without_a_mail_server_the_page_tells_how_to_ask_all_the_same(
    alice: Clerk, database: Database, clinic: Clinic
) -> None:
    with database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, clinic)
        submission = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
        session.commit()
    alice.invites(submission, "vera@vendor.example")
    shown = alice.open("/outbox")
    assert shown.says("メールサーバーの設定待ち")
    assert shown.says("コピー用のリンクを作って")
    assert not shown.offers("もう一度送る")
    assert f"/submissions/{submission.id}" in shown.tree.xpath("//td/a/@href")
    assert "/i/" not in shown.response.text


@pytest.mark.usefixtures("with_server")
def test_each_state_is_told_in_honest_words(alice: Clerk, database: Database, clinic: Clinic) -> None:
    moment = clock.now()
    add_mail(database, clinic)
    add_mail(database, clinic, last_error=sending.TOO_SLOW, tries=1, next_try_at=moment + timedelta(minutes=5))
    add_mail(database, clinic, last_error="550 5.1.1 <vera@vendor.example> unknown", failed_at=moment)
    add_mail(database, clinic, delivered_at=moment, text="", html="")
    add_mail(database, clinic, cancelled_at=moment, text="", html="")
    shown = alice.open("/outbox")
    for words in (
        "メールサーバーへ送っています",
        "もう一度送ります",
        "メールサーバーから時間内に返事がありませんでした。",
        "送信できませんでした",
        "550 5.1.1 <vera@vendor.example> unknown",
        "メールサーバーが受け付けました",
        "送信しませんでした",
    ):
        assert shown.says(words), words
    assert "メールサーバーが設定されていない" not in shown.text
    assert "秘密" not in shown.response.text


@pytest.mark.usefixtures("with_server")
def test_a_failed_mail_is_tried_again_and_one_on_its_way_is_taken_out(
    bob: Clerk, database: Database, clinic: Clinic
) -> None:
    failed = add_mail(database, clinic, last_error="550 no", failed_at=clock.now())
    shown = bob.open("/outbox", state="failed").submit(f"/outbox/{failed.id}/retry")
    assert shown.says("もう一度送ります")
    assert shown.offers("取りやめる")
    shown = shown.submit(f"/outbox/{failed.id}/cancel")
    assert shown.says("送信を取りやめました")
    assert not shown.offers("取りやめる")
    assert bob.post(f"/outbox/{failed.id}/cancel").status == 409


@pytest.mark.usefixtures("with_server")
def test_the_list_is_narrowed_down_and_turned_over(alice: Clerk, database: Database, clinic: Clinic) -> None:
    with database.open_writer() as session:
        for number in range(60):
            moment = clock.now() + timedelta(seconds=number)
            session.add(
                Mail(
                    clinic_id=clinic.id,
                    kind="accepted",
                    recipient=f"v{number}@vendor.example",
                    subject="s",
                    text="",
                    html="",
                    message_id="<x>",
                    created_at=moment,
                    delivered_at=moment,
                )
            )
        session.commit()
    shown = alice.open("/outbox", state="delivered")
    assert shown.says("v59@vendor.example")
    assert not shown.says("v9@vendor.example")
    assert shown.follow("次のページ").says("v9@vendor.example")
    assert alice.open("/outbox", state="failed").says("この状態のメールはありません")
    assert alice.open("/outbox?state=nonsense&page=nonsense").status == 200


def test_the_number_of_questions_to_the_database_does_not_grow(
    alice: Clerk, database: Database, clinic: Clinic
) -> None:
    counts = []
    for _ in range(2):
        for _number in range(10):
            add_mail(database, clinic)
        with recorded(database) as statements:
            alice.open("/outbox")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_every_kind_of_mail_of_a_clinic_has_a_name() -> None:
    of_the_portal = {
        "address_change",
        "address_changed",
        "address_notice",
        "desk_code",
        "desk_news",
        "group_joined",
        "heads",
        "new_sign_in",
        "password_changed",
        "password_reset",
        "second_factor",
        "test_mail",
    }
    folders = {path.parent.name for path in Path(mail.__file__).parent.glob("*/subject.txt")}
    assert set(MAIL_NAMES) == folders - of_the_portal


def test_a_viewer_sees_the_list_and_changes_nothing(carol: Clerk, database: Database, clinic: Clinic) -> None:
    posted = add_mail(database, clinic)
    shown = carol.open("/outbox")
    assert shown.says("vera@vendor.example")
    assert not shown.offers("取りやめる")
    assert carol.post(f"/outbox/{posted.id}/cancel").status == 403


def test_another_clinic_gets_404_and_an_empty_list(charlie: Clerk, database: Database, clinic: Clinic) -> None:
    posted = add_mail(database, clinic)
    assert not charlie.open("/outbox").says("vera@vendor.example")
    for deed in ("retry", "cancel"):
        assert charlie.post(f"/outbox/{posted.id}/{deed}").status == 404
