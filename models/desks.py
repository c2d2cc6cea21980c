"""Desks: codes, sessions and people at vendors who see every clinic that asks their address on one page."""

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


class DeskPerson(SQLModel, table=True):
    """Somebody who has been at the desk, and whether new requests are told on working mornings.

    `address` is the normal form of the address, `email` as clinics write it; whatever was asked before `told_at` is
    no news.
    """

    __tablename__ = "desk_people"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    address: str = Field(max_length=254, unique=True)
    email: str = Field(max_length=254)
    language: str = Field(default="ja", max_length=5)
    wants_news: bool = True
    created_at: datetime
    told_at: datetime
    seen_at: datetime
