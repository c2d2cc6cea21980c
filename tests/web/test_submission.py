"""One request: where it stands, what was sent, what was said, and every step the clinic can take with it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from models import ANSWERABLE, AnswerValue, Clinic, Event, Invitation, Mail, Stage, Submission, Vendor
from models.database import Database
from services import clock, invitations, outcomes, reviews, submissions
from services.history import list_submission_events
from tests import factories
from tests.people import CODE, LINK, Clerk, Engineer, Mailbox, submission_by_id
from tests.queries import recorded


@pytest.fixture
def submission(database: Database, clinic: Clinic, alice: Clerk, vera: Engineer) -> Submission:
    """A request mailed to Vera's company."""
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, clinic, name="みどり電子カルテ", email=vera.email)
        system = factories.make_system(session, clinic, vendor, name="KarteNova")
        made = factories.make_submission(session, clinic, vendor, [system], created_by=alice.member.id)
        session.commit()
    alice.invites(made, vera.email)
    return made


def address(submission: Submission, more: str = "") -> str:
    return f"/submissions/{submission.id}{more}"


def answer(database: Database, submission: Submission, given: dict[str, dict[str, object]] | None = None) -> None:
    with database.open_writer() as session:
        factories.submit_answers(session, session.get_one(Submission, submission.id), given)
        session.commit()


def links_of(database: Database, submission: Submission) -> list[Invitation]:
    with database.open_reader() as session:
        return submissions.list_invitations(session, submission=submission)


def events_of(database: Database, submission: Submission, verb: str) -> list[Event]:
    with database.open_reader() as session:
        events = list_submission_events(session, clinic_id=submission.clinic_id, submission_id=submission.id)
    return [event for event in events if event.verb == verb]


def test_the_page_tells_where_it_stands_and_what_was_sent(alice: Clerk, submission: Submission, vera: Engineer) -> None:
    page = alice.open(address(submission))
    assert page.heading == "みどり電子カルテ"
    for sentence in (
        "KarteNova",
        "まだ開いていません",
        "令和7年度版の様式を使います",
        "まだ何も記入されていません",
        "書きかけの内容はベンダーのもの",
        "送信箱で待っています",
        vera.email,
        "送信箱で待機中",
        "窓口",
    ):
        assert page.says(sentence), sentence


def test_drafts_are_not_shown_before_they_are_submitted(
    alice: Clerk, submission: Submission, vera: Engineer, database: Database
) -> None:
    vera.enters()
    section = vera.open(f"/answer/{submission.id}/sections/general")
    typed = {"2-4.answer": "no", "2-4.target_on": "2027-02-01", "2-4.remark": "まだ秘密の下書き"}
    section.submit("/sections/general", typed)
    page = alice.open(address(submission))
    assert page.says("13項目のうち1項目まで記入されています")
    assert not page.says("まだ秘密の下書き")
    assert not events_of(database, submission, "submission.viewed"), "there was nothing to look at"
    answer(database, submission, {"2-4": {"value": AnswerValue.NO, "remark": "提出した文"}})
    assert alice.open(address(submission)).says("提出した文")


def test_who_looks_at_answers_is_recorded_before_they_are_shown(
    alice: Clerk, carol: Clerk, submission: Submission, database: Database
) -> None:
    answer(database, submission)
    alice.open(address(submission))
    carol.open(address(submission))
    carol.open(address(submission, "/revisions/1"))
    names = [event.actor_name for event in events_of(database, submission, "submission.viewed")]
    assert names == [alice.member.name, carol.member.name, carol.member.name]
    assert not alice.open(address(submission)).says("読みました"), "the story of a request leaves looks out"


def test_answers_stand_beside_last_years_with_differences_marked(
    alice: Clerk, submission: Submission, database: Database, clinic: Clinic
) -> None:
    with database.open_writer() as session:
        vendor = session.get_one(Vendor, submission.vendor_id)
        last = factories.make_submission(session, clinic, vendor, created_by=alice.member.id, fiscal_year=2025)
        factories.submit_answers(session, last, {"2-9": {"remark": "昨年はこうでした"}})
        session.commit()
    answer(database, submission, {"2-9": {"value": AnswerValue.NO, "remark": "今年はまだです"}})
    page = alice.open(address(submission))
    [changed] = page.tree.xpath("//tr[contains(@class, 'pair--changed')]")
    text = changed.text_content()
    for words in ("変更あり", "昨年はこうでした", "今年はまだです", "2-⑨"):
        assert words in text, words
    assert "pair--no" in changed.get("class")
    assert page.tree.xpath("//input[@name='show'][@value='changed']")


def test_a_reminder_is_sent_from_the_page(
    alice: Clerk, submission: Submission, mailbox: Mailbox, vera: Engineer, database: Database
) -> None:
    page = alice.open(address(submission)).submit("/reminders")
    assert page.says(f"{vera.email} に催促を送りました")
    assert mailbox.last(vera.email, "reminder")
    assert page.says("新しいリンクに替わりました")
    again = alice.post(address(submission, "/reminders"))
    assert again.status == 409
    assert again.heading == "催促を送ったばかりです"
    assert len(mailbox.all(kind="reminder")) == 1
    from_dashboard = alice.post(address(submission, "/reminders?back=dashboard"))
    assert from_dashboard.status == 409


def test_a_better_address_gets_a_link_and_the_wrong_one_stops(
    alice: Clerk, submission: Submission, mailbox: Mailbox, vera: Engineer
) -> None:
    form = alice.open(address(submission)).follow("別のあて先に送る")
    assert form.tree.xpath("//input[@name='email']/@value") == [vera.email]
    refused = form.submit("/invitations", {"email": "だれか"})
    assert refused.status == 422
    assert refused.tree.xpath("//input[@name='email']/@value") == ["だれか"]
    done = refused.submit("/invitations", {"email": "taro@vendor.example", "name": "太郎"})
    assert done.says("taro@vendor.example に依頼を送りました")
    assert mailbox.last("taro@vendor.example", "invitation")
    assert vera.open(vera.link).status == 410


def test_a_link_is_copied_with_its_code_once(
    alice: Clerk, submission: Submission, mailbox: Mailbox, database: Database
) -> None:
    page = alice.open(address(submission)).submit("/link")
    link, code = page.tree.xpath("//main//input[@readonly]/@value")
    assert LINK.fullmatch(link)
    assert CODE.fullmatch(code)
    assert page.says("電話での伝え方")
    assert not alice.open(address(submission)).says(link)
    assert code not in alice.open(address(submission)).response.text
    assert not [mail for mail in mailbox.all() if link in mail.text]
    [event] = events_of(database, submission, "invitation.copied")
    assert link not in str(event.details)


def test_a_link_is_stopped_and_an_expired_one_renewed(
    alice: Clerk, submission: Submission, database: Database, mailbox: Mailbox, vera: Engineer
) -> None:
    [link] = links_of(database, submission)
    stopped = alice.open(address(submission)).submit(f"/{link.id}/revoke")
    assert stopped.says("リンクを止めました")
    assert links_of(database, submission)[0].revoked_at is not None
    alice.invites(submission, vera.email)
    with database.open_writer() as session:
        for one in session.exec(select(Invitation)):
            one.expires_at = clock.now() - timedelta(days=1)
            session.add(one)
        session.commit()
    expired = alice.open(address(submission))
    assert expired.says("期限切れ")
    newest = links_of(database, submission)[0]
    assert expired.submit(f"/{newest.id}/renew").says(f"{vera.email} に新しいリンクを送りました")
    assert len(mailbox.all(vera.email, "invitation")) == 3


def test_the_state_of_each_mail_is_told(alice: Clerk, submission: Submission, database: Database) -> None:
    with database.open_writer() as session:
        mail = session.exec(select(Mail).where(Mail.kind == "invitation")).one()
        mail.failed_at, mail.last_error = clock.now(), "550 no such user"
        session.add(mail)
        session.commit()
    page = alice.open(address(submission))
    assert page.says("メールが届きませんでした")
    assert page.says("550 no such user")
    assert page.says("正しいあて先に送り直すか")
    assert page.offers("メールで送る")


def test_more_time_is_given(alice: Clerk, submission: Submission, database: Database) -> None:
    later = clock.today() + timedelta(days=50)
    page = alice.open(address(submission)).submit("/due", {"due_on": later.isoformat()})
    assert page.says("期限を")
    assert submission_by_id(database, submission.id).due_on == later
    refused = page.submit("/due", {"due_on": clock.today().isoformat()})
    assert refused.status == 422
    assert refused.says("期限は明日以降の日にしてください")
    beyond = refused.submit("/due", {"due_on": "2028-01-14"})
    assert beyond.says("依頼した年度の外です")
    assert refused.submit("/due", {"due_on": "いつか"}).status == 422


def test_withdrawing_asks_first_and_ends_every_link(
    alice: Clerk, submission: Submission, vera: Engineer, mailbox: Mailbox, database: Database
) -> None:
    asked = alice.open(address(submission)).follow("取り下げる")
    assert asked.says("取り下げますか")
    assert submission_by_id(database, submission.id).withdrawn_at is None
    done = asked.submit("/withdraw")
    assert done.says("依頼を取り下げました")
    assert done.offers("もう一度依頼する")
    assert vera.open(vera.link).status == 410
    assert mailbox.last(vera.email, "withdrawn")
    assert alice.post(address(submission, "/withdraw")).status == 410


def test_a_vendor_that_declined_is_heard_and_may_be_asked_again(
    alice: Clerk, submission: Submission, database: Database
) -> None:
    with database.open_writer() as session:
        found = session.get_one(Submission, submission.id)
        outcomes.decline_submission(session, submission=found, reason="保守契約が終わりました", person="vera")
        session.commit()
    page = alice.open(address(submission))
    assert page.says("保守契約が終わりました")
    again = page.submit("/reopen")
    assert again.path.startswith(address(submission, "/invitations"))
    again.submit("/invitations", {"email": "vera@vendor.example"})
    with database.open_reader() as session:
        assert session.get_one(Submission, submission.id).stage in ANSWERABLE


def test_both_versions_stay_and_their_differences_are_shown(
    alice: Clerk, submission: Submission, database: Database, clinic: Clinic
) -> None:
    answer(database, submission, {"2-9": {"value": AnswerValue.NO, "remark": "はじめの文"}})
    with database.open_writer() as session:
        reviews.return_submission(
            session,
            clinic=clinic,
            submission=session.get_one(Submission, submission.id),
            revision_number=1,
            remarks={"2-9": "いつ直りますか"},
            words="一か所だけ",
            due_on=None,
            reviewed_by=alice.member.id,
        )
        session.commit()
    returned = alice.open(address(submission))
    assert returned.says("差し戻したときの回答です")
    assert returned.says("いつ直りますか")
    answer(database, submission, {"2-9": {"remark": "直した文"}})
    page = alice.open(address(submission))
    assert page.says("第2版")
    newest = page.follow("第2版")
    assert newest.says("はじめの文")
    assert newest.says("直した文")
    assert len(newest.tree.xpath("//tr[contains(@class, 'pair--changed')]")) == 1
    first = alice.open(address(submission, "/revisions/1"))
    assert first.says("一か所だけ")
    assert first.says("いつ直りますか")
    assert not first.says("直した文")
    assert alice.open(address(submission, "/revisions/3")).status == 404


def test_a_late_answer_is_marked(alice: Clerk, submission: Submission, database: Database) -> None:
    with database.open_writer() as session:
        found = session.get_one(Submission, submission.id)
        found.due_on = clock.today() - timedelta(days=2)
        session.add(found)
        session.commit()
    assert alice.open(address(submission)).says("期限を過ぎています")
    answer(database, submission)
    assert alice.open(address(submission)).says("期限を過ぎてからの回答")


def test_the_number_of_questions_does_not_grow(
    alice: Clerk, submission: Submission, database: Database, vera: Engineer
) -> None:
    answer(database, submission)

    def count() -> int:
        with recorded(database) as statements:
            alice.open(address(submission))
        return sum(statement.lstrip().startswith("SELECT") for statement in statements)

    before = count()
    with database.open_writer() as session:
        found = session.get_one(Submission, submission.id)
        for number in range(20):
            factories.hand_over(session, found)
            invitations.invite_vendor(
                session,
                submission=found,
                email=f"{number}@vendor.example",
                name="",
                invited_by=alice.member.id,
            )
        session.commit()
    answer(database, submission)
    assert count() == before


def test_a_viewer_sees_everything_and_finds_no_button(
    carol: Clerk, submission: Submission, database: Database, vera: Engineer
) -> None:
    answer(database, submission, {"2-9": {"value": AnswerValue.NO, "remark": "見える文"}})
    page = carol.open(address(submission))
    assert page.says("見える文")
    assert page.says(vera.email)
    assert not page.tree.xpath("//main//form[@method='post']")
    [link] = links_of(database, submission)
    for more in (
        "/due",
        "/withdraw",
        "/reminders",
        "/invitations",
        "/link",
        "/review",
        f"/invitations/{link.id}/revoke",
        f"/invitations/{link.id}/renew",
    ):
        assert carol.post(address(submission, more)).status == 403, more
    for more in ("/withdraw", "/invitations", "/review"):
        assert carol.open(address(submission, more)).status == 403, more
    assert submission_by_id(database, submission.id).stage is Stage.SUBMITTED


def test_a_stranger_finds_nothing_here(
    charlie: Clerk, submission: Submission, database: Database, mailbox: Mailbox
) -> None:
    answer(database, submission)
    [link] = links_of(database, submission)
    before = len(mailbox.all())
    never = charlie.open(f"/submissions/{uuid4()}").response.text
    assert charlie.open(address(submission)).response.text == never
    for more in ("/revisions/1", "/withdraw", "/invitations", "/review"):
        assert charlie.open(address(submission, more)).status == 404, more
    for more in ("/due", "/withdraw", "/reminders", "/invitations", "/link", "/review"):
        assert charlie.post(address(submission, more), {"due_on": "2027-01-01"}).status == 404, more
    for more in ("/revoke", "/renew"):
        assert charlie.post(address(submission, f"/invitations/{link.id}{more}")).status == 404, more
    assert len(mailbox.all()) == before


def test_a_link_of_another_request_cannot_be_touched_through_this_one(
    alice: Clerk, submission: Submission, database: Database, clinic: Clinic
) -> None:
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, clinic)
        other = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
        session.commit()
    [link] = links_of(database, submission)
    assert alice.post(address(other, f"/invitations/{link.id}/revoke")).status == 404
    assert alice.post(address(other, f"/invitations/{link.id}/renew")).status == 404
