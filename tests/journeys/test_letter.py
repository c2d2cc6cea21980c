"""Without any mail server: a letter goes out, its two numbers are typed, the vendor answers, the clinic sees it."""

from __future__ import annotations

import re

import pypdfium2
from sqlmodel import select

from models import LetterBatch, Mail, Stage, Submission, Vendor
from models.database import Database
from services import letters
from services.jobs import prepare_jobs
from services.letter_making import make_letters
from services.letter_numbers import SIGNS
from tests.browser import Browser
from tests.people import Clerk, Engineer, Mailbox
from tests.stories import answer_everything, in_days, upload

NUMBER = re.compile(rf"[{SIGNS}]{{4}}-[{SIGNS}]{{4}}-[{SIGNS}]{{4}}")


def read_paper(batch: LetterBatch) -> tuple[str, str]:
    """The two numbers of the first letter, as its recipient reads them."""
    text = pypdfium2.PdfDocument(b"".join(letters.open_letters(batch)))[0].get_textpage().get_text_range()
    number, code = NUMBER.search(text), re.search(r"(?<![\d-])\d{6}(?![\d-])", text)
    assert number
    assert code
    return number.group(), code.group()


def test_a_letter_carries_the_whole_way_without_any_mail_server(
    alice: Clerk, database: Database, stranger: Browser, mailbox: Mailbox
) -> None:
    prepare_jobs(database)
    page = alice.open("/vendors/new").submit(
        "/vendors/new",
        {"name": "みどりメディカルシステム株式会社", "postal_code": "1000001", "address": "東京都千代田区千代田1-1"},
    )
    assert page.says("みどりメディカルシステム株式会社")
    with database.open_reader() as session:
        vendor = session.exec(select(Vendor)).one()
    page = alice.open("/asking").submit("/asking/message", {"vendor": [str(vendor.id)]})
    page = page.submit("/asking", {"due_on": in_days(30).isoformat()})
    assert page.says("手紙を作っています")
    make_letters(database, page.path.rsplit("/", 1)[1])
    with database.open_reader() as session:
        submission = session.exec(select(Submission)).one()
        number, code = read_paper(session.exec(select(LetterBatch)).one())

    vera = Engineer(stranger, mailbox, "")
    page = vera.open("/letter").submit("/letter", {"number": number, "code": code})
    assert page.path == f"/answer/{submission.id}"
    upload(vera, submission, "SDS.pdf")
    assert answer_everything(vera, submission).says("届きました")

    page = alice.open(f"/submissions/{submission.id}")
    assert page.says("緑川 誠")
    with database.open_reader() as session:
        assert session.get_one(Submission, submission.id).stage is Stage.SUBMITTED
        assert not [mail for mail in session.exec(select(Mail)) if mail.delivered_at]
