"""Reviews: the clinic's verdict on a submitted revision."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import choice_of, of_clinic


class Verdict(StrEnum):
    """Accepted, or returned with words."""

    ACCEPTED = "accepted"
    RETURNED = "returned"


class Review(SQLModel, table=True):
    """One verdict on one revision."""

    __tablename__ = "reviews"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("submissions", "submission_id"),
        of_clinic("revisions", "revision_id"),
        sa.UniqueConstraint("revision_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID = Field(index=True)
    revision_id: UUID
    verdict: Verdict = Field(sa_type=choice_of(Verdict))
    words: str = Field(default="", max_length=4000)
    reviewed_by: UUID = Field(foreign_key="members.id")
    reviewed_at: datetime


class ReviewRemark(SQLModel, table=True):
    """What the clinic says to one item when it returns a submission."""

    __tablename__ = "review_remarks"
    __table_args__ = (of_clinic("reviews", "review_id"), sa.UniqueConstraint("review_id", "item_key"))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    review_id: UUID = Field(index=True)
    item_key: str = Field(max_length=40)
    words: str = Field(max_length=2000)
