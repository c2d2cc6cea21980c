"""The vendor's files: sent, described, taken back, until they are submitted."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from api.v1.access import AnsweringVendor
from api.v1.endpoint import make_router
from api.v1.shapes import Listed, Told
from api.v1.uploads import FORM, DocumentDescribed, FileRefused, read_description, tell_refused
from models import Document, DocumentKind
from services import documents, handed_over
from web.access import SessionDep
from web.downloads import download_file
from web.uploads import BODY_LIMIT, ArrivalsDep, take_in

router = make_router("vendor")

ADDRESS = "/vendor/submissions/{submission_id}/documents"


class OwnDocument(Told):
    """A file of the vendor's."""

    id: UUID
    file_name: str
    kind: DocumentKind = Field(description="Guessed from the name until it is described.")
    product: str
    version: str
    issued_on: date | None
    system_id: UUID | None
    size: int
    sha256: str
    uploaded_by: str
    uploaded_at: datetime
    submitted_at: datetime | None


class Uploaded(Told):
    """What became of the files of one call."""

    documents: list[OwnDocument]
    refused: list[FileRefused]


@router.get(ADDRESS)
def list_own_documents(session: SessionDep, viewer: AnsweringVendor) -> Listed[OwnDocument]:
    """The files of this submission."""
    found = documents.list_own_documents(session, submission=viewer.submission)
    return Listed(items=[OwnDocument.model_validate(document) for document in found], next_cursor=None)


@router.post(ADDRESS, status_code=201, max_body_size=BODY_LIMIT, openapi_extra=FORM)
def upload_documents(arrivals: ArrivalsDep, session: SessionDep, viewer: AnsweringVendor) -> Uploaded:
    """Upload files (PDF, XLSX, PNG, JPEG) as multipart/form-data; one that is not taken does not lose the others."""
    taken = [document for arrival in arrivals if (document := take_in(session, viewer, arrival))]
    refused = tell_refused(arrivals)
    return Uploaded(documents=[OwnDocument.model_validate(document) for document in taken], refused=refused)


def find(session: SessionDep, viewer: AnsweringVendor, document_id: UUID) -> Document:
    """A file of this submission."""
    return documents.get_own_document(session, submission=viewer.submission, document_id=document_id)


@router.patch(ADDRESS + "/{document_id}")
def describe_document(
    session: SessionDep, viewer: AnsweringVendor, document_id: UUID, sent: DocumentDescribed
) -> OwnDocument:
    """Say what a file is."""
    document = find(session, viewer, document_id)
    wanted = read_description(session, viewer.submission, document, sent)
    documents.describe_document(session, submission=viewer.submission, document=document, **wanted)
    return OwnDocument.model_validate(document)


@router.delete(ADDRESS + "/{document_id}", status_code=204)
def remove_document(session: SessionDep, viewer: AnsweringVendor, document_id: UUID) -> None:
    """Take a file back; `already_submitted` for one that the clinic has received."""
    documents.remove_document(session, submission=viewer.submission, document=find(session, viewer, document_id))


@router.get(
    ADDRESS + "/{document_id}/file",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The bytes as they were uploaded."}},
)
def download_own_document(session: SessionDep, viewer: AnsweringVendor, document_id: UUID) -> Response:
    """The file itself."""
    document = find(session, viewer, document_id)
    handed_over.check_file(document)
    pieces = handed_over.open_document(document)
    return download_file(pieces, file_name=document.file_name, media_type=document.media_type, size=document.size)
