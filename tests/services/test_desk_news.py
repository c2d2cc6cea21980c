"""Claims about the summary of new requests: one mail a working morning, each request once, off by one press."""

from __future__ import annotations

import re
from datetime import date

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import Session, col, select

from models import DeskPerson, Event, Submission
from models.database import Database
from services import desk_news, invitations, submissions, upkeep
from tests import factories
from tests.browser import Browser
from tests.clockwork import Clockwork, at
from tests.people import Engineer

WEDNESDAY = "2027-01-06"
LINK = re.compile(r"/n/[\w-]{43}\b")


@pytest.fixture
def clockwork(database: Database, settings: object, monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    return Clockwork(database, monkeypatch)


def ask(session: Session, clinic_name: str, email: str) -> Submission:
    """One more clinic asks this address by mail."""
    clinic = factories.make_clinic(session, clinic_name)
    member = factories.make_member(session, clinic)
    vendor, _contact = factories.make_vendor(session, clinic, email=email)
    made = factories.make_submission(session, clinic, vendor, created_by=member.id, due_on=date(2027, 2, 26))
    invitations.invite_vendor(session, submission=made, email=email, name="", invited_by=member.id)
    return made


class Desk:
    """Vera asked by one clinic, at her desk on a Wednesday morning."""

    def __init__(self, database: Database, vera: Engineer) -> None:
        self.database, self.vera = database, vera
        with time_machine.travel(at(f"{WEDNESDAY} 09:30"), tick=False):
            self.first = self.ask("あおば歯科")
            vera.comes_to_desk()

    def ask(self, clinic_name: str) -> Submission:
        with self.database.open_writer() as session:
            made = ask(session, clinic_name, self.vera.email)
            session.commit()
        return made

    def ask_at(self, moment: str, clinic_name: str) -> Submission:
        with time_machine.travel(at(moment), tick=False):
            return self.ask(clinic_name)

    def invite_again(self, moment: str, asked: Submission) -> None:
        with time_machine.travel(at(moment), tick=False), self.database.open_writer() as session:
            again = session.get_one(Submission, asked.id)
            invitations.invite_vendor(
                session, submission=again, email=self.vera.email, name="", invited_by=again.created_by
            )
            session.commit()

    @property
    def news(self) -> list[str]:
        return [mail.text for mail in self.vera.mailbox.all(self.vera.email, "desk_news")]


@pytest.fixture
def desk(database: Database, vera: Engineer) -> Desk:
    return Desk(database, vera)


def test_one_mail_on_the_next_working_morning_names_all_clinics_and_nothing_a_second_time(
    desk: Desk, clockwork: Clockwork
) -> None:
    clockwork.run(f"{WEDNESDAY} 10:00", "2027-01-08 08:00")
    assert not desk.news, "what she saw at the desk is no news"
    later = desk.ask_at("2027-01-08 15:00", "いずみ医院")
    desk.ask_at("2027-01-09 15:00", "うめだ薬局")
    # Monday the eleventh is a holiday.
    clockwork.run("2027-01-08 16:00", "2027-01-12 12:00")
    [mail] = desk.news
    assert "いずみ医院" in mail
    assert "うめだ薬局" in mail
    assert "2027年2月26日" in mail
    assert "あおば歯科" not in mail
    sent = desk.vera.mailbox.last(desk.vera.email, "desk_news")
    assert sent.created_at == at("2027-01-12 09:00")
    assert "新しい依頼が2件" in sent.subject
    desk.invite_again("2027-01-12 13:00", later)
    clockwork.run("2027-01-12 13:00", "2027-01-20 00:00")
    assert len(desk.news) == 1, "a new link to an old request is no new request"


def test_withdrawn_opened_and_foreign_requests_are_not_told(
    desk: Desk, clockwork: Clockwork, database: Database
) -> None:
    withdrawn = desk.ask_at("2027-01-06 15:00", "いずみ医院")
    desk.ask_at("2027-01-06 15:00", "うめだ薬局")
    with time_machine.travel(at("2027-01-06 16:00"), tick=False), database.open_writer() as session:
        submissions.withdraw_submission(session, submission=session.get_one(Submission, withdrawn.id))
        ask(session, "よその医院", "walter@vendor.example")
        session.commit()
    with time_machine.travel(at("2027-01-06 17:00"), tick=False):
        desk.vera.enters()
    clockwork.run("2027-01-07 08:00", "2027-01-08 12:00")
    assert not desk.news
    assert not desk.vera.mailbox.all("walter@vendor.example", "desk_news"), "who never was at the desk gets no summary"


def test_the_link_in_the_mail_switches_it_off_by_a_press_alone_and_the_desk_switches_it_on_again(
    desk: Desk, clockwork: Clockwork, app: FastAPI, database: Database, stranger: Browser
) -> None:
    desk.ask_at("2027-01-06 15:00", "いずみ医院")
    clockwork.run("2027-01-07 08:00", "2027-01-07 12:00")
    [link] = LINK.findall(desk.news[0])
    with time_machine.travel(at("2027-01-07 13:00"), tick=False):
        page = stranger.open(link)
        assert page.heading == "新しい依頼のまとめ"
        assert is_told(database), "opening the link changes nothing"
        assert page.submit(link).heading == "まとめメールを停止しました"
        assert not is_told(database)
        assert stranger.open(link).heading == "まとめメールを停止しました"
    desk.ask_at("2027-01-07 15:00", "うめだ薬局")
    clockwork.run("2027-01-08 08:00", "2027-01-08 12:00")
    assert len(desk.news) == 1
    with time_machine.travel(at("2027-01-08 13:00"), tick=False):
        again = desk.vera.comes_to_desk().submit("/desk/news")
        assert again.says("新しい依頼は、朝にまとめてお知らせします")
    assert is_told(database)
    desk.ask_at("2027-01-08 15:00", "えびす内科")
    clockwork.run("2027-01-12 08:00", "2027-01-12 12:00")
    assert "えびす内科" in desk.news[-1]
    assert "うめだ薬局" not in desk.news[-1]
    with database.open_reader() as session:
        verbs = session.exec(select(Event.verb).where(col(Event.verb).startswith("desk.news"))).all()
    assert list(verbs) == ["desk.news_off", "desk.news_on"]


def test_a_link_that_nobody_was_sent_leads_nowhere(desk: Desk, stranger: Browser, database: Database) -> None:
    with database.open_reader() as session:
        person = session.exec(select(DeskPerson)).one()
    token = desk_news.token_of(person)
    for wrong in (token[:-2] + "AA", token[:10], "x" * 43, "あ" * 43):
        assert stranger.open(f"/n/{wrong}").status == 404
        assert stranger.post(f"/n/{wrong}").status == 404
    assert is_told(database)


def test_whoever_has_not_come_for_two_years_is_forgotten(desk: Desk, database: Database) -> None:
    with time_machine.travel(at("2029-06-01 09:00")), database.open_writer() as session:
        upkeep.forget_spent(session)
        assert not session.exec(select(DeskPerson)).all()


def is_told(database: Database) -> bool:
    with database.open_reader() as session:
        return session.exec(select(DeskPerson.wants_news)).one()
