"""Assessments: the clinic's own form for a fiscal year, and the evidence behind its answers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.answers import AnswerValue
from models.database import choice_of, of_clinic


class Assessment(SQLModel, table=True):
    """A clinic's own form for one fiscal year."""

    __tablename__ = "assessments"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "id"), sa.UniqueConstraint("clinic_id", "fiscal_year"))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    fiscal_year: int
    edition_id: str = Field(max_length=40)
    asked: dict[str, Any] = Field(sa_column=Column(sa.JSON, nullable=False))
    inspection_on: date | None = None
    created_at: datetime


class AssessmentAnswer(SQLModel, table=True):
    """The clinic's answer to one item, always given by a person."""

    __tablename__ = "assessment_answers"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        sa.UniqueConstraint("assessment_id", "item_key"),
        of_clinic("assessments", "assessment_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    assessment_id: UUID
    item_key: str = Field(max_length=40)
    value: AnswerValue | None = Field(default=None, sa_type=choice_of(AnswerValue))
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = Field(default="", max_length=4000)
    owner_name: str = Field(default="", max_length=100)
    second_value: AnswerValue | None = Field(default=None, sa_type=choice_of(AnswerValue))
    second_checked_on: date | None = None
    proposal: str = Field(default="", max_length=1000)
    version: int = 1
    saved_by: UUID = Field(foreign_key="members.id")
    saved_at: datetime


class EvidenceKind(StrEnum):
    """What an answer leans on."""

    VENDOR_ANSWER = "vendor_answer"
    DOCUMENT = "document"
    DISCLOSURE_ANSWER = "disclosure_answer"
    NOTE = "note"


class Evidence(SQLModel, table=True):
    """A link from the clinic's answer to a vendor's submitted answer, a document, an answer in a disclosure or a note.

    An answer in a disclosure is kept as it was when it was linked: number, cell and meaning.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        of_clinic("assessments", "assessment_id"),
        of_clinic("revisions", "revision_id"),
        of_clinic("documents", "document_id"),
        sa.Index("ix_evidence_item", "clinic_id", "assessment_id", "item_key"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    assessment_id: UUID
    item_key: str = Field(max_length=40)
    kind: EvidenceKind = Field(sa_type=choice_of(EvidenceKind))
    revision_id: UUID | None = None
    document_id: UUID | None = None
    note: str = Field(default="", max_length=2000)
    number: str = Field(default="", max_length=60)
    place: str = Field(default="", max_length=60)
    said: str = Field(default="", max_length=20)
    linked_by: UUID = Field(foreign_key="members.id")
    linked_at: datetime
