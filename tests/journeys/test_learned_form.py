"""A form nobody knew: uploaded by the vendor, shown by the clinic, read, settled, treated, linked and compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Document, Submission
from models.database import Database
from services import assessments
from services.disclosure_reading import read_document
from tests import factories
from tests.browser import Browser
from tests.learning import write_form
from tests.people import Clerk, Engineer, Mailbox, signed_in
from tests.stories import answer_everything, upload

WORDS = {
    "ja": {
        "unknown": "このポータルがまだ知らない様式です",
        "counts": "質問12問",
        "read": "12項目を読み取りました",
        "settled": "2.2 を確定しました",
        "decided": "2.1 への対応を記録しました",
        "linked": "2.1を項目の根拠にしました",
        "differences": "違いが3件あります",
        "undecided": "未対応2件",
    },
    "en": {
        "unknown": "a questionnaire whose form this portal does not know yet",
        "counts": "12 questions",
        "read": "12 items read",
        "settled": "2.2 is settled",
        "decided": "What you do about 2.1 is written down",
        "linked": "2.1 is now evidence of this item",
        "differences": "3 differences",
        "undecided": "2 undecided",
    },
}
ITEM = "2-4"


def hand_over(
    database: Database, alice: Clerk, app: FastAPI, mailbox: Mailbox, asked: Submission, path: Path
) -> Document:
    """The vendor uploads a file to a request and submits; the job that reads it runs."""
    alice.invites(asked, "vera@vendor.example")
    vera = Engineer(Browser(app), mailbox, "vera@vendor.example")
    vera.enters()
    upload(vera, asked, path.name, path.read_bytes())
    answer_everything(vera, asked)
    with database.open_reader() as session:
        document = session.exec(select(Document).where(Document.submission_id == asked.id)).one()
    read_document(database, str(document.id))
    return document


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_form_that_nobody_knew_becomes_evidence_and_is_compared_with_last_years(
    app: FastAPI, database: Database, mailbox: Mailbox, alice: Clerk, tmp_path: Path, language: str
) -> None:
    words = WORDS[language]
    clerk = signed_in(app, database, alice.member, alice.clinic, language)
    with database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, alice.clinic, email="vera@vendor.example")
        system = factories.make_system(session, alice.clinic, vendor)
        by = alice.member.id
        before = factories.make_submission(session, alice.clinic, vendor, [system], created_by=by, fiscal_year=2025)
        now = factories.make_submission(session, alice.clinic, vendor, [system], created_by=by)
        assessments.start_assessment(session, clinic=alice.clinic, fiscal_year=now.fiscal_year)
        session.commit()
    said = {"2.1": "いいえ", "2.2": "検討中", "3.4": "対象外"}
    old = hand_over(database, alice, app, mailbox, before, write_form(tmp_path / "last.xlsx", "はい"))
    new = hand_over(database, alice, app, mailbox, now, write_form(tmp_path / "SDS.xlsx", "はい", answers=said))

    table = f"/documents/{new.id}/answers"
    waiting = clerk.open(table)
    assert waiting.says(words["unknown"])
    pointed = waiting.submit("/learn")
    assert pointed.says(words["counts"])
    pointed.submit("/learn", {"name": "SDS", "kind": "sds", "edition": "5.0"})
    for document in (old, new):
        read_document(database, str(document.id))

    assert clerk.open(table).says(words["read"])
    assert clerk.open(table, show="person").submit("/answers/2.2/settle", {"value": "no"}).says(words["settled"])
    assert clerk.open("/dashboard", year=now.fiscal_year).says(words["undecided"])
    decision = {"risk": "盗み見られる", "way": "reduce", "measure": "端末で二要素認証にする"}
    assert clerk.open(f"{table}/2.1").submit("/answers/2.1", decision).says(words["decided"])
    linked = clerk.open(f"{table}/2.1").submit("/evidence", {"item": f"{now.fiscal_year}:{ITEM}"})
    assert linked.says(words["linked"])
    assert clerk.open(f"/assessment/items/{ITEM}", year=now.fiscal_year).says("SDS.xlsx 2.1")
    compared = clerk.open(f"/documents/{new.id}/compare", **{"with": str(old.id)})
    assert compared.says(words["differences"])
    rows = [row.text_content().split()[0] for row in compared.tree.xpath("//tbody/tr/th")]
    assert rows == ["2.1", "2.2", "3.4"], "はい→いいえ stands first"
