"""A disclosure's answers in a blank workbook of the same form: given by the reader, filled, taken away, not kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from models import Document
from models.database import Database
from services import disclosure_writing, disclosures, handed_over
from services.disclosure_templates import find_template
from services.disclosures import AnswerLine
from services.languages import _, language
from services.reading.reasons import NotRead
from services.reading.templates import Template
from services.reading.words import sentence_for
from services.refusals import NotAllowed, SignInNeeded
from services.sessions import find_viewer
from web.access import SessionDep, get_database
from web.clinic.disclosures import EditableDocumentDep, note_look
from web.cookies import MEMBER, read_cookie
from web.downloads import XLSX, attachment_headers
from web.forms import Submitted
from web.rendering import page
from web.uploads import Arrival, arriving
from web.workbooks import FILE_LIMIT

router = APIRouter()


@dataclass(frozen=True, slots=True)
class FilledForm:
    """The filled workbook, or a sentence that says why there is none."""

    content: bytes = b""
    file_name: str = ""
    sentence: str = ""


async def fill_blank(
    request: Request, document_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[FilledForm]:
    """The workbook that was sent, filled; before the session, because it takes its time."""
    request.state.is_upload = True
    template, lines = await run_in_threadpool(find_answers, request, database, document_id)
    async with arriving(request) as receiver:
        request.state.body_is_read = True
        arrival = receiver.arrivals[0] if receiver.arrivals else None
        yield await run_in_threadpool(fill, arrival, template, lines)


FilledDep = Annotated[FilledForm, Depends(fill_blank)]


@router.get("/documents/{document_id}/answers/write")
def show_blank_form(request: Request, session: SessionDep, document: EditableDocumentDep) -> Response:
    disclosures.get_disclosure(session, document=document)
    return blank_page(request, document)


@router.post("/documents/{document_id}/answers/write", max_body_size=FILE_LIMIT)
def write_into_blank(
    request: Request, filled: FilledDep, session: SessionDep, document: EditableDocumentDep
) -> Response:
    """The workbook with the answers, at once."""
    if filled.sentence:
        return blank_page(request, document, wrong=filled.sentence)
    note_look(request, session, document)
    return Response(filled.content, media_type=XLSX, headers=attachment_headers(filled.file_name))


def find_answers(request: Request, database: Database, document_id: UUID) -> tuple[Template | None, list[AnswerLine]]:
    """The form and the answers of a document; raises before the first byte is read what the page would raise."""
    with database.open_reader() as session:
        viewer = find_viewer(session, token=read_cookie(request, MEMBER) or "")
        if viewer is None:
            raise SignInNeeded
        if viewer.clinic_id is None or not viewer.may_edit:
            raise NotAllowed
        document = handed_over.get_handed_over(session, clinic_id=viewer.clinic_id, document_id=document_id)
        disclosure = disclosures.get_disclosure(session, document=document)
        template = find_template(session, clinic_id=viewer.clinic_id, template_id=disclosure.template_id)
        spoken = language.get()
        return template, disclosures.list_lines(session, disclosure=disclosure, template=template, language=spoken)


def fill(arrival: Arrival | None, template: Template | None, lines: list[AnswerLine]) -> FilledForm:
    """The arrived workbook with the answers; a sentence where it is another form or not blank."""
    if template is None:
        return FilledForm(sentence=_("This document was not read as a form, so there are no answers to write."))
    if arrival is None or arrival.incoming is None:
        return FilledForm(sentence=_("Please choose a file first."))
    if arrival.refusal is not None:
        return FilledForm(sentence=f"{arrival.refusal} {arrival.refusal.say(arrival.refusal.advice)}")
    try:
        filled = disclosure_writing.write_into(arrival.incoming.path, template=template, lines=lines)
    except NotRead as refused:
        return FilledForm(sentence=sentence_for(refused))
    if filled.left_out:
        numbers = "、".join(filled.left_out[:10]) + ("…" if len(filled.left_out) > 10 else "")
        again = _("Please take a blank one of the same edition.")
        said = _("There is no free place for these answers in the workbook: %(numbers)s.", numbers=numbers)
        return FilledForm(sentence=f"{said} {again}")
    return FilledForm(filled.content, arrival.file_name)


def blank_page(request: Request, document: Document, *, wrong: str = "") -> Response:
    """The form that takes a blank workbook."""
    values = {
        "current": "list_documents",
        "document": document,
        "upload_limit": FILE_LIMIT,
        "submitted": Submitted[Any](errors={"files": wrong} if wrong else {}),
    }
    return page(request, "clinic/disclosures/write.html", values, status_code=422 if wrong else 200)
