"""Documents: what vendors handed over, listed and downloaded."""

from __future__ import annotations

import base64
from datetime import date, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from api.v1.access import DocumentsReader, DocumentsWriter
from api.v1.endpoint import make_router
from api.v1.shapes import Cursor, Limit, Listed, Told, cut_list
from api.v1.uploads import FORM, DocumentDescribed, FileRefused, ForVendorDep, read_description, tell_refused
from models import DocumentKind, ScanState
from services import entered_documents, handed_over, submissions
from services.handed_over import HandedOver
from services.options import name_of
from web.access import SessionDep
from web.access_log import record_look
from web.downloads import download_file
from web.uploads import BODY_LIMIT, enter

router = make_router("documents")


class DocumentTold(Told):
    """A document that was handed over."""

    id: UUID
    vendor_id: UUID
    vendor_name: str
    system_name: str
    submission_id: UUID
    fiscal_year: int
    kind: DocumentKind
    kind_label: str = Field(description="The kind in the language of Accept-Language.")
    product: str
    version: str
    issued_on: date | None
    file_name: str
    size: int = Field(description="In bytes.")
    scan_state: ScanState
    is_from_clinic: bool = Field(description="Whether the clinic entered it for the vendor, as scans of faxes are.")
    uploaded_by: str
    submitted_at: datetime


class Entered(Told):
    """What became of the files of one call."""

    documents: list[DocumentTold]
    refused: list[FileRefused]


def tell_document(line: HandedOver) -> DocumentTold:
    """A document as it is told."""
    known = {name: getattr(line, name) for name in DocumentTold.model_fields if name != "kind_label"}
    return DocumentTold(**known, kind_label=name_of(line.kind))


def place_of(line: HandedOver) -> tuple[str, ...]:
    """Where a document stands in the list: by the moment it arrived."""
    return line.submitted_at.isoformat(timespec="microseconds"), str(line.id)


@router.get("/documents")
def list_documents(
    session: SessionDep,
    caller: DocumentsReader,
    vendor_id: UUID | None = None,
    submission_id: UUID | None = None,
    system_id: UUID | None = None,
    kind: DocumentKind | None = None,
    fiscal_year: Annotated[int | None, Query(ge=2000, le=2999)] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Listed[DocumentTold]:
    """Documents in the order in which they were handed over."""
    lines = handed_over.list_handed_over(
        session,
        clinic_id=caller.clinic.id,
        vendor_id=vendor_id,
        submission_id=submission_id,
        system_id=system_id,
        kind=kind,
        fiscal_year=fiscal_year,
    )
    piece, onwards = cut_list(lines, place_of=place_of, cursor=cursor, limit=limit)
    return Listed(items=[tell_document(line) for line in piece], next_cursor=onwards)


@router.post("/submissions/{submission_id}/documents", status_code=201, max_body_size=BODY_LIMIT, openapi_extra=FORM)
def enter_documents(
    arrivals: ForVendorDep, session: SessionDep, caller: DocumentsWriter, submission_id: UUID
) -> Entered:
    """Enter files for a vendor that sent them another way (PDF, XLSX, PNG, JPEG) as multipart/form-data.

    They are handed over at once, marked as the clinic's. One that is not taken does not lose the others.
    """
    submission = submissions.get_submission(session, clinic_id=caller.clinic.id, submission_id=submission_id)
    add = partial(entered_documents.add_for_vendor, session, submission=submission, person=caller.name)
    taken = {document.id for arrival in arrivals if (document := enter(arrival, add))}
    refused = tell_refused(arrivals)
    lines = handed_over.list_handed_over(session, clinic_id=caller.clinic.id, submission_id=submission_id)
    return Entered(documents=[tell_document(line) for line in lines if line.id in taken], refused=refused)


@router.patch("/documents/{document_id}")
def describe_entered(
    session: SessionDep, caller: DocumentsWriter, document_id: UUID, sent: DocumentDescribed
) -> DocumentTold:
    """Say what an entered file is; `not_changeable` for what the vendor itself handed over."""
    clinic_id = caller.clinic.id
    document = handed_over.get_handed_over(session, clinic_id=clinic_id, document_id=document_id)
    submission = submissions.get_submission(session, clinic_id=clinic_id, submission_id=document.submission_id)
    wanted = read_description(session, submission, document, sent)
    entered_documents.describe_entered(session, document=document, **wanted)
    lines = handed_over.list_handed_over(session, clinic_id=clinic_id, submission_id=submission.id)
    return next(tell_document(line) for line in lines if line.id == document_id)


@router.delete("/documents/{document_id}", status_code=204)
def remove_entered(session: SessionDep, caller: DocumentsWriter, document_id: UUID) -> None:
    """Take out a file that was entered by mistake; `not_changeable` for the vendor's own and for scans of answers."""
    document = handed_over.get_handed_over(session, clinic_id=caller.clinic.id, document_id=document_id)
    entered_documents.remove_entered(session, document=document)


@router.get(
    "/documents/{document_id}/file",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The bytes as they were uploaded."}},
)
def download_document(request: Request, session: SessionDep, caller: DocumentsReader, document_id: UUID) -> Response:
    """The file itself, with its digest (RFC 9530). That it was taken is noted in the history."""
    document = handed_over.get_handed_over(session, clinic_id=caller.clinic.id, document_id=document_id)
    handed_over.check_file(document)
    record_look(
        request,
        session,
        "document.downloaded",
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
        name=document.file_name,
    )
    pieces = handed_over.open_document(document)
    response = download_file(pieces, file_name=document.file_name, media_type=document.media_type, size=document.size)
    digest = base64.b64encode(bytes.fromhex(document.sha256)).decode()
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return response
