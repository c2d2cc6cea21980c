"""Members: people with a login, their roles at clinics, their sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import choice_of


class Role(StrEnum):
    """What a member may do at one clinic: viewers read, editors work, owners also manage people and settings."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class Member(SQLModel, table=True):
    """A person with a login."""

    __tablename__ = "members"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=100)
    language: str = Field(default="ja", max_length=5)
    password_hash: str = Field(max_length=200)
    password_changed_at: datetime
    has_short_password: bool = False
    is_operator: bool = False
    created_at: datetime
    last_clinic_id: UUID | None = Field(default=None, foreign_key="clinics.id")
    wants_weekly_digest: bool = True


class FormerPassword(SQLModel, table=True):
    """A password hash a member had before, so that it is not used again."""

    __tablename__ = "former_passwords"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    password_hash: str = Field(max_length=200)
    replaced_at: datetime


class Membership(SQLModel, table=True):
    """A member's role at a clinic; removed memberships stay for the log."""

    __tablename__ = "memberships"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        sa.Index(
            "uq_memberships_active",
            "clinic_id",
            "member_id",
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    member_id: UUID = Field(foreign_key="members.id", index=True)
    role: Role = Field(sa_type=choice_of(Role))
    created_at: datetime
    removed_at: datetime | None = None


class MemberInvitation(SQLModel, table=True):
    """A mailed link with which a person joins a clinic."""

    __tablename__ = "member_invitations"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    email: str = Field(max_length=254)
    name: str = Field(default="", max_length=100)
    role: Role = Field(sa_type=choice_of(Role))
    token_hash: bytes = Field(unique=True)
    invited_by: UUID = Field(foreign_key="members.id")
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    revoked_at: datetime | None = None


class MemberSession(SQLModel, table=True):
    """A browser in which a member is signed in, at one clinic at a time."""

    __tablename__ = "member_sessions"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    token_hash: bytes = Field(unique=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    clinic_id: UUID | None = Field(default=None, foreign_key="clinics.id")
    browser: str = Field(default="", max_length=200)
    created_at: datetime
    last_seen_at: datetime
    confirmed_at: datetime
    ended_at: datetime | None = None


class PasswordReset(SQLModel, table=True):
    """A mailed link with which a member who forgot its password chooses a new one."""

    __tablename__ = "password_resets"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    token_hash: bytes = Field(unique=True)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class AddressChange(SQLModel, table=True):
    """A link mailed to the new address with which a member wants to sign in from then on."""

    __tablename__ = "address_changes"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    email: str = Field(max_length=254)
    token_hash: bytes = Field(unique=True)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class Throttle(SQLModel, table=True):
    """How often something was tried in vain: a count per subject that fades with time."""

    __tablename__ = "throttles"

    subject: str = Field(primary_key=True, max_length=100)
    failures: int = 0
    last_failed_at: datetime
