"""What was read from a vendor's MDS, SDS or MDS2: a table to filter, cells to settle, and what the clinic decides."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Disclosure, Document, Way
from services import disclosure_evidence, disclosure_reading, disclosures, treatments, vendors
from services.disclosure_templates import find_template
from services.disclosure_words import say_reading, say_reason, value_names
from services.disclosures import FILTERS, SETTLED_VALUES, AnswerLine
from services.languages import _, language
from services.reading.templates import Template, Value
from services.refusals import NotFound
from web.access import DocumentDep, EditableClinicDep, MemberDep, SessionDep
from web.access_log import record_look
from web.forms import Submitted, blank, read
from web.lists import ListView, read_list
from web.rendering import page, see

router = APIRouter()


class SettleForm(BaseModel):
    """What a cell means."""

    value: Value


class TreatmentForm(BaseModel):
    """What the clinic does about one answer."""

    risk: str = Field(min_length=1, max_length=2000)
    way: Way
    measure: str = Field("", max_length=2000)
    owner_name: str = Field("", max_length=100)
    until_on: date | None = None
    done_on: date | None = None


SubmittedTreatment = Annotated[Submitted[TreatmentForm], Depends(read(TreatmentForm))]


def get_editable_document(document_id: str, clinic: EditableClinicDep, document: DocumentDep) -> Document:
    """A document that was handed over to the clinic, for members who may work in it."""
    return document


EditableDocumentDep = Annotated[Document, Depends(get_editable_document)]


async def read_view(request: Request) -> ListView:
    """Which answers the address asks for."""
    return read_list(request, filters=("show", "area"), sorts=(), first_sort="")


@router.get("/documents/{document_id}/answers")
def show_disclosure(
    request: Request, session: SessionDep, document: DocumentDep, view: Annotated[ListView, Depends(read_view)]
) -> Response:
    disclosure = disclosures.get_disclosure(session, document=document)
    template = find_template(session, clinic_id=document.clinic_id, template_id=disclosure.template_id)
    lines = disclosures.list_lines(session, disclosure=disclosure, template=template, language=language.get())
    show = view.filters["show"] if view.filters["show"] in FILTERS else ""
    note_look(request, session, document)
    areas = treatments.area_names()
    values = words_of(document) | {
        "disclosure": disclosure,
        "told": say_reading(disclosure),
        "other_sheets": disclosures.list_other_sheets(disclosure),
        "form_name": name_of(template),
        "vendor": vendors.get_vendor(session, clinic_id=document.clinic_id, vendor_id=document.vendor_id),
        "lines": disclosures.choose_lines(lines, show=show, area=view.filters["area"]),
        "counts": {"": len(lines)} | {name: len(disclosures.choose_lines(lines, show=name)) for name in FILTERS},
        "filters": filter_names(),
        "area_names": areas,
        "areas": [(area, areas[area]) for area in dict.fromkeys(line.area for line in lines if line.area)],
        "view": view,
    }
    return page(request, "clinic/disclosures/show.html", values)


def note_look(request: Request, session: SessionDep, document: Document) -> None:
    """Whoever sees a document's answers is recorded."""
    record_look(
        request,
        session,
        "document.answers_viewed",
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
    )


def read_lines(session: SessionDep, disclosure: Disclosure) -> list[AnswerLine]:
    """All answers with the words of the form they were read by."""
    template = find_template(session, clinic_id=disclosure.clinic_id, template_id=disclosure.template_id)
    return disclosures.list_lines(session, disclosure=disclosure, template=template, language=language.get())


def name_of(template: Template | None) -> str:
    """What a form is called in the language now spoken."""
    if template is None:
        return ""
    return template.name.en if language.get().startswith("en") else template.name.ja


def filter_names() -> list[tuple[str, str]]:
    """The filters above the table."""
    return [
        ("", _("All")),
        ("no", _("No")),
        ("unwelcome", _("Needs attention")),
        ("untreated", _("Not decided yet")),
        ("person", _("Needs a person")),
        ("appendix", _("Appendix of the guideline")),
    ]


def words_of(document: Document) -> dict[str, Any]:
    """What every page of a disclosure says alike."""
    names = value_names()
    return {
        "current": "list_documents",
        "document": document,
        "value_names": names,
        "settled_names": [(value.value, names[value]) for value in SETTLED_VALUES],
        "reason_of": say_reason,
        "ways": treatments.way_names(),
    }


@router.post("/documents/{document_id}/read")
def read_document_again(request: Request, session: SessionDep, document: EditableDocumentDep) -> Response:
    if disclosure_reading.queue_reading(session, document=document) is None:
        raise NotFound
    return see(request, "show_disclosure", document_id=document.id, said=_("The file is being read again."))


@router.post("/documents/{document_id}/answers/{number}/settle")
def settle_answer(
    request: Request,
    session: SessionDep,
    viewer: MemberDep,
    document: EditableDocumentDep,
    number: str,
    submitted: Annotated[Submitted[SettleForm], Depends(read(SettleForm))],
) -> Response:
    disclosure = disclosures.get_disclosure(session, document=document)
    if submitted.form is None or submitted.form.value not in SETTLED_VALUES:
        said = _("Please choose one of the options.")
    else:
        disclosures.settle_answer(
            session,
            disclosure=disclosure,
            document=document,
            template=find_template(session, clinic_id=document.clinic_id, template_id=disclosure.template_id),
            number=number,
            value=submitted.form.value,
            person=viewer.name,
        )
        said = _("%(number)s is settled.", number=number)
    return see(request, "show_disclosure", document_id=document.id, said=said, anchor=f"answer-{number}")


@router.get("/documents/{document_id}/answers/{number}")
def show_treatment(request: Request, session: SessionDep, document: DocumentDep, number: str) -> Response:
    disclosure = disclosures.get_disclosure(session, document=document)
    treatment = treatments.find_treatment(session, disclosure=disclosure, number=number)
    names = set(TreatmentForm.model_fields)
    start = blank(**treatment.model_dump(include=names)) if treatment else blank(way="reduce")
    return treatment_page(request, session, document, number, start)


@router.post("/documents/{document_id}/answers/{number}")
def decide_treatment(
    request: Request,
    session: SessionDep,
    viewer: MemberDep,
    document: EditableDocumentDep,
    number: str,
    submitted: SubmittedTreatment,
) -> Response:
    if submitted.form is None:
        return treatment_page(request, session, document, number, submitted, status_code=422)
    treatments.decide_treatment(
        session,
        disclosure=disclosures.get_disclosure(session, document=document),
        document=document,
        number=number,
        person=viewer.name,
        **submitted.form.model_dump(),
    )
    said = _("What you do about %(number)s is written down.", number=number)
    return see(request, "show_disclosure", document_id=document.id, said=said, anchor=f"answer-{number}")


def treatment_page(
    request: Request,
    session: SessionDep,
    document: Document,
    number: str,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    """One answer with its remark, the measure we propose, and what the clinic does; raises NotFound."""
    lines = read_lines(session, disclosures.get_disclosure(session, document=document))
    line = next((one for one in lines if one.number == number), None)
    if line is None:
        raise NotFound
    proposed = treatments.propose_measure(line.area)
    submitted.values.setdefault("measure", proposed)
    spoken = language.get()
    values = words_of(document) | {
        "items": disclosure_evidence.list_items(session, clinic_id=document.clinic_id, language=spoken),
        "linked": disclosure_evidence.list_linked(session, document=document, number=number, language=spoken),
        "line": line,
        "submitted": submitted,
        "proposed": proposed,
        "area": treatments.area_names().get(line.area, ""),
    }
    return page(request, "clinic/disclosures/treatment.html", values, status_code=status_code)
