"""Documents that vendors have handed over, as the clinic finds them: listed, filtered, opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, DocumentKind, ScanState, Submission, System, Vendor
from services import storage
from services.history import record
from services.refusals import FileInfected, NotFound, StorageUnavailable, refuse_if
from services.search import folded
from settings import get_settings


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A document in a list."""

    id: UUID
    vendor_id: UUID
    vendor_name: str
    system_name: str
    submission_id: UUID
    fiscal_year: int
    kind: DocumentKind
    product: str
    version: str
    issued_on: date | None
    file_name: str
    size: int
    scan_state: ScanState
    is_from_clinic: bool
    uploaded_by: str
    submitted_at: datetime

    @property
    def is_infected(self) -> bool:
        """Whether it is never given out."""
        return self.scan_state is ScanState.INFECTED

    @property
    def is_clean(self) -> bool:
        """Whether a scanner looked at it and found nothing."""
        return self.scan_state is ScanState.CLEAN


_KINDS: Final = list(DocumentKind)
_ORDERS: Final[Mapping[str, Callable[[HandedOver], Any]]] = {
    "received": lambda line: line.submitted_at,
    "vendor": lambda line: folded(line.vendor_name),
    "kind": lambda line: _KINDS.index(line.kind),
    "product": lambda line: folded(line.product),
    "issued": lambda line: line.issued_on or date.min,
    "size": lambda line: line.size,
}
DOCUMENT_SORTS: Final = tuple(_ORDERS)


def get_handed_over(session: Session, *, clinic_id: UUID, document_id: UUID) -> Document:
    """A document that was submitted to this clinic; raises NotFound for drafts and what was taken out, too."""
    statement = select(Document).where(Document.id == document_id, Document.clinic_id == clinic_id, _is_handed_over())
    document = session.exec(statement).first()
    if document is None:
        raise NotFound
    return document


def list_handed_over(
    session: Session,
    *,
    clinic_id: UUID,
    vendor_id: UUID | None = None,
    submission_id: UUID | None = None,
    system_id: UUID | None = None,
    kind: DocumentKind | None = None,
    fiscal_year: int | None = None,
    sort: str = "-received",
) -> list[HandedOver]:
    """Submitted documents that were not taken back; `sort` is one of DOCUMENT_SORTS, with - for descending."""
    statement = _lines(clinic_id)
    chosen = {
        Document.vendor_id: vendor_id,
        Document.submission_id: submission_id,
        Document.system_id: system_id,
        Document.kind: kind,
        Submission.fiscal_year: fiscal_year,
    }
    for column, value in chosen.items():
        if value is not None:
            statement = statement.where(col(column) == value)
    lines = [
        HandedOver(**row._mapping)
        for row in session.execute(statement.order_by(col(Document.file_name), col(Document.id)))
    ]
    lines.sort(key=_ORDERS["received"], reverse=True)
    lines.sort(key=_ORDERS[sort.removeprefix("-")], reverse=sort.startswith("-"))
    return lines


def list_years(session: Session, *, clinic_id: UUID) -> list[int]:
    """The fiscal years in which documents were handed over, the newest first."""
    year = col(Submission.fiscal_year)
    statement = (
        sa.select(year)
        .join(Document, col(Document.submission_id) == col(Submission.id))
        .where(col(Document.clinic_id) == clinic_id, _is_handed_over())
    )
    return list(session.execute(statement.distinct().order_by(year.desc())).scalars())


def plan_review(session: Session, *, document: Document, review_on: date | None) -> None:
    """Note when a document is to be looked at again; None goes back to the clinic's rhythm."""
    document.review_on = review_on
    session.add(document)
    record(
        session,
        "document.review_planned",
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
    )


def check_file(document: Document) -> None:
    """Raise FileInfected where it is never given out, StorageUnavailable where it is not to be found."""
    refuse_if(document.scan_state is ScanState.INFECTED, FileInfected())
    try:
        storage.file_path(get_settings().files_folder, document.storage_key)
    except storage.FileMissing as error:
        raise StorageUnavailable from error


def open_document(document: Document) -> Iterator[bytes]:
    """Its bytes in pieces, after `check_file`; a file damaged on the disk breaks off before its end."""
    return storage.open_file(get_settings().files_folder, document.storage_key, sha256=document.sha256)


def _is_handed_over() -> sa.ColumnElement[bool]:
    return col(Document.submitted_at).is_not(None) & col(Document.removed_at).is_(None)


def _lines(clinic_id: UUID) -> sa.Select[*tuple[Any, ...]]:
    own = [col(getattr(Document, name)) for name in HandedOver.__dataclass_fields__ if hasattr(Document, name)]
    return (
        sa.select(
            *own,
            col(Vendor.name).label("vendor_name"),
            sa.func.coalesce(col(System.name), "").label("system_name"),
            col(Submission.fiscal_year),
        )
        .join(Vendor, col(Vendor.id) == col(Document.vendor_id))
        .join(Submission, col(Submission.id) == col(Document.submission_id))
        .join(System, col(System.id) == col(Document.system_id), isouter=True)
        .where(col(Document.clinic_id) == clinic_id, _is_handed_over())
    )
