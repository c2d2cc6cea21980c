"""Threads: what clinic and vendor write to each other about an item or the whole form, and the clinic's own notes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import choice_of, of_clinic


class Side(StrEnum):
    """Who writes: somebody at the clinic or somebody at the vendor."""

    CLINIC = "clinic"
    VENDOR = "vendor"


class Thread(SQLModel, table=True):
    """One conversation; without an item it is about the request as a whole."""

    __tablename__ = "threads"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        sa.UniqueConstraint("submission_id", "item_key"),
        of_clinic("submissions", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id", index=True)
    submission_id: UUID
    item_key: str = Field(default="", max_length=40)
    created_at: datetime
    closed_at: datetime | None = None
    closed_by: str = Field(default="", max_length=254)


class Message(SQLModel, table=True):
    """What somebody wrote in a thread, for both sides to read; it is never changed."""

    __tablename__ = "thread_messages"
    __table_args__ = (
        of_clinic("threads", "thread_id"),
        sa.Index("ix_thread_messages_thread", "thread_id", "created_at"),
        sa.Index("ix_thread_messages_created_at", "created_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    thread_id: UUID
    side: Side = Field(sa_type=choice_of(Side))
    author: str = Field(max_length=254)
    text: str = Field(max_length=2000)
    created_at: datetime


class ThreadReader(SQLModel, table=True):
    """How far a person has read a thread: a member by id, a person at the vendor by address."""

    __tablename__ = "thread_readers"
    __table_args__ = (of_clinic("threads", "thread_id"),)

    clinic_id: UUID = Field(foreign_key="clinics.id")
    thread_id: UUID = Field(primary_key=True)
    reader: str = Field(primary_key=True, max_length=254)
    read_at: datetime


class Note(SQLModel, table=True):
    """A note of the clinic on an item or the whole request; a table of its own, so that no vendor's page reads it."""

    __tablename__ = "notes"
    __table_args__ = (
        of_clinic("submissions", "submission_id"),
        sa.Index("ix_notes_submission", "clinic_id", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID
    item_key: str = Field(default="", max_length=40)
    author: str = Field(max_length=100)
    text: str = Field(max_length=2000)
    created_at: datetime
