"""Forms that people showed: a file as they saw it while pointing, and the template that came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import of_clinic


class FormSample(SQLModel, table=True):
    """A file from which a form is learned: only its cells are kept, not the file.

    It goes after some days unless a template was made of it: with a template it stays, so that somebody can correct it.
    """

    __tablename__ = "form_samples"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "id"), of_clinic("documents", "document_id"))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    document_id: UUID | None = None
    file_name: str = Field(default="", max_length=200)
    source: str = Field(default="xlsx", max_length=10)
    kind: str = Field(default="other", max_length=20)
    given_by: str = Field(default="", max_length=254)
    created_at: datetime
    expires_at: datetime | None = None


class SampleSheet(SQLModel, table=True):
    """One sheet of a sample: its cells, pressed together, and where its parts seem to stand, if that could be told."""

    __tablename__ = "sample_sheets"
    __table_args__ = (of_clinic("form_samples", "sample_id"), sa.UniqueConstraint("sample_id", "position"))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    sample_id: UUID
    position: int
    name: str = Field(max_length=200)
    proposal: dict[str, Any] | None = Field(default=None, sa_column=Column(sa.JSON(none_as_null=True), nullable=True))
    cells: bytes = Field(sa_column=Column(sa.LargeBinary, nullable=False))


class DisclosureTemplate(SQLModel, table=True):
    """A form that was learned from a sample, in one version.

    `content` is the template as the reader takes it, `chosen` what was pointed at, `fingerprint` what makes the form
    the same form wherever its columns stand. A correction makes a new row; what was read by the old one keeps it.
    """

    __tablename__ = "disclosure_templates"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("form_samples", "sample_id"),
        sa.Index("ix_disclosure_templates_for_all", "is_for_all"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    is_for_all: bool = False
    name: str = Field(max_length=200)
    kind: str = Field(max_length=20)
    edition: str = Field(default="", max_length=40)
    language: str = Field(default="ja", max_length=10)
    fingerprint: str = Field(max_length=64)
    question_count: int
    content: dict[str, Any] = Field(sa_column=Column(sa.JSON, nullable=False))
    chosen: dict[str, Any] = Field(sa_column=Column(sa.JSON, nullable=False))
    sample_id: UUID
    replaces_id: UUID | None = Field(default=None, foreign_key="disclosure_templates.id")
    learned_by: str = Field(max_length=254)
    learned_at: datetime
    retired_at: datetime | None = None
