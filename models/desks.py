"""Desks: the codes and sessions with which a person at a vendor sees every clinic that asks its address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel


class DeskCode(SQLModel, table=True):
    """A six-digit code mailed to an address, bound to the browser that asked; kept for unknown addresses too."""

    __tablename__ = "desk_codes"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    address_hash: bytes = Field(index=True)
    email: str = Field(default="", max_length=254)
    browser_hash: bytes = Field(index=True)
    code_hash: bytes
    tries: int = 0
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class DeskSession(SQLModel, table=True):
    """A browser in which the owner of an address sees all requests to it."""

    __tablename__ = "desk_sessions"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    token_hash: bytes = Field(unique=True)
    email: str = Field(max_length=254)
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None
