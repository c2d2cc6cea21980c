"""Webhooks on the settings pages: set up by owners, the secret shown once, looked at, tested, paused, removed."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from models import Webhook, WebhookDelivery
from models.database import Database
from services import clock
from services.jobs import prepare_jobs
from tests.browser import Page
from tests.people import Clerk

ADDRESS = "/settings/webhooks"
URL = "https://hooks.example.jp/portal?key=abc"


@pytest.fixture(autouse=True)
def prepared(database: Database) -> None:
    prepare_jobs(database)


def set_up(clerk: Clerk, **values: object) -> Page:
    return clerk.open(ADDRESS).submit(ADDRESS, {"url": URL, "events": ["submission.submitted"], **values})


def the_webhook(database: Database) -> Webhook:
    with database.open_reader() as session:
        return session.exec(select(Webhook)).one()


def test_a_webhook_is_set_up_tested_and_looked_at(alice: Clerk, database: Database) -> None:
    made = set_up(alice)
    assert made.says("秘密の鍵を今すぐ控えてください")
    secret = re.search(r"whsec_[\w+/=]+", made.response.text)
    assert secret
    webhook = the_webhook(database)
    page = made.follow("次へ進んでテストを送る")
    assert page.path == f"{ADDRESS}/{webhook.id}"
    assert page.says("まだ何も送っていません")
    assert secret.group() not in page.response.text
    assert page.submit("/test").says("テストを送りました。")
    page = alice.open(f"{ADDRESS}/{webhook.id}")
    assert page.says("送信中")
    with database.open_writer() as session:
        delivery = session.exec(select(WebhookDelivery)).one()
        delivery.failed_at, delivery.status, delivery.answer = clock.now(), 500, "<b>no</b>"
        delivery.last_error = "The receiver did not take the message."
        session.add(delivery)
        session.commit()
    page = alice.open(f"{ADDRESS}/{webhook.id}")
    assert page.says("届きませんでした")
    assert page.says("相手が通知を受け取りませんでした。")
    assert page.says("<b>no</b>")
    assert page.submit("/replay").says("通知をもう一度送ります。")
    with database.open_reader() as session:
        assert session.exec(select(WebhookDelivery)).one().failed_at is None


def test_it_is_paused_goes_on_and_is_removed(alice: Clerk, database: Database) -> None:
    set_up(alice)
    address = f"{ADDRESS}/{the_webhook(database).id}"
    page = alice.open(address).submit("/pause")
    assert page.says("手動で停止中")
    assert not page.offers("テストを送る")
    assert alice.post(f"{address}/test").status == 409
    assert alice.open(ADDRESS).says("手動で停止中")
    assert alice.open(address).submit("/resume").offers("テストを送る")
    assert alice.open(address).submit("/remove").says("通知先はまだありません")
    assert alice.open(address).status == 404
    assert alice.open("/log").says("他のシステムへの通知を削除しました：hooks.example.jp")


@pytest.mark.parametrize(
    "url", ["http://hooks.example.jp/", "https://10.0.0.1/", "おや", "https://x:y@hooks.example.jp/"]
)
def test_addresses_that_are_refused_are_told_beside_the_field(alice: Clerk, database: Database, url: str) -> None:
    page = set_up(alice, url=url)
    assert page.status == 422
    assert page.says("https:// で始まり")
    assert page.tree.xpath("//input[@name='url']/@value") == [url]


def test_something_must_be_ticked(alice: Clerk) -> None:
    assert set_up(alice, events=None).says("少なくとも1つにチェックを入れてください。")
    assert set_up(alice, events=["answer.saved"]).status == 422


def test_editors_and_strangers_find_nothing(alice: Clerk, bob: Clerk, charlie: Clerk, database: Database) -> None:
    set_up(alice)
    address = f"{ADDRESS}/{the_webhook(database).id}"
    assert bob.open(ADDRESS).status == 403
    assert bob.open(address).status == 403
    assert charlie.open(address).status == 404
    assert charlie.post(f"{address}/test").status == 404
    assert charlie.open(ADDRESS).says("通知先はまだありません")
