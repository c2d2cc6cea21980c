"""Calendar feeds: secret addresses under which a member's calendar program fetches the due dates of a clinic."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class CalendarFeed(SQLModel, table=True):
    """One address of one member at one clinic; a newer one takes the place of the one before."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (sa.Index("ix_calendar_feeds_member", "clinic_id", "member_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    member_id: UUID = Field(foreign_key="members.id")
    token_hash: bytes = Field(unique=True)
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
