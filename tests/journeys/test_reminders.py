"""Three weeks of reminders: the clock is moved on, and every mail that leaves is looked at."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import Session, select

from models import Clinic, Mail, Member, Role, Stage, Submission
from models.database import Database
from services import clock, invitations, outcomes, reminders, reviews, routines, submissions
from services.rounds import remind_clinic
from settings import get_settings
from tests import factories
from tests.browser import Browser
from tests.clockwork import Clockwork, at
from tests.people import Engineer, Mailbox, signed_in, submission_by_id
from tests.stories import answer_everything, answers_of

VERA = "vera@vendor.example"
DUE = date(2027, 1, 22)


@pytest.fixture
def clockwork(database: Database, settings: object, monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    return Clockwork(database, monkeypatch)


class Story:
    """A clinic that asked Vera's company shortly before the end of the year, with a good three weeks to answer."""

    def __init__(self, database: Database, clockwork: Clockwork, mailbox: Mailbox) -> None:
        self.database, self.clockwork, self.mailbox = database, clockwork, mailbox
        with time_machine.travel(at("2026-12-28 10:00"), tick=False), database.open_writer() as session:
            self.clinic: Clinic = factories.make_clinic(session, "やまもと内科クリニック")
            self.member: Member = factories.make_member(session, self.clinic, role=Role.OWNER)
            self.submission = self.ask(session, VERA)
            session.commit()

    def ask(self, session: Session, email: str, *, due_on: date = DUE) -> Submission:
        vendor, _contact = factories.make_vendor(session, self.clinic, email=email)
        made = factories.make_submission(session, self.clinic, vendor, created_by=self.member.id, due_on=due_on)
        invitations.invite_vendor(session, submission=made, email=email, name="窓口", invited_by=self.member.id)
        return made

    def reminders(self, to: str = VERA) -> list[str]:
        """When reminders were written, on a Japanese clock."""
        return [f"{clock.local(mail.created_at):%m-%d %H:%M}" for mail in self.reminder_mails(to)]

    def reminder_mails(self, to: str = VERA) -> list[Mail]:
        return [mail for mail in self.mailbox.all(to) if mail.subject.startswith("【再送】")]


@pytest.fixture
def story(database: Database, clockwork: Clockwork, mailbox: Mailbox) -> Story:
    return Story(database, clockwork, mailbox)


def test_three_weeks_of_silence_bring_a_reminder_before_each_date_and_a_new_link_each_time(
    story: Story, app: FastAPI
) -> None:
    first = Engineer(Browser(app), story.mailbox, VERA).link
    story.clockwork.run("2027-01-04 00:00", "2027-01-08 10:00")
    with time_machine.travel(at("2027-01-08 10:00")):
        assert Browser(app).open(first).status == 410, "the link is young enough, but a newer one took its place"
    story.clockwork.run("2027-01-08 10:00", "2027-01-30 00:00")
    assert story.reminders() == ["01-08 09:00", "01-15 09:00", "01-21 09:00", "01-29 09:00"]
    mails = story.reminder_mails()
    assert all(mail.kind == "reminder" for mail in mails)
    links = {text for mail in mails for text in mail.text.split() if "/i/" in text}
    assert len(links) == 4
    with time_machine.travel(at("2027-01-29 10:00")):
        assert Engineer(Browser(app), story.mailbox, VERA).enters().status == 200


def test_with_ready_words_each_reminder_says_something_else(story: Story, database: Database) -> None:
    with database.open_writer() as session:
        routines.get_routine(session, clinic_id=story.clinic.id).adds_words = True
        session.commit()
    story.clockwork.run("2027-01-04 00:00", "2027-01-30 00:00")
    first, second, third, fourth = (mail.text for mail in story.reminder_mails())
    assert "先日お願いした件" in first
    assert "お時間が必要でしたら" in second
    assert "たびたびのお願い" in third
    assert "たびたびのお願い" in fourth


def test_whoever_is_writing_when_a_reminder_goes_out_goes_on_writing(story: Story, app: FastAPI) -> None:
    vera = Engineer(Browser(app), story.mailbox, VERA)
    general = f"/answer/{story.submission.id}/sections/general"
    with time_machine.travel(at("2027-01-08 08:50")) as moved:
        vera.enters()
        page = vera.open(general)
        moved.move_to(at("2027-01-08 09:00"))
        story.clockwork.minute()
        assert story.reminders() == ["01-08 09:00"]
        moved.move_to(at("2027-01-08 09:05"))
        assert page.submit(general, answers_of(story.submission, "general")).status == 200
        # After a long pause the same browser asks for a code; it goes by the new link, without looking for the mail.
        moved.move_to(at("2027-01-08 10:30"))
        asked = vera.open(general)
        assert asked.status == 401
        asked.submit(f"/answer/{story.submission.id}/again").submit("/code", {"code": vera.code})
        assert vera.open(general).status == 200


def test_a_code_that_was_asked_for_just_before_the_reminder_still_opens(story: Story, app: FastAPI) -> None:
    vera = Engineer(Browser(app), story.mailbox, VERA)
    with time_machine.travel(at("2027-01-08 08:59")) as moved:
        landing = vera.open(vera.link)
        asked = landing.submit(landing.path)
        code = vera.code
        moved.move_to(at("2027-01-08 09:00"))
        story.clockwork.minute()
        moved.move_to(at("2027-01-08 09:01"))
        assert asked.submit("/code", {"code": code}).path == f"/answer/{story.submission.id}"


def test_stopping_the_newest_link_ends_sessions_that_began_with_an_older_one(
    story: Story, app: FastAPI, database: Database
) -> None:
    vera = Engineer(Browser(app), story.mailbox, VERA)
    with time_machine.travel(at("2027-01-08 08:50")) as moved:
        vera.enters()
        moved.move_to(at("2027-01-08 09:00"))
        story.clockwork.minute()
        with database.open_writer() as session:
            submission = session.get_one(Submission, story.submission.id)
            newest = submissions.list_invitations(session, submission=submission)[0]
            invitations.revoke_invitation(session, invitation=newest)
            session.commit()
        assert vera.open(f"/answer/{story.submission.id}/sections/general").status == 401


def test_after_submitting_there_is_peace_and_after_a_return_it_begins_again(
    story: Story, app: FastAPI, database: Database
) -> None:
    story.clockwork.run("2027-01-08 08:00", "2027-01-09 00:00")
    vera = Engineer(Browser(app), story.mailbox, VERA)
    with time_machine.travel(at("2027-01-12 15:00")):
        vera.enters()
        answer_everything(vera, story.submission)
    assert submission_by_id(database, story.submission.id).stage is Stage.SUBMITTED
    story.clockwork.run("2027-01-13 00:00", "2027-01-20 00:00")
    assert story.reminders() == ["01-08 09:00"]
    with time_machine.travel(at("2027-01-20 10:00")), database.open_writer() as session:
        reviews.return_submission(
            session,
            clinic=story.clinic,
            submission=session.get_one(Submission, story.submission.id),
            revision_number=1,
            remarks={"2-4": "いつですか"},
            words="",
            due_on=date(2027, 2, 3),
            reviewed_by=story.member.id,
        )
        session.commit()
    story.clockwork.run("2027-01-20 11:00", "2027-02-04 00:00")
    assert story.reminders() == ["01-08 09:00", "01-27 09:00", "02-02 09:00"]
    assert [mail.kind for mail in story.reminder_mails()] == ["reminder", "returned", "returned"]


def test_every_other_end_brings_peace_too(story: Story, database: Database) -> None:
    with time_machine.travel(at("2026-12-28 11:00"), tick=False), database.open_writer() as session:
        declined = story.ask(session, "no@vendor.example")
        withdrawn = story.ask(session, "gone@vendor.example")
        accepted = story.ask(session, "ok@vendor.example")
        outcomes.decline_submission(session, submission=declined, reason="契約外", person="x")
        submissions.withdraw_submission(session, submission=withdrawn)
        factories.submit_answers(session, accepted)
        reviews.accept_submission(
            session, clinic=story.clinic, submission=accepted, revision_number=1, reviewed_by=story.member.id
        )
        session.commit()
    story.clockwork.run("2027-01-04 00:00", "2027-01-30 00:00")
    assert len(story.reminders()) == 4
    for address in ("no@vendor.example", "gone@vendor.example", "ok@vendor.example"):
        assert story.reminders(address) == []


def test_three_days_asleep_over_a_reminder_bring_one(story: Story) -> None:
    story.clockwork.run("2027-01-04 00:00", "2027-01-09 00:00")
    # Off from the fourteenth to the seventeenth, and over the weekend; on again in the middle of Monday's morning.
    story.clockwork.run("2027-01-18 10:30", "2027-01-20 00:00")
    assert story.reminders() == ["01-08 09:00", "01-18 10:30"]


def test_three_weeks_asleep_bring_one_as_well(story: Story) -> None:
    story.clockwork.run("2027-02-01 09:00", "2027-02-02 00:00")
    assert story.reminders() == ["02-01 09:00"]


def test_two_schedulers_send_one(story: Story, database: Database) -> None:
    with time_machine.travel(at("2027-01-08 09:00"), tick=False):
        with database.open_reader() as session:
            assert session.exec(select(Submission)).one().stage is Stage.INVITED
        remind_clinic(database, str(story.clinic.id))
        remind_clinic(database, str(story.clinic.id))
        with database.open_writer() as session:
            # The second one had looked before the first one was through.
            routines.get_routine(session, clinic_id=story.clinic.id).reminded_on = None
            session.commit()
        remind_clinic(database, str(story.clinic.id))
    assert story.reminders() == ["01-08 09:00"]


def test_who_was_reminded_by_hand_is_left_in_peace_for_two_days(story: Story, database: Database) -> None:
    with time_machine.travel(at("2027-01-14 16:00"), tick=False), database.open_writer() as session:
        submission = session.get_one(Submission, story.submission.id)
        reminders.remind_vendor(session, clinic=story.clinic, submission=submission, reminded_by=story.member.id)
        session.commit()
    story.clockwork.run("2027-01-15 00:00", "2027-01-22 00:00")
    assert story.reminders() == ["01-14 16:00", "01-21 09:00"]


def test_the_cap_holds_and_the_rest_goes_out_the_next_morning(
    story: Story, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(at("2026-12-28 11:00"), tick=False), database.open_writer() as session:
        addresses = [VERA, *(f"vendor{number}@vendor.example" for number in range(4))]
        for address in addresses[1:]:
            story.ask(session, address)
        session.commit()
    monkeypatch.setenv("PORTAL_CLINIC_INVITATIONS_PER_DAY", "3")
    get_settings.cache_clear()
    story.clockwork.run("2027-01-08 08:00", "2027-01-09 00:00")
    assert sum(len(story.reminders(address)) for address in addresses) == 3
    story.clockwork.run("2027-01-12 08:00", "2027-01-13 00:00")
    assert [len(story.reminders(address)) for address in addresses] == [1] * 5


def test_the_page_of_a_request_tells_the_plan_and_pauses_it(story: Story, app: FastAPI, database: Database) -> None:
    address = f"/submissions/{story.submission.id}"
    with time_machine.travel(at("2027-01-05 10:00"), tick=False):
        alice = signed_in(app, database, story.member, story.clinic)
        page = alice.open(address)
        assert page.says("2027年1月8日（金）の朝")
        page = page.submit("/reminders/pause")
        assert page.says("この依頼では止めています")
    story.clockwork.run("2027-01-08 08:00", "2027-01-09 00:00")
    assert story.reminders() == []
    with time_machine.travel(at("2027-01-12 10:00"), tick=False):
        alice = signed_in(app, database, story.member, story.clinic)
        assert alice.open(address).submit("/reminders/resume").says("2027年1月12日（火）の朝")
    story.clockwork.run("2027-01-13 08:00", "2027-01-14 00:00")
    assert story.reminders() == ["01-13 09:00"]


def test_a_clinic_chooses_its_own_rhythm_or_none(story: Story, app: FastAPI, database: Database) -> None:
    with time_machine.travel(at("2027-01-05 10:00"), tick=False):
        alice = signed_in(app, database, story.member, story.clinic)
        wanted = {"reminds": "true", "days_before": ["7"], "weeks_after": "1", "hour": "11"}
        page = alice.open("/settings/reminders").submit("/settings/reminders", wanted)
        assert page.says("設定を保存しました")
    story.clockwork.run("2027-01-05 11:00", "2027-02-28 00:00")
    assert story.reminders() == ["01-15 11:00", "01-29 11:00"]
    with time_machine.travel(at("2027-03-01 10:00"), tick=False):
        alice = signed_in(app, database, story.member, story.clinic)
        alice.open("/settings/reminders").submit("/settings/reminders", {"reminds": None})
        assert alice.open(f"/submissions/{story.submission.id}").says("自動の催促を使わない")


def test_without_an_address_or_a_mail_server_nothing_is_sent(
    story: Story, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(at("2026-12-28 11:00"), tick=False), database.open_writer() as session:
        vendor, contact = factories.make_vendor(session, story.clinic, email="phone@vendor.example")
        made = factories.make_submission(session, story.clinic, vendor, created_by=story.member.id, due_on=DUE)
        invitations.copy_link(session, submission=made, name="電話", copied_by=story.member.id)
        session.commit()
    story.clockwork.run("2027-01-08 08:00", "2027-01-09 00:00")
    assert story.reminders(contact.email) == []
    monkeypatch.setenv("PORTAL_SMTP_HOST", "")
    get_settings.cache_clear()
    story.clockwork.run("2027-01-12 08:00", "2027-01-30 00:00")
    assert story.reminders() == ["01-08 09:00"]
