"""Mails: the outbox, written with the deed and emptied after delivery."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import of_clinic


class Mail(SQLModel, table=True):
    """One mail; its text, which may hold a link, is blanked as soon as it is delivered."""

    __tablename__ = "mails"
    __table_args__ = (
        of_clinic("submissions", "submission_id"),
        of_clinic("invitations", "invitation_id"),
        sa.Index("ix_mails_clinic", "clinic_id", "created_at"),
        sa.Index("ix_mails_waiting", "next_try_at"),
        sa.Index("ix_mails_message_id", "message_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID | None = Field(default=None, foreign_key="clinics.id")
    submission_id: UUID | None = None
    invitation_id: UUID | None = None
    kind: str = Field(max_length=40)
    recipient: str = Field(max_length=254)
    recipient_name: str = Field(default="", max_length=100)
    language: str = Field(default="ja", max_length=5)
    subject: str = Field(max_length=300)
    text: str
    html: str
    message_id: str = Field(max_length=200)
    created_at: datetime
    tries: int = 0
    next_try_at: datetime | None = None
    leased_until: datetime | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    cancelled_at: datetime | None = None
    last_error: str = Field(default="", max_length=500)


class Bounce(SQLModel, table=True):
    """A report by a mail server that a mail did not reach its address; at most one for each mail.

    A hard one flags the address until somebody clears it: the next mail there would come back as well.
    """

    __tablename__ = "bounces"
    __table_args__ = (sa.Index("ix_bounces_address", "clinic_id", "email"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    mail_id: UUID = Field(foreign_key="mails.id", unique=True)
    email: str = Field(max_length=254)
    is_hard: bool
    status: str = Field(default="", max_length=12)
    words: str = Field(default="", max_length=500)
    reported_at: datetime
    cleared_at: datetime | None = None
    cleared_by: UUID | None = Field(default=None, foreign_key="members.id")
