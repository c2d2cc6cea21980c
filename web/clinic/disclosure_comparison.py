"""Two documents of one form side by side, and the answers of one as a table to take away."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from models import Disclosure, Document
from services import correspondences, disclosure_comparison, disclosures, handed_over
from services.disclosure_comparison import Comparable
from services.disclosure_templates import find_template
from services.disclosure_words import value_names
from services.languages import _, language
from services.reading.compare import ChangeKind
from services.refusals import NotFound
from services.reports.disclosure_table import disclosure_table
from web.access import DocumentDep, SessionDep
from web.clinic.disclosures import note_look, read_lines
from web.downloads import attachment_headers, download_table
from web.rendering import page

router = APIRouter()

_JSON_FIELDS: Final = (
    *("number", "subject", "section", "area", "is_appendix", "value", "raw", "remark", "place", "settled_by"),
)


def find_other(request: Request, session: SessionDep, document: Document) -> Document | None:
    """The document that the address names beside this one; None where it names none. Raises NotFound."""
    asked = request.query_params.get("with", "")
    if not asked:
        return None
    try:
        other_id = UUID(asked)
    except ValueError as error:
        raise NotFound from error
    return handed_over.get_handed_over(session, clinic_id=document.clinic_id, document_id=other_id)


@router.get("/documents/{document_id}/compare")
def compare_documents(request: Request, session: SessionDep, document: DocumentDep) -> Response:
    after = disclosures.get_disclosure(session, document=document)
    choices = disclosure_comparison.list_comparable(session, document=document, disclosure=after)
    other = find_other(request, session, document)
    chosen = next((one for one in choices if other and one.id == other.id), None)
    if other is not None and chosen is None:
        raise NotFound
    note_look(request, session, document)
    values = {
        "current": "list_documents",
        "document": document,
        "after": after,
        "other": other,
        "chosen": chosen,
        "choices": choices,
        "value_names": value_names(),
        "kinds": kind_names(),
        **(compare(session, document, after, other, chosen) if other and chosen else {}),
    }
    return page(request, "clinic/disclosures/compare.html", values)


def compare(
    session: SessionDep, document: Document, after: Disclosure, other: Document, chosen: Comparable
) -> dict[str, Any]:
    """The differences; of two forms by the table that somebody entered, and none where there is no table."""
    clinic_id = document.clinic_id
    before = disclosures.get_disclosure(session, document=other)
    pairs = None
    if not chosen.is_same_form:
        known = correspondences.find_table(
            session, clinic_id=clinic_id, before_id=before.template_id, after_id=after.template_id
        )
        pairs = known.pairs
    template = find_template(session, clinic_id=clinic_id, template_id=after.template_id)
    questions = template.questions if template else {}
    changes = disclosure_comparison.compare_disclosures(session, before=before, after=after, pairs=pairs)
    return {
        "changes": changes,
        "pairs": pairs,
        "subjects": {number: question.words(language.get()) for number, question in questions.items()},
    }


def kind_names() -> dict[str, str]:
    """What is different about a question."""
    return {
        ChangeKind.ANSWER.value: _("Answer changed"),
        ChangeKind.REMARK.value: _("Remark changed"),
        ChangeKind.ADDED.value: _("New question"),
        ChangeKind.REMOVED.value: _("Question no longer there"),
    }


@router.get("/documents/{document_id}/answers.csv")
def download_answers_csv(request: Request, session: SessionDep, document: DocumentDep) -> Response:
    lines = read_lines(session, disclosures.get_disclosure(session, document=document))
    note_look(request, session, document)
    return download_table("csv", disclosure_table(document.file_name, lines))


@router.get("/documents/{document_id}/answers.xlsx")
def download_answers_xlsx(request: Request, session: SessionDep, document: DocumentDep) -> Response:
    lines = read_lines(session, disclosures.get_disclosure(session, document=document))
    note_look(request, session, document)
    return download_table("xlsx", disclosure_table(document.file_name, lines))


@router.get("/documents/{document_id}/answers.json")
def download_answers_json(request: Request, session: SessionDep, document: DocumentDep) -> Response:
    disclosure = disclosures.get_disclosure(session, document=document)
    lines = read_lines(session, disclosure)
    note_look(request, session, document)
    content = {
        "file_name": document.file_name,
        "sha256": document.sha256,
        "template": disclosure.template_id,
        "edition": disclosure.edition,
        "answers": [{name: getattr(line, name) for name in _JSON_FIELDS} for line in lines],
    }
    body = json.dumps(content, ensure_ascii=False, indent=1)
    return Response(body, media_type="application/json", headers=attachment_headers(f"{document.file_name}.json"))
