"""The vendor's own files: sent, described, taken back, opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from models import Document, DocumentKind
from services import answers, disclosures, documents, handed_over, submissions
from services.disclosure_words import is_waiting, say_reading
from services.file_types import ACCEPTED_EXTENSIONS
from services.languages import _, ngettext
from services.options import names_of
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from settings import get_settings
from web.access import SessionDep, VendorViewerDep
from web.downloads import download_file
from web.forms import Submitted, blank, check
from web.rendering import fragment, see, wants_json
from web.uploads import BODY_LIMIT, Arrival, ArrivalsDep, take_in
from web.vendor.answer_fields import TypedDep
from web.vendor.frame import vendor_page

router = APIRouter()


class Told(NamedTuple):
    """What is said of the reading of a file, and whether more is to come."""

    sentence: str
    is_waiting: bool


class DescribeForm(BaseModel):
    """What a file is; on the page each field bears the document's id before its name."""

    kind: DocumentKind
    product: str = Field("", max_length=200)
    version: str = Field("", max_length=60)
    issued_on: date | None = None
    system_id: UUID | None = None


def get_own_document(document_id: UUID, session: SessionDep, viewer: VendorViewerDep) -> Document:
    """A file of the submission that this browser may work on."""
    return documents.get_own_document(session, submission=viewer.submission, document_id=document_id)


OwnDocumentDep = Annotated[Document, Depends(get_own_document)]


@router.get("/answer/{submission_id}/documents", name="show_own_documents")
def show_own_documents(request: Request, session: SessionDep, viewer: VendorViewerDep) -> Response:
    if refusal_to_answer(viewer.submission) is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    return documents_page(request, session, viewer)


def documents_page(
    request: Request,
    session: SessionDep,
    viewer: VendorViewer,
    submitted: Submitted[Any] | None = None,
    refused: Sequence[Arrival] = (),
    opened: UUID | None = None,
) -> Response:
    files = documents.list_own_documents(session, submission=viewer.submission)
    submitted = submitted or blank()
    around = row_values(session, viewer, files)
    filled = {name: value for file in files for name, value in values_of(file, around["offers"][file.id]).items()}
    shown = Submitted[Any](values=filled | submitted.values, errors=submitted.errors)
    values = around | {
        "documents": files,
        "submitted": shown,
        "refused": refused,
        "opened": opened,
        "extensions": ",".join(ACCEPTED_EXTENSIONS),
        "upload_limit": get_settings().upload_limit,
    }
    return vendor_page(
        request,
        viewer,
        "vendor/documents.html",
        values,
        sheet=answers.read_worksheet(session, submission=viewer.submission),
        step="documents",
        has_documents=bool(files),
        status_code=422 if submitted.errors or refused else 200,
    )


def values_of(document: Document, offered: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What stands in the fields of a file; where nothing stands yet, what was read from it."""
    known = {name: getattr(document, name) for name in DescribeForm.model_fields} | dict(offered or {})
    return {f"{document.id}.{name}": "" if value is None else value for name, value in known.items()}


def row_values(session: SessionDep, viewer: VendorViewer, files: Sequence[Document]) -> dict[str, Any]:
    """What the rows need besides their files."""
    found = disclosures.disclosures_of(
        session, clinic_id=viewer.submission.clinic_id, document_ids=[document.id for document in files]
    )
    systems = submissions.list_covered_systems(session, submission=viewer.submission)
    return {
        "submission": viewer.submission,
        "systems": [(system.id, system.name) for system in systems],
        "kinds": names_of(DocumentKind),
        "readings": {document_id: Told(say_reading(one), is_waiting(one)) for document_id, one in found.items()},
        "offers": {document.id: disclosures.offered_fields(found.get(document.id), document) for document in files},
    }


@router.post("/answer/{submission_id}/documents", name="upload_documents", max_body_size=BODY_LIMIT)
def upload_documents(request: Request, arrivals: ArrivalsDep, session: SessionDep, viewer: VendorViewerDep) -> Response:
    """Files that have arrived are entered; one that is not taken does not lose the others."""
    taken = [document for arrival in arrivals if (document := take_in(session, viewer, arrival))]
    refused = [arrival for arrival in arrivals if arrival.refusal]
    if wants_json(request):
        return upload_receipt(request, session, viewer, taken, refused)
    if not arrivals:
        return documents_page(request, session, viewer, Submitted(errors={"form": _("Please choose a file first.")}))
    if refused:
        return documents_page(request, session, viewer, refused=refused)
    said = ngettext("%(count)s file has arrived.", "%(count)s files have arrived.", len(taken))
    return see(request, "show_own_documents", submission_id=viewer.submission.id, said=said)


def upload_receipt(
    request: Request, session: SessionDep, viewer: VendorViewer, taken: list[Document], refused: list[Arrival]
) -> Response:
    """For the script, which sends one file at a time."""
    if not taken:
        refusal = next((arrival.refusal for arrival in refused if arrival.refusal), None)
        sentence = f"{refusal} {refusal.say(refusal.advice)}" if refusal else _("Please choose a file first.")
        return JSONResponse({"sentence": sentence}, status_code=refusal.status if refusal else 422)
    document = taken[-1]
    shown = row_values(session, viewer, [document]) | {"document": document, "submitted": blank(**values_of(document))}
    return JSONResponse(
        {
            "name": document.file_name,
            "size": document.size,
            "sha256": document.sha256,
            "row_html": fragment(request, "vendor/document_row.html", shown).strip(),
        }
    )


@router.post("/answer/{submission_id}/documents/{document_id}", name="describe_document")
def describe_document(
    request: Request, session: SessionDep, viewer: VendorViewerDep, document: OwnDocumentDep, typed: TypedDep
) -> Response:
    prefix = f"{document.id}."
    read = check(DescribeForm, {name.removeprefix(prefix): text for name, text in typed.items()})
    if read.form is None:
        errors = {f"{prefix}{name}": sentence for name, sentence in read.errors.items()}
        return documents_page(
            request, session, viewer, Submitted(values=dict(typed), errors=errors), opened=document.id
        )
    # With one system there is nothing to choose, so that the field is not on the page.
    wanted = read.form.system_id if f"{prefix}system_id" in typed else document.system_id
    systems = submissions.list_covered_systems(session, submission=viewer.submission)
    system = next((each for each in systems if each.id == wanted), None)
    chosen = read.form.model_dump(exclude={"system_id"})
    documents.describe_document(session, submission=viewer.submission, document=document, system=system, **chosen)
    said = _("Saved: %(name)s", name=document.file_name)
    anchor = f"file-{document.id}"
    return see(request, "show_own_documents", submission_id=viewer.submission.id, anchor=anchor, said=said)


@router.post("/answer/{submission_id}/documents/{document_id}/remove", name="remove_document")
def remove_document(
    request: Request, session: SessionDep, viewer: VendorViewerDep, document: OwnDocumentDep
) -> Response:
    documents.remove_document(session, submission=viewer.submission, document=document)
    said = _("%(name)s has been removed.", name=document.file_name)
    return see(request, "show_own_documents", submission_id=viewer.submission.id, said=said)


@router.get("/answer/{submission_id}/documents/{document_id}/file", name="download_own_document")
def download_own_document(document: OwnDocumentDep) -> Response:
    handed_over.check_file(document)
    pieces = handed_over.open_document(document)
    return download_file(pieces, file_name=document.file_name, media_type=document.media_type, size=document.size)
