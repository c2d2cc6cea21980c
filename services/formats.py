"""Dates, times and sizes as people write them, in the language now spoken unless another one is named."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from services import clock
from services.languages import language as spoken_language

_WEEKDAYS: Final = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ERAS: Final = ((2019, "令和", "Reiwa"), (1989, "平成", "Heisei"), (1926, "昭和", "Showa"))
_UNITS: Final = ("KB", "MB", "GB", "TB")


def format_date(day: date, language: str = "") -> str:
    """2027年1月15日（金） or Fri 15 Jan 2027; a moment counts as its date in Japan."""
    day = _day_of(day)
    if _is_english(language):
        return f"{_WEEKDAYS['en'][day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS['ja'][day.weekday()]}）"


def format_short_date(day: date, language: str = "") -> str:
    """1月15日 or 15 Jan, where the year is plain from what stands around it."""
    day = _day_of(day)
    return f"{day.day} {_MONTHS[day.month - 1]}" if _is_english(language) else f"{day.month}月{day.day}日"


def format_time(moment: datetime, language: str = "") -> str:
    """14:32 on a Japanese clock, in either language."""
    return clock.local(moment).strftime("%H:%M")


def format_moment(moment: datetime, language: str = "") -> str:
    """2027年1月15日（金） 14:32 or Fri 15 Jan 2027 14:32, on a Japanese clock."""
    return f"{format_date(moment, language)} {format_time(moment)}"


def format_era_year(year: int, language: str = "") -> str:
    """令和8年 or Reiwa 8; a year in which an era began bears the new era's name, its first year is 元年."""
    for first, japanese, english in _ERAS:
        if year >= first:
            number = year - first + 1
            if _is_english(language):
                return f"{english} {number}"
            return f"{japanese}{'元' if number == 1 else number}年"
    return str(year) if _is_english(language) else f"{year}年"


def format_size(size: int, language: str = "") -> str:
    """512 バイト, 3.4 KB, 20 MB: in steps of 1,024, with one decimal below ten."""
    if size < 1024:
        return f"{size} {'bytes' if _is_english(language) else 'バイト'}"
    amount = float(size)
    for unit in _UNITS:
        amount /= 1024
        # What would be rounded to 1,024 is told in the next unit.
        if amount < 1023.5 or unit == _UNITS[-1]:
            break
    return f"{amount:.1f} {unit}".replace(".0 ", " ") if amount < 9.95 else f"{amount:.0f} {unit}"


def _day_of(day: date) -> date:
    return clock.local_date(day) if isinstance(day, datetime) else day


def _is_english(language: str) -> bool:
    return (language or spoken_language.get()) == "en"
