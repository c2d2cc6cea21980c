"""Progress: where every request of a fiscal year stands, in numbers; what is not yet submitted is only counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    AWAITING_VENDOR,
    DocumentKind,
    OutcomeKind,
    Source,
    Stage,
    Submission,
    SystemKind,
    Vendor,
    stage_of,
)
from services import clock
from services.answers import count_answered
from services.imported_editions import has_imported
from services.link_states import LinkState, newest_links
from services.past_submissions import OVERDUE
from services.progress_query import RECEIVED, Row, requests_of_year

STANDINGS: Final = (
    "accepted",
    "submitted",
    "returned",
    "in_progress",
    "opened",
    "invited",
    "draft",
    "overdue",
    "declined",
    "outside_contract",
    "own_statement",
    "no_contract",
    "unreachable",
    "withdrawn",
)
"""Stages in the order in which a bar shows them; overdue takes the place of the stage it happened in."""


class ReadCounts(NamedTuple):
    """What was read from a request's documents: how many, what is undecided, and what needs a person."""

    documents: int = 0
    untreated: int = 0
    unclear: int = 0


NOTHING_READ: Final = ReadCounts()


@dataclass(slots=True)
class Line:
    """One request: whom, for which systems, how far. Counts of いいえ are of what was submitted, else None.

    `source` says from what the clinic typed the answers in; None where the vendor handed them in itself.
    """

    id: UUID
    vendor_id: UUID
    vendor_name: str
    vendor_kana: str
    due_on: date
    item_count: int
    answered: int
    stage: Stage
    is_overdue: bool
    moments: Row
    was_late: bool = False
    no_count: int | None = None
    conditional_count: int | None = None
    documents: tuple[DocumentKind, ...] = ()
    read: ReadCounts = NOTHING_READ
    systems: list[str] = field(default_factory=list)
    kinds: list[SystemKind] = field(default_factory=list)
    link: LinkState = LinkState.NONE
    link_at: datetime | None = None
    outcome: OutcomeKind | None = None
    source: Source | None = None

    @property
    def standing(self) -> str:
        """The stage as it is shown: overdue comes before the stage it happened in, and an ending says which one."""
        if self.stage is Stage.DECLINED and self.outcome:
            return self.outcome.value
        return OVERDUE if self.is_overdue else self.stage.value

    @property
    def is_awaited(self) -> bool:
        """Whether it is the vendor's turn, or the clinic has not even sent it."""
        return self.stage in AWAITING_VENDOR


def count_told(session: Session, *, submission: Submission) -> tuple[int, int]:
    """How many items of one request are answered, as the clinic sees it: what was handed or typed in counts whole."""
    if submission.stage in {Stage.SUBMITTED, Stage.ACCEPTED}:
        return submission.item_count, submission.item_count
    return count_answered(session, submission=submission)


def list_years(session: Session, *, clinic_id: UUID) -> list[int]:
    """The fiscal years in which the clinic asked anything, the newest first."""
    return list(session.execute(_years(), {"clinic_id": clinic_id}).scalars())


@cache
def _years() -> sa.Select[int]:
    year = col(Submission.fiscal_year)
    of_clinic = col(Submission.clinic_id) == sa.bindparam("clinic_id")
    return sa.select(year).where(of_clinic).distinct().order_by(year.desc())


def count_unasked(session: Session, *, clinic_id: UUID, fiscal_year: int) -> int:
    """Vendors in use that nothing was asked of in the year; a withdrawn request counts as not asked."""
    return look_around(session, clinic_id=clinic_id, fiscal_year=fiscal_year).unasked


class Around(NamedTuple):
    """What is to be known of a year beside its requests."""

    unasked: int
    has_imported_form: bool


def look_around(session: Session, *, clinic_id: UUID, fiscal_year: int) -> Around:
    """How many vendors were not asked, and whether the year's own form was imported, in one query."""
    row = session.execute(_around(), {"clinic_id": clinic_id, "fiscal_year": fiscal_year}).one()
    return Around(int(row.unasked), bool(row.has_imported_form))


@cache
def _around() -> sa.Select[*tuple[Any, ...]]:
    clinic_id: sa.BindParameter[UUID] = sa.bindparam("clinic_id")
    asked = sa.select(col(Submission.vendor_id)).where(
        col(Submission.clinic_id) == clinic_id,
        col(Submission.fiscal_year) == sa.bindparam("fiscal_year"),
        col(Submission.withdrawn_at).is_(None),
    )
    imported = has_imported(clinic_id, sa.bindparam("fiscal_year"))
    return (
        sa.select(sa.func.count().label("unasked"), imported.label("has_imported_form"))
        .select_from(Vendor)
        .where(col(Vendor.clinic_id) == clinic_id, col(Vendor.archived_at).is_(None), col(Vendor.id).not_in(asked))
    )


def list_progress(session: Session, *, clinic_id: UUID, fiscal_year: int, with_links: bool = True) -> list[Line]:
    """Every request of a year in two queries, however many there are; in no particular order.

    Without what became of their links, which only some readers tell, it is one query.
    """
    lines: dict[UUID, Line] = {}
    today = clock.today()
    # Past the ORM, whose part in reading rows costs a tenth of the whole; what it holds back is written first.
    session.flush()
    found = session.connection().execute(requests_of_year(), {"clinic_id": clinic_id, "fiscal_year": fiscal_year})
    for row in map(Row._make, found):
        line = lines.get(row.id)
        if line is None:
            line = lines[row.id] = _read_line(row, today)
        if row.system_name is not None and row.system_kind is not None:
            line.systems.append(row.system_name)
            line.kinds.append(row.system_kind)
    for line in lines.values():
        if len(line.systems) > 1:
            line.systems.sort()
    if with_links:
        _add_links(session, lines, clinic_id, fiscal_year)
    return list(lines.values())


def count_standings(lines: Iterable[Line]) -> list[tuple[str, int]]:
    """How many requests stand where, in the order of the bar."""
    counts = Counter(line.standing for line in lines)
    return [(standing, counts[standing]) for standing in STANDINGS]


def _read_line(row: Row, today: date) -> Line:
    stage = stage_of(row)
    answered, item_count = _progress(row, stage)
    return Line(
        id=row.id,
        vendor_id=row.vendor_id,
        vendor_name=row.vendor_name,
        vendor_kana=row.vendor_kana,
        due_on=row.due_on,
        item_count=item_count,
        answered=answered,
        stage=stage,
        is_overdue=row.due_on < today and stage in AWAITING_VENDOR,
        moments=row,
        was_late=row.submitted_at is not None and clock.local_date(row.submitted_at) > row.due_on,
        no_count=row.no_count,
        conditional_count=row.conditional_count,
        documents=_received(row.mds, row.sds, row.mds2),
        read=_counts_of(row),
        outcome=row.outcome,
        source=row.source,
    )


def _progress(row: Row, stage: Stage) -> tuple[int, int]:
    """How many items are answered of how many; after a return, only what came back with a word counts."""
    if stage is Stage.RETURNED and row.returned_items:
        return row.corrected or 0, row.returned_items
    if row.submitted_at is not None:
        return row.items, row.items
    return row.answered or 0, row.items


def _counts_of(row: Row) -> ReadCounts:
    if not row.read_documents:
        return NOTHING_READ
    return ReadCounts(row.read_documents, row.untreated or 0, row.unclear or 0)


def _received(*counts: int | None) -> tuple[DocumentKind, ...]:
    return tuple(kind for kind, count in zip(RECEIVED, counts, strict=True) if count)


def _add_links(session: Session, lines: dict[UUID, Line], clinic_id: UUID, fiscal_year: int) -> None:
    for submission_id, found in newest_links(session, clinic_id=clinic_id, fiscal_year=fiscal_year).items():
        line = lines[submission_id]
        line.link, line.link_at = found
