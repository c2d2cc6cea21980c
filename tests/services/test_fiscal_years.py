"""Fiscal years run from April to March and bear the name of the era they begin in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.fiscal_years import first_day, fiscal_year_of, last_day, name_of
from services.languages import speaking


@pytest.mark.parametrize(
    ("day", "fiscal_year"),
    [
        (date(2026, 3, 31), 2025),
        (date(2026, 4, 1), 2026),
        (date(2026, 12, 31), 2026),
        (date(2027, 1, 1), 2026),
        (date(2028, 2, 29), 2027),
    ],
)
def test_a_fiscal_year_begins_on_the_first_of_april(day: date, fiscal_year: int) -> None:
    assert fiscal_year_of(day) == fiscal_year


def test_a_moment_has_no_fiscal_year() -> None:
    with pytest.raises(TypeError):
        fiscal_year_of(datetime(2026, 3, 31, 15, 0, tzinfo=UTC))


@pytest.mark.parametrize("fiscal_year", [2018, 2019, 2023, 2026, 2027])
def test_first_and_last_day_enclose_the_fiscal_year(fiscal_year: int) -> None:
    assert fiscal_year_of(first_day(fiscal_year)) == fiscal_year_of(last_day(fiscal_year)) == fiscal_year
    assert fiscal_year_of(first_day(fiscal_year) - timedelta(days=1)) == fiscal_year - 1
    assert fiscal_year_of(last_day(fiscal_year) + timedelta(days=1)) == fiscal_year + 1


@pytest.mark.parametrize(
    ("fiscal_year", "japanese", "english"),
    [
        (1989, "平成元年度（1989年度）", "FY1989 (Heisei 1)"),
        (2018, "平成30年度（2018年度）", "FY2018 (Heisei 30)"),
        (2019, "令和元年度（2019年度）", "FY2019 (Reiwa 1)"),
        (2025, "令和7年度（2025年度）", "FY2025 (Reiwa 7)"),
        (2026, "令和8年度（2026年度）", "FY2026 (Reiwa 8)"),
    ],
)
def test_a_fiscal_year_has_a_name_in_both_languages(fiscal_year: int, japanese: str, english: str) -> None:
    assert name_of(fiscal_year, "ja") == japanese
    assert name_of(fiscal_year, "en") == english


def test_a_fiscal_year_is_named_in_the_language_now_spoken() -> None:
    with speaking("en"):
        assert name_of(2026) == "FY2026 (Reiwa 8)"
    assert name_of(2026) == "令和8年度（2026年度）"
