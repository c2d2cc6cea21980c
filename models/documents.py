"""Documents: files that vendors hand over."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import choice_of, of_clinic


class DocumentKind(StrEnum):
    """What a document is."""

    MDS = "mds"
    SDS = "sds"
    MDS2 = "mds2"
    CERTIFICATE = "certificate"
    CONTRACT_CLAUSE = "contract_clause"
    OTHER = "other"


DISCLOSURES = frozenset({DocumentKind.MDS, DocumentKind.SDS, DocumentKind.MDS2})


class ScanState(StrEnum):
    """What the malware scanner said; a scanner that is absent says nothing, never clean."""

    UNSCANNED = "unscanned"
    CLEAN = "clean"
    INFECTED = "infected"
    ERROR = "error"


class Document(SQLModel, table=True):
    """An uploaded file; its bytes never change, a new version is a new document.

    What the clinic itself entered for the vendor (`is_from_clinic`) is none of the vendor's own files.
    """

    __tablename__ = "documents"
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "id"),
        of_clinic("submissions", "submission_id"),
        of_clinic("systems", "system_id"),
        of_clinic("vendors", "vendor_id"),
        sa.Index("ix_documents_submission", "clinic_id", "submission_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    vendor_id: UUID
    submission_id: UUID
    system_id: UUID | None = None
    kind: DocumentKind = Field(sa_type=choice_of(DocumentKind))
    product: str = Field(default="", max_length=200)
    version: str = Field(default="", max_length=60)
    issued_on: date | None = None
    review_on: date | None = None
    file_name: str = Field(max_length=120)
    media_type: str = Field(max_length=100)
    size: int
    sha256: str = Field(max_length=64)
    storage_key: str = Field(max_length=100, unique=True)
    scan_state: ScanState = Field(default=ScanState.UNSCANNED, sa_type=choice_of(ScanState))
    is_from_clinic: bool = False
    uploaded_by: str = Field(max_length=254)
    uploaded_at: datetime
    submitted_at: datetime | None = None
    removed_at: datetime | None = None
