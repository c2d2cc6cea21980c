"""The ministry's workbooks of a new year: imported, asked, answered, reviewed, assessed, and taken along filled in."""

from __future__ import annotations

import io

import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Assessment, Revision, Submission
from models.database import Database
from services.reading.grid import Sheet
from services.reading.xlsx import read_xlsx
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk, Engineer, Mailbox, signed_in
from tests.services.reading.checklist_books import make_checklist
from tests.stories import answer_everything, in_days
from web.downloads import XLSX

WORDS = {
    "ja": ("すべて読み取れました", "公式の様式に書き込む", "令和8年度"),
    "en": ("Everything was understood", "Official form, filled in", "FY2026"),
}


def import_year(clerk: Clerk) -> Page:
    """Both workbooks one after the other, looked at and published."""
    for form in ("institution", "vendor"):
        files = [("files", (f"{form}.xlsx", make_checklist(form=form, family="cells"), XLSX))]
        page = clerk.browser.post("/editions", {}, files=files)
    return page


def sheet_of(page: Page) -> Sheet:
    assert page.status == 200
    return read_xlsx(io.BytesIO(page.response.content)).sheets[0]


def row_of(sheet: Sheet, words: str) -> list[str]:
    row = next(cell.row for cell in sheet.cells.values() if words in cell.text)
    return [sheet.text(row, column) for column in range(4, 10)]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_from_the_ministrys_files_to_the_same_files_filled_in(
    app: FastAPI, database: Database, mailbox: Mailbox, language: str
) -> None:
    understood, filled, year = WORDS[language]
    with database.open_writer() as session:
        clinic = factories.make_clinic(session, "やまもと内科クリニック")
        member = factories.make_member(session, clinic)
        vendor, _contact = factories.make_vendor(session, clinic, email="vera@vendor.example")
        system = factories.make_system(session, clinic, vendor)
        session.commit()
    clerk = signed_in(app, database, member, clinic, language)
    draft = import_year(clerk)
    assert draft.says(understood)
    assert draft.submit("/publish").says(year)

    message = clerk.open("/asking").submit("/asking/message", {"vendor": str(vendor.id)})
    message.submit("/asking", {"due_on": in_days(40).isoformat(), f"systems-{vendor.id}": str(system.id)})
    with database.open_reader() as session:
        submission = session.exec(select(Submission)).one()
    vera = Engineer(Browser(app, language=language), mailbox, "vera@vendor.example")
    vera.enters()
    assert answer_everything(vera, submission, no={"2-5": in_days(20)}).status == 200
    review = clerk.open(f"/submissions/{submission.id}/review")
    review.submit("/review", {}, button="verdict=accepted")

    own = clerk.open("/assessment").submit("/assessment")
    own.submit("/assessment/gate", {"gate": "yes"})
    with database.open_reader() as session:
        assert session.exec(select(Assessment)).one().edition_id == submission.edition_id
        assert len(session.exec(select(Revision)).one().answers) == 5
    item = clerk.open("/assessment/items/2-5")
    assert item.says("アクセスログ")
    said = {"value": "no", "checked_on": in_days(0).isoformat(), "target_on": in_days(30).isoformat()}
    item.submit("/assessment/items/2-5", {**said, "remark": "事業者の対応を待っています。", "owner_name": "佐藤"})

    today, target = in_days(0).isoformat(), in_days(30).isoformat()
    mine = sheet_of(clerk.open("/assessment").follow(filled))
    assert row_of(mine, "アクセスログ") == ["いいえ", today, target, "", "", "事業者の対応を待っています。"]
    assert row_of(mine, "台帳") == [""] * 6
    theirs = sheet_of(clerk.open(f"/submissions/{submission.id}").follow(filled))
    assert row_of(theirs, "アクセスログ")[:3] == ["いいえ", today, in_days(20).isoformat()]
    assert row_of(theirs, "権限")[:2] == ["はい", today]
