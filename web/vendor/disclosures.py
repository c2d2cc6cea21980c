"""What the portal read from a vendor's own file: the vendor sees the same as the clinic, and may correct it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services import answers, disclosures
from services.disclosure_templates import find_template
from services.disclosure_words import say_reading, say_reason, value_names
from services.disclosures import SETTLED_VALUES
from services.languages import _, language
from services.refusals import AlreadySubmitted, refuse_if
from services.submissions import lock_for_answering
from web.access import SessionDep, VendorViewerDep
from web.clinic.disclosures import SettleForm
from web.forms import Submitted, read
from web.rendering import see
from web.vendor.documents import OwnDocumentDep
from web.vendor.frame import vendor_page

router = APIRouter()


@router.get("/answer/{submission_id}/documents/{document_id}/answers", name="show_own_disclosure")
def show_own_disclosure(
    request: Request, session: SessionDep, viewer: VendorViewerDep, document: OwnDocumentDep
) -> Response:
    disclosure = disclosures.get_disclosure(session, document=document)
    template = find_template(session, clinic_id=document.clinic_id, template_id=disclosure.template_id)
    lines = disclosures.list_lines(session, disclosure=disclosure, template=template, language=language.get())
    names = value_names()
    values = {
        "document": document,
        "disclosure": disclosure,
        "told": say_reading(disclosure),
        "lines": lines,
        "unclear": [line for line in lines if line.needs_person or line.settled_by],
        "value_names": names,
        "settled_names": [(value.value, names[value]) for value in SETTLED_VALUES],
        "reason_of": say_reason,
    }
    sheet = answers.read_worksheet(session, submission=viewer.submission)
    return vendor_page(
        request, viewer, "vendor/disclosure.html", values, sheet=sheet, step="documents", has_documents=True
    )


@router.post("/answer/{submission_id}/documents/{document_id}/answers/{number}", name="settle_own_answer")
def settle_own_answer(
    request: Request,
    session: SessionDep,
    viewer: VendorViewerDep,
    document: OwnDocumentDep,
    number: str,
    submitted: Annotated[Submitted[SettleForm], Depends(read(SettleForm))],
) -> Response:
    """Say what a cell means; raises AlreadySubmitted for a file that the clinic has received."""
    lock_for_answering(session, submission=viewer.submission)
    refuse_if(document.submitted_at is not None, AlreadySubmitted())
    said = _("Please choose one of the options.")
    if submitted.form and submitted.form.value in SETTLED_VALUES:
        disclosure = disclosures.get_disclosure(session, document=document)
        disclosures.settle_answer(
            session,
            disclosure=disclosure,
            document=document,
            template=find_template(session, clinic_id=document.clinic_id, template_id=disclosure.template_id),
            number=number,
            value=submitted.form.value,
            person=viewer.person,
        )
        said = _("%(number)s is settled.", number=number)
    address = {"submission_id": viewer.submission.id, "document_id": document.id}
    return see(request, "show_own_disclosure", said=said, anchor=f"answer-{number}", **address)
