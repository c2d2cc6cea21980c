"""The form in Chromium: saved while one types, through lost connections, colleagues, pauses and cancelled files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, expect
from sqlmodel import col, select

from models import Answer, Clinic, Document, Event, Submission, VendorSession
from models.database import Database
from services import clock, invitations, submissions
from settings import Settings
from tests.benchmarks.serving import serving
from tests.in_browser.walking import Walker, chromium
from tests.people import CODE, LINK, Clerk, Mailbox
from tests.stories import pdf_of

pytestmark = pytest.mark.browser

VERA, WALTER = "vera@vendor.example", "walter@vendor.example"
SAVED = re.compile(r"保存しました \d\d:\d\d")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def base(settings: Settings, asked: Submission) -> Iterator[str]:
    """The portal on the data folder of this test."""
    with serving(settings.data_folder) as server:
        yield f"http://localhost:{server.port}"


def come_in(walker: Walker, mailbox: Mailbox, email: str = VERA) -> Walker:
    """Through the mailed link and its code."""
    mails = [mail for mail in mailbox.all(email) if LINK.search(mail.text)]
    link = LINK.search(mails[-1].text)
    assert link
    walker.open("/i/" + link.group().rsplit("/", 1)[1])
    walker.press('form[action^="/i/"] button.button--primary')
    code = CODE.search(mailbox.last(email, "access_code").text)
    assert code
    walker.fill({"code": code.group()})
    walker.press('form[action="/code"] button:not([type="button"])')
    return walker


@pytest.fixture
def vera_walks(browser: Browser, base: str, mailbox: Mailbox) -> Iterator[Walker]:
    """Vera on a telephone, behind her code."""
    walker = come_in(Walker(browser, base, language="ja", width=360), mailbox)
    yield walker
    walker.close()


def section(walker: Walker, asked: Submission, key: str = "general") -> str:
    address = f"/answer/{asked.id}/sections/{key}"
    walker.open(address)
    return address


def line(walker: Walker) -> Locator:
    return walker.page.locator("[data-save-state]")


def field(walker: Walker, name: str) -> Locator:
    return walker.page.locator(f'[name="{name}"]')


def stored(database: Database, key: str) -> Answer:
    with database.open_reader() as session:
        return session.exec(select(Answer).where(Answer.item_key == key)).one()


def test_an_item_opens_what_its_answer_needs_and_saves_itself(
    vera_walks: Walker, asked: Submission, database: Database
) -> None:
    address = section(vera_walks, asked)
    remark, target = field(vera_walks, "2-4.remark"), field(vera_walks, "2-4.target_on")
    expect(remark).not_to_be_visible()
    vera_walks.choose("2-4.answer", "yes")
    expect(line(vera_walks)).to_have_text(SAVED)
    expect(target).not_to_be_visible()
    expect(field(vera_walks, "2-4.condition")).not_to_be_visible()
    field(vera_walks, "2-4.is_conditional").check()
    field(vera_walks, "2-4.condition").fill("サーバに限る")
    vera_walks.look()
    vera_walks.choose("2-4.answer", "no")
    expect(target).to_be_visible()
    remark.fill("次の保守で")
    target.fill((clock.today() + timedelta(days=900)).isoformat())
    expect(vera_walks.page.locator('[id="error-2-4.target_on"]')).to_be_visible()
    vera_walks.look()
    target.fill((clock.today() + timedelta(days=9)).isoformat())
    expect(vera_walks.page.locator('[id="error-2-4.target_on"]')).not_to_be_visible()
    expect(line(vera_walks)).to_have_text(SAVED)
    expect(vera_walks.page.locator(".form-status span[data-answered]")).to_have_text("1")
    for more in vera_walks.page.locator("details").all():
        more.evaluate("node => node.open = true")
    vera_walks.look()
    vera_walks.open(address)
    assert remark.input_value() == "次の保守で"
    assert stored(database, "2-4").value == "no"


def test_a_lost_connection_loses_no_word(vera_walks: Walker, asked: Submission, database: Database) -> None:
    section(vera_walks, asked)
    vera_walks.choose("2-4.answer", "no")
    expect(line(vera_walks)).to_have_text(SAVED)
    vera_walks.context.set_offline(True)
    field(vera_walks, "2-4.remark").fill("つながらない間に書いた言葉")
    vera_walks.choose("2-5.answer", "yes")
    expect(line(vera_walks)).to_contain_text("つながり次第保存します")
    vera_walks.complaints.clear()
    vera_walks.context.set_offline(False)
    expect(line(vera_walks)).to_have_text(SAVED, timeout=40_000)
    vera_walks.page.wait_for_timeout(1500)
    assert stored(database, "2-4").remark == "つながらない間に書いた言葉"
    assert stored(database, "2-5").value == "yes"


def test_two_tabs_see_each_other(vera_walks: Walker, asked: Submission, database: Database) -> None:
    address = section(vera_walks, asked)
    other = vera_walks.context.new_page()
    other.goto(vera_walks.base + address)
    vera_walks.choose("2-4.answer", "no")
    field(vera_walks, "2-4.remark").fill("こちらの言葉")
    expect(line(vera_walks)).to_have_text(SAVED)
    vera_walks.page.wait_for_timeout(1000)
    other.locator('label[for="field-2-4.answer"]').click()
    conflict = other.locator("[data-conflict]")
    expect(conflict).to_contain_text("こちらの言葉")
    assert stored(database, "2-4").value == "no"
    other.locator('[name="2-4.is_conditional"]').check()
    expect(conflict).to_have_count(0)
    assert stored(database, "2-4").value == "yes"


def test_a_colleague_in_another_browser_is_seen_too(
    browser: Browser, vera_walks: Walker, asked: Submission, alice: Clerk, mailbox: Mailbox, database: Database
) -> None:
    address = section(vera_walks, asked)
    alice.invites(asked, WALTER, "Walter")
    walter = come_in(Walker(browser, vera_walks.base, language="en", width=1280), mailbox, WALTER)
    walter.open(address)
    walter.choose("2-4.answer", "no")
    expect(line(walter)).to_have_text(SAVED)
    vera_walks.choose("2-4.answer", "yes")
    expect(vera_walks.page.locator("[data-conflict]")).to_contain_text(WALTER)
    vera_walks.look()
    walter.close()


def test_after_a_pause_the_words_come_back_with_a_new_code(
    vera_walks: Walker, asked: Submission, database: Database, mailbox: Mailbox
) -> None:
    section(vera_walks, asked)
    with database.open_writer() as session:
        session.execute(sa.update(VendorSession).values(created_at=clock.now() - timedelta(hours=13)))
        session.commit()
    vera_walks.choose("2-4.answer", "no")
    field(vera_walks, "2-4.remark").fill("休憩の前の言葉")
    way_back = vera_walks.page.get_by_role("link", name="新しいコードを送ってもらう")
    expect(way_back).to_be_visible()
    way_back.click()
    vera_walks.look()
    vera_walks.press("main form button.button--primary")
    code = CODE.search(mailbox.last(VERA, "access_code").text)
    assert code
    vera_walks.fill({"code": code.group()})
    vera_walks.press('form[action="/code"] button:not([type="button"])')
    assert vera_walks.page.url.endswith("/sections/general")
    expect(line(vera_walks)).to_have_text(SAVED)
    assert field(vera_walks, "2-4.remark").input_value() == "休憩の前の言葉"
    assert stored(database, "2-4").remark == "休憩の前の言葉"


def test_a_request_taken_back_while_one_writes_leaves_the_words_on_the_page(
    vera_walks: Walker, asked: Submission, database: Database
) -> None:
    section(vera_walks, asked)
    with database.open_writer() as session:
        submissions.withdraw_submission(session, submission=session.get_one(Submission, asked.id))
        session.commit()
    vera_walks.choose("2-4.answer", "no")
    field(vera_walks, "2-4.remark").fill("書きかけの言葉")
    expect(line(vera_walks)).to_contain_text("ご回答いただく必要はなくなりました")
    assert field(vera_walks, "2-4.remark").input_value() == "書きかけの言葉"


def test_a_link_taken_back_while_one_writes_leaves_the_words_to_be_copied(
    vera_walks: Walker, asked: Submission, database: Database
) -> None:
    section(vera_walks, asked)
    vera_walks.choose("2-4.answer", "no")
    expect(line(vera_walks)).to_have_text(SAVED)
    with database.open_writer() as session:
        found = session.get_one(Submission, asked.id)
        invitations.revoke_invitation(session, invitation=submissions.list_invitations(session, submission=found)[0])
        session.commit()
    field(vera_walks, "2-4.remark").fill("まだ保存されていない言葉")
    again = vera_walks.page.locator("[data-comes-back] a")
    expect(again).to_be_visible()
    vera_walks.complaints.clear()
    again.click()
    vera_walks.press('form[action$="/again"] button')
    expect(vera_walks.page.locator("[data-remembered] textarea")).to_have_value("まだ保存されていない言葉")
    vera_walks.look()


def test_a_cancelled_file_leaves_nothing_and_the_next_one_arrives(
    vera_walks: Walker, asked: Submission, database: Database, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "large.pdf").write_bytes(pdf_of(45 * 1024 * 1024))
    (tmp_path / "SDS.pdf").write_bytes(pdf_of())
    vera_walks.open(f"/answer/{asked.id}/documents")
    page = vera_walks.page
    session = vera_walks.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2 * 1024 * 1024},
    )
    page.locator('input[type="file"]').set_input_files([tmp_path / "large.pdf", tmp_path / "SDS.pdf"])
    page.get_by_role("button", name="やめる: large.pdf").click()
    expect(page.locator("#documents")).to_contain_text("SDS.pdf", timeout=30_000)
    vera_walks.look()
    with database.open_reader() as reading:
        assert [row.file_name for row in reading.exec(select(Document))] == ["SDS.pdf"]
    assert len([path for path in settings.files_folder.rglob("*") if path.is_file()]) == 1


def test_the_whole_form_can_be_filled_with_the_keyboard_alone(
    vera_walks: Walker, asked: Submission, database: Database
) -> None:
    section(vera_walks, asked, "organisation")
    page = vera_walks.page
    field(vera_walks, "1-1.answer").first.focus()
    page.keyboard.press("Space")
    expect(line(vera_walks)).to_have_text(SAVED)
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('button.button--primary')"):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/sections/general")
    assert stored(database, "1-1").value == "yes"


@pytest.mark.parametrize(("language", "width"), [("ja", 1280), ("en", 360)])
def test_every_page_of_the_vendor_pleases_axe(
    browser: Browser, base: str, asked: Submission, mailbox: Mailbox, clinic: Clinic, language: str, width: int
) -> None:
    walker = Walker(browser, base, language=language, width=width)
    link = LINK.search(mailbox.last(VERA).text)
    assert link
    path = "/i/" + link.group().rsplit("/", 1)[1]
    if language == "en":
        walker.context.add_cookies([{"name": "language", "value": "en", "url": base}])
    walker.open(path)
    walker.page.locator("[data-opens='not-us']").click()
    walker.look()
    walker.open("/code")
    walker.open(f"/answer/{asked.id}")
    come_in(walker, mailbox)
    for part in ("", "/sections/organisation", "/sections/devices", "/documents", "/finish", "/decline", "/left"):
        walker.open(f"/answer/{asked.id}{part}")
    walker.close()


def test_a_scanner_that_runs_scripts_and_moves_the_mouse_starts_nothing(
    browser: Browser, base: str, mailbox: Mailbox, database: Database
) -> None:
    link = LINK.search(mailbox.last(VERA).text)
    assert link
    with database.open_reader() as session:
        before = session.exec(select(Event.id).order_by(col(Event.sequence))).all()
    for width in (360, 1280, 1920):
        scanner = Walker(browser, base, language="en", width=width)
        scanner.open("/i/" + link.group().rsplit("/", 1)[1])
        scanner.page.mouse.move(width / 2, 300)
        scanner.page.mouse.wheel(0, 2000)
        scanner.page.wait_for_load_state("networkidle")
        assert not scanner.context.cookies()
        scanner.close()
    with database.open_reader() as session:
        assert session.exec(select(Event.id).order_by(col(Event.sequence))).all() == before
    assert not mailbox.all(kind="access_code")
