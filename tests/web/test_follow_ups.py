"""Follow-ups: what was promised for a date stays in sight until it is closed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import select

from models import Document, Submission
from models.database import Database
from services.follow_ups import review_day
from tests.browser import Browser
from tests.people import Clerk, Engineer
from tests.queries import recorded
from tests.stories import answer_everything, in_days, upload


@pytest.fixture
def promised(asked: Submission, vera: Engineer, database: Database) -> Document:
    """Vera answers with one いいえ for a date, and hands over her SDS."""
    vera.enters()
    upload(vera, asked, "KarteNova_SDS.pdf")
    answer_everything(vera, asked, {"2-11": in_days(40)})
    with database.open_reader() as session:
        return session.exec(select(Document)).one()


def test_a_no_of_a_vendor_and_a_document_to_look_at_again_are_listed(alice: Clerk, promised: Document) -> None:
    page = alice.open("/follow-ups")
    assert page.says("みどりメディカルシステム")
    assert page.says("ベンダーの「いいえ」")
    assert page.says("見直す書類")
    assert page.says("次の保守で対応します。")
    table = alice.browser.client.get("/follow-ups.csv").content.decode("utf-8-sig")
    assert table.count("\r\n") == 3, "the head and two rows"
    assert page.follow("2-⑪").path == f"/submissions/{promised.submission_id}"


def test_a_document_has_a_day_of_its_own_or_the_rhythm_of_the_clinic(alice: Clerk, promised: Document) -> None:
    page = alice.open(f"/documents/{promised.id}/review-day")
    assert page.says("12か月")
    done = page.submit("/review-day", {"review_on": "2020-01-15"})
    assert done.says("2020年1月15日")
    late = alice.open("/follow-ups", show="late")
    assert late.says("期限を過ぎた")
    assert late.says("KarteNova_SDS.pdf")
    assert not late.says("2-⑪")
    cleared = done.submit("/review-day", {"review_on": ""})
    assert not cleared.says("2020年1月15日")


@pytest.mark.parametrize(
    ("issued", "months", "day"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 1, 31), 13, date(2028, 2, 29)),
        (date(2026, 12, 5), 12, date(2027, 12, 5)),
        (date(2026, 12, 5), 0, None),
    ],
)
def test_the_rhythm_counts_in_calendar_months(issued: date, months: int, day: date | None) -> None:
    class Row:
        review_on = None
        issued_on = issued
        submitted_at = None

    assert review_day(Row(), months) == day


def test_a_measure_is_closed_when_it_is_done(alice: Clerk, asked: Submission) -> None:
    assert alice.open("/follow-ups").says("対応が必要なものはありません")
    assert alice.open("/follow-ups", show="closed").says("該当するものはありません")


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    alice: Clerk, promised: Document, database: Database
) -> None:
    alice.open("/follow-ups")
    with recorded(database) as first:
        alice.open("/follow-ups", show="late")
    with recorded(database) as second:
        alice.open("/follow-ups")
    assert len(first) == len(second)


def test_another_clinic_and_strangers_see_none_of_it(charlie: Clerk, stranger: Browser, promised: Document) -> None:
    assert not charlie.open("/follow-ups").says("みどりメディカルシステム")
    assert charlie.open(f"/documents/{promised.id}/review-day").status == 404
    assert stranger.open("/follow-ups").path.startswith("/sign-in")
