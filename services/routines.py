"""Routines: a clinic's wishes for what the portal does by itself, and which requests it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlmodel import Session

from models import ReminderPause, Routine, Submission
from services import clock
from services.history import record
from services.reminder_plans import Rhythm

DAYS_BEFORE: Final = (30, 14, 7, 3, 1)
WEEKS_AFTER: Final = (0, 1, 2, 4, 8, 12)
HOURS: Final = (8, 9, 10, 11)
"""What a clinic may choose from."""


def get_routine(session: Session, *, clinic_id: UUID) -> Routine:
    """The clinic's wishes; every clinic has some from its first day."""
    return session.get_one(Routine, clinic_id)


def rhythm_of(routine: Routine) -> Rhythm:
    """When vendors are reminded, in numbers."""
    days = tuple(int(number) for number in routine.days_before.split(",") if number)
    return Rhythm(days_before=days, weeks_after=routine.weeks_after, hour=routine.hour)


def change_routine(
    session: Session,
    *,
    clinic_id: UUID,
    reminds: bool,
    days_before: Sequence[int],
    weeks_after: int,
    hour: int,
    adds_words: bool = False,
) -> None:
    """Write the wishes anew; they hold from the next morning on."""
    routine = get_routine(session, clinic_id=clinic_id)
    wanted = {
        "reminds": reminds,
        "days_before": ",".join(str(days) for days in sorted(set(days_before), reverse=True)),
        "weeks_after": weeks_after,
        "hour": hour,
        "adds_words": adds_words,
    }
    changed = sorted(name for name, value in wanted.items() if getattr(routine, name) != value)
    for name in changed:
        setattr(routine, name, wanted[name])
    if changed:
        record(session, "routine.changed", clinic_id=clinic_id, subject=("clinic", clinic_id), fields=changed)


def is_paused(session: Session, *, submission: Submission) -> bool:
    """Whether the portal leaves the vendor of this request alone."""
    return session.get(ReminderPause, submission.id) is not None


def pause_reminders(session: Session, *, submission: Submission, paused_by: UUID) -> None:
    """Leave the vendor of this request alone until further notice; reminding by hand stays possible."""
    if is_paused(session, submission=submission):
        return
    session.add(
        ReminderPause(
            submission_id=submission.id, clinic_id=submission.clinic_id, paused_by=paused_by, paused_at=clock.now()
        )
    )
    _record(session, "reminders.paused", submission)


def resume_reminders(session: Session, *, submission: Submission) -> None:
    """Remind by schedule again."""
    pause = session.get(ReminderPause, submission.id)
    if pause is not None:
        session.delete(pause)
        _record(session, "reminders.resumed", submission)


def _record(session: Session, verb: str, submission: Submission) -> None:
    subject = ("submission", submission.id)
    record(session, verb, clinic_id=submission.clinic_id, subject=subject, submission_id=submission.id)
