"""Offers: answers brought in by a file, kept beside a submission until a person confirms them item by item."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import of_clinic


class OfferedAnswers(SQLModel, table=True):
    """What one answer file says, for one submission; a file brought later takes its place."""

    __tablename__ = "offered_answers"
    __table_args__ = (
        sa.UniqueConstraint("submission_id"),
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("submissions", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID
    edition_id: str = Field(max_length=40)
    details: dict[str, Any] = Field(sa_column=Column(sa.JSON, nullable=False))
    brought_by: str = Field(max_length=254)
    brought_at: datetime
    answers: list[dict[str, Any]] = Field(sa_column=Column(sa.JSON, nullable=False))
