"""The main way in Chromium: clerk and vendor, both languages, wide and narrow, after a mail scanner was there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser, expect
from sqlmodel import select

from models import Revision, Stage, Submission
from models.database import Database, connect_database
from services import editions
from tests.benchmarks.serving import Server, serving
from tests.in_browser.walking import Walker, chromium
from tests.people import CODE, LINK, Mailbox
from tests.stories import in_days, pdf_of

pytestmark = pytest.mark.browser

PASSWORD = "赤い馬と電池と青いホチキス"
VENDOR_EMAIL = "support@midori.example"
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Server]:
    """A portal as `make run` serves it, on an empty data folder."""
    folder = tmp_path / "portal"
    folder.mkdir(mode=0o700)
    with serving(folder) as server:
        yield server


class Story:
    """What the journey knows along the way."""

    def __init__(self, browser: Browser, server: Server, language: str, width: int) -> None:
        base = f"http://localhost:{server.port}"
        self.clerk = Walker(browser, base, language=language, width=width)
        self.vera = Walker(browser, base, language=language, width=width)
        self.scanner = Walker(browser, base, language="en", width=1280)
        self.database: Database = connect_database(f"sqlite:///{server.folder / 'portal.sqlite'}")
        self.mailbox = Mailbox(self.database)
        self.key = (server.folder / "first-run.key").read_text(encoding="ascii").strip()

    def submission(self) -> Submission:
        with self.database.open_reader() as session:
            return session.exec(select(Submission)).one()

    def mailed(self, pattern: re.Pattern[str], kind: str) -> str:
        found = pattern.search(self.mailbox.last(VENDOR_EMAIL, kind).text)
        assert found
        return found.group()

    def close(self) -> None:
        for walker in (self.clerk, self.vera, self.scanner):
            walker.close()
        self.database.dispose()


@pytest.mark.parametrize(("language", "width"), [("ja", 360), ("en", 1280)])
def test_the_main_way(browser: Browser, portal: Server, tmp_path: Path, language: str, width: int) -> None:
    story = Story(browser, portal, language, width)
    try:
        set_up(story)
        enter_ledger(story)
        ask(story)
        scan(story)
        answer(story)
        upload(story, tmp_path)
        hand_in(story)
        review(story)
        assess(story)
    finally:
        story.close()


def set_up(story: Story) -> None:
    clerk = story.clerk
    clerk.open("/")
    clerk.fill(
        {
            "key": story.key,
            "clinic_name": "やまもと内科クリニック",
            "phone": "03-0000-0000",
            "contact_name": "事務 佐藤",
            "name": "山本 明",
            "email": "owner@clinic.example",
            "password": PASSWORD,
        }
    )
    kind = clerk.page.locator('[name="kind"]').first
    if kind.evaluate("node => node.tagName") == "SELECT":
        kind.select_option("clinic")
    else:
        clerk.choose("kind", "clinic")
    clerk.press('form[action="/first-run"] button:not([type="button"])')
    assert clerk.page.url.endswith("/dashboard")


def enter_ledger(story: Story) -> None:
    clerk = story.clerk
    clerk.open("/systems/new")
    clerk.fill({"name": "KarteNova クラウド", "new_vendor_name": "みどりメディカルシステム株式会社", "pc_count": "3"})
    clerk.fill({"kind": "electronic_chart"})
    clerk.press('form[action="/systems/new"] button:not([type="button"])')
    clerk.open("/vendors")
    clerk.press('main a[href^="/vendors/"]:has-text("みどり")')
    contact = clerk.page.locator('form[action$="/contacts"]')
    if not contact.locator('[name="email"]').is_visible():
        clerk.page.locator("summary, [data-opens]").filter(has=clerk.page.locator("visible=true")).first.click()
    contact.locator('[name="name"]').fill("サポート窓口")
    contact.locator('[name="email"]').fill(VENDOR_EMAIL)
    clerk.press('form[action$="/contacts"] button:not([type="button"])')
    expect(clerk.page.locator("main")).to_contain_text(VENDOR_EMAIL)


def ask(story: Story) -> None:
    clerk = story.clerk
    clerk.open("/asking")
    clerk.page.locator('[name="vendor"]').first.check()
    clerk.press('form[action="/asking/message"] button:not([type="button"])')
    clerk.fill({"due_on": in_days(45).isoformat()})
    clerk.press('form[action="/asking"] button.button--primary')
    assert story.submission().stage is Stage.INVITED


def scan(story: Story) -> None:
    """A mail scanner opens the link in a browser that runs scripts, several times, and presses nothing."""
    link = story.mailed(LINK, "invitation")
    for _ in range(3):
        story.scanner.open(link)
        story.scanner.page.wait_for_load_state("networkidle")
    assert not story.scanner.context.cookies()
    assert story.submission().stage is Stage.INVITED


def answer(story: Story) -> None:
    vera = story.vera
    vera.open(story.mailed(LINK, "invitation"))
    vera.press('form[action^="/i/"] button.button--primary')
    vera.fill({"code": story.mailed(CODE, "access_code")})
    vera.press('form[action="/code"] button:not([type="button"])')
    submission = story.submission()
    assert vera.page.url.endswith(str(submission.id))
    form = editions.read_form(submission.asked)
    for section in form.sections:
        vera.open(f"/answer/{submission.id}/sections/{section.key}")
        for item in section.items:
            vera.choose(f"{item.key}.answer", "no" if item.key == "2-11" else "yes")
        if any(item.key == "2-11" for item in section.items):
            vera.fill({"2-11.target_on": in_days(60).isoformat(), "2-11.remark": "ログの保管を始めます。"})
        expect(vera.page.locator("[data-save-state]").first).to_have_text(re.compile(r"\d\d:\d\d"), timeout=10_000)
        vera.look()
    vera.page.wait_for_timeout(1500)
    vera.open(f"/answer/{submission.id}/sections/devices")
    assert vera.page.locator('[name="2-11.remark"]').input_value() == "ログの保管を始めます。"
    assert story.submission().stage is Stage.IN_PROGRESS


def upload(story: Story, folder: Path) -> None:
    """A workbook and a PDF of 20 MB, chosen together, with progress and a receipt for each."""
    book = Workbook()
    book.active.append(["番号", "質問", "回答"])  # type: ignore[union-attr]  # A new workbook has a sheet.
    book.save(folder / "KarteNova_SDS.xlsx")
    (folder / "KarteNova_MDS.pdf").write_bytes(pdf_of(20 * MEGABYTE))
    vera, submission = story.vera, story.submission()
    vera.open(f"/answer/{submission.id}/documents")
    files: list[Any] = [folder / "KarteNova_SDS.xlsx", folder / "KarteNova_MDS.pdf"]
    vera.page.locator('input[type="file"]').first.set_input_files(files)
    main = vera.page.locator("main")
    expect(main).to_contain_text("KarteNova_SDS.xlsx", timeout=30_000)
    expect(main).to_contain_text("KarteNova_MDS.pdf", timeout=30_000)
    expect(main).to_contain_text("20 MB", timeout=30_000)
    vera.open(f"/answer/{submission.id}/documents")
    expect(vera.page.locator("main")).to_contain_text("KarteNova_MDS.pdf")


def hand_in(story: Story) -> None:
    vera, submission = story.vera, story.submission()
    vera.open(f"/answer/{submission.id}/finish")
    vera.fill({"responsible_name": "緑川 誠", "responsible_title": "サポート部 部長"})
    vera.press('form[action$="/finish"] button:not([type="button"])')
    assert story.submission().stage is Stage.SUBMITTED
    receipt = vera.open(f"/answer/{submission.id}/receipt")
    expect(receipt.locator("main")).to_contain_text("KarteNova_MDS.pdf")
    answered = vera.context.request.get(f"{vera.base}/answer/{submission.id}/receipt.pdf")
    assert answered.status == 200
    assert answered.body().startswith(b"%PDF-")
    with story.database.open_reader() as session:
        assert len(session.exec(select(Revision)).all()) == 1
    vera.open(f"/answer/{submission.id}")


def review(story: Story) -> None:
    clerk, submission = story.clerk, story.submission()
    for path in (
        "/dashboard",
        f"/submissions/{submission.id}",
        "/documents",
        "/outbox",
        "/log",
        "/members",
        "/settings",
    ):
        clerk.open(path)
    clerk.open(f"/submissions/{submission.id}/review")
    clerk.press('button[name="verdict"][value="accepted"]')
    assert story.submission().stage is Stage.ACCEPTED


def assess(story: Story) -> None:
    clerk = story.clerk
    clerk.open("/assessment")
    clerk.press('main form[method="post"] button.button--primary')
    if clerk.page.locator('form[action$="/gate"]').count():
        pass_gate(clerk)
    address = clerk.page.locator('main a[href*="/assessment/items/"]').first.get_attribute("href")
    assert address
    clerk.open(address)
    for path in ("/assessment", "/assessment/readiness", "/assessment/print"):
        clerk.open(path)


def pass_gate(clerk: Walker) -> None:
    gate = clerk.page.locator('form[action$="/gate"]')
    if gate.locator('input[type="radio"]').count():
        clerk.choose("value", "yes")
        clerk.press('form[action$="/gate"] button:not([type="button"])')
    else:
        clerk.press('form[action$="/gate"] button[value="yes"]')
