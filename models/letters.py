"""Letters: one PDF of letters to vendors, kept for a day, and whom each letter in it is for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import of_clinic


class LetterBatch(SQLModel, table=True):
    """Letters made together as one PDF. It holds their codes, so it is kept for a short time and then removed."""

    __tablename__ = "letter_batches"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    fiscal_year: int
    letter_count: int
    done_count: int = 0
    ordered_by: UUID = Field(foreign_key="members.id")
    ordered_at: datetime
    made_at: datetime | None = None
    failed_at: datetime | None = None
    expires_at: datetime | None = None
    removed_at: datetime | None = None
    storage_key: str = Field(default="", max_length=100)
    size: int = 0
    sha256: str = Field(default="", max_length=64)

    @property
    def is_under_way(self) -> bool:
        """Whether the letters are still being made."""
        return self.made_at is None and self.failed_at is None

    @property
    def is_here(self) -> bool:
        """Whether the PDF can be taken."""
        return self.made_at is not None and self.removed_at is None


class LetterOrder(SQLModel, table=True):
    """One letter of a batch: for which request, to whom, with which words; `invitation_id` once it is made."""

    __tablename__ = "letter_orders"
    __table_args__ = (
        of_clinic("letter_batches", "batch_id"),
        of_clinic("submissions", "submission_id"),
        of_clinic("invitations", "invitation_id"),
    )

    batch_id: UUID = Field(primary_key=True)
    submission_id: UUID = Field(primary_key=True, index=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    name: str = Field(default="", max_length=100)
    message: str = Field(default="", max_length=4000)
    invitation_id: UUID | None = None
