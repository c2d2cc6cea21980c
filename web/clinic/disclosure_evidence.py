"""An answer in a disclosure becomes evidence of an item of the own check, and stops being it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import assessments, disclosure_evidence, disclosure_reading, disclosures
from services.languages import _
from web.access import EditableClinicDep, MemberDep, SessionDep
from web.clinic.disclosures import EditableDocumentDep
from web.forms import Submitted, read
from web.rendering import see

router = APIRouter()


class LinkForm(BaseModel):
    """The item, as year and key."""

    item: str = Field(pattern=r"^20[0-9]{2}:[\w.-]{1,40}$")


class UnlinkForm(BaseModel):
    """From where the link is taken away."""

    back: Literal["document", "item"] = "item"


class SheetForm(BaseModel):
    """The sheet that is to be read."""

    sheet: str = Field(min_length=1, max_length=200)


@router.post("/documents/{document_id}/answers/{number}/evidence")
def link_disclosure_answer(
    request: Request,
    session: SessionDep,
    viewer: MemberDep,
    document: EditableDocumentDep,
    number: str,
    submitted: Annotated[Submitted[LinkForm], Depends(read(LinkForm))],
) -> Response:
    disclosure = disclosures.get_disclosure(session, document=document)
    answer = disclosures.get_answer(session, disclosure=disclosure, number=number)
    said = _("Please choose an item of your own check.")
    if submitted.form:
        year, _colon, key = submitted.form.item.partition(":")
        assessment = assessments.get_assessment(session, clinic_id=document.clinic_id, fiscal_year=int(year))
        disclosure_evidence.link_answer(
            session, assessment=assessment, item_key=key, document=document, answer=answer, linked_by=viewer.member_id
        )
        said = _("%(number)s is now evidence of this item.", number=number)
    return see(request, "show_treatment", document_id=document.id, number=number, said=said, anchor="evidence")


@router.post("/assessment/evidence/{evidence_id}/unlink")
def unlink_disclosure_answer(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    evidence_id: UUID,
    submitted: Annotated[Submitted[UnlinkForm], Depends(read(UnlinkForm))],
) -> Response:
    evidence, assessment = disclosure_evidence.get_link(session, clinic_id=clinic.id, evidence_id=evidence_id)
    disclosure_evidence.unlink_answer(session, evidence=evidence, assessment=assessment)
    said = _("It is no longer evidence of the item.")
    if submitted.form and submitted.form.back == "document":
        address = {"document_id": evidence.document_id, "number": evidence.number}
        return see(request, "show_treatment", said=said, anchor="evidence", **address)
    year = assessment.fiscal_year
    return see(request, "show_assessment_item", item_key=evidence.item_key, year=year, said=said)


@router.post("/documents/{document_id}/sheet")
def choose_sheet(
    request: Request,
    session: SessionDep,
    document: EditableDocumentDep,
    submitted: Annotated[Submitted[SheetForm], Depends(read(SheetForm))],
) -> Response:
    """Read another form of the same file."""
    disclosure = disclosures.get_disclosure(session, document=document)
    said = _("Please choose one of the options.")
    if submitted.form:
        sheet = submitted.form.sheet
        disclosure_reading.choose_sheet(session, document=document, disclosure=disclosure, sheet=sheet)
        said = _("The sheet %(sheet)s is being read.", sheet=sheet)
    return see(request, "show_disclosure", document_id=document.id, said=said)
