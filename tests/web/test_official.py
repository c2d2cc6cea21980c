"""The official workbook filled in: the clinic's own answers and each vendor's, and everything else as it was."""

from __future__ import annotations

import io
import zipfile

import pytest
from sqlmodel import select

from models import Assessment, Submission
from models.database import Database
from services.reading.xlsx import read_xlsx
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk, Engineer
from tests.services.reading.checklist_books import make_checklist
from tests.stories import answer_everything, in_days
from tests.web.test_editions import publish


def cells_of(page: Page) -> list[list[str]]:
    """The rows of a downloaded workbook as people see them."""
    assert page.status == 200
    assert "attachment" in page.response.headers["content-disposition"]
    sheet = read_xlsx(io.BytesIO(page.response.content)).sheets[0]
    return [[sheet.text(row, column) for column in range(1, 10)] for row in range(1, 20)]


def row_with(cells: list[list[str]], number: str, words: str) -> list[str]:
    return next(row for row in cells if number in row and any(words in cell for cell in row))


@pytest.fixture
def imported_request(alice: Clerk, vera: Engineer, database: Database) -> Submission:
    """A vendor asked with the imported form, with a link in its mailbox."""
    publish(alice)
    with database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, alice.clinic, name="みどりメディカル", email=vera.email)
        system = factories.make_system(session, alice.clinic, vendor)
        session.commit()
    message = alice.open("/asking").submit("/asking/message", {"vendor": str(vendor.id)})
    message.submit("/asking", {f"systems-{vendor.id}": str(system.id)})
    with database.open_reader() as session:
        return session.exec(select(Submission)).one()


def test_the_own_form_is_written_into_the_official_workbook(alice: Clerk, database: Database) -> None:
    publish(alice)
    alice.open("/assessment").submit("/assessment").submit("/assessment/gate", {"gate": "yes"})
    target = in_days(20)
    said = {"value": "no", "checked_on": in_days(0).isoformat(), "target_on": target.isoformat()}
    said |= {"remark": "来月までに整えます。", "owner_name": "佐藤"}
    with database.open_reader() as session:
        year = session.exec(select(Assessment)).one().fiscal_year
    alice.open("/assessment/items/2-4", year=year).submit("/assessment/items/2-4", said)
    page = alice.open("/assessment")
    cells = cells_of(page.follow("公式の様式に書き込む"))
    today = in_days(0)
    row = row_with(cells, "④", "権限")
    assert row[3] == f"いいえ（{today.month}/{today.day}）"
    assert row[4] == f"（{target.month}/{target.day}）"
    assert row[6] == "来月までに整えます。"
    assert row_with(cells, "①", "台帳")[3] == "はい・いいえ\n（　／　）"
    assert next(row for row in cells if "使っている" in row[2])[3].startswith("はい（")


def test_a_vendors_answers_are_written_into_the_official_workbook(
    alice: Clerk, vera: Engineer, imported_request: Submission
) -> None:
    vera.enters()
    assert not alice.open(f"/submissions/{imported_request.id}").offers("公式の様式に書き込む")
    assert alice.open(f"/submissions/{imported_request.id}/official.xlsx").status == 404
    answer_everything(vera, imported_request)
    page = alice.open(f"/submissions/{imported_request.id}")
    got = page.follow("公式の様式に書き込む")
    cells = cells_of(got)
    assert row_with(cells, "⑤", "アクセスログ")[3].startswith("はい（")
    before = make_checklist(form="vendor")
    with zipfile.ZipFile(io.BytesIO(before)) as one, zipfile.ZipFile(io.BytesIO(got.response.content)) as other:
        assert one.namelist() == other.namelist()
        changed = [name for name in one.namelist() if one.read(name) != other.read(name)]
    assert changed == ["xl/worksheets/sheet1.xml"]


def test_the_forms_of_the_catalog_have_no_workbook(alice: Clerk, asked: Submission) -> None:
    alice.open("/assessment").submit("/assessment")
    assert not alice.open("/assessment").offers("公式の様式に書き込む")
    assert alice.open("/assessment/official.xlsx").status == 404
    assert alice.open(f"/submissions/{asked.id}/official.xlsx").status == 404


def test_a_stranger_gets_404(
    alice: Clerk, charlie: Clerk, vera: Engineer, imported_request: Submission, stranger: Browser
) -> None:
    vera.enters()
    answer_everything(vera, imported_request)
    assert charlie.open(f"/submissions/{imported_request.id}/official.xlsx").status == 404
    assert charlie.open("/assessment/official.xlsx").status == 404
    assert stranger.open("/assessment/official.xlsx").path.startswith("/sign-in")
