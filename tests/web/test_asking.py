"""Asking: a clerk chooses vendors, sees the mail, sends to all of them or to none, and nobody is asked twice."""

from __future__ import annotations

from sqlmodel import col, select

from models import Clinic, Contact, Submission, System, Vendor
from models.database import Database
from services import clock
from tests import factories
from tests.browser import Page
from tests.people import Clerk, Mailbox


def add_vendor(
    database: Database, clinic: Clinic, name: str = "みどり電子カルテ", *, systems: int = 1, email: str = ""
) -> tuple[Vendor, Contact, list[System]]:
    with database.open_writer() as session:
        vendor, contact = factories.make_vendor(session, clinic, name=name, email=email)
        owned = [factories.make_system(session, clinic, vendor) for _ in range(systems)]
        session.commit()
    return vendor, contact, owned


def stored(database: Database) -> list[Submission]:
    with database.open_reader() as session:
        return list(session.exec(select(Submission).order_by(col(Submission.created_at))))


def compose(alice: Clerk, *vendors: Vendor) -> Page:
    return alice.open("/asking").submit("/asking/message", {"vendor": [vendor.id for vendor in vendors]})


def test_one_vendor_is_asked_by_mail_and_stands_on_the_dashboard(
    alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox
) -> None:
    vendor, contact, systems = add_vendor(database, clinic)
    message = compose(alice, vendor)
    assert message.says("届くメールの見本")
    dashboard = message.submit("/asking")
    assert dashboard.heading == "ベンダーの回答状況"
    assert dashboard.says("1件の依頼を送りました")
    assert dashboard.says(vendor.name)
    assert dashboard.says(systems[0].name)
    mail = mailbox.last(contact.email, "invitation")
    assert "/i/" in mail.text
    [submission] = stored(database)
    assert submission.sent_at is not None
    assert submission.due_on > clock.today()
