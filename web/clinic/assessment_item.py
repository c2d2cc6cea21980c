"""One item of the own check: the answer on the left, what it can lean on to the right, the proposal above."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import AnswerValue, Assessment, Clinic
from services import assessments, clock, editions, proposals
from services.assessment_refusals import AnswerIncomplete, OwnAnswerEditedMeanwhile, ProposalChanged
from services.completeness import Lack, sentence_for
from services.edition_forms import Item
from services.evidence import Target, targets_of
from services.languages import _
from services.own_answers import Draft, OwnAnswer
from services.own_form import Row, read_row
from web.access import ClinicDep, EditableAssessmentDep, EditableClinicDep, FiscalYearDep, MemberDep, SessionDep
from web.access_log import record_look
from web.clinic import assessment_views as views
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class AnswerForm(BaseModel):
    """The clinic's answer to one item, and what it leans on."""

    version: int = 0
    value: AnswerValue | None = None
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = Field("", max_length=4000)
    owner_name: str = Field("", max_length=100)
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    revisions: list[UUID] = []
    documents: list[UUID] = []
    note: str = Field("", max_length=2000)
    intent: Literal["save", "leave_open"] = "save"

    @property
    def draft(self) -> Draft:
        """The answer itself; what is left open keeps its words only."""
        draft = Draft(**{name: getattr(self, name) for name in assessments.FIELDS})
        return draft if self.intent == "save" else draft.without_value()

    @property
    def targets(self) -> set[Target]:
        """What was ticked, and the words beside it."""
        return targets_of(self.revisions, self.documents, self.note)


class ProposalForm(BaseModel):
    """The proposal that was read, and the answer it was read beside."""

    seen: str = Field(max_length=40)
    version: int = 0
    back: Literal["overview", "item"] = "item"


SubmittedAnswer = Annotated[Submitted[AnswerForm], Depends(read(AnswerForm))]


@router.get("/assessment/items/{item_key}")
def show_assessment_item(
    request: Request, session: SessionDep, clinic: ClinicDep, fiscal_year: FiscalYearDep, item_key: str
) -> Response:
    response = show_item(request, session, clinic, fiscal_year, item_key)
    record_look(request, session, "assessment.viewed", clinic_id=clinic.id, item=item_key, fiscal_year=fiscal_year)
    return response


@router.post("/assessment/items/{item_key}")
def answer_assessment_item(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    assessment: EditableAssessmentDep,
    viewer: MemberDep,
    item_key: str,
    submitted: SubmittedAnswer,
) -> Response:
    form, year = submitted.form, assessment.fiscal_year
    if form and form.intent == "save" and form.value is None:
        submitted.errors["value"] = sentence_for(Lack.VALUE)
    if form is None or submitted.errors:
        return show_item(request, session, clinic, year, item_key, submitted=submitted, status_code=422)
    try:
        item = save(session, assessment, item_key, form, viewer.member_id)
    except AnswerIncomplete as refusal:
        submitted.errors.update(refusal.faults)
        return show_item(request, session, clinic, year, item_key, submitted=submitted, status_code=422)
    except OwnAnswerEditedMeanwhile as refusal:
        return show_item(request, session, clinic, year, item_key, submitted=submitted, other=refusal.stored)
    return go_on(request, assessment, item)


@router.post("/assessment/items/{item_key}/proposal")
def take_proposal(
    request: Request,
    session: SessionDep,
    assessment: EditableAssessmentDep,
    viewer: MemberDep,
    item_key: str,
    submitted: Annotated[Submitted[ProposalForm], Depends(read(ProposalForm))],
) -> Response:
    if submitted.form is None:
        raise ProposalChanged
    try:
        proposals.take_proposal(
            session,
            assessment=assessment,
            item_key=item_key,
            seen=submitted.form.seen,
            version=submitted.form.version,
            taken_by=viewer.member_id,
            owner_name=viewer.name,
        )
    except OwnAnswerEditedMeanwhile:
        said = _("Somebody has answered this item in the meantime. The proposal was not taken over.")
        return see(request, "show_assessment_item", item_key=item_key, year=assessment.fiscal_year, said=said)
    return go_back(request, assessment.fiscal_year, item_key, submitted.form.back)


def save(session: SessionDep, assessment: Assessment, item_key: str, form: AnswerForm, member_id: UUID) -> Item:
    """Answer the item; raises what answer_item raises, and NotFound for an item that the form does not have."""
    sheet = assessments.get_sheet(session, clinic_id=assessment.clinic_id, fiscal_year=assessment.fiscal_year)
    item = sheet.get_item(item_key)
    assessments.answer_item(
        session,
        assessment=assessment,
        item=item,
        draft=form.draft,
        targets=form.targets,
        version=form.version,
        answered_by=member_id,
    )
    return item


def go_back(request: Request, year: int, item_key: str, back: str) -> Response:
    """To the page on which the proposal was read."""
    said = _("The proposal is taken over as your answer. You can still change it.")
    if back == "overview":
        return see(request, "show_assessment", year=year, anchor=f"item-{item_key}", said=said)
    return see(request, "show_assessment_item", item_key=item_key, year=year, said=said)


def go_on(request: Request, assessment: Assessment, item: Item) -> Response:
    """To the next item, or back to the list after the last one."""
    said, year = _("%(number)s is saved.", number=item.number), assessment.fiscal_year
    items = editions.read_form(assessment.asked).items
    following = next((after for before, after in pairwise(items) if before.key == item.key), None)
    if following is None:
        return see(request, "show_assessment", year=year, said=said)
    return see(request, "show_assessment_item", item_key=following.key, year=year, said=said)


def show_item(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    fiscal_year: int,
    item_key: str,
    *,
    submitted: Submitted[Any] | None = None,
    other: OwnAnswer | None = None,
    status_code: int = 200,
) -> Response:
    """The item with its evidence; `other` is what a colleague saved while this was written."""
    sheet = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
    row, material = read_row(session, sheet=sheet, item=sheet.get_item(item_key))
    shown, folded = views.split_statements(row.statements)
    filled = submitted or fill_in(row)
    values = {
        "current": "show_assessment",
        "sheet": sheet,
        "row": row,
        "item": row.item,
        "section": sheet.form.section_of(item_key),
        "scope": sheet.form.scope_of(row.item),
        "submitted": filled,
        "version": other.version if other else filled.values.get("version", 0),
        "other": other,
        "shown": shown,
        "folded": folded,
        **views.words_of_item(sheet, row, material),
    }
    return page(request, "clinic/assessment/item.html", values, status_code=409 if other else status_code)


def fill_in(row: Row) -> Submitted[Any]:
    """The answer as it stands; where there is none, today's date and everything that could be leaned on."""
    answer = row.answer
    if answer is None:
        targets = row.proposal.targets if row.proposal else targets_of(row.revision_ids, [])
        known = {"checked_on": clock.today(), "version": 0}
    else:
        linked = [link for link in row.links if not link.is_disclosure_answer]
        targets = {Target(link.kind, link.revision_id, link.document_id, link.note) for link in linked}
        known = {name: getattr(answer, name) for name in (*assessments.FIELDS, "version")}
        known["checked_on"] = answer.checked_on or clock.today()
    return blank(
        **known,
        revisions=[str(target.revision_id) for target in targets if target.revision_id],
        documents=[str(target.document_id) for target in targets if target.document_id],
        note=next((target.note for target in targets if target.note), ""),
    )
