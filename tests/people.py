"""The people of the tests: Alice owns a clinic, Bob edits, Carol views, Charlie owns another, Vera is the vendor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fastapi import FastAPI
from sqlmodel import Session, col, select

from models import Clinic, Mail, Member, Submission
from models.database import Database
from services import invitations
from services.history import Actor, act_as
from services.sessions import start_session
from tests.browser import Browser, Page
from web.cookies import MEMBER

LINK = re.compile(r"https?://\S+/i/[\w-]+")
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


class Mailbox:
    """Every mail the portal has written, read from its outbox."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def all(self, to: str = "", kind: str = "") -> list[Mail]:
        """Mails in the order they were written."""
        with self.database.open_reader() as session:
            statement = select(Mail).order_by(col(Mail.created_at))
            mails = session.exec(statement).all()
        return [mail for mail in mails if (not to or mail.recipient == to) and (not kind or mail.kind == kind)]

    def last(self, to: str = "", kind: str = "") -> Mail:
        found = self.all(to, kind)
        assert found, f"no mail to {to or 'anyone'} of kind {kind or 'any'}; there are {[m.kind for m in self.all()]}"
        return found[-1]


@dataclass
class Clerk:
    """A member in a browser where it is signed in."""

    browser: Browser
    database: Database
    member: Member
    clinic: Clinic

    def open(self, path: str, **params: object) -> Page:
        return self.browser.open(path, params=params)

    def post(self, path: str, values: Mapping[str, object] | None = None, **more: object) -> Page:
        return self.browser.post(path, values, **more)

    def invites(self, submission: Submission, email: str, name: str = "サポート窓口") -> None:
        """Send a link by mail, as the product does."""
        with self.database.open_writer() as session:
            act_as(session, Actor("member", str(self.member.id), self.member.name))
            found = session.get_one(Submission, submission.id)
            invitations.invite_vendor(session, submission=found, email=email, name=name, invited_by=self.member.id)
            session.commit()


@dataclass
class Engineer:
    """A person at a vendor: an address, a mailbox and a browser."""

    browser: Browser
    mailbox: Mailbox
    email: str

    @property
    def link(self) -> str:
        """Path of the newest link mailed to her."""
        for mail in reversed(self.mailbox.all(self.email)):
            found = LINK.search(mail.text)
            if found:
                return "/i/" + found.group().rsplit("/", 1)[1]
        raise AssertionError(f"no link was mailed to {self.email}")

    @property
    def code(self) -> str:
        """The newest code mailed to her."""
        found = CODE.search(self.mailbox.last(self.email, "access_code").text)
        assert found
        return found.group()

    def enters(self, link: str = "") -> Page:
        """Open the link, press start, type the code; returns the first page behind it."""
        landing = self.browser.open(link or self.link)
        asked = landing.submit(landing.path)
        return asked.submit("/code", {"code": self.code})

    def comes_to_desk(self) -> Page:
        """Have a code sent to her address and type it; returns the list of all requests to her."""
        asked = self.browser.open("/desk/sign-in").submit("/desk/sign-in", {"email": self.email})
        found = CODE.search(self.mailbox.last(self.email, "desk_code").text)
        assert found
        return asked.submit("/desk/code", {"code": found.group()})

    def open(self, path: str, **params: object) -> Page:
        return self.browser.open(path, params=params)


def signed_in(app: FastAPI, database: Database, member: Member, clinic: Clinic, language: str = "ja") -> Clerk:
    """A member in a fresh browser, without the detour of the sign-in page."""
    browser = Browser(app, language=language)
    with database.open_writer() as session:
        token = start_session(session, member=session.get_one(Member, member.id), browser="tests")
        session.commit()
    # The name under which the cookie jar keeps what localhost itself sets, so that a newer token replaces this one.
    browser.client.cookies.set(MEMBER, token, domain="localhost.local")
    return Clerk(browser, database, member, clinic)


def in_writing(database: Database) -> Session:
    """A session for preparing things; the caller commits."""
    return database.open_writer()


def submission_by_id(database: Database, submission_id: UUID) -> Submission:
    """The submission as it stands now."""
    with database.open_reader() as session:
        return session.get_one(Submission, submission_id)
