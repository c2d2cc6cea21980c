"""Disclosures: what was read from an MDS, SDS or MDS2, and how the clinic treats what it is not glad of."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import choice_of, of_clinic


class ReadState(StrEnum):
    """How far the reading of a document has come, and how it ended."""

    WAITING = "waiting"
    READ = "read"
    NEEDS_PERSON = "needs_person"
    NEEDS_TEMPLATE = "needs_template"
    OTHER = "other"
    UNREAD = "unread"


class Way(StrEnum):
    """What a clinic does about a risk: live with it, make it smaller, avoid it, or hand it on."""

    ACCEPT = "accept"
    REDUCE = "reduce"
    AVOID = "avoid"
    TRANSFER = "transfer"


class Disclosure(SQLModel, table=True):
    """One document as data. The counts are those of its answers as they stand now.

    `template_id` names the form that fitted, `refused` why nothing could be read; `fields` are product, version and
    issue day as the file tells them, each with its place; `findings` what else a person should know. `sheet` is the one
    that was read, `chosen_sheet` the one that a person wants to be read where the file holds several forms.
    """

    __tablename__ = "disclosures"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("documents", "document_id"),
        sa.UniqueConstraint("document_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    document_id: UUID
    state: ReadState = Field(default=ReadState.WAITING, sa_type=choice_of(ReadState))
    kind: str = Field(default="", max_length=20)
    template_id: str = Field(default="", max_length=80)
    edition: str = Field(default="", max_length=40)
    source: str = Field(default="", max_length=10)
    refused: str = Field(default="", max_length=60)
    answer_count: int = 0
    no_count: int = 0
    unwelcome_count: int = 0
    unclear_count: int = 0
    untreated_count: int = 0
    sheet: str = Field(default="", max_length=200)
    chosen_sheet: str = Field(default="", max_length=200)
    queued_at: datetime
    read_at: datetime | None = None
    fields: dict[str, Any] = Field(default_factory=dict, sa_column=Column(sa.JSON, nullable=False))
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(sa.JSON, nullable=False))


class DisclosureAnswer(SQLModel, table=True):
    """One question's answer: the raw cell, what it was taken for, and what a person said it means, if one had to."""

    __tablename__ = "disclosure_answers"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("disclosures", "disclosure_id"),
        sa.UniqueConstraint("disclosure_id", "position"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    disclosure_id: UUID
    position: int
    number: str = Field(max_length=60)
    value: str = Field(max_length=20)
    settled_value: str = Field(default="", max_length=20)
    settled_by: str = Field(default="", max_length=254)
    settled_at: datetime | None = None
    place: str = Field(default="", max_length=60)
    reason: str = Field(default="", max_length=40)
    closed_by: str = Field(default="", max_length=60)
    area: str = Field(default="", max_length=40)
    welcome: str = Field(default="any", max_length=10)
    is_appendix: bool = False
    confidence: float = 1.0
    raw: str = Field(default="", max_length=4000)
    remark: str = Field(default="", max_length=8000)
    asked: str = Field(default="", max_length=4000)


class Treatment(SQLModel, table=True):
    """What the clinic does about one unwelcome answer; it stays with the question when the file is read again."""

    __tablename__ = "treatments"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("disclosures", "disclosure_id"),
        sa.UniqueConstraint("disclosure_id", "number"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    disclosure_id: UUID
    number: str = Field(max_length=60)
    risk: str = Field(max_length=2000)
    way: Way = Field(sa_type=choice_of(Way))
    measure: str = Field(default="", max_length=2000)
    owner_name: str = Field(default="", max_length=100)
    until_on: date | None = None
    done_on: date | None = None
    decided_by: str = Field(max_length=254)
    decided_at: datetime
