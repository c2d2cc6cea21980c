"""Webhooks: addresses of other systems that are told what happens, and each message on its way there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import choice_of, of_clinic


class Pause(StrEnum):
    """Why nothing is sent: somebody wanted it, nothing got through, or the receiver said that it is gone."""

    BY_HAND = "by_hand"
    FAILING = "failing"
    GONE = "gone"


class Webhook(SQLModel, table=True):
    """One receiver; its secret is sealed, because messages are signed with it."""

    __tablename__ = "webhooks"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    url: str = Field(max_length=500)
    events: list[str] = Field(sa_column=Column(sa.JSON, nullable=False))
    sealed_secret: bytes
    made_by: UUID = Field(foreign_key="members.id")
    created_at: datetime
    paused_at: datetime | None = None
    pause: Pause | None = Field(default=None, sa_type=choice_of(Pause))
    removed_at: datetime | None = None


class WebhookDelivery(SQLModel, table=True):
    """One message to one receiver; its id stays the same however often it is sent."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        of_clinic("webhooks", "webhook_id"),
        sa.Index("ix_webhook_deliveries_webhook", "webhook_id", "created_at"),
        sa.Index("ix_webhook_deliveries_waiting", "next_try_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    webhook_id: UUID
    event: str = Field(max_length=60)
    body: str
    created_at: datetime
    tries: int = 0
    next_try_at: datetime | None = None
    leased_until: datetime | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    status: int | None = None
    answer: str = Field(default="", max_length=300)
    last_error: str = Field(default="", max_length=200)
