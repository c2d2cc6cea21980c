"""Handing the form on: to whom, how far it reaches, who is written to, and who answered what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from models import Answer, Event, Invitation, Submission
from models.database import Database
from services import holders
from settings import get_settings
from tests.browser import BASE, Browser, Page
from tests.people import Clerk, Engineer, Mailbox, submission_by_id
from tests.stories import answers_of, fill_in, hand_in, in_days
from tests.test_doors import doors_of, group_of

TAKA, NANA = "taka@vendor.example", "nana@vendor.example"
FOR_A_PART = {
    *("show_welcome", "show_section", "save_section", "save_answer", "leave_answering", "ask_code_again"),
    *("show_forwarding", "forward_request", "take_back", "report_not_us"),
    *(
        "list_own_threads",
        "set_reply_address",
        "show_own_thread",
        "write_to_clinic",
        "close_own_thread",
        "read_own_thread",
    ),
}
"""The doors that a colleague with a part of the form may pass; every other one behind a link is shut."""

Colleague = Callable[[str], Engineer]


@pytest.fixture
def colleague(app: FastAPI, mailbox: Mailbox) -> Colleague:
    """Somebody else at the vendor, with a browser of their own."""
    return lambda email: Engineer(Browser(app), mailbox, email)


def hand_on(by: Engineer, asked: Submission, email: str, name: str = "高橋 太郎", **more: object) -> Page:
    page = by.open(f"/answer/{asked.id}/forward")
    return page.submit("/forward", {"email": email, "name": name, **more})


def hand_on_part(by: Engineer, asked: Submission, email: str, *sections: str, name: str = "七尾 花") -> Page:
    return hand_on(by, asked, email, name, reach="part", sections=list(sections))


def holder_of(database: Database, asked: Submission) -> str:
    with database.open_reader() as session:
        return holders.present_holders(session, submission=session.get_one(Submission, asked.id))[0].person


def test_the_whole_form_goes_to_a_colleague_who_answers_and_submits(
    asked: Submission, vera: Engineer, alice: Clerk, mailbox: Mailbox, database: Database, colleague: Colleague
) -> None:
    vera.enters()
    page = hand_on(vera, asked, TAKA, note="来週までにお願いします。http://evil.example")
    assert page.says("高橋 太郎 さんに回しました")
    assert page.says("この依頼は、いま 高橋 太郎 (taka@vendor.example) さんが担当しています")
    mail = mailbox.last(TAKA, "forwarded")
    assert all(word in mail.text for word in ("やまもと内科クリニック", "03-0000-0000", "サポート窓口", "来週までに"))
    assert "http://evil.example" not in mail.text + mail.html
    taka = colleague(TAKA)
    assert taka.enters().says("サポート窓口 (vera@vendor.example) さんから引き継いだ依頼です")
    fill_in(taka, asked)
    assert hand_in(taka, asked).heading == "受領書"
    assert [mail.recipient for mail in mailbox.all(kind="colleague_submitted")] == [vera.email]
    shown = alice.open(f"/submissions/{asked.id}")
    assert shown.says("今の担当者")
    assert shown.says("サポート窓口 (vera@vendor.example) さんから引き継ぎ")
    assert shown.text.count("回答した人：高橋 太郎 (taka@vendor.example)") == 13


def test_reminders_go_to_the_present_holder_and_the_former_is_left_in_peace(
    asked: Submission, vera: Engineer, alice: Clerk, mailbox: Mailbox, database: Database, colleague: Colleague
) -> None:
    vera.enters()
    hand_on(vera, asked, TAKA)
    taka = colleague(TAKA)
    taka.enters()
    hand_on(taka, asked, NANA, "七尾 花")
    before = len(mailbox.all(vera.email))
    page = alice.open(f"/submissions/{asked.id}").submit("/reminders")
    assert page.says(f"{NANA} に催促")
    nana = colleague(NANA)
    assert nana.enters().says("高橋 太郎 (taka@vendor.example) さんから引き継いだ依頼です")
    fill_in(nana, asked)
    hand_in(nana, asked)
    assert [mail.kind for mail in mailbox.all(vera.email)[before:]] == ["colleague_submitted"]
    assert len(mailbox.all(TAKA, "colleague_submitted")) == 1


def test_a_former_holder_is_told_once_for_all_times(
    asked: Submission, vera: Engineer, alice: Clerk, mailbox: Mailbox, colleague: Colleague
) -> None:
    vera.enters()
    hand_on(vera, asked, TAKA)
    taka = colleague(TAKA)
    taka.enters()
    fill_in(taka, asked)
    hand_in(taka, asked)
    review = alice.open(f"/submissions/{asked.id}/review")
    review.submit("/review", {"remark-2-4": "もう一度お願いします。"}, button="verdict=returned")
    assert mailbox.last(kind="returned").recipient == TAKA
    taka.open(f"/answer/{asked.id}/sections/general").submit("/general", {"2-4.remark": "確認しました。"})
    hand_in(taka, asked)
    assert len(mailbox.all(kind="colleague_submitted")) == 1


def test_it_can_be_handed_back_and_on_again(
    asked: Submission, vera: Engineer, database: Database, mailbox: Mailbox, colleague: Colleague
) -> None:
    vera.enters()
    hand_on(vera, asked, TAKA)
    taka = colleague(TAKA)
    taka.enters()
    back = taka.open(f"/answer/{asked.id}/forward").follow("引き継いでくれた方に戻す")
    assert back.form("/forward").fields["email"] == vera.email
    back.submit("/forward")
    assert holder_of(database, asked) == vera.email
    assert not vera.open(f"/answer/{asked.id}").says("さんが担当しています")
    hand_on(vera, asked, NANA, "七尾 花")
    assert holder_of(database, asked) == NANA
    nana = colleague(NANA)
    nana.enters()
    hand_on(nana, asked, TAKA)
    assert holder_of(database, asked) == TAKA
    assert taka.open(taka.link).path == f"/answer/{asked.id}"


def test_what_was_handed_on_can_be_taken_back(
    asked: Submission, vera: Engineer, database: Database, colleague: Colleague
) -> None:
    vera.enters()
    hand_on(vera, asked, TAKA)
    taka = colleague(TAKA)
    taka.enters()
    with database.open_reader() as session:
        link = session.exec(select(Invitation).where(Invitation.email == TAKA)).one()
    assert taka.open(f"/answer/{asked.id}").status == 200
    stranger = taka.browser.post(f"/answer/{asked.id}/colleagues/{link.id}/take-back")
    assert stranger.status == 404
    page = vera.open(f"/answer/{asked.id}").submit(f"/{link.id}/take-back")
    assert page.says("高橋 太郎 さんから引き取りました")
    assert holder_of(database, asked) == vera.email
    assert taka.open(f"/answer/{asked.id}").status == 401


def test_a_colleague_with_a_part_sees_and_answers_nothing_else(
    asked: Submission, vera: Engineer, database: Database, colleague: Colleague, app: FastAPI
) -> None:
    vera.enters()
    fill_in(vera, asked)
    hand_on_part(vera, asked, NANA, "devices")
    nana = colleague(NANA)
    landing = nana.open(nana.link)
    assert landing.says("3項目")
    assert not landing.offers("回答を辞退する")
    welcome = nana.enters()
    assert welcome.says("お願いする部分")
    assert not welcome.offers("回答を辞退する")
    section = f"/answer/{asked.id}/sections"
    page = nana.open(f"{section}/devices")
    assert page.status == 200
    assert not page.offers("全般")
    assert not page.offers("書類")
    saved = page.submit("/devices", answers_of(asked, "devices", {"2-11": in_days(30)}, "保守で対応します。"))
    assert saved.says("ご担当の部分は、すべて入力できました")
    for other in ("general", "organisation"):
        assert nana.open(f"{section}/{other}").status == 404
        assert nana.browser.post(f"{section}/{other}", {"2-4.answer": "no"}).status == 404
    assert nana.browser.post(f"/answer/{asked.id}/answers/2-4", {"2-4.answer": "no"}).status == 404
    hand_on_part(nana, asked, TAKA, "general")
    with database.open_reader() as session:
        by = {answer.item_key: answer.answered_by for answer in session.exec(select(Answer))}
        assert not session.exec(select(Invitation).where(Invitation.email == TAKA)).all()
    assert by["2-11"] == NANA
    assert by["2-4"] == vera.email
    assert vera.open(f"{section}/devices").says("回答した人： 七尾 花 (nana@vendor.example)")
    assert vera.open(f"/answer/{asked.id}/finish").text.count("回答した人： 七尾 花 (nana@vendor.example)") == 1


def test_every_other_door_behind_the_link_is_shut_for_a_part(
    asked: Submission, vera: Engineer, colleague: Colleague, app: FastAPI
) -> None:
    vera.enters()
    hand_on_part(vera, asked, NANA, "devices")
    nana = colleague(NANA)
    nana.enters()
    values = {"submission_id": str(asked.id), "document_id": str(asked.id), "invitation_id": str(asked.id)}
    values |= {"section_key": "devices", "item_key": "2-11"}
    shut = [door for door in doors_of(app) if "vendor" in group_of(door.name)["about"].lower()]
    shut = [door for door in shut if door.path.startswith("/answer/{") and door.name not in FOR_A_PART | {"show_left"}]
    assert len(shut) >= 10
    for door in shut:
        path = door.path
        for name, value in values.items():
            path = path.replace("{" + name + "}", value)
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
        response = nana.browser.client.request(door.method, path, headers=headers)
        assert response.status_code == 403, door


def test_parts_add_up_and_the_whole_takes_their_place(
    asked: Submission, vera: Engineer, database: Database, colleague: Colleague
) -> None:
    vera.enters()
    hand_on_part(vera, asked, NANA, "devices")
    nana = colleague(NANA)
    nana.enters()
    hand_on_part(vera, asked, NANA, "general")
    assert nana.open(nana.link).says("お願いする部分：全般")
    assert nana.open(f"/answer/{asked.id}/sections/general").status == 200
    assert nana.open(f"/answer/{asked.id}/sections/devices").status == 200
    hand_on(vera, asked, NANA, "七尾 花")
    assert nana.open(f"/answer/{asked.id}/documents").status == 200
    assert hand_on_part(vera, asked, NANA, "general").says("七尾 花 さんは全体を担当していて")
    with database.open_reader() as session:
        counting = session.exec(
            select(Invitation).where(Invitation.email == NANA, col(Invitation.replaced_at).is_(None))
        ).all()
    assert [link.section_keys for link in counting] == [None]


def test_a_colleague_with_a_part_reads_that_it_was_handed_in(
    asked: Submission, vera: Engineer, colleague: Colleague
) -> None:
    vera.enters()
    hand_on_part(vera, asked, NANA, "general")
    nana = colleague(NANA)
    nana.enters()
    fill_in(vera, asked)
    hand_in(vera, asked)
    page = nana.open(f"/answer/{asked.id}")
    assert page.status == 200
    assert page.says("この回答は提出されました")


def test_not_for_me_gives_it_back_and_tells_both_sides(
    asked: Submission, vera: Engineer, alice: Clerk, mailbox: Mailbox, database: Database, colleague: Colleague
) -> None:
    vera.enters()
    hand_on(vera, asked, TAKA)
    taka = colleague(TAKA)
    taka.enters().submit("/not-us")
    mail = mailbox.last(vera.email, "given_back")
    assert "高橋 太郎" in mail.text
    assert holder_of(database, asked) == vera.email
    assert vera.open(vera.link).path == f"/answer/{asked.id}"
    assert taka.open(f"/answer/{asked.id}").status == 401
    assert alice.open(f"/submissions/{asked.id}").says(f"({TAKA})")


def test_not_for_us_after_the_code_tells_the_clinic_by_mail_and_on_the_page(
    asked: Submission, vera: Engineer, alice: Clerk, mailbox: Mailbox
) -> None:
    page = vera.enters().submit("/not-us")
    assert page.heading == "お知らせいただき、ありがとうございました"
    assert vera.open(f"/answer/{asked.id}").status == 401
    mail = mailbox.last(alice.member.email, "wrong_recipient")
    assert vera.email in mail.text
    assert "みどりメディカルシステム" in mail.subject
    assert alice.open(f"/submissions/{asked.id}").says("使えるリンクがありません")


def test_the_clinic_stops_a_link_with_all_that_was_handed_on_from_it(
    asked: Submission, vera: Engineer, alice: Clerk, database: Database, colleague: Colleague
) -> None:
    vera.enters()
    hand_on(vera, asked, TAKA)
    taka = colleague(TAKA)
    taka.enters()
    hand_on_part(taka, asked, NANA, "devices")
    nana = colleague(NANA)
    nana.enters()
    alice.open(f"/submissions/{asked.id}").submit("/reminders")
    shown = alice.open(f"/submissions/{asked.id}")
    assert shown.says("高橋 太郎 (taka@vendor.example) さんから引き継ぎ")
    assert shown.says("一部のみ： サーバ")
    with database.open_reader() as session:
        link = holders.find_link_of(session, submission=submission_by_id(database, asked.id), email=TAKA)
    assert link is not None
    shown.submit(f"/invitations/{link.id}/revoke")
    # Taka came in with a link that a reminder has replaced since; that session ends all the same.
    assert taka.open(f"/answer/{asked.id}").status == 401
    assert nana.open(f"/answer/{asked.id}").status == 401
    assert vera.open(f"/answer/{asked.id}").status == 200
    assert holder_of(database, asked) == vera.email


def test_what_cannot_be_handed_on_is_told_beside_the_field(
    asked: Submission, vera: Engineer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    vera.enters()
    assert hand_on(vera, asked, vera.email).says("すでにあなたの手元にあります")
    assert hand_on_part(vera, asked, NANA).says("セクションを1つ以上選んでください")
    assert hand_on(vera, asked, "no address").status == 422
    assert (
        vera.browser.post(
            f"/answer/{asked.id}/forward", {"email": NANA, "name": "七尾", "reach": "part", "sections": "secret"}
        ).status
        == 404
    )
    monkeypatch.setenv("PORTAL_FORWARDS_PER_PERSON_PER_DAY", "2")
    get_settings.cache_clear()
    assert hand_on(vera, asked, TAKA).status == 200
    assert hand_on(vera, asked, NANA).status == 200
    assert hand_on(vera, asked, TAKA).says("1日に回せるのは 2 回までです")
    with database.open_reader() as session:
        assert len(session.exec(select(Event).where(Event.verb == "invitation.handed_over")).all()) == 2


def test_after_the_form_is_in_nobody_hands_it_on(asked: Submission, vera: Engineer) -> None:
    vera.enters()
    fill_in(vera, asked)
    hand_in(vera, asked)
    assert vera.open(f"/answer/{asked.id}/forward").path == f"/answer/{asked.id}"
    refused = vera.browser.post(f"/answer/{asked.id}/forward", {"email": TAKA, "name": "高橋", "reach": "whole"})
    assert refused.status == 409


def test_the_first_page_leads_to_handing_on_before_anything_is_answered(asked: Submission, vera: Engineer) -> None:
    landing = vera.open(vera.link)
    assert landing.offers("他の担当者に回す")
    assert landing.offers("回答を辞退する")
    assert landing.offers("自社宛てではない")
    asked_for = vera.browser.post(vera.link, {"then": "forward"})
    page = asked_for.submit("/code", {"code": vera.code})
    assert page.path == f"/answer/{asked.id}/forward"


def test_a_stranger_finds_nothing_to_hand_on(asked: Submission, stranger: Browser, alice: Clerk) -> None:
    for browser in (stranger, alice.browser):
        assert browser.open(f"/answer/{asked.id}/forward").status == 404
        assert browser.post(f"/answer/{asked.id}/forward", {"email": TAKA, "name": "x"}).status == 404
