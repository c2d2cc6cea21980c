"""API tokens: what a program shows to act for a clinic, and the answers kept so that a repeated call acts once."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel


class Scope(StrEnum):
    """What a token may do; each names the noun and whether it only reads."""

    VENDORS_READ = "vendors:read"
    VENDORS_WRITE = "vendors:write"
    SYSTEMS_READ = "systems:read"
    SYSTEMS_WRITE = "systems:write"
    SUBMISSIONS_READ = "submissions:read"
    SUBMISSIONS_WRITE = "submissions:write"
    ANSWERS_READ = "answers:read"
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_WRITE = "documents:write"
    ASSESSMENT_READ = "assessment:read"
    ASSESSMENT_WRITE = "assessment:write"
    EVENTS_READ = "events:read"
    WEBHOOKS_WRITE = "webhooks:write"


class ApiToken(SQLModel, table=True):
    """One token of a clinic; only its digest is kept, and its maker's role narrows what it may do."""

    __tablename__ = "api_tokens"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    name: str = Field(max_length=100)
    token_hash: bytes = Field(unique=True)
    beginning: str = Field(max_length=20)
    scopes: list[str] = Field(sa_column=Column(sa.JSON, nullable=False))
    made_by: UUID = Field(foreign_key="members.id")
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None = None
    revoked_at: datetime | None = None


class KeptReply(SQLModel, table=True):
    """What a call with an Idempotency-Key was answered, sealed, so that the same call gets it again for a day."""

    __tablename__ = "kept_replies"
    __table_args__ = (sa.UniqueConstraint("caller_hash", "key"), sa.Index("ix_kept_replies_created", "created_at"))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    caller_hash: bytes
    key: str = Field(max_length=255)
    request_hash: bytes
    status: int
    location: str = Field(default="", max_length=300)
    sealed_body: bytes
    created_at: datetime
