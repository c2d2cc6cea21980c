"""Every table that people see is taken along as CSV and XLSX, as it is shown, recorded, and only by whom it is for."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook
from sqlmodel import Session, select

from models import Clinic, Event, Submission
from models.database import Database
from services import contacts, vendors
from services.outbox import MailState
from tests import factories
from tests.people import Clerk, Engineer, Mailbox
from tests.queries import recorded
from tests.stories import answer_everything, upload
from web.clinic.outbox import STATE_NAMES


def rows_of(clerk: Clerk, path: str, **params: str) -> list[list[str]]:
    """The cells of a CSV file."""
    response = clerk.browser.client.get(path, params=params)
    assert response.status_code == 200, response.text[:300]
    assert response.headers["content-disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def sheets_of(clerk: Clerk, path: str) -> dict[str, list[list[str]]]:
    """The cells of a workbook by sheet."""
    response = clerk.browser.client.get(path)
    assert response.status_code == 200, response.text[:300]
    book = load_workbook(io.BytesIO(response.content))
    return {sheet.title: [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()] for sheet in book}


@pytest.fixture
def answered(asked: Submission, vera: Engineer, alice: Clerk) -> Submission:
    """What Vera submitted and Alice returned with a word on one item."""
    vera.enters()
    upload(vera, asked, "SDS.pdf")
    answer_everything(vera, asked)
    review = alice.open(f"/submissions/{asked.id}/review")
    review.submit("/review", {"remark-2-4": "=版を教えてください"}, button="verdict=returned")
    return asked


def test_answers_words_and_history_of_a_request_are_taken_along(alice: Clerk, answered: Submission) -> None:
    shown = alice.open(f"/submissions/{answered.id}")
    assert shown.offers("回答の内容 CSV")
    head, *answers = rows_of(alice, f"/submissions/{answered.id}/answers.csv")
    assert len(answers) == answered.item_count
    first = dict(zip(head, answers[0], strict=True))
    assert (first["ベンダー"], first["回答"]) == ("みどりメディカルシステム", "はい")
    words = rows_of(alice, f"/submissions/{answered.id}/remarks.csv")
    assert [row[-1] for row in words[1:]] == ["'=版を教えてください"]
    told = rows_of(alice, f"/submissions/{answered.id}/history.csv")
    assert any("提出" in row[2] for row in told)
    assert list(sheets_of(alice, f"/submissions/{answered.id}/answers.xlsx")) == ["ベンダーの回答"]


def test_nothing_is_taken_along_of_a_request_without_answers(alice: Clerk, asked: Submission) -> None:
    assert alice.open(f"/submissions/{asked.id}/answers.csv").status == 404
    assert alice.open(f"/submissions/{asked.id}/remarks.xlsx").status == 404


def test_lists_are_taken_along_as_they_are_filtered(
    alice: Clerk, answered: Submission, database: Database, clinic: Clinic, mailbox: Mailbox
) -> None:
    with database.open_writer() as session:
        other = vendors.add_vendor(session, clinic_id=clinic.id, name="あおい画像")
        contacts.add_contact(session, vendor=other, name="窓口", email="a@aoi.example")
        session.commit()
    everybody = rows_of(alice, "/contacts.csv")
    assert [row[0] for row in everybody[1:]] == ["あおい画像", "みどりメディカルシステム"]
    assert [row[0] for row in rows_of(alice, "/contacts.csv", search="あおい")[1:]] == ["あおい画像"]
    assert [row[7] for row in rows_of(alice, "/documents.csv")[1:]] == ["SDS.pdf"]
    assert rows_of(alice, "/documents.csv", kind="mds2")[1:] == []
    assert len(rows_of(alice, "/outbox.csv")) == len(mailbox.all()) + 1
    assert rows_of(alice, "/outbox.csv", state="failed")[1:] == []
    assert [row[1] for row in rows_of(alice, "/members.csv")[1:]] == ["alice@clinic.example"]


def test_every_state_of_a_mail_has_a_name() -> None:
    assert set(STATE_NAMES) == set(MailState)


def test_every_page_with_a_list_offers_it_in_both_forms(alice: Clerk, answered: Submission) -> None:
    for path in ("/dashboard", "/vendors", "/systems", "/documents", "/outbox", "/members", "/log"):
        links = alice.open(path).tree.xpath(
            "//*[contains(@class, 'table-tools__links')]/a[contains(., 'CSV') or contains(., 'XLSX')]/@href"
        )
        assert links, path
        for link in links:
            response = alice.browser.client.get(link)
            assert response.status_code == 200, link
            assert response.headers["content-disposition"].startswith("attachment"), link


def test_everything_is_one_workbook_with_a_sheet_for_each_table(alice: Clerk, answered: Submission) -> None:
    assert alice.open("/settings").offers("すべてをダウンロードする")
    sheets = sheets_of(alice, "/settings/everything.xlsx")
    assert next(iter(sheets)) == "目次"
    listed = [row[0] for row in sheets["目次"][1 : len(sheets)]]
    assert listed == list(sheets)[1:]
    assert len(sheets["ベンダーの回答"]) == answered.item_count + 1
    assert all("2-4" not in row[0] for row in sheets["メンバー"])
    assert any("alice@clinic.example" in row for row in sheets["メンバー"])


def test_what_is_taken_along_is_recorded(alice: Clerk, answered: Submission, session: Session) -> None:
    for path in ("/contacts.csv", "/outbox.xlsx", "/members.csv", "/settings/everything.xlsx"):
        alice.browser.client.get(path)
    alice.browser.client.get(f"/submissions/{answered.id}/answers.xlsx")
    verbs = set(session.exec(select(Event.verb)))
    assert verbs >= {
        "contact.exported",
        "mail.exported",
        "member.exported",
        "clinic.exported",
        "submission.exported",
    }
    page = alice.open("/log")
    assert page.says("依頼の表をダウンロードしました：みどりメディカルシステム")


def test_everything_takes_as_many_statements_for_many_requests(
    alice: Clerk, database: Database, clinic: Clinic
) -> None:
    def add(number: int) -> None:
        with database.open_writer() as session:
            for _ in range(number):
                vendor, _contact = factories.make_vendor(session, clinic)
                system = factories.make_system(session, clinic, vendor)
                factories.make_submission(session, clinic, vendor, [system], created_by=alice.member.id)
            session.commit()

    counts = []
    for number in (1, 5):
        add(number)
        with recorded(database) as statements:
            alice.browser.client.get("/settings/everything.xlsx")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_another_clinic_takes_nothing_of_this_one_along(
    alice: Clerk, charlie: Clerk, carol: Clerk, answered: Submission
) -> None:
    for path in ("/contacts.csv", "/documents.csv"):
        assert len(rows_of(charlie, path)) == 1
    book = charlie.browser.client.get("/settings/everything.xlsx").content
    cells = [str(cell.value) for sheet in load_workbook(io.BytesIO(book)) for row in sheet.iter_rows() for cell in row]
    assert not any("みどり" in cell or "alice" in cell for cell in cells)
    assert charlie.open(f"/submissions/{answered.id}/history.csv").status == 404
    assert carol.open("/settings/everything.xlsx").status == 403
    assert carol.open("/members.csv").status == 403
