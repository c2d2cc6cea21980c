"""A form that goes through three pairs of hands: handed on twice, a part asked of a third, submitted by the last."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from fastapi import FastAPI

from models import Submission
from models.database import Database
from services import clock, thread_digests
from tests.browser import Browser
from tests.people import Clerk, Engineer, Mailbox
from tests.stories import answers_of, hand_in, in_days

TAKA, NANA = "taka@vendor.example", "nana@vendor.example"


def test_three_people_answer_and_the_last_submits(
    app: FastAPI, asked: Submission, vera: Engineer, alice: Clerk, mailbox: Mailbox, database: Database
) -> None:
    taka, nana = (Engineer(Browser(app), mailbox, email) for email in (TAKA, NANA))
    here = f"/answer/{asked.id}"

    # Vera knows one section, and hands the whole to Taka.
    vera.enters()
    vera.open(f"{here}/sections/organisation").submit("/organisation", answers_of(asked, "organisation"))
    page = vera.open(here).follow("他の担当者に回す")
    page.submit("/forward", {"email": TAKA, "name": "高橋 太郎", "note": "体制は書きました。", "reach": "whole"})

    # Taka reads who handed it on and why, asks the clinic, and gives a part to Nana.
    assert taka.enters().says("体制は書きました。")
    thread = taka.open(f"{here}/sections/general").follow("この項目について質問する")
    thread.submit(thread.path, {"text": "リモート保守も対象ですか？"})
    page = taka.open(f"{here}/forward")
    page.submit("/forward", {"email": NANA, "name": "七尾 花", "reach": "part", "sections": ["devices"]})
    taka.open(f"{here}/sections/general").submit("/general", answers_of(asked, "general"))

    # The clinic is told once, sees the question and answers; the mail does not hold the words.
    with time_machine.travel(clock.now() + timedelta(minutes=20), tick=False), database.open_writer() as session:
        thread_digests.post_digests(session)
        session.commit()
    assert "リモート保守" not in mailbox.last(alice.member.email, "messages_for_clinic").text
    shown = alice.open("/dashboard").follow("新しいメッセージ 1件")
    question = shown.follow("2-②")
    question.submit(question.path, {"text": "はい、対象です。"}).submit("/close")
    assert taka.open(f"{here}/sections/general").says("はい、対象です。")

    # Nana answers her part and nothing else; the reminder goes to Taka.
    assert nana.enters().says("高橋 太郎 (taka@vendor.example) さんから、一部への回答をお願いされています")
    section = nana.open(f"{here}/sections/devices")
    section.submit("/devices", answers_of(asked, "devices", {"2-11": in_days(30)}))
    assert nana.open(f"{here}/finish").status == 403
    assert alice.open(f"/submissions/{asked.id}").submit("/reminders").says(f"{TAKA} に催促")

    # Taka submits, Vera gets her one notice, and the clinic sees three names.
    receipt = hand_in(taka, asked)
    assert receipt.says("回答した人： 七尾 花 (nana@vendor.example)")
    assert [mail.recipient for mail in mailbox.all(kind="colleague_submitted")] == [vera.email]
    review = alice.open(f"/submissions/{asked.id}/review")
    for person in ("サポート窓口 (vera@vendor.example)", f"高橋 太郎 ({TAKA})", f"七尾 花 ({NANA})"):
        assert review.says(f"回答した人：{person}")
    assert review.says("リモート保守も対象ですか？")
