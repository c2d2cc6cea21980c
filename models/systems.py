"""Systems: the lines of a clinic's ledger."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import choice_of, of_clinic


class SystemKind(StrEnum):
    """What a system does at the clinic."""

    ELECTRONIC_CHART = "electronic_chart"
    RECEIPT_COMPUTER = "receipt_computer"
    RESERVATION = "reservation"
    IMAGING = "imaging"
    LABORATORY = "laboratory"
    ELIGIBILITY = "eligibility"
    PRESCRIPTION = "prescription"
    DISPENSING = "dispensing"
    NETWORK = "network"
    BACKUP = "backup"
    TELEMEDICINE = "telemedicine"
    OTHER = "other"


class Provision(StrEnum):
    """Where the system runs."""

    ON_SITE = "on_site"
    CLOUD = "cloud"
    BOTH = "both"


class UpdateDuty(StrEnum):
    """Who applies security updates."""

    VENDOR = "vendor"
    CLINIC = "clinic"
    SHARED = "shared"
    UNKNOWN = "unknown"


class System(SQLModel, table=True):
    """One system of a clinic: what it is, who provides it, who keeps it up to date."""

    __tablename__ = "systems"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        sa.UniqueConstraint("clinic_id", "name"),
        of_clinic("vendors", "vendor_id"),
        sa.Index("ix_systems_vendor", "clinic_id", "vendor_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    vendor_id: UUID | None = None
    name: str = Field(max_length=200)
    kind: SystemKind = Field(sa_type=choice_of(SystemKind))
    provision: Provision = Field(default=Provision.ON_SITE, sa_type=choice_of(Provision))
    version: str = Field(default="", max_length=60)
    place: str = Field(default="", max_length=100)
    server_count: int = 0
    pc_count: int = 0
    network_device_count: int = 0
    has_remote_maintenance: bool | None = None
    remote_maintenance_method: str = Field(default="", max_length=500)
    update_duty: UpdateDuty = Field(default=UpdateDuty.UNKNOWN, sa_type=choice_of(UpdateDuty))
    update_clause: str = Field(default="", max_length=500)
    note: str = Field(default="", max_length=2000)
    created_at: datetime
    archived_at: datetime | None = None
