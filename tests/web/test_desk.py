"""The vendor's desk: every clinic that asks one address, several answered at once, and nobody else's business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import Session, select

from models import Answer, AnswerOrigin, DeskCode, Event, Invitation, Revision, Submission
from models.database import Database
from services import clock, invitations, submissions, upkeep
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk, Engineer, Mailbox, signed_in, submission_by_id
from tests.queries import recorded
from tests.stories import answer_everything, fill_in, in_days
from tests.web.test_forwarding import hand_on, hand_on_part


@dataclass
class Asked:
    """A clinic that asks, with its clerk."""

    clerk: Clerk
    submission: Submission

    @property
    def name(self) -> str:
        return self.clerk.clinic.name


def ask(app: FastAPI, database: Database, name: str, email: str, **values: object) -> Asked:
    """One more clinic asks this address."""
    with database.open_writer() as session:
        clinic = factories.make_clinic(session, name)
        member = factories.make_member(session, clinic)
        vendor, _ = factories.make_vendor(session, clinic, email=email)
        system = factories.make_system(session, clinic, vendor)
        made = factories.make_submission(
            session,
            clinic,
            vendor,
            [system],
            created_by=member.id,
            **{"due_on": in_days(20), **values},  # type: ignore[arg-type]
        )
        session.commit()
    clerk = signed_in(app, database, member, clinic)
    clerk.invites(made, email)
    return Asked(clerk, made)


@pytest.fixture
def three(app: FastAPI, database: Database, vera: Engineer) -> list[Asked]:
    return [ask(app, database, name, vera.email) for name in ("あおば歯科", "いずみ医院", "うめだ薬局")]


def answers_in(database: Database, submission: Submission) -> dict[str, Answer]:
    with database.open_reader() as session:
        found = session.exec(select(Answer).where(Answer.submission_id == submission.id)).all()
    return {answer.item_key: answer for answer in found}


def opened(vera: Engineer, asked: Asked) -> Page:
    return vera.browser.post(f"/desk/open/{asked.submission.id}")


def test_a_code_opens_the_list_of_every_clinic_that_asks(three: list[Asked], vera: Engineer) -> None:
    page = vera.comes_to_desk()
    assert page.path == "/desk"
    assert page.says("回答をお待ちしている依頼が3件あります")
    for asked in three:
        assert page.says(asked.name)
    assert page.says("回答13項目")
    ordered = vera.open("/desk", sort="-clinic").text
    assert ordered.index("うめだ薬局") < ordered.index("あおば歯科")


def test_a_request_is_opened_without_another_code_and_the_clinic_reads_of_it(
    three: list[Asked], vera: Engineer, database: Database
) -> None:
    vera.comes_to_desk()
    for asked in three[:2]:
        assert opened(vera, asked).path == f"/answer/{asked.submission.id}"
    assert vera.open(f"/answer/{three[0].submission.id}").status == 200, "one does not end the other"
    assert vera.open(f"/answer/{three[2].submission.id}").status == 404
    assert submission_by_id(database, three[0].submission.id).opened_at
    log = three[0].clerk.open("/log")
    assert log.says("依頼の一覧からこの依頼を開きました")
    assert not three[2].clerk.open("/log").says("依頼の一覧から")


def test_three_clinics_are_answered_with_one_sheet_and_handed_in_with_one_name(
    three: list[Asked], vera: Engineer, database: Database, mailbox: Mailbox
) -> None:
    vera.comes_to_desk()
    source, *others = three
    opened(vera, source)
    fill_in(vera, source.submission, no={"2-4": in_days(15)})
    page = vera.open("/desk")
    to = [asked.submission.id for asked in others]
    plan = page.submit("/desk/together", {"to": to, "source": source.submission.id})
    assert plan.says("13項目を書き込みます")
    assert plan.says("未回答")
    assert not answers_in(database, others[0].submission), "looking writes nothing"
    written = plan.submit("/desk/together")
    assert written.says("2件の依頼に下書きとして書き込みました")
    for asked in others:
        stored = answers_in(database, asked.submission)
        assert len(stored) == 13
        assert {answer.origin for answer in stored.values()} == {AnswerOrigin.ELSEWHERE}
        assert stored["2-4"].target_on == in_days(15)
        assert submission_by_id(database, asked.submission.id).submitted_at is None, "never handed in by itself"
    check = vera.open("/desk/hand-in", to=[asked.submission.id for asked in three])
    assert check.says("提出できる依頼")
    done = check.submit("/desk/hand-in", {"responsible_name": "緑川 誠", "responsible_title": "部長"})
    assert done.says("3件を提出しました")
    for asked in three:
        with database.open_reader() as session:
            revision = session.exec(select(Revision).where(Revision.submission_id == asked.submission.id)).one()
        assert (revision.responsible_name, revision.submitted_by, revision.no_count) == ("緑川 誠", vera.email, 1)
        assert mailbox.last(asked.clerk.member.email, "submitted").clinic_id == asked.clerk.clinic.id
    seen = others[0].clerk.open(f"/submissions/{others[0].submission.id}/revisions/1")
    assert seen.says("この事業者が別の依頼に答えた内容から「同じ」と確認されました")


def test_no_clinic_learns_of_another(three: list[Asked], vera: Engineer, database: Database) -> None:
    vera.comes_to_desk()
    source, receiver, _third = three
    opened(vera, source)
    fill_in(vera, source.submission)
    plan = vera.open("/desk/together", to=receiver.submission.id, source=source.submission.id)
    plan.submit("/desk/together")
    check = vera.open("/desk/hand-in", to=receiver.submission.id)
    check.submit("/desk/hand-in", {"responsible_name": "緑川 誠", "responsible_title": "部長"})
    foreign = (source.name, str(source.submission.id), str(source.clerk.clinic.id))
    for path in (
        "/",
        "/log",
        f"/submissions/{receiver.submission.id}",
        f"/submissions/{receiver.submission.id}/review",
    ):
        text = receiver.clerk.open(path).response.text
        assert not [name for name in foreign if name in text], path
    with database.open_reader() as session:
        chain = session.exec(select(Event).where(Event.chain_id == receiver.clerk.clinic.id)).all()
        frozen = session.exec(select(Revision).where(Revision.submission_id == receiver.submission.id)).one()
    told = "".join(str(event.details) + event.actor_name for event in chain) + str(frozen.answers)
    assert not [name for name in foreign if name in told]


def test_what_stands_there_stays_unless_it_is_to_be_replaced(
    three: list[Asked], vera: Engineer, database: Database
) -> None:
    vera.comes_to_desk()
    source, other, _third = three
    opened(vera, source)
    fill_in(vera, source.submission)
    opened(vera, other)
    fill_in(vera, other.submission, no={"2-4": in_days(15)})
    address = {"to": other.submission.id, "source": source.submission.id}
    plan = vera.open("/desk/together", **address)
    assert plan.says("1項目は別の回答があるため、そのままにします")
    assert not plan.offers("下書きとして書き込む")
    replacing = vera.open("/desk/together", **address, overwrite="true")
    assert replacing.says("1項目を書き込みます")
    replacing.submit("/desk/together")
    stored = answers_in(database, other.submission)["2-4"]
    assert (stored.value, stored.target_on, stored.origin) == ("yes", None, AnswerOrigin.ELSEWHERE)


def test_a_plan_that_was_overtaken_is_shown_again_and_writes_nothing(
    three: list[Asked], vera: Engineer, database: Database
) -> None:
    vera.comes_to_desk()
    source, other, _third = three
    opened(vera, source)
    fill_in(vera, source.submission)
    plan = vera.open("/desk/together", to=other.submission.id, source=source.submission.id)
    opened(vera, other)
    vera.browser.post(f"/answer/{other.submission.id}/answers/2-4", {"2-4.answer": "yes", "2-4.version": "0"})
    again = plan.submit("/desk/together")
    assert again.status == 409
    assert again.says("その間に内容が変わりました")
    assert set(answers_in(database, other.submission)) == {"2-4"}
    assert again.submit("/desk/together").says("1件の依頼に下書き")


def test_other_forms_submitted_ones_and_unfinished_ones_are_named_and_left_alone(
    app: FastAPI, three: list[Asked], vera: Engineer, database: Database
) -> None:
    older = ask(app, database, "えびす内科", vera.email, edition_id="r6")
    vera.comes_to_desk()
    source, done, unfinished = three
    for asked in (source, done):
        opened(vera, asked)
    fill_in(vera, source.submission)
    answer_everything(vera, done.submission)
    to = [older.submission.id, done.submission.id]
    plan = vera.open("/desk/together", to=to, source=source.submission.id)
    assert plan.text.count("書き込むものはありません") == 2
    assert vera.open("/desk/together", to=to, source=unfinished.submission.id).status == 409
    check = vera.open("/desk/hand-in", to=unfinished.submission.id)
    assert check.says("まだ提出できない依頼")
    assert vera.open("/desk/together").says("もとにする回答を選んでください")
    assert vera.open("/desk/hand-in").says("提出する依頼に印を付けてください")
    nameless = vera.open("/desk/hand-in", to=source.submission.id).submit("/desk/hand-in")
    assert nameless.status == 422


def test_withdrawn_ones_stand_apart_and_taken_back_links_are_gone(
    three: list[Asked], vera: Engineer, database: Database
) -> None:
    withdrawn, revoked, reported = three
    with database.open_writer() as session:
        submissions.withdraw_submission(session, submission=session.get_one(Submission, withdrawn.submission.id))
        link = session.exec(select(Invitation).where(Invitation.submission_id == revoked.submission.id)).one()
        invitations.revoke_invitation(session, invitation=link)
        session.commit()
    vera.browser.post(f"{vera.link}/not-us")
    page = vera.comes_to_desk()
    assert page.says("取り下げ・辞退")
    assert page.says(withdrawn.name)
    assert not page.says(revoked.name)
    assert not page.says(reported.name)
    for asked in three:
        assert opened(vera, asked).status == 404


def test_a_link_taken_back_ends_what_was_opened_from_the_desk(
    three: list[Asked], vera: Engineer, database: Database
) -> None:
    vera.comes_to_desk()
    opened(vera, three[0])
    with database.open_writer() as session:
        link = session.exec(select(Invitation).where(Invitation.submission_id == three[0].submission.id)).one()
        invitations.revoke_invitation(session, invitation=link)
        session.commit()
    assert vera.open(f"/answer/{three[0].submission.id}").status == 401
    assert not vera.open("/desk").says(three[0].name)


def test_a_newer_link_to_the_same_address_makes_one_line_and_another_address_sees_nothing(
    app: FastAPI, three: list[Asked], vera: Engineer, mailbox: Mailbox
) -> None:
    three[0].clerk.invites(three[0].submission, vera.email)
    three[1].clerk.invites(three[1].submission, "walter@vendor.example")
    page = vera.comes_to_desk()
    assert page.text.count(three[0].name + " ") == page.text.count(three[1].name + " ")
    walter = Engineer(Browser(app), mailbox, "walter@vendor.example")
    seen = walter.comes_to_desk()
    assert seen.says(three[1].name)
    assert not seen.says(three[0].name)
    assert opened(walter, three[0]).status == 404
    foreign, own = three[0].submission.id, three[1].submission.id
    for address in (
        "/desk/together?to={}&source=" + str(own),
        f"/desk/together?to={own}&source={{}}",
        "/desk/hand-in?to={}",
    ):
        refused, unknown = walter.open(address.format(foreign)), walter.open(address.format(uuid4()))
        assert refused.status in (404, 409)
        assert refused.response.content == unknown.response.content
    assert walter.open("/desk/hand-in", to=foreign).status == 404
    values = {"to": foreign, "responsible_name": "誰か", "responsible_title": "係"}
    assert walter.browser.post("/desk/hand-in", values).status == 404


def test_a_colleague_finds_the_part_that_was_handed_on_and_the_sender_sees_who_has_what(
    app: FastAPI, three: list[Asked], vera: Engineer, mailbox: Mailbox, database: Database
) -> None:
    shared, given_away, _third = three
    vera.comes_to_desk()
    for asked in (shared, given_away):
        opened(vera, asked)
    hand_on_part(vera, shared.submission, "nana@vendor.example", "general")
    hand_on(vera, given_away.submission, "nana@vendor.example", "七尾 花")
    seen = vera.open("/desk")
    assert seen.says("七尾 花 (nana@vendor.example) さんの担当：")
    assert seen.says("さんの担当：全体")
    nana = Engineer(Browser(app), mailbox, "nana@vendor.example")
    page = nana.comes_to_desk()
    assert page.says("回答をお待ちしている依頼が2件あります")
    assert page.says("お願いする部分：")
    assert page.says("サポート窓口 (vera@vendor.example) さんから引き継ぎ")
    assert page.tree.xpath("//input[@name='to']/@value") == [str(given_away.submission.id)], "a part is not handed in"
    assert opened(nana, shared).status == 200
    section = nana.open(f"/answer/{shared.submission.id}/sections/general")
    keys = section.tree.xpath("//*[@data-item]/@data-item")
    for key in keys:
        nana.browser.post(
            f"/answer/{shared.submission.id}/answers/{key}", {f"{key}.answer": "yes", f"{key}.version": 0}
        )
    done = nana.open("/desk")
    assert done.says(f"{len(keys)}/{len(keys)}")
    assert done.says("担当の部分は入力済み")
    assert nana.open(f"/answer/{shared.submission.id}/finish").status == 403
    assert nana.open("/desk/hand-in", to=shared.submission.id).status == 404


def test_the_address_counts_without_regard_to_capitals_and_the_code_goes_where_the_clinic_wrote(
    app: FastAPI, database: Database, mailbox: Mailbox
) -> None:
    ask(app, database, "あおば歯科", "Walter@vendor.example")
    walter = Engineer(Browser(app), mailbox, "Walter@vendor.example")
    walter.browser.open("/desk/sign-in").submit("/desk/sign-in", {"email": "wALTER@Vendor.Example"})
    assert len(mailbox.all("Walter@vendor.example", "desk_code")) == 1
    assert walter.comes_to_desk().says("あおば歯科")


def test_known_and_unknown_addresses_are_answered_alike(
    three: list[Asked], vera: Engineer, stranger: Browser, mailbox: Mailbox, database: Database
) -> None:
    known = vera.open("/desk/sign-in").submit("/desk/sign-in", {"email": vera.email})
    unknown = stranger.open("/desk/sign-in").submit("/desk/sign-in", {"email": "nobody@vendor.example"})
    assert known.response.text == unknown.response.text
    assert not mailbox.all("nobody@vendor.example")
    refusals = [
        browser.open("/desk/code").submit("/desk/code", {"code": "000000x"}) for browser in (vera.browser, stranger)
    ]
    assert refusals[0].response.text == refusals[1].response.text
    with database.open_reader() as session:
        assert len(session.exec(select(DeskCode)).all()) == 2


def test_codes_are_few_short_lived_and_of_one_browser(three: list[Asked], vera: Engineer, stranger: Browser) -> None:
    page = vera.open("/desk/sign-in").submit("/desk/sign-in", {"email": vera.email})
    assert stranger.open("/desk/code").status == 401
    for left in (4, 3, 2, 1):
        page = page.submit("/desk/code", {"code": "12345"})
        assert page.says(f"あと{left}回")
    assert page.submit("/desk/code", {"code": "12345"}).says("入力5回まで")
    vera.comes_to_desk()
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert vera.open("/desk").status == 401
        page = vera.open("/desk/sign-in").submit("/desk/sign-in", {"email": vera.email})
        for _try in range(6):
            page = vera.browser.post("/desk/sign-in", {"email": vera.email})
        assert page.status == 429


def test_signing_out_ends_the_desk_and_spent_codes_are_forgotten(
    three: list[Asked], vera: Engineer, database: Database
) -> None:
    page = vera.comes_to_desk()
    assert page.submit("/desk/leave").path == "/desk/sign-in"
    assert vera.open("/desk").status == 401
    with time_machine.travel(clock.now() + timedelta(days=40)), database.open_writer() as session:
        upkeep.forget_spent(session)
        assert not session.exec(select(DeskCode)).all()


def test_the_list_asks_the_database_as_often_for_one_as_for_many(
    app: FastAPI, three: list[Asked], vera: Engineer, database: Database
) -> None:
    vera.comes_to_desk()
    with recorded(database) as few:
        vera.open("/desk")
    for number in range(5):
        ask(app, database, f"第{number}医院", vera.email)
    with recorded(database) as many:
        vera.open("/desk")
    assert len(few) == len(many)


def test_it_reads_in_english_too(three: list[Asked], vera: Engineer) -> None:
    vera.comes_to_desk()
    vera.browser.post("/language", {"language": "en", "back": "/"})
    assert vera.open("/desk").heading == "All requests to your address"
    opened(vera, three[0])
    fill_in(vera, three[0].submission)
    plan = vera.open("/desk/together", to=three[1].submission.id, source=three[0].submission.id)
    assert plan.says("13 items are written")
    assert vera.open("/desk/hand-in", to=three[0].submission.id).heading == "Check and hand in"


def test_a_link_alone_or_a_stranger_does_not_reach_the_desk(
    three: list[Asked], vera: Engineer, stranger: Browser, session: Session
) -> None:
    vera.enters()
    for browser in (vera.browser, stranger):
        page = browser.open("/desk")
        assert page.status == 401
        assert page.follow("コードを送ってもらう").path == "/desk/sign-in"
        assert browser.post(f"/desk/open/{three[0].submission.id}").status == 401


def test_whoever_holds_a_part_of_the_form_opens_it_but_hands_nothing_in(
    app: FastAPI, three: list[Asked], vera: Engineer, database: Database
) -> None:
    vera.comes_to_desk()
    opened(vera, three[0])
    fill_in(vera, three[0].submission)
    with database.open_writer() as session:
        link = session.exec(select(Invitation).where(Invitation.submission_id == three[0].submission.id)).one()
        link.section_keys = ["general"]
        session.commit()
    assert vera.open("/desk/hand-in", to=three[0].submission.id).status == 404
    values = {"to": three[0].submission.id, "responsible_name": "誰か", "responsible_title": "係"}
    assert vera.browser.post("/desk/hand-in", values).status == 404
    assert vera.open("/desk/together", to=three[1].submission.id, source=three[0].submission.id).status == 404
    assert submission_by_id(database, three[0].submission.id).submitted_at is None
    assert opened(vera, three[0]).status == 200
