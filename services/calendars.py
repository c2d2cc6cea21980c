"""The calendar of a clinic: by when vendors answer, what was promised or is to be looked at, and the inspection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AWAITING_VENDOR,
    AnswerValue,
    Assessment,
    AssessmentAnswer,
    Clinic,
    Event,
    Submission,
    Vendor,
    stage_of,
)
from services import clock, editions, links
from services.fiscal_years import fiscal_year_of, name_of
from services.follow_ups import Source, list_follow_ups
from services.languages import _, language

DOMAIN: Final = "vendor-security-portal"
"""Behind the @ of every entry's name; it stays when the portal moves, so that no calendar shows entries twice."""

_MOMENTS: Final = (
    "sent_at",
    "opened_at",
    "started_at",
    "submitted_at",
    "returned_at",
    "accepted_at",
    "declined_at",
    "withdrawn_at",
)
_HANDED_IN: Final = ("submission.submitted", "transcript.submitted")
FETCH_EVERY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Entry:
    """One day in the calendar; `version` grows with each change, as calendar programs expect."""

    uid: str
    day: date
    title: str
    link: str
    version: int
    changed_at: datetime


def list_entries(session: Session, *, clinic_id: UUID) -> list[Entry]:
    """Every day that is still ahead of somebody, and those that have passed without being settled."""
    return [*_due_dates(session, clinic_id), *_own_dates(session, clinic_id), *_follow_ups(session, clinic_id)]


def write_calendar(entries: list[Entry], *, name: str) -> bytes:
    """The entries in the format of calendar programs (RFC 5545), each as a whole day that keeps nobody busy."""
    # Loaded at the first use, because most processes serve no calendar for a long time.
    from icalendar import Calendar
    from icalendar import Event as CalendarEvent

    calendar = Calendar()
    calendar.add("prodid", f"-//{DOMAIN}//due dates//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", FETCH_EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", f"PT{FETCH_EVERY.seconds // 3600}H")
    for entry in entries:
        event = CalendarEvent()
        event.add("uid", f"{entry.uid}@{DOMAIN}")
        event.add("dtstamp", entry.changed_at)
        event.add("last-modified", entry.changed_at)
        event.add("sequence", entry.version)
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        event.add("summary", " ".join(entry.title.split()))
        event.add("url", entry.link)
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _due_dates(session: Session, clinic_id: UUID) -> Iterator[Entry]:
    """The due dates of requests that wait for their vendor."""
    statement = (
        sa.select(
            col(Submission.id),
            col(Submission.due_on),
            col(Vendor.name).label("vendor_name"),
            *(col(getattr(Submission, name)) for name in _MOMENTS),
        )
        .join(
            Vendor,
            sa.and_(col(Vendor.id) == col(Submission.vendor_id), col(Vendor.clinic_id) == col(Submission.clinic_id)),
        )
        .where(col(Submission.clinic_id) == clinic_id, col(Submission.sent_at).is_not(None))
        .order_by(col(Submission.due_on), col(Submission.id))
    )
    changes = _changes(session, clinic_id, "submission.due_changed")
    for row in session.execute(statement):
        if stage_of(row) in AWAITING_VENDOR:
            version, changed_at = changes.get(str(row.id), (0, row.sent_at))
            title = _("Due: %(vendor)s", vendor=row.vendor_name)
            yield Entry(f"due-{row.id}", row.due_on, title, links.submission_link(row.id), version, changed_at)


def _own_dates(session: Session, clinic_id: UUID) -> Iterator[Entry]:
    """The days of inspections, and the target dates of the clinic's own いいえ: by number, without a word of them."""
    changes = _changes(session, clinic_id, "assessment.inspection_planned")
    for assessment in session.exec(select(Assessment).where(Assessment.clinic_id == clinic_id)):
        link = links.assessment_link(assessment.fiscal_year)
        if assessment.inspection_on is not None:
            version, changed_at = changes.get(str(assessment.id), (0, assessment.created_at))
            title = _("Inspection (%(year)s)", year=name_of(assessment.fiscal_year))
            yield Entry(f"inspection-{assessment.id}", assessment.inspection_on, title, link, version, changed_at)
        form = editions.read_form(assessment.asked)
        for row in session.execute(_open_answers(assessment)):
            item = form.find_item(row.item_key)
            title = _("Own check, target date: %(number)s", number=item.number if item else row.item_key)
            yield Entry(f"target-{row.id}", row.target_on, title, link, row.version, row.saved_at)


def _follow_ups(session: Session, clinic_id: UUID) -> Iterator[Entry]:
    """What vendors promised this year, measures, and documents to look at again: by number, without a word of them.

    The clinic's own target dates of every year have entries of their own.
    """
    year = fiscal_year_of(clock.today())
    link = links.follow_ups_link(year)
    changes = {
        Source.VENDOR: _changes(session, clinic_id, *_HANDED_IN, by=col(Event.submission_id)),
        Source.TREATMENT: _changes(session, clinic_id, "document.treatment_decided"),
        Source.DOCUMENT: _changes(session, clinic_id, "document.uploaded", "document.review_planned"),
    }
    titles = {
        Source.VENDOR: _("Target date: %(vendor)s, %(number)s"),
        Source.TREATMENT: _("Measure: %(vendor)s, %(number)s"),
        Source.DOCUMENT: _("Look at the %(number)s again: %(vendor)s"),
    }
    clinic = session.get_one(Clinic, clinic_id)
    for one in list_follow_ups(session, clinic=clinic, fiscal_year=year, language=language.get()):
        if one.source in titles and one.target_on is not None and not one.is_closed:
            count, changed_at = changes[one.source].get(str(one.about), (1, clinic.created_at))
            title = titles[one.source] % {"vendor": one.vendor_name, "number": one.number}
            uid = f"{one.source.value}-{one.about}-{one.number}"
            yield Entry(uid, one.target_on, title, link, count - 1, changed_at)


def _open_answers(assessment: Assessment) -> sa.Select[*tuple[Any, ...]]:
    standing = sa.func.coalesce(col(AssessmentAnswer.second_value), col(AssessmentAnswer.value))
    return (
        sa.select(
            col(AssessmentAnswer.id),
            col(AssessmentAnswer.item_key),
            col(AssessmentAnswer.target_on),
            col(AssessmentAnswer.version),
            col(AssessmentAnswer.saved_at),
        )
        .where(
            col(AssessmentAnswer.clinic_id) == assessment.clinic_id,
            col(AssessmentAnswer.assessment_id) == assessment.id,
            col(AssessmentAnswer.target_on).is_not(None),
            standing == AnswerValue.NO.value,
        )
        .order_by(col(AssessmentAnswer.target_on), col(AssessmentAnswer.item_key))
    )


def _changes(session: Session, clinic_id: UUID, *verbs: str, by: Any = None) -> dict[str, tuple[int, datetime]]:
    """How often this was done to each thing, or `by` each request, and when last, as the log tells."""
    column = col(Event.subject_id) if by is None else by
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(column, sa.func.count(), sa.func.max(col(Event.at)))
        .where(col(Event.chain_id) == clinic_id, col(Event.verb).in_(verbs))
        .group_by(column)
    )
    return {str(subject): (count, at) for subject, count, at in session.execute(statement)}
