"""Exports: everything of a clinic as one workbook, made by a job and kept for a day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Export(SQLModel, table=True):
    """One workbook with every table of a clinic. It holds all that the portal knows, so it is removed after a day."""

    __tablename__ = "exports"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    language: str = Field(max_length=5)
    ordered_by: UUID = Field(foreign_key="members.id")
    ordered_at: datetime
    part_count: int = 0
    done_count: int = 0
    made_at: datetime | None = None
    failed_at: datetime | None = None
    expires_at: datetime | None = None
    removed_at: datetime | None = None
    storage_key: str = Field(default="", max_length=100)
    size: int = 0
    sha256: str = Field(default="", max_length=64)

    @property
    def is_under_way(self) -> bool:
        """Whether the workbook is still being made."""
        return self.made_at is None and self.failed_at is None

    @property
    def is_here(self) -> bool:
        """Whether the workbook can be taken."""
        return self.made_at is not None and self.removed_at is None
