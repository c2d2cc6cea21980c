"""Documents that reached the clinic another way, by mail or on paper, and that it enters for the vendor itself."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document, DocumentKind, Submission, System, TranscriptDocument
from services import clock
from services.documents import enter_document
from services.history import record
from services.kept_files import delete_after_commit
from services.refusals import refuse_if
from services.storage import StoredFile
from services.submission_refusals import NotChangeable
from services.submissions import DECISIVE


def can_enter(submission: Submission) -> bool:
    """Whether a document can be entered: at any stage, also beside an own statement, unless it was withdrawn."""
    return submission.withdrawn_at is None


def can_be_removed(session: Session, *, document: Document) -> bool:
    """Whether a document may be taken out again."""
    is_scan = sa.select(
        sa.exists().where(
            col(TranscriptDocument.document_id) == document.id, col(TranscriptDocument.clinic_id) == document.clinic_id
        )
    )
    return document.is_from_clinic and not session.execute(is_scan).scalar_one()


def add_for_vendor(
    session: Session, *, submission: Submission, stored: StoredFile, file_name: str, media_type: str, person: str
) -> Document:
    """Enter a durable file; it is handed over at once. Raises NotChangeable and what refuse_over_quota raises."""
    session.refresh(submission, DECISIVE, with_for_update=True)
    refuse_if(not can_enter(submission), NotChangeable())
    document = enter_document(
        session,
        submission=submission,
        stored=stored,
        file_name=file_name,
        media_type=media_type,
        person=person,
        is_from_clinic=True,
    )
    document.submitted_at = document.uploaded_at
    session.add(document)
    return document


def describe_entered(
    session: Session,
    *,
    document: Document,
    kind: DocumentKind,
    product: str,
    version: str,
    issued_on: date | None,
    system: System | None,
) -> None:
    """Say what an entered file is; raises NotChangeable for what the vendor itself handed over."""
    refuse_if(not document.is_from_clinic, NotChangeable())
    document.kind, document.product, document.version = kind, product, version
    document.issued_on, document.system_id = issued_on, system.id if system else None
    session.add(document)
    _record(session, "document.described", document, kind=kind.value)


def remove_entered(session: Session, *, document: Document) -> None:
    """Take out a file that was entered by mistake.

    Raises NotChangeable for what the vendor itself handed over, and for the scan of what was typed in: it is its proof.
    """
    refuse_if(not can_be_removed(session, document=document), NotChangeable())
    delete_after_commit(session, key=document.storage_key)
    document.removed_at = clock.now()
    session.add(document)
    _record(session, "document.removed", document)


def _record(session: Session, verb: str, document: Document, **details: object) -> None:
    record(
        session,
        verb,
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
        name=document.file_name,
        **details,
    )
