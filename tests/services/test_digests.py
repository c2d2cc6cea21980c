"""Claims about the weekly digest: on Monday or the first working day, only for those who want it, never empty."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import time_machine
from sqlmodel import Session, select

from models import Clinic, Mail, Member, Membership, Side, Submission
from models.database import Database
from services import bounces, clock, digests, editions, invitations, outcomes, submissions, threads
from services.threads import Writer
from tests import factories
from tests.clockwork import Clockwork, at
from tests.people import Mailbox
from tests.queries import recorded

READER = "reader@clinic.example"


@pytest.fixture
def clockwork(database: Database, settings: object, monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    return Clockwork(database, monkeypatch)


class Office:
    """A clinic with a reader, set up on the Wednesday before Christmas."""

    def __init__(self, database: Database, clockwork: Clockwork, mailbox: Mailbox) -> None:
        self.database, self.clockwork, self.mailbox = database, clockwork, mailbox
        with time_machine.travel(at("2026-12-23 10:00"), tick=False), database.open_writer() as session:
            self.clinic: Clinic = factories.make_clinic(session, "やまもと内科クリニック")
            self.member: Member = factories.make_member(session, self.clinic, email=READER)
            session.commit()

    def ask(self, session: Session, name: str, due_on: date, *, is_mailed: bool = True) -> Submission:
        vendor, contact = factories.make_vendor(session, self.clinic, name=name)
        made = factories.make_submission(session, self.clinic, vendor, created_by=self.member.id, due_on=due_on)
        if is_mailed:
            invitations.invite_vendor(session, submission=made, email=contact.email, name="", invited_by=self.member.id)
        else:
            invitations.copy_link(session, submission=made, name="", copied_by=self.member.id)
        return made

    def digests(self, to: str = READER) -> list[Mail]:
        return self.mailbox.all(to, "weekly_digest")

    def moments(self) -> list[str]:
        return [f"{clock.local(mail.created_at):%m-%d %H:%M}" for mail in self.digests()]


@pytest.fixture
def office(database: Database, clockwork: Clockwork, mailbox: Mailbox) -> Office:
    return Office(database, clockwork, mailbox)


def test_it_comes_on_mondays_or_the_first_working_day_and_only_with_something_to_tell(office: Office) -> None:
    office.clockwork.run("2026-12-23 11:00", "2027-01-05 00:00")
    assert office.moments() == [], "nothing was asked yet"
    with time_machine.travel(at("2027-01-05 10:00"), tick=False), office.database.open_writer() as session:
        office.ask(session, "みどりメディカル", date(2027, 1, 6))
        session.commit()
    # Monday the eleventh is a holiday.
    office.clockwork.run("2027-01-05 11:00", "2027-01-30 00:00")
    assert office.moments() == ["01-12 09:00", "01-18 09:00", "01-25 09:00"]


def test_a_portal_that_was_off_on_monday_tells_it_as_soon_as_it_is_on(office: Office) -> None:
    with time_machine.travel(at("2027-01-05 10:00"), tick=False), office.database.open_writer() as session:
        office.ask(session, "みどりメディカル", date(2027, 1, 6))
        session.commit()
    office.clockwork.run("2027-01-20 10:20", "2027-01-22 00:00")
    assert office.moments() == ["01-20 10:20"]


def test_it_names_what_came_in_what_waits_and_what_people_must_do(office: Office) -> None:
    with time_machine.travel(at("2027-01-05 10:00"), tick=False), office.database.open_writer() as session:
        late = office.ask(session, "遅刻システム", date(2027, 1, 8))
        answered = office.ask(session, "回答システム", date(2027, 1, 29))
        declined = office.ask(session, "辞退システム", date(2027, 1, 29))
        withdrawn = office.ask(session, "取下システム", date(2027, 1, 8))
        by_phone = office.ask(session, "電話システム", date(2027, 1, 13), is_mailed=False)
        submissions.withdraw_submission(session, submission=withdrawn)
        mail = session.exec(select(Mail).where(Mail.submission_id == late.id)).one()
        bounces.note_bounce(session, mail=mail, is_hard=True, status="5.1.1", words="User unknown")
        session.commit()
    with time_machine.travel(at("2027-01-08 15:00"), tick=False), office.database.open_writer() as session:
        factories.submit_answers(session, session.get_one(Submission, answered.id))
        outcomes.decline_submission(
            session, submission=session.get_one(Submission, declined.id), reason="契約外です", person="x"
        )
        session.commit()
    office.clockwork.run("2027-01-12 09:00", "2027-01-12 10:00")
    [mail] = office.digests()
    assert mail.subject == "【やまもと内科クリニック】今週のまとめ（新しい回答 1件・期限超過 1件）"
    parts = {part.partition("\n")[0]: part for part in mail.text.split("■ ")[1:]}
    assert set(parts) == {
        "届いた回答",
        "辞退したベンダー",
        "確認をお待ちしている回答",
        "期限を過ぎています",
        "ご自身で催促してください（メールでは届けられません）",
        "メールが届かないアドレス",
    }
    assert f"回答システム\nhttp://localhost:8000/submissions/{answered.id}" in parts["届いた回答"]
    assert "遅刻システム" in parts["期限を過ぎています"]
    to_remind = parts["ご自身で催促してください（メールでは届けられません）"]
    assert f"/submissions/{by_phone.id}" in to_remind
    assert f"/submissions/{late.id}" not in to_remind, "its next reminder is planned for the fifteenth"
    assert "契約外" not in mail.text + mail.html
    assert "取下システム" not in mail.text
    office.clockwork.run("2027-01-18 09:00", "2027-01-18 10:00")
    assert "■ 届いた回答" not in office.digests()[-1].text, "it came in a week before"
    assert f"/submissions/{late.id}" in office.digests()[-1].text.partition("■ ご自身で")[2]
    assert "■ 確認をお待ちしている回答" in office.digests()[-1].text


def test_open_questions_are_told_with_their_pages_and_with_whose_turn_it_is(office: Office) -> None:
    now = time_machine.travel(at("2027-01-05 10:00"), tick=False)
    with now as traveller, office.database.open_writer() as session:
        asked = office.ask(session, "質問システム", date(2027, 1, 29))
        withdrawn = office.ask(session, "取下システム", date(2027, 1, 29))
        for request, key, side in (
            (asked, "2-4", Side.CLINIC),
            (asked, "2-4", Side.VENDOR),
            (asked, "2-5", Side.CLINIC),
            (asked, "2-6", Side.VENDOR),
            (asked, "", Side.CLINIC),
            (withdrawn, "2-4", Side.VENDOR),
        ):
            writer = Writer(side, name="誰か", reader=side)
            threads.write_message(session, submission=request, item_key=key, writer=writer, text="秘密の言葉です。")
            traveller.shift(60)
        threads.close_thread(session, submission=asked, item_key="2-6", by="誰か", reader="誰か")
        submissions.withdraw_submission(session, submission=withdrawn)
        numbers = {item.key: item.number for item in editions.read_form(asked.asked).items}
        session.commit()
    office.clockwork.run("2027-01-12 09:00", "2027-01-12 10:00")
    [mail] = office.digests()
    parts = {part.partition("\n")[0]: part for part in mail.text.split("■ ")[1:]}
    page = f"http://localhost:8000/submissions/{asked.id}/threads"
    waiting = parts["ベンダーからのメッセージ（お返事をお待ちしています）"]
    assert f"質問システム {numbers['2-4']}\n{page}/2-4" in waiting
    assert waiting.count("http") == 1
    sent = parts["こちらからのメッセージ（まだ返事がありません）"]
    assert f"質問システム {numbers['2-5']}\n{page}/2-5" in sent
    assert f"質問システム\n{page}/request" in sent
    assert "取下システム" not in mail.text
    assert "秘密" not in mail.text + mail.html


def test_only_members_who_want_it_and_are_still_there_get_it(office: Office) -> None:
    with time_machine.travel(at("2027-01-05 10:00"), tick=False), office.database.open_writer() as session:
        office.ask(session, "みどりメディカル", date(2027, 1, 6))
        other = factories.make_clinic(session)
        for address in ("no@clinic.example", "gone@clinic.example"):
            factories.make_member(session, office.clinic, email=address)
        factories.make_member(session, other, email="other@clinic.example")
        english = factories.make_member(session, office.clinic, email="english@clinic.example")
        english.language = "en"
        quiet = session.exec(select(Member).where(Member.email == "no@clinic.example")).one()
        quiet.wants_weekly_digest = False
        gone = session.exec(select(Membership).join(Member).where(Member.email == "gone@clinic.example")).one()
        gone.removed_at = clock.now()
        session.commit()
    office.clockwork.run("2027-01-12 09:00", "2027-01-12 12:00")
    told = {mail.recipient: mail for mail in office.mailbox.all(kind="weekly_digest")}
    assert set(told) == {READER, "english@clinic.example"}
    assert "Past the due date" in told["english@clinic.example"].text


def test_two_schedulers_tell_it_once(office: Office, database: Database) -> None:
    with time_machine.travel(at("2027-01-05 10:00"), tick=False), database.open_writer() as session:
        office.ask(session, "みどりメディカル", date(2027, 1, 6))
        session.commit()
    with time_machine.travel(at("2027-01-12 09:00"), tick=False):
        for _scheduler in range(2):
            with database.open_writer() as session:
                digests.send_digest(session, clinic_id=office.clinic.id)
                session.commit()
    assert len(office.digests()) == 1


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        (None, "2027-01-12 09:00", True),
        ("2027-01-04 09:00", "2027-01-08 09:00", False),
        ("2027-01-08 09:00", "2027-01-11 00:00", True),
        ("2027-01-12 09:00", "2027-01-15 09:00", False),
    ],
)
def test_a_week_begins_on_monday_in_japan(last: str | None, now: str, is_due: bool) -> None:
    moment: datetime | None = at(last) if last else None
    assert digests.is_digest_due(moment, at(now)) is is_due


def test_more_requests_take_no_more_queries(office: Office, database: Database) -> None:
    counts = []
    for _round in range(2):
        with database.open_writer() as session:
            for _vendor in range(5):
                office.ask(session, "", date(2027, 1, 6))
            session.commit()
        with database.open_reader() as session, recorded(database) as queries:
            digests.gather_digest(session, clinic_id=office.clinic.id, since=at("2026-12-23 10:00"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
