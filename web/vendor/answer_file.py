"""The answer file: a vendor takes its answers away as one signed file, or brings such a file along."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import answer_file_reading, answer_files, documents, revisions, submissions, submitting
from services.answer_file_refusals import AnswerFileRefused
from services.languages import _
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from web.access import SessionDep, VendorViewerDep
from web.downloads import attachment_headers
from web.forms import Submitted, blank, read, read_fields
from web.rendering import see
from web.texts import Name
from web.vendor.frame import vendor_page

router = APIRouter()


class TakeForm(BaseModel):
    product: Annotated[Name, Field(max_length=200)]
    version: str = Field("", max_length=60)


async def read_file(request: Request) -> bytes:
    """The bytes of the file that was sent; empty where none was."""
    sent = (await read_fields(request)).get("file")
    if sent is None or isinstance(sent, str):
        return b""
    try:
        return await sent.read(answer_files.LARGEST + 1)
    finally:
        await sent.close()


@router.get("/answer/{submission_id}/answer-file", name="show_answer_file")
def show_answer_file(request: Request, session: SessionDep, viewer: VendorViewerDep) -> Response:
    return answer_file_page(request, session, viewer, blank(**known_product(session, viewer)))


def known_product(session: SessionDep, viewer: VendorViewer) -> dict[str, str]:
    """Product and version as the vendor's own files name them, for a start."""
    for document in documents.list_own_documents(session, submission=viewer.submission):
        if document.product:
            return {"product": document.product, "version": document.version}
    return {"product": "", "version": ""}


def answer_file_page(
    request: Request, session: SessionDep, viewer: VendorViewer, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    revision = submissions.latest_revision(session, submission=viewer.submission)
    said = revisions.read_answers(revision).values() if revision else ()
    values = {
        "submitted": submitted,
        "revision": revision,
        "remarks": [text for answer in said for text in (answer.condition, answer.remark) if text],
        "is_open": refusal_to_answer(viewer.submission) is None,
    }
    return vendor_page(request, viewer, "vendor/answer_file.html", values, status_code=status_code)


@router.post("/answer/{submission_id}/answer-file/take", name="take_answer_file")
def take_answer_file(
    request: Request,
    session: SessionDep,
    viewer: VendorViewerDep,
    submitted: Annotated[Submitted[TakeForm], Depends(read(TakeForm))],
) -> Response:
    """What was handed in last, signed; a POST, because product and version are typed for it."""
    if submitted.form is None:
        return answer_file_page(request, session, viewer, submitted, status_code=422)
    revision = submitting.get_revision(session, submission=viewer.submission)
    content = answer_files.make_answer_file(
        submission=viewer.submission,
        revision=revision,
        product=submitted.form.product,
        version=submitted.form.version,
    )
    answer_files.record_taking(session, submission=viewer.submission, revision=revision)
    name = f"{submitted.form.product} {submitted.form.version}".strip()
    headers = attachment_headers(f"{name}.answers.json")
    return Response(content, media_type="application/json", headers=headers)


@router.post("/answer/{submission_id}/answer-file/bring", name="bring_answer_file")
def bring_answer_file(
    request: Request, session: SessionDep, viewer: VendorViewerDep, content: Annotated[bytes, Depends(read_file)]
) -> Response:
    """Nothing of it becomes an answer before somebody says of each item that it is so."""
    refusal = refusal_to_answer(viewer.submission)
    if refusal is not None:
        raise refusal
    submitted = blank(**known_product(session, viewer))
    if not content:
        submitted.errors["file"] = _("Please choose a file.")
        return answer_file_page(request, session, viewer, submitted, status_code=422)
    try:
        answer_file_reading.bring_in(session, submission=viewer.submission, content=content, person=viewer.person)
    except AnswerFileRefused as refused:
        submitted.errors["file"] = f"{refused} {refused.say(refused.advice)}"
        return answer_file_page(request, session, viewer, submitted, status_code=refused.status)
    return see(request, "show_earlier", submission_id=viewer.submission.id, source=answer_file_reading.FILE)
