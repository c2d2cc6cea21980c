"""Invitations: links sent for a submission, the codes that confirm the reader, and vendors' sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Column, Field, SQLModel

from models.database import choice_of, of_clinic


class Channel(StrEnum):
    """How a link reaches the vendor."""

    MAIL = "mail"
    COPIED = "copied"
    LETTER = "letter"
    FORWARDED = "forwarded"


MAILED = frozenset({Channel.MAIL, Channel.FORWARDED})
"""Ways on which link and code go to an address."""


class Invitation(SQLModel, table=True):
    """One link for one submission; only the digest of its token is kept.

    `section_keys` are the sections it reaches, None for the whole form. `forwarded_by` is the person at the vendor who
    handed it on, with a `note` to the colleague; both are empty where the clinic made the link. `held_since` is when
    its person got the form in hand: a link that replaces another one of the same person does not change that.
    `reply_email` is where somebody who came in without an address wants to be told of messages; no link goes there.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("submissions", "submission_id"),
        sa.Index("ix_invitations_submission", "clinic_id", "submission_id"),
        sa.Index("ix_invitations_number", "number_hash", unique=True),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID
    channel: Channel = Field(sa_type=choice_of(Channel))
    email: str = Field(default="", max_length=254)
    name: str = Field(default="", max_length=100)
    language: str = Field(default="ja", max_length=5)
    token_hash: bytes = Field(unique=True)
    number_hash: bytes | None = None
    """What is kept of the number that a letter bears for typing, where its link cannot be scanned."""
    code_hash: bytes | None = None
    code_tries: int = 0
    is_reminder: bool = False
    is_automatic: bool = False
    created_by: UUID = Field(foreign_key="members.id")
    created_at: datetime
    expires_at: datetime
    replaced_at: datetime | None = None
    revoked_at: datetime | None = None
    opened_at: datetime | None = None
    forwarded_by: str = Field(default="", max_length=254)
    note: str = Field(default="", max_length=1000)
    held_since: datetime | None = None
    reply_email: str = Field(default="", max_length=254)
    section_keys: list[str] | None = Field(default=None, sa_column=Column(sa.JSON(none_as_null=True), nullable=True))

    @property
    def is_mailed(self) -> bool:
        """Whether link and code go to an address; others are handed over by the clinic."""
        return self.channel in MAILED

    @property
    def person(self) -> str:
        """Who came in with it, as answers and files remember it."""
        return self.email or self.name


class AccessCode(SQLModel, table=True):
    """A six-digit code mailed to the invited address, bound to the browser that asked for it."""

    __tablename__ = "access_codes"
    __table_args__ = (of_clinic("invitations", "invitation_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    invitation_id: UUID = Field(index=True)
    browser_hash: bytes
    code_hash: bytes
    tries: int = 0
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class VendorSession(SQLModel, table=True):
    """A browser that may answer one submission; one browser may hold several, each for its own submission."""

    __tablename__ = "vendor_sessions"
    __table_args__ = (
        of_clinic("submissions", "submission_id"),
        of_clinic("invitations", "invitation_id"),
        sa.Index("ix_vendor_sessions_browser", "token_hash", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    submission_id: UUID = Field(index=True)
    invitation_id: UUID
    token_hash: bytes
    person: str = Field(max_length=254)
    language: str = Field(default="ja", max_length=5)
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None
