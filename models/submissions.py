"""Submissions: one form asked of one vendor by one clinic, its moments and its frozen revisions."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import of_clinic


class Stage(StrEnum):
    """Where a submission stands; derived from its moments, never stored."""

    DRAFT = "draft"
    INVITED = "invited"
    OPENED = "opened"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


AWAITING_VENDOR = frozenset({Stage.DRAFT, Stage.INVITED, Stage.OPENED, Stage.IN_PROGRESS, Stage.RETURNED})
ANSWERABLE = frozenset({Stage.INVITED, Stage.OPENED, Stage.IN_PROGRESS, Stage.RETURNED})


MOMENTS: Final = (
    *("created_at", "sent_at", "opened_at", "started_at", "saved_at", "submitted_at"),
    *("returned_at", "accepted_at", "declined_at", "withdrawn_at", "reminded_at"),
)
"""The moments of a submission that lists read and tell."""


class Moments(Protocol):
    """Anything that carries the moments of a submission: the row itself or selected columns."""

    @property
    def sent_at(self) -> datetime | None: ...
    @property
    def opened_at(self) -> datetime | None: ...
    @property
    def started_at(self) -> datetime | None: ...
    @property
    def submitted_at(self) -> datetime | None: ...
    @property
    def returned_at(self) -> datetime | None: ...
    @property
    def accepted_at(self) -> datetime | None: ...
    @property
    def declined_at(self) -> datetime | None: ...
    @property
    def withdrawn_at(self) -> datetime | None: ...


def stage_of(moments: Moments) -> Stage:
    """The stage that follows from the moments; the last act of either side decides."""
    if moments.withdrawn_at:
        return Stage.WITHDRAWN
    if moments.declined_at:
        return Stage.DECLINED
    if moments.submitted_at:
        if moments.accepted_at and moments.accepted_at >= moments.submitted_at:
            return Stage.ACCEPTED
        if moments.returned_at and moments.returned_at >= moments.submitted_at:
            return Stage.RETURNED
        return Stage.SUBMITTED
    if moments.started_at:
        return Stage.IN_PROGRESS
    if moments.opened_at:
        return Stage.OPENED
    return Stage.INVITED if moments.sent_at else Stage.DRAFT


class Submission(SQLModel, table=True):
    """One edition's vendor form asked of one vendor; it keeps a copy of what was asked."""

    __tablename__ = "submissions"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("vendors", "vendor_id"),
        sa.Index("ix_submissions_year", "clinic_id", "fiscal_year"),
        sa.Index("ix_submissions_vendor", "clinic_id", "vendor_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    vendor_id: UUID
    fiscal_year: int
    edition_id: str = Field(max_length=40)
    item_count: int
    due_on: date
    language: str = Field(default="ja", max_length=5)
    message: str = Field(default="", max_length=4000)
    created_by: UUID = Field(foreign_key="members.id")
    created_at: datetime
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    started_at: datetime | None = None
    saved_at: datetime | None = None
    submitted_at: datetime | None = None
    returned_at: datetime | None = None
    accepted_at: datetime | None = None
    declined_at: datetime | None = None
    decline_reason: str = Field(default="", max_length=2000)
    withdrawn_at: datetime | None = None
    reminded_at: datetime | None = None
    typed_in_at: datetime | None = None
    """When the clinic typed in answers; lists do not read it, because in older databases it lies behind the form."""
    # The last column, because SQLite reads through everything before a column, and this one is longer than all others.
    asked: dict[str, Any] = Field(sa_column=Column(sa.JSON, nullable=False))

    @property
    def stage(self) -> Stage:
        """Where it stands now."""
        return stage_of(self)

    @property
    def is_typed_in(self) -> bool:
        """Whether what was handed in last was typed in by the clinic, so that the vendor may still answer itself."""
        return self.typed_in_at is not None and self.typed_in_at == self.submitted_at

    def is_overdue(self, today: date) -> bool:
        """Whether the vendor's turn has lasted past the due date; `today` is the date in Japan."""
        return self.due_on < today and self.stage in AWAITING_VENDOR


class SubmissionSystem(SQLModel, table=True):
    """A system that a submission covers."""

    __tablename__ = "submission_systems"
    __table_args__ = (of_clinic("submissions", "submission_id"), of_clinic("systems", "system_id"))

    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID = Field(primary_key=True)
    system_id: UUID = Field(primary_key=True, index=True)


class Revision(SQLModel, table=True):
    """What a vendor submitted, frozen: answers and list of documents as they were at that moment.

    `no_count` and `conditional_count` say how many answers are いいえ and how many are はい under a condition only.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        sa.UniqueConstraint("submission_id", "number"),
        of_clinic("submissions", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID
    number: int
    no_count: int
    conditional_count: int
    sha256: str = Field(max_length=64)
    responsible_name: str = Field(max_length=100)
    responsible_title: str = Field(max_length=100)
    submitted_by: str = Field(max_length=254)
    submitted_at: datetime
    # Last for the same reason as what was asked.
    answers: list[dict[str, Any]] = Field(sa_column=Column(sa.JSON, nullable=False))
    documents: list[dict[str, Any]] = Field(sa_column=Column(sa.JSON, nullable=False))
