"""Records: everything of a year that shows that the clinic asked, request by request, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import ContactEntry, Outcome, Revision, Source, Submission, Transcript
from services.contact_log import LoggedContact, arrange_entries
from services.link_states import SentLink, list_links_of_year
from services.progress import Line, list_progress
from services.search import folded


@dataclass(frozen=True, slots=True)
class Handing:
    """One version that was handed in."""

    number: int
    submitted_at: datetime
    submitted_by: str
    responsible: str
    source: Source | None = None
    said_on: date | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One request with all that was done about it, each list the oldest first."""

    line: Line
    asked_on: datetime | None
    links: list[SentLink] = field(default_factory=list)
    contacts: list[LoggedContact] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    revisions: list[Handing] = field(default_factory=list)


def read_records(session: Session, *, clinic_id: UUID, fiscal_year: int, vendor_id: UUID | None = None) -> list[Record]:
    """The records of a year by vendor; of one vendor where it is given."""
    lines = [
        line
        for line in list_progress(session, clinic_id=clinic_id, fiscal_year=fiscal_year)
        if vendor_id in {None, line.vendor_id}
    ]
    lines.sort(key=lambda line: (folded(line.vendor_kana or line.vendor_name), line.moments.created_at))
    links = list_links_of_year(session, clinic_id=clinic_id, fiscal_year=fiscal_year)
    contacts = _by_request(session, ContactEntry, clinic_id, fiscal_year)
    outcomes = _by_request(session, Outcome, clinic_id, fiscal_year)
    revisions = _revisions(session, clinic_id, fiscal_year)
    return [
        Record(
            line=line,
            asked_on=line.moments.sent_at,
            links=links[line.id],
            contacts=arrange_entries(contacts[line.id])[::-1],
            outcomes=sorted(outcomes[line.id], key=lambda outcome: outcome.recorded_at),
            revisions=revisions[line.id],
        )
        for line in lines
    ]


def _by_request(session: Session, table: Any, clinic_id: UUID, fiscal_year: int) -> Mapping[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    statement = (
        select(table)
        .join(Submission, col(Submission.id) == col(table.submission_id))
        .where(table.clinic_id == clinic_id, Submission.fiscal_year == fiscal_year)
    )
    for row in session.exec(statement):
        found[row.submission_id].append(row)
    return found


def _revisions(session: Session, clinic_id: UUID, fiscal_year: int) -> Mapping[UUID, list[Handing]]:
    found: defaultdict[UUID, list[Handing]] = defaultdict(list)
    names = ("submission_id", "number", "submitted_at", "submitted_by", "responsible_title", "responsible_name")
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(*(col(getattr(Revision, name)) for name in names), col(Transcript.source), col(Transcript.said_on))
        .join(Submission, col(Submission.id) == col(Revision.submission_id))
        .join(Transcript, col(Transcript.revision_id) == col(Revision.id), isouter=True)
        .where(col(Revision.clinic_id) == clinic_id, col(Submission.fiscal_year) == fiscal_year)
        .order_by(col(Revision.number))
    )
    for submission_id, number, submitted_at, submitted_by, title, name, *typed_in in session.execute(statement):
        found[submission_id].append(Handing(number, submitted_at, submitted_by, f"{title} {name}".strip(), *typed_in))
    return found
