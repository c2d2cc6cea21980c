"""The time: kept in UTC, shown and counted in days of Japan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

JAPAN: Final = ZoneInfo("Asia/Tokyo")

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def now() -> datetime:
    """This moment in UTC."""
    return _standing.get() or datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let it be another moment inside the block: sample data tells a story that began last year."""
    token = _standing.set(moment)
    try:
        yield
    finally:
        _standing.reset(token)


def today() -> date:
    """The date in Japan; a due date ends at its midnight."""
    return now().astimezone(JAPAN).date()


def local(moment: datetime) -> datetime:
    """The same moment on a Japanese clock."""
    return moment.astimezone(JAPAN)


def local_date(moment: datetime) -> date:
    """The date in Japan at that moment."""
    return local(moment).date()
