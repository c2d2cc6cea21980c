"""Claims about when a vendor is reminded, decided from dates alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from services import clock
from services.due_dates import is_working_day
from services.reminder_plans import Rhythm, Written, next_morning, next_reminder, plan_mornings

USUAL = Rhythm(days_before=(14, 7, 1), weeks_after=4, hour=9)
DUE = date(2027, 1, 22)


def at(text: str) -> datetime:
    """A moment on a Japanese clock."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.JAPAN)


def by_hand(text: str) -> Written:
    return Written(at(text), by_hand=True)


def by_portal(text: str) -> Written:
    return Written(at(text), by_hand=False)


def test_the_usual_rhythm_is_two_weeks_one_week_and_a_day_before_and_every_week_after() -> None:
    days = [clock.local_date(morning) for morning in plan_mornings(DUE, USUAL)]
    assert days == [
        date(2027, 1, 8),
        date(2027, 1, 15),
        date(2027, 1, 21),
        date(2027, 1, 29),
        date(2027, 2, 5),
        date(2027, 2, 12),
        date(2027, 2, 19),
    ]
    assert {clock.local(morning).hour for morning in plan_mornings(DUE, USUAL)} == {9}


def test_what_would_fall_on_a_closed_day_goes_out_on_the_next_working_day() -> None:
    # Two weeks before lies between the years; a week before is the day after a Sunday and a holiday.
    days = [clock.local_date(morning) for morning in plan_mornings(date(2027, 1, 18), USUAL)]
    assert days[:3] == [date(2027, 1, 4), date(2027, 1, 12), date(2027, 1, 18)]
    for due_on in (date(2026, 1, 1) + timedelta(days=day) for day in range(0, 730, 3)):
        assert all(is_working_day(clock.local_date(morning)) for morning in plan_mornings(due_on, USUAL))


def test_reminders_that_fall_on_one_day_are_one() -> None:
    golden_week = plan_mornings(date(2026, 5, 7), Rhythm(days_before=(3, 2, 1), weeks_after=0, hour=9))
    assert [clock.local_date(morning) for morning in golden_week] == [date(2026, 5, 7)]


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        # Asked long before: the first one comes two weeks before the day.
        (by_hand("2026-12-10 10:00"), "2026-12-11 10:00", "2027-01-08 09:00"),
        # Its hour has come.
        (by_hand("2026-12-10 10:00"), "2027-01-08 09:00", "2027-01-08 09:00"),
        (by_hand("2026-12-10 10:00"), "2027-01-08 08:59", "2027-01-08 09:00"),
        # Just sent: the next one is a week away.
        (by_portal("2027-01-08 09:01"), "2027-01-08 09:02", "2027-01-15 09:00"),
        # Asked only three days before: what lies behind is not made up for.
        (by_hand("2027-01-18 15:00"), "2027-01-18 15:01", "2027-01-21 09:00"),
        # Reminded by hand the day before: left in peace for two days, and the one inside them is not made up for.
        (by_hand("2027-01-14 10:00"), "2027-01-15 09:00", "2027-01-21 09:00"),
        (by_hand("2027-01-14 10:00"), "2027-01-18 09:00", "2027-01-21 09:00"),
        # Three days asleep over one of them: at once, in the morning.
        (by_portal("2027-01-08 09:01"), "2027-01-18 10:30", "2027-01-18 10:30"),
        # Woken in the afternoon, or on a Saturday: the next working morning.
        (by_portal("2027-01-08 09:01"), "2027-01-15 14:00", "2027-01-18 09:00"),
        (by_portal("2027-01-08 09:01"), "2027-01-16 10:00", "2027-01-18 09:00"),
        # Woken before the hour.
        (by_portal("2027-01-08 09:01"), "2027-01-18 07:00", "2027-01-18 09:00"),
        # Several were missed: still one, then the rhythm as before.
        (by_portal("2027-01-08 09:01"), "2027-02-01 09:30", "2027-02-01 09:30"),
        (by_portal("2027-02-01 09:31"), "2027-02-01 09:32", "2027-02-05 09:00"),
        # After the last one only people remind.
        (by_portal("2027-02-19 09:01"), "2027-02-19 09:02", None),
        # A silence of months is not broken by surprise.
        (by_hand("2026-12-10 10:00"), "2027-06-01 09:00", None),
    ],
)
def test_the_next_one(last: Written, now: str, expected: str | None) -> None:
    assert next_reminder(DUE, USUAL, last, at(now)) == (at(expected) if expected else None)


def test_no_rhythm_reminds_nobody() -> None:
    silent = Rhythm(days_before=(), weeks_after=0, hour=9)
    assert next_reminder(DUE, silent, by_hand("2026-12-10 10:00"), at("2027-01-21 09:00")) is None


def test_every_minute_of_half_a_year_sends_seven_and_never_two_on_a_day() -> None:
    sent: list[datetime] = []
    last = by_hand("2026-12-10 10:00")
    moment = last.at
    while moment < at("2027-06-01 00:00"):
        planned = next_reminder(DUE, USUAL, last, moment)
        if planned is None:
            break
        if planned <= moment:
            sent.append(moment)
            last = Written(moment, by_hand=False)
        moment = max(planned, moment + timedelta(minutes=1))
    assert [clock.local_date(one) for one in sent] == [clock.local_date(one) for one in plan_mornings(DUE, USUAL)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-01-08 09:00", "2027-01-08 09:00"),
        ("2027-01-08 11:59", "2027-01-08 11:59"),
        ("2027-01-08 12:00", "2027-01-12 09:00"),
        ("2027-01-08 03:00", "2027-01-08 09:00"),
        ("2027-01-01 10:00", "2027-01-04 09:00"),
    ],
)
def test_a_morning_lies_between_the_hour_and_noon_of_a_working_day(moment: str, expected: str) -> None:
    assert next_morning(at(moment), 9) == at(expected)
