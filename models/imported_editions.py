"""Imported editions: a fiscal year's checklist made of the official workbooks, and the workbooks themselves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import choice_of


class OfficialForm(StrEnum):
    """Whose form a workbook is."""

    INSTITUTION = "institution"
    PHARMACY = "pharmacy"
    VENDOR = "vendor"


class ImportedEdition(SQLModel, table=True):
    """A year's checklist on its way in, or published; of one clinic, or without a clinic for all of them.

    Published, it never changes: what turns out to be wrong comes as another row with the next revision.
    """

    __tablename__ = "imported_editions"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        sa.Index("ix_imported_editions_year", "fiscal_year", "published_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID | None = Field(default=None, foreign_key="clinics.id")
    fiscal_year: int
    revision: int = 1
    edition_id: str = Field(default="", max_length=40, index=True)
    """Empty until it is published; made of what is asked, so that two imports of the same forms are one edition."""
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(sa.JSON, nullable=False))
    choices: dict[str, Any] = Field(default_factory=dict, sa_column=Column(sa.JSON, nullable=False))
    """What a person decided beside the proposals: links between the forms, and what each item carries over."""
    version: int = 0
    created_by: UUID = Field(foreign_key="members.id")
    created_at: datetime
    published_by: UUID | None = Field(default=None, foreign_key="members.id")
    published_at: datetime | None = None


class OfficialWorkbook(SQLModel, table=True):
    """One official form as it was uploaded, and how its columns and rows are understood."""

    __tablename__ = "official_workbooks"
    __table_args__ = (sa.UniqueConstraint("imported_edition_id", "form"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    imported_edition_id: UUID = Field(foreign_key="imported_editions.id")
    form: OfficialForm = Field(sa_type=choice_of(OfficialForm))
    file_name: str = Field(max_length=120)
    size: int
    sha256: str = Field(max_length=64, index=True)
    storage_key: str = Field(max_length=100, unique=True)
    cells: bytes = Field(sa_column=Column(sa.LargeBinary, nullable=False))
    """The cells of its sheet, packed, for the preview."""
    found: dict[str, Any] = Field(sa_column=Column(sa.JSON, nullable=False))
    """The columns and rows as the portal reads them, by services/reading/checklists.py."""
    settled: dict[str, Any] = Field(default_factory=dict, sa_column=Column(sa.JSON, nullable=False))
    """What a person said of single rows, by row."""
    places: dict[str, Any] = Field(default_factory=dict, sa_column=Column(sa.JSON, nullable=False))
    """Once published: for each item's key, the row and columns of its cells."""
    version: int = 0
    uploaded_by: UUID = Field(foreign_key="members.id")
    uploaded_at: datetime
