"""Claims about bounces: an address is flagged by a mail that went there, and by nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from models import Bounce, Event, Invitation, Mail
from services import bounces, clock, link_states
from services.link_states import LinkState
from services.mail.delivery_reports import read_report
from tests.services.mail import returned
from tests.services.test_reminders import Stand


@pytest.fixture
def stand(session: Session) -> Stand:
    return Stand(session)


def sent_mail(stand: Stand) -> Mail:
    """The invitation, taken by the mail server."""
    [mail] = stand.mails("invitation")
    mail.delivered_at = clock.now()
    stand.session.add(mail)
    stand.session.flush()
    return mail


def report(stand: Stand, raw: bytes) -> Bounce | None:
    read = read_report(raw)
    assert read is not None
    return bounces.note_report(stand.session, read)


def flags(stand: Stand) -> dict[str, bounces.Flag]:
    return bounces.list_flags(stand.session, clinic_id=stand.clinic.id)


def test_a_hard_bounce_flags_the_address_with_the_servers_words(stand: Stand) -> None:
    mail = sent_mail(stand)
    raw = returned.standard(name=mail.message_id, recipient=mail.recipient, words="smtp; 550 User unknown")
    assert report(stand, raw) is not None
    assert {email: flag.words for email, flag in flags(stand).items()} == {mail.recipient: "550 User unknown"}
    [link] = link_states.list_links(stand.session, submission=stand.submission)
    assert (link.state, link.last_error, link.is_working) == (LinkState.BOUNCED, "550 User unknown", True)
    [event] = stand.session.exec(select(Event).where(Event.verb == "mail.bounced"))
    assert event.details["to"] == mail.recipient


def test_a_soft_one_is_only_told(stand: Stand) -> None:
    mail = sent_mail(stand)
    noted = report(stand, returned.postfix(name=mail.message_id, recipient=mail.recipient))
    assert noted is not None
    assert not noted.is_hard
    assert flags(stand) == {}
    [link] = link_states.list_links(stand.session, submission=stand.submission)
    assert link.state is LinkState.SENT


def test_the_same_report_twice_is_one_and_the_worse_one_counts(stand: Stand) -> None:
    mail = sent_mail(stand)
    soft = returned.postfix(name=mail.message_id, recipient=mail.recipient)
    hard = returned.qmail(name=mail.message_id, recipient=mail.recipient)
    for raw in (soft, soft, hard, hard, soft):
        report(stand, raw)
    [bounce] = stand.session.exec(select(Bounce))
    assert bounce.is_hard
    assert len(stand.session.exec(select(Event).where(Event.verb == "mail.bounced")).all()) == 2


def test_nobody_flags_an_address_by_writing_a_report_about_it(stand: Stand) -> None:
    mail = sent_mail(stand)
    # A mail that never was, whatever the report says of the address.
    assert report(stand, returned.standard(recipient=mail.recipient)) is None
    # A mail that has not left.
    mail.delivered_at = None
    stand.session.flush()
    assert report(stand, returned.standard(name=mail.message_id, recipient=mail.recipient)) is None
    # A mail of long ago.
    mail.delivered_at = clock.now()
    stand.session.flush()
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert report(stand, returned.standard(name=mail.message_id, recipient=mail.recipient)) is None
    assert flags(stand) == {}


def test_a_report_about_an_address_that_the_mail_was_passed_on_to_flags_neither(stand: Stand) -> None:
    mail = sent_mail(stand)
    noted = report(stand, returned.standard(name=mail.message_id, recipient="somebody@else.example"))
    assert noted is not None
    assert not noted.is_hard
    assert flags(stand) == {}


def test_a_server_that_knows_at_once_that_there_is_no_such_address_flags_it_too(stand: Stand) -> None:
    [mail] = stand.mails("invitation")
    bounces.note_refusal(stand.session, mail=mail, words="554 5.7.1 Relay access denied")
    assert flags(stand) == {}, "that may be our own fault"
    bounces.note_refusal(stand.session, mail=mail, words="550 5.1.1 User unknown")
    assert set(flags(stand)) == {mail.recipient}


def test_a_flag_is_cleared_by_hand_for_this_clinic_alone(stand: Stand) -> None:
    mail = sent_mail(stand)
    report(stand, returned.standard(name=mail.message_id, recipient=mail.recipient))
    stranger = Stand(stand.session)
    bounces.clear_flag(stand.session, clinic_id=stranger.clinic.id, email=mail.recipient, cleared_by=stranger.member.id)
    assert set(flags(stand)) == {mail.recipient}
    for _press in range(2):
        bounces.clear_flag(
            stand.session, clinic_id=stand.clinic.id, email=mail.recipient.upper(), cleared_by=stand.member.id
        )
    assert flags(stand) == {}
    assert len(stand.session.exec(select(Event).where(Event.verb == "address.cleared")).all()) == 1


def test_another_clinic_does_not_see_the_flag(stand: Stand) -> None:
    mail = sent_mail(stand)
    stranger = Stand(stand.session)
    report(stand, returned.standard(name=mail.message_id, recipient=mail.recipient))
    assert bounces.list_flags(stand.session, clinic_id=stranger.clinic.id) == {}
    assert bounces.list_flags(stand.session, clinic_id=stand.clinic.id, emails=["other@vendor.example"]) == {}


def test_a_mail_of_a_member_flags_nothing(stand: Stand) -> None:
    mail = sent_mail(stand)
    mail.clinic_id = mail.submission_id = mail.invitation_id = None
    stand.session.flush()
    assert report(stand, returned.standard(name=mail.message_id, recipient=mail.recipient)) is None


def test_a_new_link_to_a_better_address_takes_the_obstacle_away(stand: Stand) -> None:
    mail = sent_mail(stand)
    report(stand, returned.standard(name=mail.message_id, recipient=mail.recipient))
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        stand.invite(stand.submission, "right@vendor.example")
        newest = link_states.newest_links(
            stand.session, clinic_id=stand.clinic.id, fiscal_year=stand.submission.fiscal_year
        )
    assert newest[stand.submission.id][0] is LinkState.WAITING
    assert stand.session.exec(select(Invitation)).all()
