"""Fiscal years: from 1 April to 31 March, known by the year they begin in."""

from __future__ import annotations

from datetime import date, datetime

from services.formats import format_era_year
from services.languages import language as spoken_language


def fiscal_year_of(day: date) -> int:
    """The fiscal year a local date falls in; raises TypeError for a moment, whose date depends on the place."""
    if isinstance(day, datetime):
        raise TypeError("A fiscal year belongs to a local date, not to a moment.")
    return day.year if day.month >= 4 else day.year - 1


def first_day(fiscal_year: int) -> date:
    """1 April of the year it begins in."""
    return date(fiscal_year, 4, 1)


def last_day(fiscal_year: int) -> date:
    """31 March of the year after."""
    return date(fiscal_year + 1, 3, 31)


def name_of(fiscal_year: int, language: str = "") -> str:
    """令和8年度（2026年度） or FY2026 (Reiwa 8); without a language, in the one now spoken."""
    if (language or spoken_language.get()) == "en":
        return f"FY{fiscal_year} ({format_era_year(fiscal_year, 'en')})"
    return f"{format_era_year(fiscal_year, 'ja')}度（{fiscal_year}年度）"
