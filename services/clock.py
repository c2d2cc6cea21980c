"""The time: kept in UTC, shown and counted in days of Japan."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

JAPAN: Final = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The date in Japan; a due date ends at its midnight."""
    return now().astimezone(JAPAN).date()


def local(moment: datetime) -> datetime:
    """The same moment on a Japanese clock."""
    return moment.astimezone(JAPAN)


def local_date(moment: datetime) -> date:
    """The date in Japan at that moment."""
    return local(moment).date()
