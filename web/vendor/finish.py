"""The last step: what is missing, everything on one page, who answers for it; and the receipt."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Source
from services import answers, documents, editions, holders, receipts, revisions, submissions, submitting, transcripts
from services.differences import read_differences
from services.languages import _, language
from services.options import names_of
from services.refusals import AlreadySubmitted, NotSubmittable
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from web.access import SessionDep, VendorViewerDep
from web.downloads import attachment_headers
from web.forms import Submitted, blank, read
from web.rendering import see
from web.texts import Name
from web.vendor.frame import item_address, vendor_page

router = APIRouter()


class SubmitForm(BaseModel):
    responsible_name: Annotated[Name, Field(max_length=100)]
    responsible_title: Annotated[Name, Field(max_length=100)]


@router.get("/answer/{submission_id}/finish", name="show_finish")
def show_finish(request: Request, session: SessionDep, viewer: VendorViewerDep) -> Response:
    if refusal_to_answer(viewer.submission) is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    before = submissions.latest_revision(session, submission=viewer.submission)
    known = (
        blank(responsible_name=before.responsible_name, responsible_title=before.responsible_title)
        if before
        else blank()
    )
    return finish_page(request, session, viewer, known)


def finish_page(
    request: Request, session: SessionDep, viewer: VendorViewer, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    sheet = answers.read_worksheet(session, submission=viewer.submission)
    files = documents.list_own_documents(session, submission=viewer.submission)
    doubts = sheet.mismatches([file.kind for file in files])
    addresses = {item.key: item_address(request, sheet, item.key) for item in sheet.open_items}
    to_files = request.app.state.addresses("show_own_documents", submission_id=viewer.submission.id)
    values = {
        "submitted": submitted,
        "gaps": sheet.gaps(),
        "doubts": [(doubt, addresses.get(doubt.item.key, to_files)) for doubt in doubts],
        "addresses": addresses,
        "form": sheet.form,
        "answers": sheet.answers,
        "differences": {key: read_differences(answer.differences) for key, answer in sheet.answers.items()},
        "documents": files,
        "people": holders.name_people(session, submission=viewer.submission),
    }
    return vendor_page(
        request,
        viewer,
        "vendor/finish.html",
        values,
        sheet=sheet,
        step="finish",
        has_documents=bool(files),
        status_code=status_code,
    )


@router.post("/answer/{submission_id}/finish", name="submit_answers")
def submit_answers(
    request: Request,
    session: SessionDep,
    viewer: VendorViewerDep,
    submitted: Annotated[Submitted[SubmitForm], Depends(read(SubmitForm))],
) -> Response:
    """Once, however often it is pressed: whoever comes second sees the receipt of the first."""
    of = viewer.submission.id
    if submitted.form is None and refusal_to_answer(viewer.submission) is None:
        return finish_page(request, session, viewer, submitted, status_code=422)
    form = submitted.form or SubmitForm.model_construct(responsible_name="", responsible_title="")
    try:
        submitting.submit(session, viewer=viewer, **form.model_dump())
    except AlreadySubmitted:
        return see(request, "show_receipt", submission_id=of)
    except NotSubmittable as refusal:
        submitted.errors["form"] = f"{refusal} {refusal.say(refusal.advice)}"
        return finish_page(request, session, viewer, submitted, status_code=refusal.status)
    return see(request, "show_receipt", submission_id=of, said=_("Your answers have arrived. Thank you."))


@router.get("/answer/{submission_id}/receipt", name="show_receipt")
def show_receipt(
    request: Request, session: SessionDep, viewer: VendorViewerDep, revision: Annotated[int | None, Query()] = None
) -> Response:
    found = submitting.get_revision(session, submission=viewer.submission, number=revision)
    said = revisions.read_answers(found)
    values = {
        "revision": found,
        "transcript": transcripts.find_transcript(session, revision=found),
        "sources": names_of(Source),
        "numbers": [each.number for each in submissions.list_revisions(session, submission=viewer.submission)],
        "is_late": submitting.is_late(viewer.submission, found),
        "form": editions.read_form(viewer.submission.asked),
        "answers": said,
        "differences": {key: answer.differences for key, answer in said.items()},
        "documents": found.documents,
        "people": holders.name_people(session, submission=viewer.submission),
    }
    return vendor_page(request, viewer, "vendor/receipt.html", values)


@router.get("/answer/{submission_id}/receipt.pdf", name="download_receipt")
def download_receipt(
    request: Request, session: SessionDep, viewer: VendorViewerDep, revision: Annotated[int | None, Query()] = None
) -> Response:
    found = submitting.get_revision(session, submission=viewer.submission, number=revision)
    content = receipts.make_receipt(
        session, clinic=viewer.clinic, submission=viewer.submission, revision=found, language=language.get()
    )
    name = _("Receipt_%(clinic)s_%(number)s.pdf", clinic=viewer.clinic.name, number=found.number)
    return Response(content, media_type="application/pdf", headers=attachment_headers(name))
