"""Reminders by hand: to the right address, with a new link, not twice, not to those who have answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from models import Channel, Clinic, Contact, Invitation, Mail, Member, Stage, Submission, Vendor, VendorSession
from services import addressees, clock, invitations, outcomes, reminders, reviews, submissions, withdrawals
from services.refusals import CapReached, NotFound, SubmissionWithdrawn
from services.submission_refusals import NoAddress, NotChangeable, NotWaiting, RemindedJustNow
from settings import get_settings
from tests import factories


class Stand:
    """A clinic, its member, a vendor and a request that was mailed to it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clinic: Clinic = factories.make_clinic(session)
        self.member: Member = factories.make_member(session, self.clinic)
        self.submission, self.vendor, self.contact = self.ask()

    def ask(self, *, days: int = 30, is_sent: bool = True) -> tuple[Submission, Vendor, Contact]:
        vendor, contact = factories.make_vendor(self.session, self.clinic)
        submission = factories.make_submission(
            self.session,
            self.clinic,
            vendor,
            created_by=self.member.id,
            due_on=clock.today() + timedelta(days=days),
        )
        if is_sent:
            self.invite(submission, contact.email)
        return submission, vendor, contact

    def invite(self, submission: Submission, email: str) -> Invitation:
        return invitations.invite_vendor(
            self.session, submission=submission, email=email, name="窓口", invited_by=self.member.id
        )

    def remind(self, submission: Submission | None = None) -> Invitation:
        return reminders.remind_vendor(
            self.session,
            clinic=self.clinic,
            submission=submission or self.submission,
            reminded_by=self.member.id,
        )

    def mails(self, kind: str) -> list[Mail]:
        return list(self.session.exec(select(Mail).where(Mail.kind == kind)))


@pytest.fixture
def stand(session: Session) -> Stand:
    return Stand(session)


def test_a_reminder_carries_a_new_link_and_ends_the_old_one(stand: Stand) -> None:
    [old] = submissions.list_invitations(stand.session, submission=stand.submission)
    new = stand.remind()
    stand.session.refresh(old)
    assert old.replaced_at is not None
    assert (new.email, new.is_reminder, new.replaced_at) == (stand.contact.email, True, None)
    [mail] = stand.mails("reminder")
    assert mail.recipient == stand.contact.email
    assert stand.submission.reminded_at is not None


def test_a_second_press_sends_nothing(stand: Stand) -> None:
    stand.remind()
    with pytest.raises(RemindedJustNow):
        stand.remind()
    with clock.standing_at(clock.now() + timedelta(minutes=11)):
        stand.remind()
    assert len(stand.mails("reminder")) == 2


def test_who_has_answered_is_left_in_peace(stand: Stand) -> None:
    factories.submit_answers(stand.session, stand.submission)
    with pytest.raises(NotWaiting):
        stand.remind()
    draft, *_ = stand.ask(is_sent=False)
    with pytest.raises(NotWaiting):
        stand.remind(draft)
    declined, *_ = stand.ask()
    outcomes.decline_submission(stand.session, submission=declined, reason="x", person="y")
    with pytest.raises(NotWaiting):
        stand.remind(declined)
    assert stand.mails("reminder") == []


def test_after_a_return_the_reminder_asks_for_what_was_returned(stand: Stand) -> None:
    factories.submit_answers(stand.session, stand.submission)
    reviews.return_submission(
        stand.session,
        clinic=stand.clinic,
        submission=stand.submission,
        revision_number=1,
        remarks={"2-4": "いつですか"},
        words="",
        due_on=None,
        reviewed_by=stand.member.id,
    )
    stand.remind()
    assert stand.mails("reminder") == []
    assert len(stand.mails("returned")) == 2


def test_the_newest_address_used_is_written_to_before_the_main_contact(stand: Stand) -> None:
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        stand.invite(stand.submission, "taro@vendor.example")
    assert stand.remind().email == "taro@vendor.example"


def test_an_address_whose_link_was_taken_back_is_not_written_to(stand: Stand) -> None:
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        wrong = stand.invite(stand.submission, "wrong@vendor.example")
    invitations.revoke_invitation(stand.session, invitation=wrong)
    assert stand.remind().email == stand.contact.email


def test_without_any_address_there_is_a_word_for_it(stand: Stand) -> None:
    submission, _, contact = stand.ask(is_sent=False)
    invitations.copy_link(stand.session, submission=submission, name="電話", copied_by=stand.member.id)
    contact.email = ""
    stand.session.add(contact)
    with pytest.raises(NoAddress):
        stand.remind(submission)


def test_a_vendor_that_was_handed_a_link_is_reminded_at_its_main_contact(stand: Stand) -> None:
    submission, _, contact = stand.ask(is_sent=False)
    invitations.copy_link(stand.session, submission=submission, name="電話", copied_by=stand.member.id)
    assert stand.remind(submission).email == contact.email


def test_everybody_who_is_late_is_listed_and_reminded_at_once(stand: Stand) -> None:
    late, *_ = stand.ask(days=-3)
    later, *_ = stand.ask(days=-1)
    stand.ask(days=-2, is_sent=False)
    answered, *_ = stand.ask(days=-2)
    factories.submit_answers(stand.session, answered)
    overdue = reminders.list_overdue(stand.session, clinic_id=stand.clinic.id, fiscal_year=2026)
    assert [one.line.id for one in overdue] == [late.id, later.id]
    assert all(one.addressee and not one.is_reminded_today for one in overdue)
    sent = reminders.remind_overdue(
        stand.session,
        clinic=stand.clinic,
        submission_ids=[late.id, later.id, answered.id],
        reminded_by=stand.member.id,
    )
    assert [invitation.submission_id for invitation in sent] == [late.id, later.id]
    overdue = reminders.list_overdue(stand.session, clinic_id=stand.clinic.id, fiscal_year=2026)
    assert all(one.is_reminded_today for one in overdue)


def test_ready_words_fit_how_often_each_was_reminded_and_stand_in_one_mail_only(stand: Stand) -> None:
    once, *_ = stand.ask(days=-3)
    never, *_ = stand.ask(days=-1)
    for late in (once, never):
        late.message = "はじめの言葉です。"
    with time_machine.travel(clock.now() - timedelta(hours=1), tick=False):
        stand.remind(once)
    reminders.remind_overdue(
        stand.session,
        clinic=stand.clinic,
        submission_ids=[once.id, never.id],
        reminded_by=stand.member.id,
        adds_words=True,
    )
    plain, second, first = (mail.text for mail in stand.mails("reminder"))
    assert "はじめの言葉です。" in plain
    assert "お時間が必要でしたら" in second
    assert "先日お願いした件" in first
    assert "はじめの言葉です。" not in first + second
    assert once.message == "はじめの言葉です。"


def test_reminding_many_is_one_act(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    late = [stand.ask(days=-1)[0].id for _ in range(3)]
    foreign = Stand(stand.session)
    with pytest.raises(NotFound):
        reminders.remind_overdue(
            stand.session,
            clinic=stand.clinic,
            submission_ids=[*late, foreign.submission.id],
            reminded_by=stand.member.id,
        )
    monkeypatch.setenv("PORTAL_CLINIC_INVITATIONS_PER_DAY", "6")
    get_settings.cache_clear()
    with pytest.raises(CapReached):
        reminders.remind_overdue(stand.session, clinic=stand.clinic, submission_ids=late, reminded_by=stand.member.id)
    assert stand.mails("reminder") == []


def test_a_better_address_ends_the_links_and_sessions_of_the_wrong_one(stand: Stand) -> None:
    [wrong] = submissions.list_invitations(stand.session, submission=stand.submission)
    session_there = VendorSession(
        clinic_id=stand.clinic.id,
        submission_id=stand.submission.id,
        invitation_id=wrong.id,
        token_hash=b"x",
        person=wrong.email,
        created_at=clock.now(),
        last_seen_at=clock.now(),
    )
    stand.session.add(session_there)
    stand.session.flush()
    reminders.send_link(
        stand.session,
        clinic=stand.clinic,
        submission=stand.submission,
        email="right@vendor.example",
        name="正しい方",
        stop_others=True,
        sent_by=stand.member.id,
    )
    stand.session.refresh(wrong)
    stand.session.refresh(session_there)
    assert wrong.revoked_at is not None
    assert session_there.ended_at is not None


def test_a_second_address_may_work_beside_the_first(stand: Stand) -> None:
    reminders.send_link(
        stand.session,
        clinic=stand.clinic,
        submission=stand.submission,
        email="second@vendor.example",
        name="",
        stop_others=False,
        sent_by=stand.member.id,
    )
    links = submissions.list_invitations(stand.session, submission=stand.submission)
    assert {link.email for link in links if link.revoked_at is None} == {stand.contact.email, "second@vendor.example"}
    assert all(link.channel is Channel.MAIL for link in links)


def test_whoever_submitted_is_told_first(stand: Stand) -> None:
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        stand.invite(stand.submission, "boss@vendor.example")
    found = addressees.find_addressee(stand.session, submission=stand.submission, person=stand.contact.email)
    assert found is not None
    assert found.email == stand.contact.email


def test_a_withdrawn_request_ends_its_links_and_tells_the_vendor_where_wanted(stand: Stand) -> None:
    withdrawals.withdraw_request(stand.session, clinic=stand.clinic, submission=stand.submission, tell=True)
    assert stand.submission.stage is Stage.WITHDRAWN
    [mail] = stand.mails("withdrawn")
    assert mail.recipient == stand.contact.email
    with pytest.raises(SubmissionWithdrawn):
        withdrawals.withdraw_request(stand.session, clinic=stand.clinic, submission=stand.submission, tell=True)
    quiet, *_ = stand.ask()
    withdrawals.withdraw_request(stand.session, clinic=stand.clinic, submission=quiet, tell=False)
    unsent, *_ = stand.ask(is_sent=False)
    withdrawals.withdraw_request(stand.session, clinic=stand.clinic, submission=unsent, tell=True)
    assert len(stand.mails("withdrawn")) == 1, "nobody is told of what never reached anybody"


def test_what_was_accepted_is_not_withdrawn(stand: Stand) -> None:
    factories.submit_answers(stand.session, stand.submission)
    reviews.accept_submission(
        stand.session,
        clinic=stand.clinic,
        submission=stand.submission,
        revision_number=1,
        reviewed_by=stand.member.id,
    )
    with pytest.raises(NotChangeable):
        withdrawals.withdraw_request(stand.session, clinic=stand.clinic, submission=stand.submission, tell=True)
