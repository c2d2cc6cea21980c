"""Reminder plans: on which morning a vendor is to be reminded, decided from dates alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from services import clock
from services.due_dates import is_working_day

NOON: Final = 12
QUIET_AFTER_HAND: Final = timedelta(days=2)
"""Whoever a person has just written to is left in peace this long."""

CATCH_UP: Final = timedelta(days=14)
"""A reminder that could not be sent is made up for within this time; a longer silence is not broken by surprise."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a clinic wants vendors reminded: so many days before the due date, so many weeks after it, at which hour."""

    days_before: tuple[int, ...]
    weeks_after: int
    hour: int


@dataclass(frozen=True, slots=True)
class Written:
    """When the vendor was written to last, and whether a person did it."""

    at: datetime
    by_hand: bool


def plan_mornings(due_on: date, rhythm: Rhythm) -> list[datetime]:
    """Every moment the rhythm asks for, each on a day on which offices in Japan are open."""
    wanted = [due_on - timedelta(days=days) for days in rhythm.days_before]
    wanted += [due_on + timedelta(weeks=week) for week in range(1, rhythm.weeks_after + 1)]
    return sorted({_morning_of(_working_day_from(day), rhythm.hour) for day in wanted})


def next_reminder(due_on: date, rhythm: Rhythm, last: Written, now: datetime) -> datetime | None:
    """When the next reminder goes out; a moment not after `now` means at once, None means never again.

    A reminder that was missed, because the portal was off or over its cap, is made up for by one: whatever was
    planned since the vendor was written to last counts as one.
    """
    since = last.at + QUIET_AFTER_HAND if last.by_hand else last.at
    planned = plan_mornings(due_on, rhythm)
    if any(max(since, now - CATCH_UP) < morning <= now for morning in planned):
        return next_morning(now, rhythm.hour)
    return next((morning for morning in planned if morning > max(since, now)), None)


def next_morning(moment: datetime, hour: int) -> datetime:
    """The moment itself where it lies in a working morning, else the beginning of the next one."""
    local = clock.local(moment)
    if is_working_day(local.date()) and local.hour < NOON:
        return max(moment, _morning_of(local.date(), hour))
    return _morning_of(_working_day_from(local.date() + timedelta(days=1)), hour)


def _morning_of(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=clock.JAPAN)


def _working_day_from(day: date) -> date:
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
