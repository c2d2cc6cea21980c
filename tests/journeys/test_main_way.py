"""From an empty portal to an accepted submission and a filled assessment, told page by page, in both languages."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from models import Member, Stage, Submission, System, Vendor
from models.database import Database
from services import editions
from settings import Settings
from tests.browser import Browser, Page
from tests.people import Engineer, Mailbox
from tests.stories import answers_of, hand_in, in_days, pdf_of, upload

PASSWORD = "赤い馬と電池と青いホチキス"
VENDOR_EMAIL = "support@midori.example"


def set_up(app: FastAPI, settings: Settings, language: str) -> Browser:
    """The first visit, with the key from the terminal."""
    browser = Browser(app, language=language)
    page = browser.open("/")
    assert page.path == "/first-run"
    key = (settings.data_folder / "first-run.key").read_text(encoding="ascii").strip()
    page = page.submit(
        "/first-run",
        {
            "key": key,
            "clinic_name": "やまもと内科クリニック",
            "kind": "clinic",
            "phone": "03-0000-0000",
            "contact_name": "事務 佐藤",
            "name": "山本 明",
            "email": "owner@clinic.example",
            "password": PASSWORD,
        },
    )
    assert page.path == "/dashboard"
    return browser


def enter_ledger(browser: Browser, database: Database) -> Vendor:
    """One system with a new vendor, and the vendor's support desk."""
    page = browser.open("/systems/new")
    page = page.submit(
        "/systems/new",
        {
            "name": "KarteNova クラウド",
            "kind": "electronic_chart",
            "provision": "cloud",
            "new_vendor_name": "みどりメディカルシステム株式会社",
            "pc_count": "3",
            "has_remote_maintenance": "true",
            "remote_maintenance_method": "専用の接続ソフト",
            "update_duty": "vendor",
            "update_clause": "利用規約 第12条",
        },
    )
    assert page.status == 200
    with database.open_reader() as session:
        vendor = session.exec(select(Vendor)).one()
    page = browser.open(f"/vendors/{vendor.id}")
    page = page.submit("/contacts", {"name": "サポート窓口", "email": VENDOR_EMAIL})
    assert page.says(VENDOR_EMAIL)
    return vendor


def ask(browser: Browser, vendor: Vendor) -> Page:
    """Choose the vendor, look at the mail, send."""
    page = browser.open("/asking").submit("/asking/message", {"vendor": [str(vendor.id)]})
    assert page.status == 200, page.text
    return page.submit("/asking", {"due_on": in_days(45).isoformat()})


def the_submission(database: Database) -> Submission:
    with database.open_reader() as session:
        return session.exec(select(Submission)).one()


@pytest.fixture
def portal(app: FastAPI, settings: Settings, database: Database) -> None:
    """The key of the first visit, as `serve` makes it."""
    from services.accounts import first_run_key

    with database.open_reader() as session:
        assert first_run_key(session, settings=settings)


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize("language", ["ja", "en"])
def test_from_an_empty_portal_to_a_filled_assessment(
    app: FastAPI, settings: Settings, database: Database, mailbox: Mailbox, language: str
) -> None:
    clerk = set_up(app, settings, language)
    vendor = enter_ledger(clerk, database)
    ask(clerk, vendor)
    submission = the_submission(database)
    assert submission.stage is Stage.INVITED
    assert len(mailbox.all(VENDOR_EMAIL, "invitation")) == 1

    vera = Engineer(Browser(app, language=language), mailbox, VENDOR_EMAIL)
    let_scanners_in(app, database, vera)
    welcome = vera.enters()
    assert welcome.path == f"/answer/{submission.id}"
    assert welcome.says("KarteNova クラウド")
    assert the_submission(database).stage is Stage.OPENED

    for section in editions.read_form(submission.asked).sections:
        address = f"/answer/{submission.id}/sections/{section.key}"
        page = vera.open(address).submit(address, answers_of(submission, section.key, {"2-11": in_days(60)}))
        assert page.status == 200
    page = upload(vera, submission, "KarteNova_SDS.pdf", pdf_of())
    assert page.says("KarteNova_SDS.pdf")
    receipt = hand_in(vera, submission)
    assert the_submission(database).stage is Stage.SUBMITTED
    assert receipt.status == 200
    assert mailbox.all(VENDOR_EMAIL, "receipt")
    assert mailbox.all("owner@clinic.example", "submitted")

    dashboard = clerk.open("/dashboard")
    assert dashboard.says("みどりメディカルシステム株式会社")
    review = clerk.open(f"/submissions/{submission.id}/review")
    review.submit("/review", {"verdict": "accepted"})
    assert the_submission(database).stage is Stage.ACCEPTED

    fill_assessment(clerk)
    page = clerk.open("/assessment/print")
    assert page.says("やまもと内科クリニック")


def let_scanners_in(app: FastAPI, database: Database, vera: Engineer) -> None:
    """Mail scanners open the link again and again before the person does; nothing happens."""
    before = the_submission(database)
    for _ in range(3):
        scanner = Browser(app)
        assert scanner.open(vera.link).status == 200
        assert scanner.client.head(vera.link).status_code == 200
        assert not scanner.client.cookies
    assert the_submission(database) == before


def fill_assessment(clerk: Browser) -> None:
    """Begin the own form, pass the gate, take the proposals there are, answer the rest by hand."""
    page = clerk.open("/assessment")
    page = page.submit("/assessment/start" if has_form(page, "/assessment/start") else "/assessment")
    page = page.submit("/assessment/gate", {"value": "yes"})
    keys = list(dict.fromkeys(re.findall(r"/assessment/items/([\w.-]+)", page.response.text)))
    assert len(keys) == 18
    for key in keys:
        item = clerk.open(f"/assessment/items/{key}")
        if has_form(item, "/proposal"):
            item.submit("/proposal")
        else:
            item.submit(
                f"/items/{key}",
                {
                    "value": "no",
                    "checked_on": in_days(0).isoformat(),
                    "target_on": in_days(60).isoformat(),
                    "remark": "年度内に整えます。",
                    "owner_name": "山本",
                },
            )
    ready = clerk.open("/assessment/readiness")
    assert ready.status == 200


def has_form(page: Page, action: str) -> bool:
    return any((form.action or "").split("?")[0].endswith(action) for form in page.tree.forms)


@pytest.mark.usefixtures("portal")
def test_the_first_visit_works_once(app: FastAPI, settings: Settings, database: Database) -> None:
    set_up(app, settings, "ja")
    again = Browser(app).open("/first-run")
    assert again.status == 410
    with database.open_reader() as session:
        assert len(list_members(session)) == 1


def list_members(session: Session) -> list[Member]:
    return list(session.exec(select(Member)))


def test_the_ledger_knows_the_system_of_a_new_vendor(alice: Engineer, database: Database) -> None:
    vendor = enter_ledger(alice.browser, database)
    with database.open_reader() as session:
        assert session.exec(select(System.vendor_id)).one() == vendor.id
