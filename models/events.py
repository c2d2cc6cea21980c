"""Events: the log of deeds, one line each, chained so that a change, a gap or a cut shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

PORTAL = UUID(int=0)
"""The chain of deeds that belong to no clinic."""


class Event(SQLModel, table=True):
    """One deed; rows are only ever inserted, which triggers in the database enforce."""

    __tablename__ = "events"
    __table_args__ = (
        sa.UniqueConstraint("chain_id", "sequence"),
        sa.Index("ix_events_submission", "chain_id", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    chain_id: UUID
    sequence: int
    at: datetime
    actor_kind: str = Field(max_length=20)
    actor_id: str = Field(default="", max_length=254)
    actor_name: str = Field(default="", max_length=254)
    verb: str = Field(max_length=60)
    subject_kind: str = Field(default="", max_length=40)
    subject_id: str = Field(default="", max_length=60)
    submission_id: UUID | None = None
    details: dict[str, Any] = Field(sa_column=Column(sa.JSON, nullable=False))
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class EventHead(SQLModel, table=True):
    """The end of one clinic's chain."""

    __tablename__ = "event_heads"

    chain_id: UUID = Field(primary_key=True)
    sequence: int
    hash: str = Field(max_length=64)
