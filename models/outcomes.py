"""Outcomes other than an answer, and the log of calls, mails, faxes, letters and visits with a vendor."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import choice_of, of_clinic


class OutcomeKind(StrEnum):
    """How a request ended without an answer on its form."""

    DECLINED = "declined"
    OUTSIDE_CONTRACT = "outside_contract"
    OWN_STATEMENT = "own_statement"
    NO_CONTRACT = "no_contract"
    UNREACHABLE = "unreachable"


OF_VENDORS = (OutcomeKind.OUTSIDE_CONTRACT, OutcomeKind.OWN_STATEMENT, OutcomeKind.DECLINED)
"""What a vendor may say itself."""


class Outcome(SQLModel, table=True):
    """One ending of a request; it holds until the clinic asks again (`reopened_at`), and stays on record after that."""

    __tablename__ = "outcomes"
    __table_args__ = (
        of_clinic("submissions", "submission_id"),
        sa.Index("ix_outcomes_submission", "clinic_id", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID
    kind: OutcomeKind = Field(sa_type=choice_of(OutcomeKind))
    told_on: date
    person: str = Field(default="", max_length=254)
    note: str = Field(default="", max_length=2000)
    link: str = Field(default="", max_length=500)
    is_by_vendor: bool = False
    recorded_by: str = Field(max_length=254)
    recorded_at: datetime
    reopened_at: datetime | None = None


class ContactWay(StrEnum):
    """How somebody was spoken or written to."""

    CALL = "call"
    MAIL = "mail"
    FAX = "fax"
    LETTER = "letter"
    VISIT = "visit"
    OTHER = "other"


class ContactEntry(SQLModel, table=True):
    """One line of the contact log. It never changes: a correction is a new line that replaces it, and both stay."""

    __tablename__ = "contact_entries"
    __table_args__ = (
        of_clinic("submissions", "submission_id"),
        sa.UniqueConstraint("clinic_id", "id"),
        sa.Index("ix_contact_entries_submission", "clinic_id", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID
    way: ContactWay = Field(sa_type=choice_of(ContactWay))
    is_from_vendor: bool = False
    happened_on: date
    person: str = Field(default="", max_length=100)
    note: str = Field(max_length=2000)
    recorded_by: str = Field(max_length=100)
    recorded_at: datetime
    replaces_id: UUID | None = None
    replaced_at: datetime | None = None
