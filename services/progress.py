"""Progress: where every request of a fiscal year stands, in numbers; what is not yet submitted is only counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    AWAITING_VENDOR,
    Answer,
    AnswerValue,
    Document,
    DocumentKind,
    Revision,
    Stage,
    Submission,
    SubmissionSystem,
    System,
    SystemKind,
    Vendor,
    stage_of,
)
from services import clock
from services.link_states import LinkState, newest_links
from services.past_submissions import OVERDUE
from services.revisions import read_frozen

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
    "withdrawn",
)
"""Stages in the order in which a bar shows them; overdue takes the place of the stage it happened in."""

_JUDGED: Final = frozenset({Stage.SUBMITTED, Stage.ACCEPTED})


@dataclass(slots=True)
class Line:
    """One request: whom, for which systems, how far. Counts of いいえ are of what was submitted, else None."""

    id: UUID
    vendor_id: UUID
    vendor_name: str
    vendor_kana: str
    due_on: date
    item_count: int
    answered: int
    stage: Stage
    is_overdue: bool
    moments: Any
    no_count: int | None = None
    conditional_count: int | None = None
    documents: tuple[DocumentKind, ...] = ()
    systems: list[str] = field(default_factory=list)
    kinds: list[SystemKind] = field(default_factory=list)
    link: LinkState = LinkState.NONE
    link_at: datetime | None = None

    @property
    def standing(self) -> str:
        """The stage as it is shown: overdue comes before the stage it happened in."""
        return OVERDUE if self.is_overdue else self.stage.value

    @property
    def is_awaited(self) -> bool:
        """Whether it is the vendor's turn, or the clinic has not even sent it."""
        return self.stage in AWAITING_VENDOR

    @property
    def was_late(self) -> bool:
        """Whether the answers arrived after the due date."""
        submitted_at = self.moments.submitted_at
        return submitted_at is not None and clock.local_date(submitted_at) > self.due_on


def list_years(session: Session, *, clinic_id: UUID) -> list[int]:
    """The fiscal years in which the clinic asked anything, the newest first."""
    year = col(Submission.fiscal_year)
    statement = sa.select(year).where(col(Submission.clinic_id) == clinic_id).distinct().order_by(year.desc())
    return list(session.execute(statement).scalars())


def count_unasked(session: Session, *, clinic_id: UUID, fiscal_year: int) -> int:
    """Vendors in use that nothing was asked of in the year; a withdrawn request counts as not asked."""
    asked = sa.select(col(Submission.vendor_id)).where(
        col(Submission.clinic_id) == clinic_id,
        col(Submission.fiscal_year) == fiscal_year,
        col(Submission.withdrawn_at).is_(None),
    )
    statement = (
        sa.select(sa.func.count())
        .select_from(Vendor)
        .where(col(Vendor.clinic_id) == clinic_id, col(Vendor.archived_at).is_(None), col(Vendor.id).not_in(asked))
    )
    return int(session.execute(statement).scalar_one())


def list_progress(session: Session, *, clinic_id: UUID, fiscal_year: int) -> list[Line]:
    """Every request of a year in four queries, however many there are."""
    lines: dict[UUID, Line] = {}
    today = clock.today()
    for row in session.execute(_lines(clinic_id, fiscal_year)):
        line = lines.get(row.id)
        if line is None:
            line = lines[row.id] = _read_line(row, today)
        if row.system_name is not None:
            line.systems.append(row.system_name)
            line.kinds.append(row.system_kind)
    _add_links(session, lines, clinic_id, fiscal_year)
    _add_counts_of_revisions(session, lines, clinic_id)
    return list(lines.values())


def count_standings(lines: Iterable[Line]) -> list[tuple[str, int]]:
    """How many requests stand where, in the order of the bar."""
    counts = Counter(line.standing for line in lines)
    return [(standing, counts[standing]) for standing in STANDINGS]


def count_answers(revision_answers: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """How many いいえ and how many conditional はい a revision holds; a second check counts instead of the first."""
    given = read_frozen(revision_answers).values()
    conditional = sum(answer.standing is AnswerValue.YES and answer.is_conditional for answer in given)
    return sum(answer.standing is AnswerValue.NO for answer in given), conditional


def _read_line(row: Any, today: date) -> Line:
    stage = stage_of(row)
    is_judged = stage in _JUDGED
    received = (row.mds and DocumentKind.MDS, row.sds and DocumentKind.SDS, row.mds2 and DocumentKind.MDS2)
    return Line(
        id=row.id,
        vendor_id=row.vendor_id,
        vendor_name=row.vendor_name,
        vendor_kana=row.vendor_kana,
        due_on=row.due_on,
        item_count=row.item_count,
        answered=row.answered or 0,
        stage=stage,
        is_overdue=row.due_on < today and stage in AWAITING_VENDOR,
        moments=row,
        no_count=row.said_no or 0 if is_judged else None,
        conditional_count=row.conditional or 0 if is_judged else None,
        documents=tuple(kind for kind in received if kind),
    )


def _lines(clinic_id: UUID, fiscal_year: int) -> sa.Select[*tuple[Any, ...]]:
    """One row per request and system; the counts are gathered in the same query."""
    asked = sa.select(col(Submission.id)).where(
        col(Submission.clinic_id) == clinic_id, col(Submission.fiscal_year) == fiscal_year
    )
    answers, documents = _count_answers(asked), _count_documents(asked)
    return (
        sa.select(
            col(Submission.id),
            col(Submission.vendor_id),
            col(Submission.due_on),
            col(Submission.item_count),
            col(Submission.created_at),
            col(Submission.sent_at),
            col(Submission.opened_at),
            col(Submission.started_at),
            col(Submission.saved_at),
            col(Submission.submitted_at),
            col(Submission.returned_at),
            col(Submission.accepted_at),
            col(Submission.declined_at),
            col(Submission.withdrawn_at),
            col(Submission.reminded_at),
            col(Vendor.name).label("vendor_name"),
            col(Vendor.name_kana).label("vendor_kana"),
            col(System.name).label("system_name"),
            col(System.kind).label("system_kind"),
            *(answers.c[name] for name in ("answered", "said_no", "conditional")),
            *(documents.c[name] for name in ("mds", "sds", "mds2")),
        )
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .join(SubmissionSystem, col(SubmissionSystem.submission_id) == col(Submission.id), isouter=True)
        .join(System, col(System.id) == col(SubmissionSystem.system_id), isouter=True)
        .join(answers, answers.c.submission_id == col(Submission.id), isouter=True)
        .join(documents, documents.c.submission_id == col(Submission.id), isouter=True)
        .where(col(Submission.clinic_id) == clinic_id, col(Submission.fiscal_year) == fiscal_year)
        .order_by(col(Submission.created_at), col(Submission.id), col(System.name))
    )


def _count_answers(asked: sa.Select[UUID]) -> sa.Subquery:
    value = sa.func.coalesce(col(Answer.second_value), col(Answer.value))
    is_conditional = sa.and_(value == AnswerValue.YES, col(Answer.is_conditional))
    return (
        sa.select(
            col(Answer.submission_id),
            sa.func.count(col(Answer.value)).label("answered"),
            sa.func.sum(sa.case((value == AnswerValue.NO, 1), else_=0)).label("said_no"),
            sa.func.sum(sa.case((is_conditional, 1), else_=0)).label("conditional"),
        )
        .where(col(Answer.submission_id).in_(asked))
        .group_by(col(Answer.submission_id))
        .subquery()
    )


def _count_documents(asked: sa.Select[UUID]) -> sa.Subquery:
    kinds = (DocumentKind.MDS, DocumentKind.SDS, DocumentKind.MDS2)
    return (
        sa.select(
            col(Document.submission_id),
            *(sa.func.sum(sa.case((col(Document.kind) == kind, 1), else_=0)).label(kind.value) for kind in kinds),
        )
        .where(
            col(Document.submission_id).in_(asked),
            col(Document.submitted_at).is_not(None),
            col(Document.removed_at).is_(None),
        )
        .group_by(col(Document.submission_id))
        .subquery()
    )


def _add_links(session: Session, lines: dict[UUID, Line], clinic_id: UUID, fiscal_year: int) -> None:
    for submission_id, found in newest_links(session, clinic_id=clinic_id, fiscal_year=fiscal_year).items():
        line = lines[submission_id]
        line.link, line.link_at = found


def _add_counts_of_revisions(session: Session, lines: dict[UUID, Line], clinic_id: UUID) -> None:
    """Counts of the last revision where the vendor may have written on since, such as after a return."""
    wanted = [line for line in lines.values() if line.moments.submitted_at and line.no_count is None]
    if not wanted:
        return
    statement = (
        sa.select(col(Revision.submission_id), col(Revision.answers))
        .where(col(Revision.clinic_id) == clinic_id, col(Revision.submission_id).in_([line.id for line in wanted]))
        .order_by(col(Revision.number))
    )
    for row in session.execute(statement):
        line = lines[row.submission_id]
        line.no_count, line.conditional_count = count_answers(row.answers)
