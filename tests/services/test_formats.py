"""Claims about how dates, times and sizes are written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.formats import (
    format_date,
    format_era_year,
    format_moment,
    format_short_date,
    format_size,
    format_time,
)
from services.languages import speaking

FRIDAY = date(2027, 1, 15)
NIGHT_IN_LONDON = datetime(2027, 1, 14, 15, 2, tzinfo=UTC)


def test_dates_are_japanese_unless_english_is_spoken() -> None:
    assert format_date(FRIDAY) == "2027年1月15日（金）"
    assert format_short_date(FRIDAY) == "1月15日"
    with speaking("en"):
        assert format_date(FRIDAY) == "Fri 15 Jan 2027"
        assert format_short_date(FRIDAY) == "15 Jan"
        assert format_date(FRIDAY, "ja") == "2027年1月15日（金）"


def test_moments_are_told_by_a_japanese_clock() -> None:
    assert format_moment(NIGHT_IN_LONDON) == "2027年1月15日（金） 00:02"
    assert format_moment(NIGHT_IN_LONDON, "en") == "Fri 15 Jan 2027 00:02"
    assert format_time(NIGHT_IN_LONDON) == "00:02"
    assert format_date(NIGHT_IN_LONDON) == "2027年1月15日（金）"
    assert format_short_date(NIGHT_IN_LONDON, "en") == "15 Jan"


@pytest.mark.parametrize(
    ("year", "japanese", "english"),
    [
        (2026, "令和8年", "Reiwa 8"),
        (2019, "令和元年", "Reiwa 1"),
        (2018, "平成30年", "Heisei 30"),
        (1988, "昭和63年", "Showa 63"),
        (1900, "1900年", "1900"),
    ],
)
def test_years_bear_the_name_of_their_era(year: int, japanese: str, english: str) -> None:
    assert format_era_year(year, "ja") == japanese
    assert format_era_year(year, "en") == english


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 バイト"),
        (1023, "1023 バイト"),
        (1024, "1 KB"),
        (3481, "3.4 KB"),
        (10_188, "9.9 KB"),
        (10_190, "10 KB"),
        (1024 * 1024 - 1, "1 MB"),
        (20 * 1024 * 1024, "20 MB"),
        (5 * 1024**3, "5 GB"),
        (3000 * 1024**4, "3000 TB"),
    ],
)
def test_sizes_are_short(size: int, text: str) -> None:
    assert format_size(size, "ja") == text


def test_small_sizes_are_told_in_english_too() -> None:
    assert format_size(12, "en") == "12 bytes"
