"""Routines: what the portal does by itself for a clinic, and the requests that it leaves alone."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from models.database import of_clinic


class Routine(SQLModel, table=True):
    """When a clinic wants its vendors reminded, and when the portal last did its rounds; one per clinic.

    `days_before` are numbers with commas between them; `weeks_after` is how many times, a week apart, a vendor is
    reminded after the due date. With `adds_words` each reminder holds the ready wording that fits its number.
    """

    __tablename__ = "routines"

    clinic_id: UUID = Field(primary_key=True, foreign_key="clinics.id")
    reminds: bool = True
    days_before: str = Field(default="14,7,1", max_length=40)
    weeks_after: int = 4
    hour: int = 9
    adds_words: bool = False
    reminded_on: date | None = None
    digested_at: datetime | None = None


class ReminderPause(SQLModel, table=True):
    """A request whose vendor is not reminded by the portal, until somebody takes the pause away."""

    __tablename__ = "reminder_pauses"
    __table_args__ = (of_clinic("submissions", "submission_id"),)

    submission_id: UUID = Field(primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    paused_by: UUID = Field(foreign_key="members.id")
    paused_at: datetime
