"""Claims about the pages of letters: ordered, watched, taken for a day, and answered by typing two numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Event, Invitation, LetterBatch, Submission, Vendor
from models.database import Database
from services import letters
from services.invitations import latest_end_of_link
from services.jobs import prepare_jobs
from services.letter_links import issue_letter, make_secrets
from services.letter_making import make_letters
from services.letter_numbers import SIGNS
from tests import factories
from tests.browser import BASE, Browser, Page
from tests.people import Clerk
from web import limits

NUMBER = re.compile(rf"[{SIGNS}]{{4}}-[{SIGNS}]{{4}}-[{SIGNS}]{{4}}")


@dataclass(frozen=True)
class Printed:
    """What the recipient of a letter reads."""

    number: str
    code: str


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    limits.forget_counts()
    yield
    limits.forget_counts()


@pytest.fixture
def addressed(database: Database, asked: Submission) -> Submission:
    """Vera's company with a postal address, and the tables of the queue."""
    prepare_jobs(database)
    with database.open_writer() as session:
        vendor = session.get_one(Vendor, asked.vendor_id)
        vendor.postal_code, vendor.address = "100-0001", "東京都千代田区千代田1-1"
        session.add(vendor)
        session.commit()
    return asked


def make(database: Database, page: Page) -> LetterBatch:
    """Let the job of this page's letters run."""
    batch_id = page.path.rsplit("/", 1)[1]
    make_letters(database, batch_id)
    with database.open_reader() as session:
        return session.exec(select(LetterBatch)).all()[-1]


def printed(batch: LetterBatch) -> Printed:
    text = pypdfium2.PdfDocument(b"".join(letters.open_letters(batch)))[0].get_textpage().get_text_range()
    number, code = NUMBER.search(text), re.search(r"(?<![\d-])\d{6}(?![\d-])", text)
    assert number
    assert code
    return Printed(number.group(), code.group())


def post_letter(alice: Clerk, database: Database, asked: Submission) -> Printed:
    """Alice makes a letter for one request."""
    page = alice.open(f"/submissions/{asked.id}/letter").submit("/letter", {"message": "よろしくお願いします。"})
    return printed(make(database, page))


def enter(browser: Browser, number: str, code: str) -> Page:
    return browser.open("/letter").submit("/letter", {"number": number, "code": code})


def test_a_letter_is_made_watched_taken_and_removed(alice: Clerk, database: Database, addressed: Submission) -> None:
    page = alice.open(f"/submissions/{addressed.id}").follow("手紙を作る")
    assert page.says("東京都千代田区千代田1-1")
    page = page.submit("/letter", {"name": "サポート窓口"})
    assert page.says("手紙を作っています")
    assert page.tree.xpath("//*[@data-follows]")
    make(database, page)
    page = alice.open(page.path)
    assert page.says("手紙ができました")
    taken = alice.browser.client.get(page.path + "/letters.pdf")
    assert taken.content.startswith(b"%PDF-")
    assert taken.headers["content-disposition"].startswith("attachment")
    assert taken.headers["cache-control"] == "no-store"
    with database.open_reader() as session:
        assert session.exec(select(Event).where(Event.verb == "letters.downloaded")).one().actor_name == "山本 あかり"
    page = page.submit("/remove")
    assert page.says("PDFを削除しました")
    assert alice.browser.client.get(page.path + "/letters.pdf").status_code == 404


def test_the_request_and_the_dashboard_say_that_a_letter_was_made(
    alice: Clerk, database: Database, addressed: Submission
) -> None:
    post_letter(alice, database, addressed)
    page = alice.open(f"/submissions/{addressed.id}")
    assert page.says("手紙を作成しました")
    assert page.says("手紙を作成・未開封")
    assert alice.open("/dashboard", year=2026).says("手紙を作成・未開封")


def test_the_vendor_comes_in_by_typing_both_numbers_of_its_letter(
    alice: Clerk, database: Database, addressed: Submission, stranger: Browser
) -> None:
    letter = post_letter(alice, database, addressed)
    page = enter(stranger, letter.number.lower().replace("-", " "), letter.code)
    assert page.path == f"/answer/{addressed.id}"
    assert page.says("やまもと内科クリニック")


def test_the_vendor_comes_in_by_the_scanned_link_and_the_printed_code(
    app: FastAPI, alice: Clerk, database: Database, addressed: Submission, stranger: Browser
) -> None:
    secrets = make_secrets()
    with database.open_writer() as session:
        submission = session.get_one(Submission, addressed.id)
        issue_letter(
            session,
            submission=submission,
            secrets=secrets,
            name="",
            issued_by=alice.member.id,
            expires_at=latest_end_of_link(submission.due_on),
        )
        session.commit()
    landing = stranger.open(f"/i/{secrets.token}")
    assert landing.says("手紙に印刷された6桁")
    page = landing.submit(landing.path)
    assert page.says("QRコードの横")
    assert page.submit("/code", {"code": secrets.code}).path == f"/answer/{addressed.id}"


def test_opening_the_page_changes_nothing_and_tells_nothing(
    alice: Clerk, database: Database, addressed: Submission, stranger: Browser
) -> None:
    post_letter(alice, database, addressed)
    page = stranger.open("/letter")
    assert not page.says("やまもと内科クリニック")
    with database.open_reader() as session:
        assert all(invitation.opened_at is None for invitation in session.exec(select(Invitation)))


def test_wrong_codes_are_counted_and_lock_the_letter(
    alice: Clerk, database: Database, addressed: Submission, stranger: Browser
) -> None:
    letter = post_letter(alice, database, addressed)
    wrong = f"{(int(letter.code) + 1) % 1_000_000:06d}"
    assert enter(stranger, letter.number, wrong).says("あと4回")
    for _ in range(4):
        page = enter(stranger, letter.number, wrong)
    assert page.says("5回")
    page = enter(stranger, letter.number, letter.code)
    assert page.status == 422
    assert page.path == "/letter"


def test_guessing_numbers_is_slowed_down_for_the_network(stranger: Browser) -> None:
    typed = {"number": "2222-2222-2222", "code": "000000"}
    for _ in range(100):
        stranger.client.post("/letter", data=typed, headers={"Sec-Fetch-Site": "same-origin", "Origin": BASE})
    assert stranger.post("/letter", typed).status == 429


def test_an_unknown_number_says_how_to_compare(stranger: Browser) -> None:
    page = enter(stranger, "7K4M-P9TX-3HWA", "123456")
    assert page.status == 422
    assert page.says("この招待番号の手紙は見つかりません")


def test_a_renewed_letter_retires_the_one_before(
    alice: Clerk, database: Database, addressed: Submission, stranger: Browser
) -> None:
    former = post_letter(alice, database, addressed)
    present = post_letter(alice, database, addressed)
    assert enter(stranger, former.number, former.code).status == 410
    assert enter(stranger, present.number, present.code).path == f"/answer/{addressed.id}"


def test_many_letters_are_one_pdf_and_those_without_mail_are_ticked(
    alice: Clerk, database: Database, addressed: Submission
) -> None:
    with database.open_writer() as session:
        vendor, contact = factories.make_vendor(session, alice.clinic, name="郵便だけの会社")
        contact.email = ""
        vendor.postal_code, vendor.address = "060-0001", "札幌市中央区"
        session.add_all([vendor, contact])
        by_post = factories.make_submission(session, alice.clinic, vendor, created_by=alice.member.id)
        session.commit()
    page = alice.open("/letters", year=2026)
    ticked = page.tree.xpath("//input[@name='submission'][@checked]/@value")
    assert ticked == [str(by_post.id)]
    page = page.submit("/letters", {"submission": [addressed.id, by_post.id]})
    batch = make(database, page)
    page = alice.open(page.path)
    assert page.text.index("郵便だけの会社") < page.text.index("みどりメディカルシステム")
    assert len(pypdfium2.PdfDocument(b"".join(letters.open_letters(batch)))) == 6


def test_letters_without_a_tick_or_for_who_has_answered_are_refused_in_words(
    alice: Clerk, database: Database, addressed: Submission
) -> None:
    page = alice.open("/letters", year=2026).submit("/letters", {"submission": None})
    assert page.status == 422
    assert page.says("1社以上")
    with database.open_writer() as session:
        factories.submit_answers(session, session.get_one(Submission, addressed.id))
        session.commit()
    page = alice.post("/letters?year=2026", {"submission": [str(addressed.id)]})
    assert page.status == 422


def test_asking_by_letter_makes_the_letters_at_once(alice: Clerk, database: Database) -> None:
    prepare_jobs(database)
    with database.open_writer() as session:
        vendor, contact = factories.make_vendor(session, alice.clinic, name="FAXだけの会社")
        contact.email, vendor.fax = "", "03-1111-2222"
        factories.make_system(session, alice.clinic, vendor)
        session.add_all([vendor, contact])
        session.commit()
    page = alice.open("/asking").submit("/asking/message", {"vendor": [str(vendor.id)]})
    assert page.tree.xpath(f"//select[@name='how-{vendor.id}']/option[@selected]/@value") == ["letter"]
    page = page.submit("/asking")
    if page.path == "/asking":
        page = page.submit("/asking", button="confirmed=true")
    assert page.path.startswith("/letters/")
    assert page.says("FAXだけの会社")
    assert NUMBER.fullmatch(printed(make(database, page)).number)


def test_a_stranger_finds_no_letters(
    alice: Clerk, carol: Clerk, charlie: Clerk, database: Database, addressed: Submission
) -> None:
    page = alice.open(f"/submissions/{addressed.id}/letter").submit("/letter")
    make(database, page)
    for path in (page.path, page.path + "/letters.pdf"):
        assert charlie.open(path).status == 404
        assert carol.open(path).status == 403
