"""Claims about returned mails: failures are understood in every wording, and nothing else is taken for one."""

from __future__ import annotations

import base64

import pytest

from services.mail.delivery_reports import MOST_BYTES, read_report
from tests.services.mail import returned


def test_a_report_by_the_standard_tells_whom_why_and_which_mail() -> None:
    report = read_report(returned.standard())
    assert report is not None
    assert report.message_ids == (returned.NAME,)
    assert report.recipients == (returned.VERA,)
    assert (report.is_permanent, report.status) == (True, "5.1.1")
    assert report.words == "550 5.1.1 <vera@vendor.example>: Recipient address rejected: User unknown"


@pytest.mark.parametrize(
    ("raw", "is_permanent", "status", "in_words"),
    [
        (returned.qmail(), True, "5.1.1", "no mailbox here"),
        (returned.exim(), True, "", "550 no such user"),
        (returned.postfix(), False, "4.4.1", "Connection timed out"),
        (returned.postfix(code="5.2.2"), True, "5.2.2", "Connection timed out"),
        (returned.standard(status="4.4.7", words="x-unix; expired"), False, "4.4.7", "expired"),
        (returned.standard(status="", words="smtp; 550 5.7.1 refused"), True, "5.7.1", "refused"),
    ],
)
def test_each_server_has_its_own_words(raw: bytes, is_permanent: bool, status: str, in_words: str) -> None:
    report = read_report(raw)
    assert report is not None
    assert report.recipients == (returned.VERA,)
    assert (report.is_permanent, report.status) == (is_permanent, status)
    assert in_words in report.words


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded", ""])
def test_what_is_late_or_was_passed_on_has_not_come_back(action: str) -> None:
    assert read_report(returned.standard(action=action, status="4.4.1")) is None


@pytest.mark.parametrize("raw", [returned.exim_warning(), returned.out_of_office(), b"", b"\0\xff" * 50])
def test_other_mails_report_nothing(raw: bytes) -> None:
    assert read_report(raw) is None


def test_a_report_about_somebody_elses_mail_reports_nothing() -> None:
    assert read_report(returned.standard(name="<CAF123@mail.example>")) is None


def test_the_name_is_found_in_a_returned_mail_that_was_packed_up() -> None:
    packed = base64.encodebytes(f"Message-ID: {returned.NAME}\r\n".encode()).decode()
    raw = returned.standard().replace(
        f"From: portal@portal.example\r\nMessage-ID: {returned.NAME}\r\nSubject: secret\r\n".encode(), b""
    )
    head = b"Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw = raw.replace(b"Content-Type: text/rfc822-headers\r\n\r\n", head + packed.encode())
    report = read_report(raw)
    assert report is not None
    assert report.message_ids == (returned.NAME,)


def test_addresses_of_other_people_do_not_get_into_the_words() -> None:
    report = read_report(returned.standard(words="smtp; 550 forwarded from boss@secret.example"))
    assert report is not None
    assert "boss@secret.example" not in report.words


def test_a_mail_of_any_size_is_read_in_no_time() -> None:
    huge = returned.standard() + b"x" * (50 * 1024 * 1024)
    assert read_report(huge[: MOST_BYTES * 4]) is not None
    bomb = (
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 4000
    )
    assert read_report(returned.NAME.encode() + b"\n" + bomb) is None
    assert read_report(b"Subject: " + b"<" * MOST_BYTES + returned.NAME.encode()) is None
    assert read_report(b"From: mailer-daemon\n\n" + b"5.1." * 60_000 + returned.NAME.encode()) is None
