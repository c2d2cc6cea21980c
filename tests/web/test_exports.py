"""Every table that people see is taken along as CSV and XLSX, as it is shown, recorded, and only by whom it is for."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from openpyxl import load_workbook
from sqlmodel import select

from models import Clinic, Event, MemberSession, Scope, Submission
from models.database import Database
from services import api_tokens, clock, contacts, export_orders, groups, vendors, webhooks
from services.export_making import make_export
from services.jobs import prepare_jobs
from services.outbox import MailState
from services.reports.office_tables import MAIL_STATES
from settings import get_settings
from tests import factories
from tests.browser import Page
from tests.people import Clerk, Engineer, Mailbox
from tests.queries import recorded
from tests.stories import answer_everything, fill_in, hand_in, in_days, type_in, upload


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
    assert set(MAIL_STATES) == set(MailState)


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


def make_everything(clerk: Clerk, database: Database) -> Page:
    """Order the workbook, let its job run, and look at its page."""
    prepare_jobs(database)
    page = clerk.open("/tables").submit("/tables/everything")
    make_export(database, page.path.rsplit("/", 1)[1])
    return clerk.open(page.path)


def test_everything_is_one_workbook_that_a_job_makes_table_by_table(
    alice: Clerk, answered: Submission, database: Database
) -> None:
    prepare_jobs(database)
    assert alice.open("/settings").follow("一覧表へ").path == "/tables"
    page = alice.open("/tables").submit("/tables/everything")
    assert page.tree.xpath("//*[@data-follows]")
    assert page.offers("もう一度見る")
    again = alice.open("/tables").submit("/tables/everything")
    assert again.path == page.path, "it is made once"
    assert alice.browser.client.get(page.path + "/everything.xlsx").status_code == 404
    make_export(database, page.path.rsplit("/", 1)[1])
    page = alice.open(page.path)
    assert page.says("ブックができました")
    sheets = sheets_of(alice, page.path + "/everything.xlsx")
    assert next(iter(sheets)) == "目次"
    listed = [row[0] for row in sheets["目次"][1 : len(sheets)]]
    assert listed == list(sheets)[1:]
    assert len(sheets["ベンダーの回答"]) == answered.item_count + 1
    assert all("2-4" not in row[0] for row in sheets["メンバー"])
    assert any("alice@clinic.example" in row for row in sheets["メンバー"])
    assert {"手紙", "API トークン", "送った通知", "メッセージとメモ", "回答以外の結果"} <= set(sheets)
    gone = page.submit("/remove")
    assert gone.says("ブックをポータルから削除しました")
    assert alice.browser.client.get(page.path + "/everything.xlsx").status_code == 404


def test_a_workbook_speaks_the_language_of_whoever_ordered_it(alice: Clerk, database: Database) -> None:
    alice.browser.post("/language", {"language": "en", "back": "/tables"})
    page = make_everything(alice, database)
    assert next(iter(sheets_of(alice, page.path + "/everything.xlsx"))) == "Contents"


def test_a_workbook_that_cannot_be_made_says_so(
    alice: Clerk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DISK_RESERVE", str(2**60))
    get_settings.cache_clear()
    page = make_everything(alice, database)
    assert page.says("ブックを作成できませんでした")
    assert page.form("/tables/everything") is not None


def test_a_workbook_is_removed_after_a_day(alice: Clerk, database: Database) -> None:
    page = make_everything(alice, database)
    with database.open_writer() as session, time_machine.travel(clock.now() + timedelta(hours=25)):
        assert export_orders.remove_expired(session) == 1
        session.commit()
    assert alice.browser.client.get(page.path + "/everything.xlsx").status_code == 404


def test_what_is_taken_along_is_recorded(alice: Clerk, answered: Submission, database: Database) -> None:
    page = make_everything(alice, database)
    paths = ("/contacts.csv", "/outbox.xlsx", "/members.csv", "/tables/answers.csv", page.path + "/everything.xlsx")
    for path in (*paths, "/settings/api-tokens.csv", "/settings/webhooks.csv", "/settings/groups.xlsx"):
        alice.browser.client.get(path)
    alice.browser.client.get(f"/submissions/{answered.id}/answers.xlsx")
    with database.open_reader() as session:
        verbs = set(session.exec(select(Event.verb)))
    assert verbs >= {
        *("contact.exported", "mail.exported", "member.exported", "clinic.exported", "submission.exported"),
        *("clinic.export_ordered", "submissions.table_exported", "token.exported", "webhook.exported"),
        "group.exported",
    }
    page = alice.open("/log")
    assert page.says("依頼の表をダウンロードしました：みどりメディカルシステム")
    assert page.says("すべての依頼の一覧表をダウンロードしました：ベンダーの回答")


def test_everything_takes_as_many_statements_for_many_requests(
    alice: Clerk, database: Database, clinic: Clinic
) -> None:
    prepare_jobs(database)

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
        page = alice.open("/tables").submit("/tables/everything")
        with recorded(database) as statements:
            make_export(database, page.path.rsplit("/", 1)[1])
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_tables_over_all_vendors_say_what_was_said_typed_and_noted(
    alice: Clerk, asked: Submission, vera: Engineer
) -> None:
    vera.enters()
    vera.browser.post(f"/answer/{asked.id}/threads/2-4", {"text": "=どの機器ですか"})
    alice.post(f"/submissions/{asked.id}/threads/2-4/notes", {"note": "院内だけのメモ"})
    day = clock.today().isoformat()
    alice.post(f"/submissions/{asked.id}/contacts", {"way": "call", "happened_on": day, "note": "担当者不在。"})
    alice.post(f"/submissions/{asked.id}/outcome", {"kind": "unreachable", "told_on": day, "note": "三回電話"})
    alice.post(f"/submissions/{asked.id}/reopen")
    type_in(alice, asked)
    year = str(asked.fiscal_year)

    def cells(table: str) -> list[str]:
        head, *rows = rows_of(alice, f"/tables/{table}.csv", year=year)
        assert all(len(row) == len(head) for row in rows)
        assert rows_of(alice, f"/tables/{table}.csv", year="2020") == [head]
        return [cell for row in rows for cell in row]

    assert {"'=どの機器ですか", "院内だけのメモ", "ベンダーから", "院内のメモ"} <= set(cells("messages"))
    assert {"担当者不在。", "電話"} <= set(cells("contact-log"))
    assert {"連絡がつかない", "三回電話"} <= set(cells("outcomes"))
    assert {"FAX", "緑川 誠", "山本 あかり"} <= set(cells("typed-in"))
    assert any("FAX" in cell and "山本 あかり" in cell for cell in cells("answers"))
    assert cells("letters") == []
    assert alice.open("/tables", year=year).offers("メッセージとメモ CSV")


def test_a_system_that_differs_has_a_row_of_its_own(database: Database, alice: Clerk, vera: Engineer) -> None:
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, alice.clinic, name="みどり", email=vera.email)
        systems = [factories.make_system(session, alice.clinic, vendor, name=name) for name in ("カルテ", "画像")]
        sheet = factories.make_submission(session, alice.clinic, vendor, systems, created_by=alice.member.id)
        session.commit()
    alice.invites(sheet, vera.email)
    vera.enters()
    fill_in(vera, sheet)
    images = systems[1].id
    no = {f"{images}.value": "no", f"{images}.target_on": in_days(20).isoformat(), f"{images}.remark": "更新待ち"}
    vera.open(f"/answer/{sheet.id}/items/2-4/systems").submit("/items/2-4/systems", no)
    hand_in(vera, sheet)
    head, row = rows_of(alice, "/tables/differences.csv", year=str(sheet.fiscal_year))
    told = dict(zip(head, row, strict=True))
    assert (told["共通の回答"], told["システム"], told["回答"], told["備考"]) == ("はい", "画像", "いいえ", "更新待ち")
    answers = rows_of(alice, f"/submissions/{sheet.id}/answers.csv")
    assert any("画像: いいえ" in cell and "更新待ち" in cell for row in answers for cell in row)


def test_a_password_is_asked_for_before_what_all_vendors_said(
    alice: Clerk, answered: Submission, database: Database
) -> None:
    page = make_everything(alice, database)
    guarded = ("/tables/answers.csv", "/tables/messages.xlsx", "/follow-ups.csv", page.path + "/everything.xlsx")
    free = ("/tables/letters.csv", "/dashboard.csv", f"/submissions/{answered.id}/answers.csv", "/documents.csv")
    with database.open_writer() as session:
        session.execute(sa.update(MemberSession).values(confirmed_at=clock.now() - timedelta(minutes=11)))
        session.commit()
    assert [alice.browser.client.get(path).status_code for path in free] == [200] * 4
    assert all(alice.open(path).path.startswith("/account/confirm") for path in guarded)


def test_tokens_webhooks_and_groups_are_taken_along_without_their_secrets(alice: Clerk, database: Database) -> None:
    prepare_jobs(database)
    with database.open_writer() as session:
        member_id, clinic = alice.member.id, alice.clinic
        _token, text = api_tokens.make_token(
            session, clinic_id=clinic.id, name="連携", scopes=[Scope.ANSWERS_READ], days=9, made_by=member_id
        )
        hook, secret = webhooks.register_webhook(
            session, clinic=clinic, url="https://hooks.example.jp/x", events=["thread.written"], made_by=member_id
        )
        webhooks.send_test(session, webhook=hook)
        group = groups.create_group(session, name="県医師会", email="c@g.example", person_name="会長", language="ja")
        groups.agree(session, clinic=clinic, group=group, agreed_by=member_id)
        session.commit()
    for path, page, expected in (
        ("/settings/api-tokens", "/settings/api-tokens", {"連携", text[:15]}),
        ("/settings/webhooks", "/settings/webhooks", {"https://hooks.example.jp/x"}),
        ("/settings/notices-sent", "/settings/webhooks", {"テスト"}),
        ("/settings/groups", "/settings/groups", {"県医師会", "山本 あかり"}),
    ):
        links = alice.open(page).tree.xpath("//a/@href")
        assert {f"{path}.csv", f"{path}.xlsx"} <= set(links), page
        content = alice.browser.client.get(f"{path}.csv").content.decode("utf-8-sig")
        cells = {cell for row in csv.reader(io.StringIO(content)) for cell in row}
        assert expected <= cells, cells
        assert text not in content
        assert secret not in content
        assert alice.browser.client.get(f"{path}.xlsx").content.startswith(b"PK")


def test_another_clinic_takes_nothing_of_this_one_along(
    alice: Clerk, charlie: Clerk, carol: Clerk, answered: Submission, database: Database
) -> None:
    for path in ("/contacts.csv", "/documents.csv"):
        assert len(rows_of(charlie, path)) == 1
    page = make_everything(charlie, database)
    book = charlie.browser.client.get(page.path + "/everything.xlsx").content
    assert alice.open(page.path).status == 404
    assert len(rows_of(charlie, "/tables/answers.csv", year=str(answered.fiscal_year))) == 1
    cells = [str(cell.value) for sheet in load_workbook(io.BytesIO(book)) for row in sheet.iter_rows() for cell in row]
    assert not any("みどり" in cell or "alice" in cell for cell in cells)
    assert charlie.open(f"/submissions/{answered.id}/history.csv").status == 404
    assert carol.post("/tables/everything").status == 403
    assert not carol.open("/tables").says("すべてを1つのブックに")
    assert carol.open("/members.csv").status == 403
