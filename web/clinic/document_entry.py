"""Documents that reached the clinic another way: entered for the vendor, described, taken out again."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Document, DocumentKind, Submission
from services import entered_documents, handed_over, submissions
from services.file_types import ACCEPTED_EXTENSIONS
from services.languages import _, ngettext
from services.options import names_of
from services.refusals import refuse_if
from services.submission_refusals import NotChangeable
from settings import get_settings
from web.access import ConfirmedMemberDep, EditableClinicDep, EditableSubmissionDep, MemberDep, SessionDep
from web.clinic.scans import ForVendorDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.uploads import BODY_LIMIT, enter

router = APIRouter()


class DescribeForm(BaseModel):
    """What a file is."""

    kind: DocumentKind
    product: str = Field("", max_length=200)
    version: str = Field("", max_length=60)
    issued_on: date | None = None
    system_id: UUID | None = None


def get_entered(document_id: UUID, clinic: EditableClinicDep, session: SessionDep) -> Document:
    """A document that the clinic entered; raises NotChangeable for what the vendor itself handed over."""
    document = handed_over.get_handed_over(session, clinic_id=clinic.id, document_id=document_id)
    refuse_if(not document.is_from_clinic, NotChangeable())
    return document


EnteredDep = Annotated[Document, Depends(get_entered)]


@router.get("/submissions/{submission_id}/documents")
def show_document_entry(request: Request, session: SessionDep, submission: EditableSubmissionDep) -> Response:
    refuse_if(not entered_documents.can_enter(submission), NotChangeable())
    return entry_page(request, session, submission, blank())


@router.post("/submissions/{submission_id}/documents", max_body_size=BODY_LIMIT)
def enter_documents(
    request: Request,
    arrivals: ForVendorDep,
    session: SessionDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
) -> Response:
    """Files that have arrived are entered; one that is not taken does not lose the others."""
    add = partial(entered_documents.add_for_vendor, session, submission=submission, person=viewer.name)
    taken = [document for arrival in arrivals if (document := enter(arrival, add))]
    refused = [arrival for arrival in arrivals if arrival.refusal]
    if refused or not arrivals:
        sentence = " ".join(f"{one.file_name}: {one.refusal}" for one in refused) or _("Please choose a file first.")
        return entry_page(request, session, submission, Submitted(errors={"files": sentence}), status_code=422)
    if len(taken) == 1:
        said = _("The file is entered. Please check what it is.")
        return see(request, "show_document_form", document_id=taken[0].id, said=said)
    said = ngettext("%(count)s file is entered.", "%(count)s files are entered.", len(taken))
    return see(request, "show_submission", submission_id=submission.id, anchor="documents", said=said)


def entry_page(
    request: Request, session: SessionDep, submission: Submission, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """The form that takes files."""
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "extensions": ",".join(ACCEPTED_EXTENSIONS),
        "upload_limit": get_settings().upload_limit,
        "submitted": submitted,
    }
    return page(request, "clinic/documents/enter.html", values, status_code=status_code)


@router.get("/documents/{document_id}/edit")
def show_document_form(request: Request, session: SessionDep, document: EnteredDep) -> Response:
    known = document.model_dump(include=set(DescribeForm.model_fields), mode="json")
    return describe_page(request, session, document, blank(**{name: value or "" for name, value in known.items()}))


@router.post("/documents/{document_id}/edit")
def describe_entered(
    request: Request,
    session: SessionDep,
    document: EnteredDep,
    submitted: Annotated[Submitted[DescribeForm], Depends(read(DescribeForm))],
) -> Response:
    if submitted.form is None:
        return describe_page(request, session, document, submitted, status_code=422)
    covered = {system.id: system for system in list_covered(session, document)}
    chosen = submitted.form.model_dump(exclude={"system_id"})
    system = covered.get(submitted.form.system_id) if submitted.form.system_id else None
    entered_documents.describe_entered(session, document=document, system=system, **chosen)
    said = _("Saved: %(name)s", name=document.file_name)
    return see(request, "show_submission", submission_id=document.submission_id, anchor="documents", said=said)


@router.post("/documents/{document_id}/remove")
def remove_entered(
    request: Request, session: SessionDep, document: EnteredDep, _confirmed: ConfirmedMemberDep
) -> Response:
    entered_documents.remove_entered(session, document=document)
    said = _("%(name)s has been removed.", name=document.file_name)
    return see(request, "show_submission", submission_id=document.submission_id, anchor="documents", said=said)


def list_covered(session: SessionDep, document: Document) -> list[Any]:
    """The systems that the document may be about."""
    submission = submissions.get_submission(session, clinic_id=document.clinic_id, submission_id=document.submission_id)
    return list(submissions.list_covered_systems(session, submission=submission))


def describe_page(
    request: Request, session: SessionDep, document: Document, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """What an entered file is, and the way to take it out again."""
    values = {
        "current": "list_documents",
        "document": document,
        "kinds": list(names_of(DocumentKind).items()),
        "systems": [(str(system.id), system.name) for system in list_covered(session, document)],
        "can_be_removed": entered_documents.can_be_removed(session, document=document),
        "submitted": submitted,
    }
    return page(request, "clinic/documents/describe.html", values, status_code=status_code)
