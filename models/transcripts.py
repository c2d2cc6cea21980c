"""Transcripts: answers that the clinic typed in for a vendor, from a fax, a letter, a talk or a published statement."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import choice_of, of_clinic


class Source(StrEnum):
    """Where typed-in answers come from."""

    FAX = "fax"
    LETTER = "letter"
    TELEPHONE = "telephone"
    MEETING = "meeting"
    STATEMENT = "statement"


class Transcript(SQLModel, table=True):
    """One typing-in: a draft until it is handed in as a revision, then the revision's proof of where it came from."""

    __tablename__ = "transcripts"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("submissions", "submission_id"),
        of_clinic("revisions", "revision_id"),
        sa.Index("ix_transcripts_submission", "clinic_id", "submission_id"),
        sa.Index("ix_transcripts_revision", "revision_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID
    revision_id: UUID | None = None
    source: Source = Field(default=Source.FAX, sa_type=choice_of(Source))
    said_by: str = Field(default="", max_length=100)
    said_by_title: str = Field(default="", max_length=100)
    said_on: date | None = None
    note: str = Field(default="", max_length=2000)
    typed_by: str = Field(max_length=100)
    version: int = 1
    saved_at: datetime
    submitted_at: datetime | None = None
    answers: list[dict[str, Any]] = Field(sa_column=Column(sa.JSON, nullable=False))


class TranscriptDocument(SQLModel, table=True):
    """A scan of what was typed in; it belongs to the clinic's transcript and never to the vendor's own files."""

    __tablename__ = "transcript_documents"
    __table_args__ = (of_clinic("transcripts", "transcript_id"), of_clinic("documents", "document_id"))

    clinic_id: UUID = Field(foreign_key="clinics.id")
    transcript_id: UUID = Field(primary_key=True)
    document_id: UUID = Field(primary_key=True, index=True)
