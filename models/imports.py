"""Imports: tables on their way in, kept for a day between giving them and taking them over."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import choice_of


class ImportKind(StrEnum):
    """What the lines of a table are."""

    VENDORS = "vendors"
    SYSTEMS = "systems"


class Import(SQLModel, table=True):
    """A table that a member gave: its cells, how its columns are read, and what became of it.

    Only who gave it sees it. The cells go when it is taken over, the rest a day after it was given.
    """

    __tablename__ = "imports"
    __table_args__ = (sa.Index("ix_imports_member", "clinic_id", "member_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    member_id: UUID = Field(foreign_key="members.id")
    kind: ImportKind = Field(sa_type=choice_of(ImportKind))
    file_name: str = Field(default="", max_length=200)
    cells: bytes = Field(sa_column=Column(sa.LargeBinary, nullable=False))
    head_row: int = 0
    """Which row names the columns, counted from 1; 0 where none does."""
    columns: list[str] = Field(sa_column=Column(sa.JSON, nullable=False))
    """What each column holds, by the names in services/imports/columns.py; empty for a column that is left out."""
    outcome: dict[str, Any] = Field(default_factory=dict, sa_column=Column(sa.JSON, nullable=False))
    created_at: datetime
    expires_at: datetime
    taken_at: datetime | None = None
