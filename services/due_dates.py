"""Due dates: a sensible one to propose, and giving a vendor more time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from models import Stage, Submission
from services import clock, fiscal_years, submissions
from services.refusals import refuse_if
from services.submission_refusals import DueDatePassed, NotChangeable

DAYS_TO_ANSWER: Final = 30
DAYS_TO_CORRECT: Final = 14
CLOSED: Final = frozenset({Stage.ACCEPTED, Stage.DECLINED, Stage.WITHDRAWN})
YEAR_END: Final = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
"""Days on which Japanese offices are closed besides weekends and holidays."""


def propose_due_date(fiscal_year: int, today: date, *, days: int = DAYS_TO_ANSWER) -> date:
    """A working day in thirty days or so, within the fiscal year as long as that leaves a week."""
    wanted, step = today + timedelta(days=days), timedelta(days=1)
    last = fiscal_years.last_day(fiscal_year)
    if wanted > last and last - today >= timedelta(days=7):
        wanted, step = last, timedelta(days=-1)
    while not is_working_day(wanted):
        wanted += step
    return wanted


def propose_after_return(submission: Submission, today: date) -> date:
    """Until when a vendor may correct: the day it has anyway, or two weeks where that is near or gone."""
    if submission.due_on - today >= timedelta(days=7):
        return submission.due_on
    return propose_due_date(submission.fiscal_year, today, days=DAYS_TO_CORRECT)


def is_working_day(day: date) -> bool:
    """Whether Japanese offices are open: no weekend, no holiday, not between the years."""
    import jpholiday

    return day.weekday() < 5 and (day.month, day.day) not in YEAR_END and not jpholiday.is_holiday(day)


def is_in_fiscal_year(day: date, fiscal_year: int) -> bool:
    """Whether the day lies in the fiscal year."""
    return fiscal_years.fiscal_year_of(day) == fiscal_year


def give_time(session: Session, *, submission: Submission, due_on: date) -> None:
    """Set another due date; raises DueDatePassed, and NotChangeable for a request that is closed."""
    session.refresh(submission, with_for_update=True)
    refuse_if(submission.stage in CLOSED, NotChangeable())
    refuse_if(due_on <= clock.today(), DueDatePassed())
    if due_on != submission.due_on:
        submissions.change_due_date(session, submission=submission, due_on=due_on)
