"""Uploads through the API: the form that carries files, who may send one, and what became of each file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.v1.access import get_caller
from api.v1.shapes import Sent, Told
from models import Document, DocumentKind, Scope, Submission
from models.database import Database
from services import documents, submissions
from services.api_refusals import ContentInvalid
from services.entered_documents import can_enter
from services.languages import _
from services.refusals import refuse_if
from services.submission_refusals import NotChangeable
from web.access import SessionDep, get_database
from web.uploads import Arrival, receiving

FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            }
        },
    }
}
"""How the body of an upload is described."""


class FileRefused(Told):
    """A file that was not taken."""

    file_name: str
    type: str = Field(description="The type of the problem.")
    detail: str


class DocumentDescribed(Sent):
    """What a file is; what is left out stays."""

    kind: DocumentKind = DocumentKind.OTHER
    product: str = Field("", max_length=200)
    version: str = Field("", max_length=60)
    issued_on: date | None = None
    system_id: UUID | None = Field(None, description="One of the systems that the request covers.")


def read_description(
    session: SessionDep, submission: Submission, document: Document, sent: DocumentDescribed
) -> dict[str, Any]:
    """What a file becomes with what was sent; raises ContentInvalid for a system that the request does not cover."""
    before = {name: getattr(document, name) for name in DocumentDescribed.model_fields}
    wanted = before | sent.model_dump(exclude_unset=True)
    covered = {system.id: system for system in submissions.list_covered_systems(session, submission=submission)}
    system_id = wanted.pop("system_id")
    if system_id is not None and system_id not in covered:
        raise ContentInvalid({"#/system_id": _("Please choose one of the options.")})
    return wanted | {"system": covered.get(system_id)}


def tell_refused(arrivals: Sequence[Arrival]) -> list[FileRefused]:
    """The files that were not taken; raises the first refusal, or ContentInvalid, where none was."""
    refused = [(arrival.file_name, arrival.refusal) for arrival in arrivals if arrival.refusal]
    if len(refused) == len(arrivals):
        raise refused[0][1] if refused else ContentInvalid({"#/files": _("Please choose a file first.")})
    return [
        FileRefused(file_name=name, type=f"urn:problem:{refusal.code}", detail=str(refusal))
        for name, refusal in refused
    ]


async def receive_for_vendor(
    request: Request, submission_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[list[Arrival]]:
    """The files that a clinic's program enters for a vendor, kept or refused.

    Comes before the session in the parameters of an endpoint, so that a slow sender never holds the write lock.
    """
    request.state.is_upload = True
    await run_in_threadpool(refuse_unwelcome, request, database, submission_id)
    async with receiving(request) as arrivals:
        yield arrivals


def refuse_unwelcome(request: Request, database: Database, submission_id: UUID) -> None:
    """Raise where this token may not send files here, before the first byte of them is read."""
    with database.open_reader() as session:
        caller = get_caller(request, session, [Scope.DOCUMENTS_WRITE])
        if hasattr(request.state, "before_receiving"):
            request.state.before_receiving(session)
        submission = submissions.get_submission(session, clinic_id=caller.clinic.id, submission_id=submission_id)
        refuse_if(not can_enter(submission), NotChangeable())
        documents.refuse_over_quota(session, submission=submission, size=0)


ForVendorDep = Annotated[list[Arrival], Depends(receive_for_vendor)]
