"""The dashboard: what is to do today, where everybody stands, found and sorted, taken along, and cheap to open."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from models import Clinic, DocumentKind, Submission, SystemKind
from models.database import Database
from services import clock, submissions
from services.history import list_events
from tests import factories
from tests.people import Clerk, Mailbox, submission_by_id
from tests.queries import recorded

VENDORS = ("みどり電子カルテ", "青空ネットワーク", "北星レントゲン")


@pytest.fixture
def asked(database: Database, clinic: Clinic, alice: Clerk) -> list[Submission]:
    """Three vendors: one has answered, one is late, one is only prepared."""
    with database.open_writer() as session:
        made: list[Submission] = []
        for name, kind, days in zip(
            VENDORS, (SystemKind.ELECTRONIC_CHART, SystemKind.NETWORK, SystemKind.IMAGING), (30, -2, 10), strict=True
        ):
            vendor, _ = factories.make_vendor(session, clinic, name=name, email=f"vendor{len(made)}@vendor.example")
            system = factories.make_system(session, clinic, vendor, name=f"{name}の装置", kind=kind)
            made.append(
                factories.make_submission(
                    session,
                    clinic,
                    vendor,
                    [system],
                    created_by=alice.member.id,
                    due_on=clock.today() + timedelta(days=days),
                )
            )
        given: dict[str, dict[str, object]] = {
            "2-4": {"value": "no"},
            "2-6": {"is_conditional": True, "condition": "夜間のみ"},
        }
        factories.submit_answers(session, made[0], given)
        factories.hand_over(session, made[0], kind=DocumentKind.SDS)
        session.commit()
    alice.invites(made[1], "vendor1@vendor.example")
    return made


def test_the_dashboard_says_what_to_do_and_where_everybody_stands(alice: Clerk, asked: list[Submission]) -> None:
    page = alice.open("/dashboard")
    for sentence in (
        "1社が期限を過ぎています",
        "1件の回答を確認してください",
        "1件の依頼をまだ送っていません",
        "3社 · 3システム",
        "条件付き 1",
        "SDS",
        "2日超過",
        "令和7年度版の様式を使います",
    ):
        assert page.says(sentence), sentence
    rows = page.tree.xpath("//tbody/tr")
    assert [row.xpath("string(.//th//a)") for row in rows] == ["青空ネットワーク", "北星レントゲン", "みどり電子カルテ"]


def test_each_row_offers_the_next_step(alice: Clerk, asked: list[Submission]) -> None:
    page = alice.open("/dashboard")
    for submission, address in zip(asked, ("{}/review", "{}#links", "{}/invitations"), strict=True):
        assert page.tree.xpath(f"//td//a[@href='/submissions/{address.format(submission.id)}']"), address
    reviewed = page.tree.xpath("//section[contains(@class, 'tasks')]//a/@href")
    assert f"/submissions/{asked[0].id}/review" in reviewed


def test_the_first_visit_teaches_three_steps(alice: Clerk, database: Database, clinic: Clinic) -> None:
    page = alice.open("/dashboard")
    for sentence in ("台帳", "ベンダーに依頼する", "回答を確認する"):
        assert page.says(sentence)
    assert page.offers("台帳を開く")
    assert not page.tree.xpath("//main//a[@href='/asking?year=2026']"), "nobody can be asked before there is a vendor"
    with database.open_writer() as session:
        factories.make_vendor(session, clinic)
        session.commit()
    assert alice.open("/dashboard").tree.xpath("//main//a[starts-with(@href, '/asking')]")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=レントゲン", ["北星レントゲン"]),
        ("?q=ﾚﾝﾄｹﾞﾝ 装置", ["北星レントゲン"]),
        ("?stage=overdue", ["青空ネットワーク"]),
        ("?kind=network", ["青空ネットワーク"]),
        ("?due=week", []),
        ("?due=month", ["北星レントゲン"]),
        ("?sort=-no", ["みどり電子カルテ", "北星レントゲン", "青空ネットワーク"]),
        ("?stage=nonsense&kind=x&due=y&sort=z&year=1", ["青空ネットワーク", "北星レントゲン", "みどり電子カルテ"]),
    ],
)
def test_the_address_says_what_is_shown(alice: Clerk, asked: list[Submission], query: str, found: list[str]) -> None:
    page = alice.open(f"/dashboard{query}")
    assert [row.xpath("string(.//th//a)") for row in page.tree.xpath("//tbody/tr")] == found
    assert page.says("条件に合う依頼がありません") == (not found)


def test_another_year_can_be_looked_at(alice: Clerk, asked: list[Submission], database: Database) -> None:
    with database.open_writer() as session:
        vendor = session.get_one(type(asked[0]), asked[0].id).vendor_id
        clinic = alice.clinic
        old = factories.make_submission(
            session,
            clinic,
            submissions.get_vendor_of(session, submission=asked[0]),
            created_by=alice.member.id,
            fiscal_year=2025,
        )
        assert old.vendor_id == vendor
        session.commit()
    page = alice.open("/dashboard?year=2025")
    assert page.says("1件")
    assert len(page.tree.xpath("//tbody/tr")) == 1
    assert page.tree.xpath("//select[@id='year']/option/@value") == ["2026", "2025"]


def test_the_shown_rows_are_taken_along(alice: Clerk, asked: list[Submission], database: Database) -> None:
    response = alice.browser.client.get("/dashboard.csv?stage=submitted")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][:5] == ["みどり電子カルテ", "みどり電子カルテの装置", "回答済", "13", "13"]
    assert rows[1][5:10] == ["いいえ", "はい", "いいえ", "1", "1"]
    workbook = load_workbook(io.BytesIO(alice.browser.client.get("/dashboard.xlsx").content))
    assert workbook.active is not None
    assert workbook.active.max_row == 4
    with database.open_reader() as session:
        taken = list_events(session, clinic_id=alice.clinic.id, verb="submissions.exported")
    assert [event.details["format"] for event in taken] == ["xlsx", "csv"]


def test_everybody_who_is_late_is_reminded_after_a_look_at_the_list(
    alice: Clerk, asked: list[Submission], mailbox: Mailbox, database: Database
) -> None:
    overdue = alice.open("/dashboard").follow("まとめて催促する")
    assert overdue.says("vendor1@vendor.example")
    assert not overdue.says("みどり電子カルテ")
    done = overdue.submit("/dashboard/overdue")
    assert done.says("1件の催促を送りました")
    assert mailbox.last("vendor1@vendor.example", "reminder")
    assert submission_by_id(database, asked[1].id).reminded_at is not None
    again = alice.open("/dashboard/overdue")
    assert not again.tree.xpath("//input[@name='submission'][@checked]"), "not ticked a second time on the same day"


def test_reminding_nobody_says_so(alice: Clerk, asked: list[Submission]) -> None:
    page = alice.open("/dashboard/overdue").submit("/dashboard/overdue", {"submission": None})
    assert page.status == 422
    assert page.says("ベンダーを1社以上選んでください")


def test_late_vendors_without_an_address_are_named_for_a_call(alice: Clerk, database: Database, clinic: Clinic) -> None:
    with database.open_writer() as session:
        vendor, contact = factories.make_vendor(session, clinic, name="電話だけの会社")
        contact.email = ""
        late = factories.make_submission(
            session, clinic, vendor, created_by=alice.member.id, due_on=clock.today() - timedelta(days=1)
        )
        late.sent_at = clock.now()
        session.add_all([contact, late])
        session.commit()
    page = alice.open("/dashboard/overdue")
    assert page.says("電話が必要な会社")
    assert page.offers("電話だけの会社")


def test_a_hundred_requests_cost_no_more_questions_than_one(
    alice: Clerk, database: Database, clinic: Clinic, asked: list[Submission]
) -> None:
    def count() -> int:
        with recorded(database) as statements:
            alice.open("/dashboard")
        return sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in statements)

    before = count()
    with database.open_writer() as session:
        for _ in range(30):
            vendor, _ = factories.make_vendor(session, clinic)
            made = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
            factories.submit_answers(session, made)
        session.commit()
    assert count() == before
    assert before <= 8


def test_long_lists_come_in_pages(alice: Clerk, database: Database, clinic: Clinic) -> None:
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, clinic)
        for _ in range(101):
            factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
        session.commit()
    first = alice.open("/dashboard?sort=vendor")
    assert len(first.tree.xpath("//tbody/tr")) == 100
    assert len(first.follow("次のページ").tree.xpath("//tbody/tr")) == 1


def test_a_viewer_sees_everything_and_finds_no_button(carol: Clerk, asked: list[Submission]) -> None:
    page = carol.open("/dashboard")
    assert page.says("1社が期限を過ぎています")
    assert not page.tree.xpath("//main//form[@method='post']")
    for word in ("催促", "依頼する", "確認する"):
        assert not [node for node in page.tree.xpath("//main//a | //main//button") if word in node.text_content()]
    assert carol.open("/dashboard/overdue").status == 403
    assert carol.post("/dashboard/overdue", {"submission": asked[1].id}).status == 403


def test_another_clinic_sees_none_of_it(charlie: Clerk, asked: list[Submission], mailbox: Mailbox) -> None:
    assert not charlie.open("/dashboard").says("みどり")
    assert "みどり" not in charlie.browser.client.get("/dashboard.csv").content.decode("utf-8-sig")
    assert charlie.post("/dashboard/overdue", {"submission": asked[1].id}).status == 404
    assert mailbox.all(kind="reminder") == []
