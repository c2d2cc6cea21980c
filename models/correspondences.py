"""Correspondences: which question of one form is which of another, as a person entered it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel


class Correspondence(SQLModel, table=True):
    """A clinic's table for two forms, kept once for both directions: `first_id` is the smaller of the two ids."""

    __tablename__ = "correspondences"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "first_id", "second_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    first_id: str = Field(max_length=80)
    second_id: str = Field(max_length=80)
    pairs: list[list[str]] = Field(default_factory=list, sa_column=Column(sa.JSON, nullable=False))
    """Number in the first form, number in the second."""
    saved_by: str = Field(default="", max_length=254)
    saved_at: datetime
