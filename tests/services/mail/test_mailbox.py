"""Claims about the mailbox to which mails come back, against a small IMAP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from api.checks import Finding, check_heads, check_mailbox
from models import Bounce, Clinic, Mail
from models.database import Database
from services import clock
from services.mail import delivery_reports, mailbox
from settings import Settings
from tests.services.mail import returned
from tests.services.mail.conftest import Configure
from tests.services.mail.mailboxes import Mailbox, serving
from tests.services.mail.test_delivery import Desk


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def settings_of_box(box: Mailbox, configure: Configure) -> Iterator[Settings]:
    with serving(box) as port:
        yield configure(
            imap_host="127.0.0.1", imap_port=port, imap_security="none", imap_user="portal", imap_password="secret"
        )


@pytest.fixture
def sent(database: Database, clinic: Clinic) -> Mail:
    """A mail to Vera that the mail server has taken."""
    mail_id = Desk(database, clinic).invite()
    with database.open_writer() as session:
        mail = session.get_one(Mail, mail_id)
        mail.delivered_at = clock.now()
        session.add(mail)
        session.commit()
    return mail


def bounced(database: Database) -> list[Bounce]:
    with database.open_reader() as session:
        return list(session.exec(select(Bounce)))


@pytest.mark.usefixtures("settings_of_box")
def test_what_came_back_is_noted_and_marked_as_read(database: Database, box: Mailbox, sent: Mail) -> None:
    box.mails = [returned.out_of_office(), returned.standard(name=sent.message_id), b"\0\xff rubbish"]
    mailbox.read_returned_mails(database)
    assert [(one.mail_id, one.email, one.is_hard) for one in bounced(database)] == [
        (sent.id, "vera@vendor.example", True)
    ]
    assert box.seen == {1, 2, 3}
    mailbox.read_returned_mails(database)
    assert len([line for line in box.asked if line.startswith("UID FETCH")]) == 3
    assert not [line for line in box.asked if "DELETE" in line.upper() or "EXPUNGE" in line.upper()]


@pytest.mark.usefixtures("settings_of_box")
def test_no_more_of_a_mail_is_fetched_than_a_report_needs(
    database: Database, box: Mailbox, sent: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    monkeypatch.setattr(mailbox, "read_report", lambda raw: lengths.append(len(raw)))
    box.mails = [returned.standard(name=sent.message_id) + b"x" * (2 * delivery_reports.MOST_BYTES)]
    mailbox.read_returned_mails(database)
    assert lengths == [delivery_reports.MOST_BYTES]


@pytest.mark.usefixtures("settings_of_box")
def test_a_mail_that_could_not_be_noted_has_its_turn_again(
    database: Database, box: Mailbox, sent: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.mails = [returned.standard(name=sent.message_id)]
    with monkeypatch.context() as broken:
        broken.setattr(mailbox, "note_report", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            mailbox.read_returned_mails(database)
    assert box.seen == set()
    mailbox.read_returned_mails(database)
    assert len(bounced(database)) == 1


def test_what_is_wrong_with_the_mailbox_is_said_in_words(
    database: Database, box: Mailbox, settings_of_box: Settings, configure: Configure
) -> None:
    box.password = "another"
    with pytest.raises(mailbox.MailboxFailed, match="wrong password"):
        mailbox.try_mailbox(settings_of_box)
    with capture_logs() as told:
        mailbox.read_returned_mails(database)
    assert [entry["event"] for entry in told] == ["mailbox.failed"]
    assert "secret" not in str(told)
    with pytest.raises(mailbox.MailboxFailed, match=r"no secure connection|could not be reached"):
        mailbox.try_mailbox(configure(imap_security="tls", imap_timeout=1))
    with pytest.raises(mailbox.MailboxFailed, match="could not be reached"):
        mailbox.try_mailbox(configure(imap_host="127.0.0.1", imap_port=1, imap_security="none"))


def test_without_a_mailbox_nothing_is_read(database: Database, settings: Settings) -> None:
    assert settings.imap_host == ""
    with capture_logs() as told:
        mailbox.read_returned_mails(database)
    assert told == []


def told_by_doctor(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[tuple[str, bool]]:
    return [(finding.sentence, finding.is_wrong) for finding in check(settings)]


def test_the_doctor_tries_the_mailbox(box: Mailbox, settings_of_box: Settings, configure: Configure) -> None:
    assert told_by_doctor(check_mailbox, settings_of_box) == [("INBOX at 127.0.0.1 can be read", False)]
    box.password = "another"
    [(sentence, is_wrong)] = told_by_doctor(check_mailbox, settings_of_box)
    assert is_wrong
    assert "wrong password" in sentence
    [(sentence, is_wrong)] = told_by_doctor(check_mailbox, configure(imap_host="", smtp_host="mail.example"))
    assert not is_wrong
    assert "PORTAL_IMAP_HOST" in sentence


def test_the_doctor_says_where_the_ends_of_the_log_go(settings: Settings, configure: Configure) -> None:
    assert told_by_doctor(check_heads, settings)[0][1] is False
    alone = configure(heads_mail_to="heads@elsewhere.example")
    assert told_by_doctor(check_heads, alone) == [
        ("PORTAL_HEADS_MAIL_TO is set, but without a mail server nothing leaves", True)
    ]
    [(sentence, is_wrong)] = told_by_doctor(check_heads, configure(smtp_host="mail.example"))
    assert not is_wrong
    assert "heads@elsewhere.example" in sentence
