"""Claims about delivery: nothing is lost, nothing unwanted leaves, nothing stays behind."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlmodel import Session, col, select

from models import Clinic, Event, Invitation, Mail, Member, Submission
from models.database import Database
from services import clock, invitations, submissions
from services.history import find_breaks
from services.mail import messages, sending
from services.mail.delivery import BACK_OFF, LEASE, deliver_mail, enqueue_due_mails, forget_leases
from tests import factories
from tests.services.mail.conftest import Configure
from tests.services.mail.servers import Post

MORNING = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
VERA = "vera@vendor.example"


class Desk:
    """A clinic with a request to Vera, and its outbox."""

    def __init__(self, database: Database, clinic: Clinic) -> None:
        self.database, self.clinic = database, clinic
        with database.open_writer() as session:
            self.member: Member = factories.make_member(session, clinic)
            vendor, self.contact = factories.make_vendor(session, clinic, email=VERA)
            self.submission: Submission = factories.make_submission(session, clinic, vendor, created_by=self.member.id)
            session.commit()

    def invite(self, email: str = VERA) -> UUID:
        """Invite Vera; returns the mail's id."""
        with self.database.open_writer() as session:
            invitation = invitations.invite_vendor(
                session,
                submission=session.get_one(Submission, self.submission.id),
                email=email,
                name="ベラ",
                invited_by=self.member.id,
            )
            mail = session.exec(select(Mail).where(Mail.invitation_id == invitation.id)).one()
            session.commit()
        return mail.id

    def deliver(self, mail_id: UUID) -> Mail:
        deliver_mail(self.database, str(mail_id))
        return self.mail(mail_id)

    def mail(self, mail_id: UUID) -> Mail:
        with self.database.open_reader() as session:
            return session.get_one(Mail, mail_id)

    def events(self, verb: str) -> list[Event]:
        with self.database.open_reader() as session:
            assert not list(find_breaks(session, clinic_id=self.clinic.id))
            return list(session.exec(select(Event).where(Event.chain_id == self.clinic.id, Event.verb == verb)))


@pytest.fixture
def desk(database: Database, clinic: Clinic) -> Desk:
    return Desk(database, clinic)


def test_a_delivered_mail_leaves_no_link_behind(post_office: Post, desk: Desk) -> None:
    mail = desk.deliver(desk.invite())
    (received,) = post_office.received
    body = received.get_body(("plain",))
    assert body is not None
    assert "http://localhost:8000/i/" in body.get_content()
    assert received["Message-ID"] == mail.message_id
    assert received["From"].addresses[0].display_name == "やまもと内科クリニック"
    assert mail.delivered_at
    assert (mail.text, mail.html, mail.next_try_at, mail.leased_until) == ("", "", None, None)
    (event,) = desk.events("mail.delivered")
    assert event.details == {"kind": "invitation", "to": VERA}
    assert event.submission_id == desk.submission.id


def test_a_mail_is_delivered_once_however_often_its_job_runs(post_office: Post, desk: Desk) -> None:
    mail_id = desk.invite()
    for _ in range(3):
        desk.deliver(mail_id)
    assert len(post_office.received) == 1


def test_two_jobs_at_once_send_one_mail(post_office: Post, desk: Desk) -> None:
    mail_id, sending_now, go_on = desk.invite(), threading.Event(), threading.Event()

    def wait() -> None:
        sending_now.set()
        assert go_on.wait(5)

    post_office.waits = wait
    first = threading.Thread(target=desk.deliver, args=[mail_id])
    first.start()
    assert sending_now.wait(5)
    desk.deliver(mail_id)
    go_on.set()
    first.join(5)
    assert len(post_office.received) == 1
    assert desk.mail(mail_id).delivered_at


def test_a_code_is_sent_in_the_portals_name(post_office: Post, desk: Desk, database: Database) -> None:
    desk.deliver(desk.invite())
    with database.open_writer() as session:
        invitation = session.exec(select(Invitation)).one()
        code = messages.post_access_code(session, invitation=invitation, code="042042")
        session.commit()
    assert desk.deliver(code.id).delivered_at
    assert post_office.received[-1]["From"].addresses[0].display_name == "セキュリティ回答ポータル"


def test_a_mail_is_tried_again_at_growing_distances_until_it_has_failed(post_office: Post, desk: Desk) -> None:
    post_office.answers["RCPT"] = "451 4.7.1 try again later"
    with time_machine.travel(MORNING, tick=False) as moved:
        mail_id = desk.invite()
        for number, distance in enumerate(BACK_OFF, start=1):
            mail = desk.deliver(mail_id)
            assert mail.tries == number
            assert mail.next_try_at == clock.now() + distance
            assert mail.failed_at is None
            moved.shift(distance - timedelta(seconds=1))
            assert enqueue_due_mails(desk.database) == 0
            moved.shift(timedelta(seconds=1))
            assert enqueue_due_mails(desk.database) == 1
            assert enqueue_due_mails(desk.database) == 0
        mail = desk.deliver(mail_id)
        assert mail.failed_at == clock.now()
        moved.shift(timedelta(days=30))
        assert enqueue_due_mails(desk.database) == 0
    assert mail.last_error == "451 4.7.1 try again later"
    assert sum(BACK_OFF, timedelta()) > timedelta(days=1)
    (event,) = desk.events("mail.failed")
    assert event.details == {"kind": "invitation", "to": VERA, "words": "451 4.7.1 try again later"}


def test_a_mail_that_failed_can_be_tried_again_because_it_keeps_its_text(post_office: Post, desk: Desk) -> None:
    post_office.answers["RCPT"] = "550 5.1.1 unknown"
    mail = desk.deliver(desk.invite())
    assert mail.failed_at
    assert mail.tries == 1
    assert "http://localhost:8000/i/" in mail.text


def test_a_connection_lost_after_the_data_means_the_same_mail_again(post_office: Post, desk: Desk) -> None:
    post_office.drops_after_data = True
    with time_machine.travel(MORNING, tick=False) as moved:
        mail_id = desk.invite()
        mail = desk.deliver(mail_id)
        assert mail.last_error == sending.CUT_OFF
        assert mail.delivered_at is None
        post_office.drops_after_data = False
        moved.shift(BACK_OFF[0])
        assert desk.deliver(mail_id).delivered_at
    first, second = post_office.received
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes().split(b"\r\n")[0] == second.as_bytes().split(b"\r\n")[0]


def test_a_poisoned_mail_does_not_stop_the_others(post_office: Post, desk: Desk, database: Database) -> None:
    poisoned, refused, good = desk.invite("not an address"), desk.invite("refused@vendor.example"), desk.invite()
    post_office.refused_recipients["refused@vendor.example"] = "550 5.1.1 unknown"
    with database.open_writer() as session:
        broken = messages.post_accepted(
            session,
            clinic=desk.clinic,
            submission=desk.submission,
            to=desk.contact,
            vendor_name="",
        )
        broken.subject = "two\r\nlines"
        session.commit()
    mails = [desk.deliver(mail_id) for mail_id in (poisoned, refused, broken.id, good)]
    assert [bool(mail.failed_at) for mail in mails] == [True, True, False, False]
    assert mails[0].last_error == sending.BAD_ADDRESS
    assert mails[2].last_error == sending.BROKEN
    assert mails[3].delivered_at
    assert post_office.recipients == [VERA]


@pytest.mark.parametrize("reason", ["replaced", "revoked", "expired", "withdrawn"])
def test_a_mail_whose_link_no_longer_works_is_not_sent(
    post_office: Post, desk: Desk, database: Database, reason: str
) -> None:
    mail_id = desk.invite()
    later = timedelta()
    with database.open_writer() as session:
        invitation = session.exec(select(Invitation)).one()
        submission = session.get_one(Submission, desk.submission.id)
        if reason == "replaced":
            invitations.replace_links(session, submission=submission, email=VERA)
        elif reason == "revoked":
            invitations.revoke_invitation(session, invitation=invitation)
        elif reason == "withdrawn":
            submissions.withdraw_submission(session, submission=submission)
        else:
            later = invitation.expires_at - clock.now()
        session.commit()
    with time_machine.travel(clock.now() + later, tick=False):
        mail = desk.deliver(mail_id)
    assert mail.cancelled_at
    assert (mail.text, mail.html) == ("", "")
    assert not post_office.received
    assert len(desk.events("mail.cancelled")) == 1


def test_word_of_a_withdrawal_is_sent_although_the_submission_is_withdrawn(
    post_office: Post, desk: Desk, database: Database
) -> None:
    with database.open_writer() as session:
        submission = session.get_one(Submission, desk.submission.id)
        submissions.withdraw_submission(session, submission=submission)
        mail = messages.post_withdrawn(
            session, clinic=desk.clinic, submission=submission, to=desk.contact, vendor_name="みどり"
        )
        session.commit()
    assert desk.deliver(mail.id).delivered_at


def test_a_code_that_has_expired_is_not_sent(post_office: Post, desk: Desk, database: Database) -> None:
    desk.deliver(desk.invite())
    with database.open_writer() as session:
        code = messages.post_access_code(session, invitation=session.exec(select(Invitation)).one(), code="042042")
        session.commit()
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        assert desk.deliver(code.id).cancelled_at
    assert len(post_office.received) == 1


def test_mails_wait_for_a_server_and_leave_when_there_is_one(
    settings: object, desk: Desk, request: pytest.FixtureRequest
) -> None:
    mail_id = desk.invite()
    assert enqueue_due_mails(desk.database) == 0
    mail = desk.deliver(mail_id)
    assert (mail.tries, mail.next_try_at, mail.delivered_at) == (0, None, None)
    post_office: Post = request.getfixturevalue("post_office")
    assert enqueue_due_mails(desk.database) == 1
    assert desk.deliver(mail_id).delivered_at
    assert post_office.recipients == [VERA]


def test_mails_wait_again_when_the_server_is_taken_out_of_the_settings(
    post_office: Post, desk: Desk, configure: Configure
) -> None:
    mail_id = desk.invite()
    configure(smtp_host="")
    mail = desk.deliver(mail_id)
    assert (mail.tries, mail.next_try_at, mail.leased_until) == (0, None, None)


def test_what_a_dead_process_was_sending_is_taken_up_again(post_office: Post, desk: Desk, database: Database) -> None:
    mail_id = desk.invite()
    with database.open_writer() as session:
        mail = session.get_one(Mail, mail_id)
        mail.leased_until, mail.tries = clock.now() + LEASE, 1
        session.add(mail)
        session.commit()
    assert desk.deliver(mail_id).delivered_at is None
    forget_leases(database)
    assert enqueue_due_mails(database) == 1
    assert desk.deliver(mail_id).delivered_at


def test_a_lost_job_is_made_up_for(post_office: Post, desk: Desk, database: Database) -> None:
    desk.invite()
    assert enqueue_due_mails(database) == 0
    with time_machine.travel(clock.now() + LEASE, tick=False):
        assert enqueue_due_mails(database) == 1


def test_a_rolled_back_deed_leaves_no_mail(post_office: Post, desk: Desk, session: Session) -> None:
    messages.post_accepted(
        session, clinic=desk.clinic, submission=desk.submission, to=desk.contact, vendor_name="みどり"
    )
    session.rollback()
    assert not session.exec(select(Mail).order_by(col(Mail.created_at))).all()
