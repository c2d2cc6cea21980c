"""Ways around the form, in both languages: “outside the contract”, asked again, typed in from a fax; and the desk."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import Session

from models import Clinic, Member, Submission
from models.database import Database
from services import clock, desk_news, thread_digests
from settings import get_settings
from tests import factories
from tests.browser import BASE, Browser, Page
from tests.people import Clerk, Engineer, Mailbox, signed_in, submission_by_id
from tests.stories import answers_of, hand_in, pdf_of, transcript_of

VERA, NANA = "vera@vendor.example", "nana@vendor.example"
WORDS = {
    "ja": {
        "outside": "契約の範囲外",
        "again": "契約の範囲外とのこと",
        "typed": "医療機関が代わりに入力",
        "call": "電話",
        "part": "お願いする部分",
        "told": "新しい依頼が1件あります",
        "untold": "メールではお知らせできません",
    },
    "en": {
        "outside": "Outside the contract",
        "again": "answering is not part of our contract",
        "typed": "Typed in by the clinic",
        "call": "Call",
        "part": "Your part",
        "told": "1 new request for you",
        "untold": "Nobody at the vendor is told by mail",
    },
}


class Story:
    """A clinic and its vendor who read and write in one language."""

    def __init__(self, app: FastAPI, database: Database, mailbox: Mailbox, language: str) -> None:
        self.app, self.database, self.mailbox, self.language = app, database, mailbox, language
        self.words = WORDS[language]
        with database.open_writer() as session:
            self.clinic: Clinic = factories.make_clinic(session, "やまもと内科クリニック")
            self.member: Member = factories.make_member(session, self.clinic, name="山本 あかり")
            self.member.language = language
            self.asked = self.ask(session)
            session.commit()
        self.clerk: Clerk = signed_in(app, database, self.member, self.clinic, language)
        self.page = f"/submissions/{self.asked.id}"

    def ask(self, session: Session) -> Submission:
        vendor, _contact = factories.make_vendor(session, self.clinic, email=VERA)
        made = factories.make_submission(session, self.clinic, vendor, created_by=self.member.id)
        made.language = self.language
        return made

    def engineer(self, email: str) -> Engineer:
        return Engineer(Browser(self.app, language=self.language), self.mailbox, email)

    def attach(self, name: str, replaces: str = "") -> Page:
        """Send a scan of what came by fax."""
        path = f"{self.page}/transcript/scans" + (f"?replaces={replaces}" if replaces else "")
        files = [("files", (name, io.BytesIO(pdf_of()), "application/pdf"))]
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
        return self.clerk.browser._arrive(self.clerk.browser.client.post(path, files=files, headers=headers))


@pytest.fixture(params=["ja", "en"])
def story(request: pytest.FixtureRequest, app: FastAPI, database: Database, mailbox: Mailbox) -> Story:
    return Story(app, database, mailbox, request.param)


def test_outside_the_contract_asked_again_and_typed_in_from_a_fax(story: Story) -> None:
    clerk, words, today = story.clerk, story.words, clock.today().isoformat()
    clerk.invites(story.asked, VERA)

    # On the telephone the vendor says that it is not in the contract: both are noted.
    call = {"way": "call", "happened_on": today, "person": "受付", "note": "契約外とのこと。"}
    clerk.open(f"{story.page}/contacts").submit("/contacts", call)
    told = {"kind": "outside_contract", "told_on": today, "person": "営業 田中"}
    assert clerk.open(f"{story.page}/outcome").submit("/outcome", told).says(words["outside"])
    assert clerk.open("/asking", year=story.asked.fiscal_year).says(words["outside"])

    # Asked again, the mail begins from the wording that fits, and so does a reminder.
    form = clerk.open(story.page).submit("/reopen")
    assert words["again"] in form.tree.xpath("string(//textarea[@name='message'])")
    form.submit("/invitations", {"email": VERA})
    assert words["again"] in story.mailbox.last(VERA, "invitation").text
    assert words["again"] in clerk.open(f"{story.page}/reminders").tree.xpath("string(//textarea[@name='message'])")

    # A fax arrives; its first scan was crooked and is replaced before the answers are entered.
    crooked = story.attach("crooked.pdf").tree.xpath("//form[contains(@action, 'replaces=')]/@action")
    straight = story.attach("straight.pdf", replaces=crooked[0].rpartition("=")[2])
    assert straight.says("straight.pdf")
    assert not straight.says("crooked.pdf")
    straight.submit("/transcript", transcript_of(story.asked) | {"then": "submit"})
    assert submission_by_id(story.database, story.asked.id).is_typed_in
    assert clerk.open(story.page).says(words["typed"])

    # The record for the inspector holds all of it.
    record = clerk.open("/record", year=story.asked.fiscal_year)
    for word in (words["call"], "契約外とのこと。", words["outside"], "営業 田中", words["typed"]):
        assert record.says(word), word


def test_a_part_is_found_at_the_desk_told_in_the_morning_and_talked_about(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example")
    get_settings.cache_clear()
    clerk, words, here = story.clerk, story.words, f"/answer/{story.asked.id}"
    vera, nana = story.engineer(VERA), story.engineer(NANA)
    assert clerk.open(f"{story.page}/threads/2-4").says(words["untold"]), "no link has been sent yet"
    clerk.invites(story.asked, VERA)
    vera.comes_to_desk()
    vera.browser.post(f"/desk/open/{story.asked.id}")
    page = vera.open(f"{here}/forward")
    page.submit("/forward", {"email": NANA, "name": "七尾 花", "reach": "part", "sections": ["general"]})
    assert vera.open("/desk").says(f"七尾 花 ({NANA})")

    # Nana comes by the desk, answers her part and asks the clinic, which is told without her words.
    assert nana.comes_to_desk().says(words["part"])
    nana.browser.post(f"/desk/open/{story.asked.id}")
    section = nana.open(f"{here}/sections/general")
    section.submit("/general", answers_of(story.asked, "general"))
    nana.open(f"{here}/threads/2-4").submit("/threads/2-4", {"text": "夜間も含みますか。"})
    assert clerk.open(f"{story.page}/threads/2-4").says(NANA)
    with time_machine.travel(clock.now() + timedelta(minutes=20)), story.database.open_writer() as session:
        thread_digests.post_digests(session)
        session.commit()
    assert "夜間" not in story.mailbox.last(story.member.email, "messages_for_clinic").text

    # The next request is told to her in the morning, and she switches that off with one press.
    with story.database.open_writer() as session:
        again = story.ask(session)
        session.commit()
    clerk.invites(again, NANA)
    with time_machine.travel(clock.now() + timedelta(days=1)), story.database.open_writer() as session:
        for person_id in desk_news.list_due(session):
            desk_news.tell_news(session, person_id=person_id)
        session.commit()
    mail = story.mailbox.last(NANA, "desk_news")
    assert words["told"] in mail.subject
    link = next(word for word in mail.text.split() if "/n/" in word).removeprefix(BASE)
    off = nana.open(link).submit(link)
    assert off.status == 200
    with story.database.open_reader() as session:
        assert not desk_news.wants_news(session, email=NANA)

    # Vera answers the rest and submits.
    for key in ("organisation", "devices"):
        vera.open(f"{here}/sections/{key}").submit(f"/{key}", answers_of(story.asked, key))
    assert hand_in(vera, story.asked).status == 200
    assert submission_by_id(story.database, story.asked.id).submitted_at
