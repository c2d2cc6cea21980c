"""Claims about the way to the mail server."""

from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path

import pytest

from services.mail import sending
from services.mail.rendering import Letter
from services.mail.sending import NotSent, build_message, send_message, send_test_mail, shorten
from settings import Settings
from tests.services.mail.conftest import Configure
from tests.services.mail.servers import Post, free_port, make_certificate, playing, refuse_sign_in, running

LONG_LINK = "https://portal.example.jp/i/" + "x" * 2000


def a_message(to: str = "vera@vendor.example", name: str = "ベラ", subject: str = "お願い") -> EmailMessage:
    return build_message(
        Letter(subject=subject, text=f"本文\n{LONG_LINK}\n", html="<p>本文</p>"),
        sender=("やまもと内科クリニック", "portal@portal.example"),
        recipient=(name, to),
        language="ja",
        written_at=datetime(2027, 1, 15, 5, 32, tzinfo=UTC),
        message_id="<one@portal.example>",
    )


def sent_to(port: int, configure: Configure, **values: object) -> NotSent:
    """Try to send to this port; returns why it failed."""
    settings = configure(
        **{"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_timeout": 1, **values}
    )
    with pytest.raises(NotSent) as failure:
        send_message(a_message(), settings)
    return failure.value


def test_a_mail_arrives_whole(post_office: Post, configure: Configure) -> None:
    send_message(a_message(), configure())
    (received,) = post_office.received
    assert received["Subject"] == "お願い"
    assert received["From"] == "やまもと内科クリニック <portal@portal.example>"
    assert received["To"] == "ベラ <vera@vendor.example>"
    assert received["Date"].datetime == datetime(2027, 1, 15, 5, 32, tzinfo=UTC)
    assert received["Message-ID"] == "<one@portal.example>"
    assert received["Auto-Submitted"] == "auto-generated"
    text, html = received.get_body(("plain",)), received.get_body(("html",))
    assert text is not None
    assert html is not None
    assert LONG_LINK in text.get_content().splitlines()
    assert html.get_content().strip() == "<p>本文</p>"


def test_no_line_of_a_mail_is_longer_than_the_protocol_allows() -> None:
    assert max(len(line) for line in a_message(subject="長い件名" * 60).as_bytes().split(b"\r\n")) <= 998


@pytest.mark.parametrize("name", ['"; Bcc: x@evil.example', "佐藤, 太郎 <x@evil.example>", "a@b.example"])
def test_a_name_cannot_add_a_recipient(name: str) -> None:
    written = BytesParser(policy=SMTP).parsebytes(a_message(name=name).as_bytes())
    assert [address.addr_spec for address in written["To"].addresses] == ["vera@vendor.example"]
    assert written["Bcc"] is None


@pytest.mark.parametrize("broken", ["no address", "a@b.example\r\nBcc: x@evil.example", "a@b.example, c@d.example", ""])
def test_what_is_no_address_is_refused_for_good(broken: str) -> None:
    with pytest.raises(NotSent) as failure:
        a_message(to=broken)
    assert failure.value.is_permanent
    assert failure.value.words == sending.BAD_ADDRESS


@pytest.mark.parametrize("broken", ["A\r\nBcc: x@evil.example", "A\nB"])
def test_line_breaks_never_reach_a_header(broken: str) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        a_message(subject=broken)
    with pytest.raises(NotSent):
        a_message(name=broken)


def test_a_recipient_refused_for_good_is_told_in_the_servers_words(post_office: Post, configure: Configure) -> None:
    post_office.answers["RCPT"] = "550 5.1.1 <vera@vendor.example> unknown; ask admin@vendor.example"
    failure = sent_to(configure().smtp_port, configure)
    assert failure.words == "550 5.1.1 <vera@vendor.example> unknown; ask …"
    assert failure.is_permanent


@pytest.mark.parametrize(
    ("step", "answer", "is_permanent"),
    [
        ("RCPT", "451 4.7.1 greylisted", False),
        ("DATA", "552 5.2.2 mailbox full", True),
        ("DATA", "452 4.3.1 later", False),
        ("MAIL", "553 5.7.1 sender not allowed", False),
    ],
)
def test_a_refusal_is_final_only_where_it_is_about_this_mail(
    post_office: Post, configure: Configure, step: str, answer: str, is_permanent: bool
) -> None:
    post_office.answers[step] = answer
    failure = sent_to(configure().smtp_port, configure)
    assert (failure.words, failure.is_permanent) == (answer, is_permanent)


def test_nobody_listening(configure: Configure) -> None:
    assert sent_to(free_port(), configure).words == sending.UNREACHABLE


def test_a_server_that_hangs_is_left_after_the_time_out(configure: Configure) -> None:
    with playing(lambda connection: None) as port:
        began = time.monotonic()
        failure = sent_to(port, configure, smtp_timeout=0.3)
    assert failure.words == sending.TOO_SLOW
    assert time.monotonic() - began < 2


def test_a_server_that_drips_is_left_too(configure: Configure) -> None:
    def drip(connection: socket.socket) -> None:
        for character in b"220-" + b"x" * 1000:
            connection.send(bytes([character]))
            time.sleep(0.1)

    with playing(drip) as port:
        began = time.monotonic()
        failure = sent_to(port, configure, smtp_timeout=0.3)
    assert failure.words == sending.TOO_SLOW
    assert time.monotonic() - began < 4


def test_a_server_that_hangs_up(configure: Configure) -> None:
    with playing(lambda connection: connection.close()) as port:
        assert sent_to(port, configure).words == sending.CUT_OFF


def test_a_connection_lost_after_the_data_is_not_taken_for_a_delivery(post_office: Post, configure: Configure) -> None:
    post_office.drops_after_data = True
    failure = sent_to(configure().smtp_port, configure)
    assert failure.words == sending.CUT_OFF
    assert not failure.is_permanent


def test_a_server_that_stays_silent_after_taking_the_mail_does_not_matter(configure: Configure) -> None:
    def take(connection: socket.socket) -> None:
        file = connection.makefile("rb")
        connection.sendall(b"220 ready\r\n")
        for line in file:
            if line.upper().startswith(b"QUIT"):
                return
            if line.upper().startswith(b"DATA"):
                connection.sendall(b"354 go on\r\n")
                while file.readline() != b".\r\n":
                    pass
            connection.sendall(b"250 OK\r\n")

    with playing(take) as port:
        send_message(
            a_message(), configure(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", smtp_timeout=0.3)
        )


def test_a_server_without_encryption_gets_nothing(post_office: Post, configure: Configure) -> None:
    failure = sent_to(configure().smtp_port, configure, smtp_security="starttls")
    assert failure.words == sending.NOT_SECURE
    assert not post_office.received


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encryption_is_verified(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    certificate, context = make_certificate(tmp_path)
    options = {"tls_context": context} if security == "starttls" else {"ssl_context": context}
    post = Post()
    with running(post, **options) as port:
        failure = sent_to(port, configure, smtp_host="localhost", smtp_security=security)
        assert failure.words == sending.NOT_SECURE
        assert not post.received
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        # The address is not the name in the certificate.
        assert sent_to(port, configure, smtp_security=security).words == sending.NOT_SECURE
        send_message(a_message(), configure(smtp_host="localhost", smtp_security=security))
    assert post.recipients == ["vera@vendor.example"]


def test_a_refused_sign_in_is_tried_again_later(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running(Post(), tls_context=context, authenticator=refuse_sign_in) as port:
        failure = sent_to(
            port, configure, smtp_host="localhost", smtp_security="starttls", smtp_user="portal", smtp_password="wrong"
        )
    assert failure.words.startswith("535 ")
    assert "wrong" not in failure.words
    assert not failure.is_permanent


def test_long_words_are_shortened_to_one_line() -> None:
    told = shorten("550 no\r\n" + "x" * 900 + " a@b.example")
    assert len(told) == sending.LONGEST_ERROR
    assert "\n" not in told
    assert "@" not in told


def test_a_test_mail_goes_past_the_outbox(post_office: Post, configure: Configure) -> None:
    send_test_mail(configure(), "operator@clinic.example")
    (received,) = post_office.received
    assert received["Subject"] == "【セキュリティ回答ポータル】試験のメール"
    assert post_office.recipients == ["operator@clinic.example"]


def test_a_test_mail_without_a_server_says_so(settings: Settings) -> None:
    assert "PORTAL_SMTP_HOST" not in os.environ
    with pytest.raises(NotSent, match="No mail server"):
        send_test_mail(settings, "operator@clinic.example")
