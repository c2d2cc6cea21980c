"""Documents on the vendor's side: taken in, described, taken back until they are submitted."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, DocumentKind, Export, LetterBatch, OfficialWorkbook, Submission, System
from services import clock
from services.disclosure_reading import queue_reading
from services.file_names import clean_file_name
from services.formats import format_size
from services.history import record
from services.refusals import AlreadySubmitted, NotFound, QuotaFull, refuse_if
from services.storage import StoredFile
from services.submissions import list_covered_systems, lock_for_answering
from services.vendor_refusals import TooManyFiles
from settings import get_settings

# The longer sign stands first, because "MDS2" begins with "MDS".
_SIGNS: Final = (
    (re.compile(r"(?<![a-z])mds[ _-]?2(?![0-9a-z])"), DocumentKind.MDS2),
    (re.compile(r"(?<![a-z])sds(?![a-z])|サービス事業者による医療情報セキュリティ開示書"), DocumentKind.SDS),
    (re.compile(r"(?<![a-z])mds(?![a-z])|製造業者による医療情報セキュリティ開示書"), DocumentKind.MDS),
    (
        re.compile(r"isms|(?<![a-z])iso|27001|15001|プライバシーマーク|pマーク|証明書|認証|登録証|certificate"),
        DocumentKind.CERTIFICATE,
    ),
    (re.compile(r"契約|約款|規約|(?<![a-z])sla(?![a-z])|contract|terms"), DocumentKind.CONTRACT_CLAUSE),
)


def guess_kind(file_name: str) -> DocumentKind:
    """What a file may be by its name; only ever a preselection."""
    name = unicodedata.normalize("NFKC", file_name).lower()
    return next((kind for sign, kind in _SIGNS if sign.search(name)), DocumentKind.OTHER)


IS_OWN: Final = sa.and_(col(Document.removed_at).is_(None), col(Document.is_from_clinic).is_(False))
"""Of the documents of a request, those that its vendor handed over and did not take back."""


def list_own_documents(session: Session, *, submission: Submission) -> list[Document]:
    """The files of a submission that were not taken back, in the order in which they arrived."""
    statement = select(Document).where(
        Document.submission_id == submission.id,
        Document.clinic_id == submission.clinic_id,
        IS_OWN,
    )
    return list(session.exec(statement.order_by(col(Document.uploaded_at), col(Document.id))))


def get_own_document(session: Session, *, submission: Submission, document_id: UUID) -> Document:
    """One of these files; raises NotFound."""
    statement = select(Document).where(
        Document.id == document_id,
        Document.submission_id == submission.id,
        Document.clinic_id == submission.clinic_id,
        IS_OWN,
    )
    document = session.exec(statement).first()
    if document is None:
        raise NotFound
    return document


def refuse_over_quota(session: Session, *, submission: Submission, size: int) -> None:
    """Raise TooManyFiles or QuotaFull where one more file of this size has no place."""
    settings = get_settings()
    statement = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(col(Document.size)), 0)).where(
        col(Document.clinic_id) == submission.clinic_id, col(Document.removed_at).is_(None)
    )
    count, total = session.execute(statement.where(col(Document.submission_id) == submission.id)).one()
    refuse_if(count >= settings.submission_file_limit, TooManyFiles(limit=settings.submission_file_limit))
    refuse_if(total + size > settings.submission_quota, QuotaFull(limit=format_size(settings.submission_quota)))
    _, total_of_clinic = session.execute(statement).one()
    refuse_if(total_of_clinic + size > settings.clinic_quota, QuotaFull(limit=format_size(settings.clinic_quota)))


def add_document(
    session: Session, *, submission: Submission, stored: StoredFile, file_name: str, media_type: str, person: str
) -> Document:
    """Take in a vendor's file that is durable already; raises what lock_for_answering and refuse_over_quota raise."""
    lock_for_answering(session, submission=submission)
    _note_work(session, submission)
    return enter_document(
        session, submission=submission, stored=stored, file_name=file_name, media_type=media_type, person=person
    )


def enter_document(
    session: Session,
    *,
    submission: Submission,
    stored: StoredFile,
    file_name: str,
    media_type: str,
    person: str,
    is_from_clinic: bool = False,
) -> Document:
    """Enter a durable file of a request, whoever sent it; raises what refuse_over_quota raises."""
    refuse_over_quota(session, submission=submission, size=stored.size)
    systems = list_covered_systems(session, submission=submission)
    document = Document(
        clinic_id=submission.clinic_id,
        vendor_id=submission.vendor_id,
        submission_id=submission.id,
        system_id=systems[0].id if len(systems) == 1 else None,
        kind=guess_kind(file_name),
        file_name=clean_file_name(file_name),
        media_type=media_type,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        is_from_clinic=is_from_clinic,
        uploaded_by=person,
        uploaded_at=clock.now(),
    )
    session.add(document)
    session.flush()
    _record(session, "document.uploaded", document, size=document.size, sha256=document.sha256)
    queue_reading(session, document=document)
    return document


def describe_document(
    session: Session,
    *,
    submission: Submission,
    document: Document,
    kind: DocumentKind,
    product: str,
    version: str,
    issued_on: date | None,
    system: System | None,
) -> None:
    """Say what a file is; raises AlreadySubmitted for one that the clinic has received."""
    lock_for_answering(session, submission=submission)
    refuse_if(document.submitted_at is not None, AlreadySubmitted())
    document.kind, document.product, document.version = kind, product, version
    document.issued_on, document.system_id = issued_on, system.id if system else None
    session.add(document)
    _note_work(session, submission)
    _record(session, "document.described", document, kind=kind.value)


def remove_document(session: Session, *, submission: Submission, document: Document) -> None:
    """Take a file back; raises AlreadySubmitted for one that the clinic has received."""
    lock_for_answering(session, submission=submission)
    refuse_if(document.submitted_at is not None, AlreadySubmitted())
    document.removed_at = clock.now()
    session.add(document)
    _record(session, "document.removed", document)


def list_kept_keys(session: Session) -> set[str]:
    """Storage keys of all files that rows still speak of; every other file may be swept away."""
    letters = select(LetterBatch.storage_key).where(
        col(LetterBatch.made_at).is_not(None), col(LetterBatch.removed_at).is_(None)
    )
    exports = select(Export.storage_key).where(col(Export.made_at).is_not(None), col(Export.removed_at).is_(None))
    return {
        *session.exec(select(Document.storage_key).where(col(Document.removed_at).is_(None))),
        *session.exec(letters),
        *session.exec(select(OfficialWorkbook.storage_key)),
        *session.exec(exports),
    }


def _note_work(session: Session, submission: Submission) -> None:
    moment = clock.now()
    submission.started_at = submission.started_at or moment
    submission.saved_at = moment
    session.add(submission)


def _record(session: Session, verb: str, document: Document, **details: object) -> None:
    record(
        session,
        verb,
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
        **details,
    )
