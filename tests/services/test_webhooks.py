"""Webhooks: a message is born with its deed, signed, sent to a checked address only, tried again, paused in the end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, select

from models import Clinic, Event, Member, Pause, Submission, Webhook, WebhookDelivery
from models.database import Database
from services import clock, submissions, webhook_delivery, webhook_sending, webhooks
from services.history import find_breaks
from services.jobs import prepare_jobs
from services.refusals import NotFound
from services.webhook_addresses import read_url
from services.webhook_delivery import BACK_OFF, deliver, enqueue_due
from services.webhook_refusals import TooManyWebhooks, WebhookAddressRefused, WebhookPaused
from settings import get_settings
from tests import factories
from tests.people import Mailbox
from tests.services.receivers import Receiver, make_authority, receiving

EVENTS = ["submission.created", "submission.withdrawn", "document.uploaded"]
HERE = "127.0.0.0/8, ::1/128"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch, settings: object) -> Callable[[str], None]:
    """Change which networks inside the house may be reached."""

    def change(networks: str) -> None:
        monkeypatch.setenv("PORTAL_WEBHOOK_ALLOW_PRIVATE", networks)
        get_settings.cache_clear()

    change(HERE)
    return change


@pytest.fixture
def receiver(
    certificates: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, allow: Callable[[str], None]
) -> Iterator[Receiver]:
    """A receiver whose authority this process trusts."""
    trusted, identity = certificates
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with receiving(identity) as running:
        yield running


@pytest.fixture
def member(database: Database, clinic: Clinic) -> Member:
    prepare_jobs(database)
    with database.open_writer() as session:
        made = factories.make_member(session, clinic, email="owner@clinic.example")
        session.commit()
    return made


@pytest.fixture
def hook(database: Database, clinic: Clinic, member: Member, receiver: Receiver) -> tuple[Webhook, str]:
    """What the clinic has set up, and its secret."""
    with database.open_writer() as session:
        made = webhooks.register_webhook(session, clinic=clinic, url=receiver.url, events=EVENTS, made_by=member.id)
        session.commit()
    return made


def ask(session: Session, clinic: Clinic, member: Member) -> Submission:
    vendor, _contact = factories.make_vendor(session, clinic)
    return factories.make_submission(session, clinic, vendor, created_by=member.id)


def waiting(database: Database) -> list[WebhookDelivery]:
    with database.open_reader() as session:
        return list(session.exec(select(WebhookDelivery).order_by(WebhookDelivery.created_at)))  # type: ignore[arg-type]


@pytest.fixture
def message(database: Database, clinic: Clinic, member: Member, hook: tuple[Webhook, str]) -> WebhookDelivery:
    """A message that waits: a request was prepared."""
    with database.open_writer() as session:
        ask(session, clinic, member)
        session.commit()
    return waiting(database)[0]


def now(database: Database, message: WebhookDelivery) -> WebhookDelivery:
    with database.open_reader() as session:
        return session.get_one(WebhookDelivery, message.id)


def test_a_message_arrives_signed_as_receivers_expect(
    database: Database, message: WebhookDelivery, receiver: Receiver, hook: tuple[Webhook, str], clinic: Clinic
) -> None:
    deliver(database, message.id)
    call = receiver.received[0]
    signed_content = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.{call.body}"
    secret = base64.b64decode(hook[1].removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(secret, signed_content.encode(), hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(call.headers["webhook-timestamp"]) - clock.now().timestamp()) < 60
    assert call.path == "/hook?from=portal"
    told = json.loads(call.body)
    assert told["type"] == "submission.created"
    assert told["data"]["clinic_id"] == str(clinic.id)
    assert set(told["data"]) == {"clinic_id", "sequence", "verb", "subject_kind", "subject_id", "submission_id"}
    stored = now(database, message)
    assert stored.delivered_at
    assert (stored.status, stored.answer, stored.tries) == (200, "thank you", 1)
    deliver(database, message.id)
    assert len(receiver.received) == 1


def test_a_deed_rolled_back_is_told_to_nobody(
    database: Database, clinic: Clinic, member: Member, hook: tuple[Webhook, str], charlie: Any
) -> None:
    with database.open_writer() as session:
        ask(session, clinic, member)
        session.rollback()
    assert waiting(database) == []
    with database.open_writer() as session:
        submission = ask(session, clinic, member)
        submissions.change_due_date(session, submission=submission, due_on=submission.due_on + timedelta(days=1))
        ask(session, session.get_one(Clinic, charlie.clinic.id), charlie.member)
        session.commit()
    assert [message.event for message in waiting(database)] == ["submission.created"]


def test_the_secret_is_kept_sealed(database: Database, hook: tuple[Webhook, str]) -> None:
    webhook, secret = hook
    assert base64.b64decode(secret.removeprefix("whsec_")) not in webhook.sealed_secret
    assert secret.startswith("whsec_")
    with database.open_reader() as session:
        events = session.exec(select(Event).where(Event.verb == "webhook.registered")).all()
        assert list(find_breaks(session, clinic_id=webhook.clinic_id)) == []
    assert [event.details["name"] for event in events] == ["localhost"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.jp/", "ftp://hooks.example.jp/", "hooks.example.jp", "https://", "https:///path",
        "https://user:word@hooks.example.jp/", "https://hooks.example.jp/#part", "https://hooks.example.jp/a b",
        "https://hooks.example.jp/\r\nX: y", "https://hooks.example.jp:99999/", "https://[::1", "https://10.0.0.1/",
        "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://100.64.0.1/", "https://0.0.0.0/",
        "https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/",
        "https://224.0.0.1/", "https://192.168.1.1:8443/x", "https://168.63.129.16/", "https://255.255.255.255/",
        "https://[::]/", "https://172.16.0.1/", "https://198.18.0.1/", "https://240.0.0.1/",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("settings")
def test_addresses_that_are_none_or_lead_inside(url: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        read_url(url)


@pytest.mark.usefixtures("settings")
def test_addresses_that_may_be_told() -> None:
    assert read_url("https://hooks.example.jp/a?b=c").path == "/a?b=c"
    assert read_url("https://日本.example/").host == "xn--wgv71a.example"
    assert read_url("https://8.8.8.8/").port == 443
    assert read_url("https://[2001:4860:4860::8888]:8443/").port == 8443


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::ffff:192.168.0.1", "fd00::1"])
def test_a_name_that_leads_inside_is_never_connected_to(
    database: Database,
    message: WebhookDelivery,
    receiver: Receiver,
    allow: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    inside: str,
) -> None:
    allow("")
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (inside, receiver.port))
    honest = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", receiver.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [honest, entry])
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: pytest.fail("connected"))
    deliver(database, message.id)
    assert now(database, message).last_error == webhook_sending.FORBIDDEN
    assert receiver.connections == 0


def test_a_name_that_changes_its_mind_is_asked_once(
    database: Database, message: WebhookDelivery, receiver: Receiver, allow: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """DNS rebinding: the second answer would lead to an address that nobody has checked."""
    allow("127.0.0.1/32")
    answers, asked = iter(["127.0.0.1", "127.0.0.66"]), []

    def look_up(host: str, *_rest: Any, **_more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), receiver.port))]

    connected, connect = [], socket.socket.connect

    def note(self: socket.socket, address: Any) -> None:
        connected.append(address[0])
        connect(self, address)

    monkeypatch.setattr(socket, "create_connection", connect_plainly)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", note)
    deliver(database, message.id)
    assert asked == ["localhost"]
    assert connected == ["127.0.0.1"]
    assert now(database, message).delivered_at
    # The certificate was checked for the name, although the number was connected to.
    assert receiver.received[0].headers["Host"] == f"localhost:{receiver.port}"


def connect_plainly(address: tuple[str, int], timeout: float) -> socket.socket:
    """As the library connects, without its own look-up of what is a number already."""
    plain = socket.socket()
    plain.settimeout(timeout)
    plain.connect(address)
    return plain


def test_a_certificate_of_nobody_is_not_trusted(
    database: Database, message: WebhookDelivery, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    deliver(database, message.id)
    assert now(database, message).last_error == webhook_sending.NOT_SECURE
    assert receiver.received == []


def test_a_certificate_for_another_name_is_not_trusted(
    database: Database, message: WebhookDelivery, receiver: Receiver
) -> None:
    with database.open_writer() as session:
        session.get_one(Webhook, message.webhook_id).url = f"https://127.0.0.1:{receiver.port}/"
        session.commit()
    deliver(database, message.id)
    assert now(database, message).last_error == webhook_sending.NOT_SECURE


def test_a_redirect_is_not_followed(database: Database, message: WebhookDelivery, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": receiver.url + "&again=1"}
    deliver(database, message.id)
    stored = now(database, message)
    assert (stored.status, stored.last_error) == (302, webhook_sending.REDIRECTED)
    assert len(receiver.received) == 1


def test_what_a_receiver_says_is_cut_and_harmless(
    database: Database, message: WebhookDelivery, receiver: Receiver
) -> None:
    receiver.status, receiver.answer = 500, b"<script>\x00\x1b[31m\xff" + b"x" * 1_000_000
    deliver(database, message.id)
    stored = now(database, message)
    assert stored.answer.startswith("<script> [31m")
    assert stored.answer.isprintable()
    assert len(stored.answer) <= webhook_sending.SHOWN_ANSWER


def test_a_receiver_that_drips_is_cut(
    database: Database, message: WebhookDelivery, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(200):
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.02)

    receiver.act = drip
    monkeypatch.setattr(webhook_sending, "ALL_SECONDS", 0.3)
    began = time.perf_counter()
    deliver(database, message.id)
    assert time.perf_counter() - began < 3
    assert now(database, message).last_error == webhook_sending.TOO_SLOW


def test_nobody_at_home(database: Database, message: WebhookDelivery, receiver: Receiver) -> None:
    with database.open_writer() as session:
        session.get_one(Webhook, message.webhook_id).url = "https://localhost:1/"
        session.commit()
    deliver(database, message.id)
    assert now(database, message).last_error == webhook_sending.UNREACHABLE


def test_it_is_tried_again_later_and_later_then_paused_and_the_owner_told(
    database: Database, message: WebhookDelivery, receiver: Receiver, mailbox: Mailbox
) -> None:
    receiver.status = 503
    moment = clock.now()
    for number, pause in enumerate(BACK_OFF, start=1):
        with time_machine.travel(moment, tick=False):
            deliver(database, message.id)
            stored = now(database, message)
            assert (stored.tries, stored.next_try_at) == (number, clock.now() + pause)
            assert enqueue_due(database) == 0
        moment += pause + timedelta(seconds=1)
        with time_machine.travel(moment, tick=False):
            assert enqueue_due(database) == 1
    with time_machine.travel(moment, tick=False):
        deliver(database, message.id)
    stored = now(database, message)
    assert stored.failed_at
    assert {call.headers["webhook-id"] for call in receiver.received} == {f"msg_{message.id.hex}"}
    with database.open_reader() as session:
        webhook = session.get_one(Webhook, message.webhook_id)
        paused = session.exec(select(Event).where(Event.verb == "webhook.paused")).one()
    assert webhook.pause is Pause.FAILING
    assert paused.actor_kind == "system"
    mail = mailbox.last("owner@clinic.example", "webhook_paused")
    assert f"/settings/webhooks/{webhook.id}" in mail.text
    assert receiver.url not in mail.text


def test_a_receiver_that_is_gone_is_paused_at_once(
    database: Database, message: WebhookDelivery, receiver: Receiver
) -> None:
    receiver.status = 410
    deliver(database, message.id)
    with database.open_reader() as session:
        assert session.get_one(Webhook, message.webhook_id).pause is Pause.GONE


def test_while_paused_nothing_is_sent_and_afterwards_what_was_under_way_goes_on(
    database: Database, message: WebhookDelivery, receiver: Receiver, clinic: Clinic, member: Member
) -> None:
    def change(act: Callable[..., None]) -> None:
        with database.open_writer() as session:
            act(session, webhook=session.get_one(Webhook, message.webhook_id))
            session.commit()

    change(webhooks.pause_webhook)
    deliver(database, message.id)
    with database.open_writer() as session:
        ask(session, clinic, member)
        with pytest.raises(WebhookPaused):
            webhooks.send_test(session, webhook=session.get_one(Webhook, message.webhook_id))
        session.commit()
    assert receiver.received == []
    assert len(waiting(database)) == 1
    change(webhooks.resume_webhook)
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        assert enqueue_due(database) == 1
        deliver(database, message.id)
    assert len(receiver.received) == 1
    change(webhooks.remove_webhook)
    with database.open_writer() as session:
        assert session.get_one(Webhook, message.webhook_id).sealed_secret == b""
        ask(session, clinic, member)
        session.commit()
    assert len(waiting(database)) == 1


def test_a_message_is_sent_once_more_under_its_own_id(
    database: Database, message: WebhookDelivery, receiver: Receiver
) -> None:
    deliver(database, message.id)
    with database.open_writer() as session:
        webhook = session.get_one(Webhook, message.webhook_id)
        found = webhooks.get_delivery(session, webhook=webhook, delivery_id=message.id)
        webhooks.replay_delivery(session, webhook=webhook, delivery=found)
        session.commit()
    deliver(database, message.id)
    assert len({call.headers["webhook-id"] for call in receiver.received}) == 1
    assert len(receiver.received) == 2


def test_a_test_is_tried_once_and_pauses_nothing(
    database: Database, hook: tuple[Webhook, str], receiver: Receiver
) -> None:
    receiver.status = 500
    with database.open_writer() as session:
        webhook = session.get_one(Webhook, hook[0].id)
        delivery_id = webhooks.send_test(session, webhook=webhook)
        session.commit()
    deliver(database, delivery_id)
    assert json.loads(receiver.received[0].body)["type"] == "webhook.test"
    with database.open_reader() as session:
        assert session.get_one(WebhookDelivery, delivery_id).failed_at
        assert session.get_one(Webhook, hook[0].id).pause is None


def test_two_workers_send_it_once(database: Database, message: WebhookDelivery, receiver: Receiver) -> None:
    parcel = webhook_delivery._lease(database, message.id)
    assert parcel is not None
    deliver(database, message.id)
    assert receiver.received == []


def test_a_clinic_has_so_many_and_sees_only_its_own(
    session: Session, clinic: Clinic, member: Member, other_clinic: Clinic, allow: Callable[[str], None]
) -> None:
    made = [
        webhooks.register_webhook(
            session, clinic=clinic, url=f"https://hooks.example.jp/{number}", events=EVENTS, made_by=member.id
        )[0]
        for number in range(webhooks.MOST)
    ]
    with pytest.raises(TooManyWebhooks):
        webhooks.register_webhook(
            session, clinic=clinic, url="https://hooks.example.jp/", events=EVENTS, made_by=member.id
        )
    assert webhooks.list_webhooks(session, clinic_id=other_clinic.id) == []
    with pytest.raises(NotFound):
        webhooks.get_webhook(session, clinic_id=other_clinic.id, webhook_id=made[0].id)
