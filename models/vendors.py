"""Vendors: companies as a clinic knows them, and whom to write to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import of_clinic


class Vendor(SQLModel, table=True):
    """A company that provides or maintains systems of a clinic."""

    __tablename__ = "vendors"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "id"), sa.UniqueConstraint("clinic_id", "name"))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    name: str = Field(max_length=200)
    name_kana: str = Field(default="", max_length=200)
    corporate_number: str = Field(default="", max_length=13)
    postal_code: str = Field(default="", max_length=10)
    address: str = Field(default="", max_length=300)
    phone: str = Field(default="", max_length=40)
    fax: str = Field(default="", max_length=40)
    note: str = Field(default="", max_length=2000)
    created_at: datetime
    archived_at: datetime | None = None


class Contact(SQLModel, table=True):
    """A person or desk at a vendor; the main contact is the one proposed when asking."""

    __tablename__ = "contacts"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("vendors", "vendor_id"),
        sa.Index("ix_contacts_vendor", "clinic_id", "vendor_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    vendor_id: UUID
    name: str = Field(max_length=100)
    department: str = Field(default="", max_length=100)
    email: str = Field(default="", max_length=254)
    phone: str = Field(default="", max_length=40)
    language: str = Field(default="ja", max_length=5)
    is_main: bool = False
    created_at: datetime
    archived_at: datetime | None = None
