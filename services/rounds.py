"""Rounds: what the portal does on the mornings of working days for each clinic and vendor desk, once a day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlmodel import col

from models import Routine
from models.database import Database
from services import clock, desk_news
from services.digests import send_digest
from services.due_dates import is_working_day
from services.jobs import enqueue, job
from services.refusals import CapReached
from services.reminder_plans import NOON
from services.routines import get_routine
from services.scheduled_reminders import list_plans, remind_on_schedule
from settings import get_settings

log = structlog.get_logger(__name__)

EARLIEST: Final = 8
NEWS_FROM: Final = 9
"""At which hour people at vendors are told of new requests."""


def enqueue_rounds(database: Database) -> int:
    """Enqueue the rounds that are due this morning; says how many."""
    hour = clock.local(clock.now()).hour
    if not (EARLIEST <= hour < NOON and is_working_day(clock.today()) and get_settings().smtp_host):
        return 0
    with database.open_writer() as session:
        due = list(session.execute(_reminding(hour)).scalars())
        for clinic_id in due:
            enqueue(session, remind_clinic, str(clinic_id))
        untold = list(session.execute(_digesting(hour)).scalars())
        for clinic_id in untold:
            enqueue(session, digest_clinic, str(clinic_id))
        has_news_due = hour >= NEWS_FROM and bool(desk_news.list_due(session))
        if has_news_due:
            enqueue(session, tell_desks)
        session.commit()
    return len(due) + len(untold) + has_news_due


@job()
def remind_clinic(database: Database, clinic_id: str) -> None:
    """Remind the clinic's vendors whose turn it is; run twice on one day, it sends nothing the second time."""
    clinic, today = UUID(clinic_id), clock.today()
    with database.open_reader() as session:
        if get_routine(session, clinic_id=clinic).reminded_on == today:
            return
        plans = list_plans(session, clinic_id=clinic)
    now = clock.now()
    for plan in plans:
        if (
            plan.goes_out_at is not None
            and plan.goes_out_at <= now
            and not _remind(database, clinic, plan.submission_id)
        ):
            break
    with database.open_writer() as session:
        routine = get_routine(session, clinic_id=clinic)
        routine.reminded_on = today
        session.add(routine)
        session.commit()


@job()
def digest_clinic(database: Database, clinic_id: str) -> None:
    """Tell the clinic's members where things stand; run twice in one week, it tells nothing the second time."""
    with database.open_writer() as session:
        send_digest(session, clinic_id=UUID(clinic_id))
        session.commit()


@job()
def tell_desks(database: Database) -> None:
    """Tell people at vendors what is new to them, each in one transaction; a second run of a day tells nothing."""
    with database.open_reader() as session:
        due = desk_news.list_due(session)
    for person_id in due:
        with database.open_writer() as session:
            desk_news.tell_news(session, person_id=person_id)
            session.commit()


def _remind(database: Database, clinic_id: UUID, submission_id: UUID) -> bool:
    """One reminder in one transaction; False where the day's cap is reached, so that the rest goes tomorrow."""
    with database.open_writer() as session:
        try:
            remind_on_schedule(session, clinic_id=clinic_id, submission_id=submission_id)
        except CapReached as refusal:
            log.warning("reminders.capped", clinic_id=str(clinic_id), words=str(refusal))
            return False
        session.commit()
    return True


def _reminding(hour: int) -> sa.Select[UUID]:
    """Clinics whose hour has come and whose round of today is not done."""
    not_today = sa.or_(col(Routine.reminded_on).is_(None), col(Routine.reminded_on) < clock.today())
    return sa.select(col(Routine.clinic_id)).where(col(Routine.reminds), col(Routine.hour) <= hour, not_today)


def _digesting(hour: int) -> sa.Select[UUID]:
    """Clinics whose hour has come and whose digest of this week is not sent: on Monday or as soon as possible after."""
    today = clock.today()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), tzinfo=clock.JAPAN)
    not_this_week = sa.or_(col(Routine.digested_at).is_(None), col(Routine.digested_at) < monday)
    return sa.select(col(Routine.clinic_id)).where(col(Routine.hour) <= hour, not_this_week)
