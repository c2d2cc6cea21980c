"""Answers: what a vendor says on one item while it is still writing."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import choice_of, of_clinic


class AnswerValue(StrEnum):
    """はい or いいえ; nothing else counts as an answer."""

    YES = "yes"
    NO = "no"


class Responsibility(StrEnum):
    """Who carries the measure: the vendor, the clinic, or both."""

    VENDOR = "vendor"
    CLINIC = "clinic"
    SHARED = "shared"


class AnswerOrigin(StrEnum):
    """How an answer came about: written afresh, or confirmed as still so from what was answered before."""

    TYPED = "typed"
    LAST_YEAR = "last_year"
    ELSEWHERE = "elsewhere"
    FILE = "file"


class Answer(SQLModel, table=True):
    """One item's answer in a submission; `version` grows with each save so that two editors notice each other.

    `differences` say what holds instead for single systems of a sheet that covers several (services/differences.py).
    `origin_details` say what an answer that was confirmed rests on: the year and revision, or the file's issuer.
    """

    __tablename__ = "answers"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "item_key"),
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("submissions", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID
    item_key: str = Field(max_length=40)
    value: AnswerValue | None = Field(default=None, sa_type=choice_of(AnswerValue))
    is_conditional: bool = False
    condition: str = Field(default="", max_length=2000)
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = Field(default="", max_length=4000)
    second_value: AnswerValue | None = Field(default=None, sa_type=choice_of(AnswerValue))
    second_checked_on: date | None = None
    responsibility: Responsibility | None = Field(default=None, sa_type=choice_of(Responsibility))
    responsibility_note: str = Field(default="", max_length=1000)
    version: int = 1
    answered_by: str = Field(default="", max_length=254)
    saved_at: datetime
    differences: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(sa.JSON, nullable=False))
    origin: AnswerOrigin = Field(default=AnswerOrigin.TYPED, sa_type=choice_of(AnswerOrigin))
    origin_details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(sa.JSON, nullable=False))
