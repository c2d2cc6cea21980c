"""Second factors: the authenticator app of a member, its recovery codes, and sign-ins that wait for a code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel


class SecondFactor(SQLModel, table=True):
    """An authenticator app: the sealed seed of its codes; it counts once a first code has confirmed it."""

    __tablename__ = "second_factors"

    member_id: UUID = Field(foreign_key="members.id", primary_key=True)
    sealed_seed: bytes
    begun_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0


class RecoveryCode(SQLModel, table=True):
    """A code on paper that replaces the app once."""

    __tablename__ = "recovery_codes"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    code_hash: str = Field(max_length=200)
    made_at: datetime
    used_at: datetime | None = None


class PendingSignIn(SQLModel, table=True):
    """A browser in which the password was right and the code is still missing; it opens nothing."""

    __tablename__ = "pending_sign_ins"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    token_hash: bytes = Field(unique=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    browser: str = Field(default="", max_length=200)
    is_known_browser: bool
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
