"""Groups: consultants, associations or corporations that look after clinics, their people, and who agreed to it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Group(SQLModel, table=True):
    """A group; `number` is what a clinic's owner types to let it see the progress, no secret."""

    __tablename__ = "groups"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(max_length=200)
    number: str = Field(max_length=20, unique=True)
    created_at: datetime


class GroupPerson(SQLModel, table=True):
    """A member who belongs to a group; removed ones stay for the log."""

    __tablename__ = "group_people"
    __table_args__ = (
        sa.Index(
            "uq_group_people_active",
            "group_id",
            "member_id",
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    group_id: UUID = Field(foreign_key="groups.id")
    member_id: UUID = Field(foreign_key="members.id", index=True)
    created_at: datetime
    removed_at: datetime | None = None


class GroupConsent(SQLModel, table=True):
    """That a clinic lets a group see its progress; from the moment it ends, the group sees nothing."""

    __tablename__ = "group_consents"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        sa.Index(
            "uq_group_consents_active",
            "group_id",
            "clinic_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    group_id: UUID = Field(foreign_key="groups.id")
    clinic_id: UUID = Field(foreign_key="clinics.id")
    agreed_by: UUID = Field(foreign_key="members.id")
    agreed_at: datetime
    ended_by: UUID | None = Field(default=None, foreign_key="members.id")
    ended_at: datetime | None = None
