"""Claims about the outbox: it tells how each mail stands and does only what can be done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session

from models import Clinic, Mail
from models.database import Database
from services import clock, outbox
from services.history import list_events
from services.jobs import prepare_jobs
from services.languages import speaking
from services.mail import sending
from services.mail.sending import explain_error
from services.outbox import (
    PAGE_SIZE,
    MailState,
    OutboxLine,
    cancel_mail,
    get_mail,
    list_mails,
    retry_mail,
)
from services.refusals import NotFound, Refusal
from settings import get_settings

DELIVERED = {"delivered_at": clock.now(), "text": "", "html": ""}


@pytest.fixture
def with_server(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server is set; nothing is sent, because no jobs run."""
    monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example")
    get_settings.cache_clear()


def add_mail(session: Session, clinic: Clinic | None, **values: Any) -> Mail:
    mail = Mail(
        **{
            "clinic_id": clinic.id if clinic else None,
            "kind": "accepted",
            "recipient": "vera@vendor.example",
            "subject": "件名",
            "text": "link",
            "html": "link",
            "message_id": "<x>",
            "created_at": clock.now(),
            **values,
        }
    )
    session.add(mail)
    session.flush()
    return mail


def only_line(session: Session, clinic: Clinic) -> OutboxLine:
    (line,) = list_mails(session, clinic_id=clinic.id).lines
    return line


@pytest.mark.parametrize(
    ("values", "state", "may"),
    [
        ({}, MailState.QUEUED, "cancel"),
        ({"leased_until": clock.now() + timedelta(hours=1), "tries": 1}, MailState.QUEUED, ""),
        ({"last_error": "451 later", "tries": 2, "next_try_at": clock.now()}, MailState.RETRYING, "retry cancel"),
        ({"failed_at": clock.now(), "last_error": "550 no"}, MailState.FAILED, "retry"),
        ({"failed_at": clock.now(), "last_error": "550 no", "text": ""}, MailState.FAILED, ""),
        (DELIVERED, MailState.DELIVERED, ""),
        ({"cancelled_at": clock.now(), "text": ""}, MailState.CANCELLED, ""),
    ],
)
def test_a_mails_state_and_what_can_be_done(
    session: Session, clinic: Clinic, with_server: None, values: dict[str, Any], state: MailState, may: str
) -> None:
    add_mail(session, clinic, **values)
    line = only_line(session, clinic)
    assert line.state is state
    assert (line.can_retry, line.can_cancel) == ("retry" in may, "cancel" in may)
    assert bool(line.words) == (state in {MailState.RETRYING, MailState.FAILED})


def test_without_a_server_mails_wait_and_can_only_be_cancelled(session: Session, clinic: Clinic) -> None:
    add_mail(session, clinic)
    line = only_line(session, clinic)
    assert line.state is MailState.WAITING
    assert (line.can_retry, line.can_cancel) == (False, True)


def test_the_portals_own_sentences_are_translated_and_a_servers_are_not() -> None:
    assert explain_error(sending.TOO_SLOW) == "メールサーバーから時間内に返事がありませんでした。"
    assert explain_error("550 5.1.1 unknown") == "550 5.1.1 unknown"
    for sentence in sending.SENTENCES:
        assert explain_error(sentence) != sentence
        with speaking("en"):
            assert explain_error(sentence) == sentence


def test_the_list_is_filtered_counted_and_cut_into_pages(session: Session, clinic: Clinic) -> None:
    for number in range(PAGE_SIZE + 3):
        add_mail(session, clinic, recipient=str(number), created_at=clock.now() + timedelta(seconds=number))
    for values in (DELIVERED, DELIVERED, {"failed_at": clock.now()}, {"cancelled_at": clock.now()}):
        add_mail(session, clinic, created_at=clock.now() - timedelta(days=1), **values)
    shown = list_mails(session, clinic_id=clinic.id)
    assert shown.counts == {"": PAGE_SIZE + 7, "open": PAGE_SIZE + 3, "failed": 1, "delivered": 2, "cancelled": 1}
    assert (shown.page, shown.pages, shown.lines[0].recipient) == (1, 2, str(PAGE_SIZE + 2))
    assert len(list_mails(session, clinic_id=clinic.id, page=2).lines) == 7
    assert list_mails(session, clinic_id=clinic.id, page=99).page == 2
    assert [line.state for line in list_mails(session, clinic_id=clinic.id, filtered="delivered").lines] == [
        MailState.DELIVERED
    ] * 2
    assert {*outbox.FILTERS, ""} == set(shown.counts)


def test_other_clinics_mails_are_not_there(session: Session, clinic: Clinic, other_clinic: Clinic) -> None:
    foreign, own = add_mail(session, other_clinic), add_mail(session, clinic)
    add_mail(session, None)
    assert [line.id for line in list_mails(session, clinic_id=clinic.id).lines] == [own.id]
    assert list_mails(session, clinic_id=clinic.id).counts[""] == 1
    assert get_mail(session, clinic_id=clinic.id, mail_id=own.id) is own
    for mail_id in (foreign.id, uuid4()):
        with pytest.raises(NotFound):
            get_mail(session, clinic_id=clinic.id, mail_id=mail_id)


def test_a_failed_mail_starts_again_from_the_first_try(
    session: Session, database: Database, clinic: Clinic, with_server: None
) -> None:
    prepare_jobs(database)
    mail = add_mail(session, clinic, failed_at=clock.now(), last_error="550 no", tries=8)
    retry_mail(session, mail=mail)
    session.flush()
    session.refresh(mail)
    assert (mail.failed_at, mail.tries) == (None, 0)
    assert mail.next_try_at
    assert list_events(session, clinic_id=clinic.id, verb="mail.retried")[0].details["to"] == "vera@vendor.example"


def test_a_cancelled_mail_loses_its_text(session: Session, clinic: Clinic) -> None:
    mail = add_mail(session, clinic)
    cancel_mail(session, mail=mail)
    assert mail.cancelled_at
    assert (mail.text, mail.html) == ("", "")
    assert len(list_events(session, clinic_id=clinic.id, verb="mail.cancelled")) == 1


@pytest.mark.parametrize(
    "values", [DELIVERED, {"leased_until": clock.now() + timedelta(hours=1)}, {"cancelled_at": clock.now(), "text": ""}]
)
def test_what_has_left_or_is_leaving_can_neither_be_cancelled_nor_tried_again(
    session: Session, clinic: Clinic, with_server: None, values: dict[str, Any]
) -> None:
    mail = add_mail(session, clinic, **values)
    for deed in (cancel_mail, retry_mail):
        with pytest.raises(Refusal):
            deed(session, mail=mail)
