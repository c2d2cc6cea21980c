"""Clinics: the institutions that ask, each a tenant of its own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel

from models.database import choice_of


class ClinicKind(StrEnum):
    """What the institution is; it decides which form its own assessment uses."""

    CLINIC = "clinic"
    DENTAL_CLINIC = "dental_clinic"
    HOSPITAL = "hospital"
    MATERNITY_HOME = "maternity_home"
    PHARMACY = "pharmacy"


class Clinic(SQLModel, table=True):
    """An institution and how vendors reach it with questions."""

    __tablename__ = "clinics"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(max_length=200)
    kind: ClinicKind = Field(sa_type=choice_of(ClinicKind))
    institution_code: str = Field(default="", max_length=20)
    postal_code: str = Field(default="", max_length=10)
    address: str = Field(default="", max_length=300)
    phone: str = Field(default="", max_length=40)
    fax: str = Field(default="", max_length=40)
    contact_name: str = Field(default="", max_length=100)
    contact_hours: str = Field(default="", max_length=100)
    language: str = Field(default="ja", max_length=5)
    document_review_months: int = 12
    requires_second_factor: bool = False
    created_at: datetime
