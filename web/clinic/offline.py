"""The clinic's own form as a workbook: taken away, filled in elsewhere, brought back; only a press takes it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import AnswerValue, Assessment
from services import assessments, clock, evidence, offline_answers
from services.assessment_refusals import AnswerIncomplete, OwnAnswerEditedMeanwhile
from services.assessments import FIELDS, Sheet
from services.edition_forms import Item
from services.languages import _, ngettext
from services.offline_answers import NotThisForm
from services.offline_layout import OWN_COLUMNS
from services.own_answers import Draft
from services.reports.offline_form import offline_form_bytes, own_form
from web.access import ClinicDep, EditableAssessmentDep, FiscalYearDep, MemberDep, SessionDep
from web.access_log import record_look
from web.downloads import XLSX, attachment_headers
from web.forms import Submitted, check
from web.rendering import page, see
from web.vendor.answer_fields import TypedDep
from web.workbooks import FILE_LIMIT, MembersWorkbookDep, preview_values

router = APIRouter()


class OwnFields(BaseModel):
    """One item of the workbook; what it does not say stays as it is saved."""

    answer: AnswerValue | None = None
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = Field("", max_length=4000)
    owner_name: str = Field("", max_length=100)
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    version: int = Field(0, ge=0)


@router.get("/assessment/offline")
def show_own_offline(request: Request, session: SessionDep, assessment: EditableAssessmentDep) -> Response:
    return start_page(request, assessment)


@router.get("/assessment/offline.xlsx")
def download_own_offline(
    request: Request, session: SessionDep, clinic: ClinicDep, fiscal_year: FiscalYearDep
) -> Response:
    sheet = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
    record_look(request, session, "assessment.exported", clinic_id=clinic.id, fiscal_year=fiscal_year, format="offline")
    content = offline_form_bytes(own_form(sheet, clinic_name=clinic.name))
    return Response(content, media_type=XLSX, headers=attachment_headers(f"{_('Form')}_{clinic.name}.xlsx"))


@router.post("/assessment/offline", max_body_size=FILE_LIMIT)
def upload_own_offline(
    request: Request, read: MembersWorkbookDep, session: SessionDep, assessment: EditableAssessmentDep
) -> Response:
    """What was understood beside what is saved; nothing is taken over yet."""
    if read.workbook is None:
        return start_page(request, assessment, wrong=read.sentence or _("Please choose a file first."))
    sheet = sheet_of(session, assessment)
    try:
        found = offline_answers.understand(
            read.workbook, items=sheet.form.items, stored=sheet.answers, columns=OWN_COLUMNS
        )
    except NotThisForm as refusal:
        return start_page(request, assessment, wrong=f"{refusal} {refusal.say(refusal.advice)}")
    values = preview_values(found, total=sheet.form.item_count, file_name=read.file_name)
    return page(request, "clinic/offline/preview.html", values | addresses_of(request, assessment))


@router.post("/assessment/offline/take")
def take_own_offline(
    request: Request, session: SessionDep, assessment: EditableAssessmentDep, viewer: MemberDep, typed: TypedDep
) -> Response:
    """Save the items that were ticked in the preview; what cannot be saved is told with the way to its item."""
    sheet, taken, left = sheet_of(session, assessment), 0, []
    for item in sheet.form.items:
        if typed.get(f"take.{item.key}") == "true":
            sentences = save_item(session, assessment, sheet, item, typed, viewer)
            taken += not sentences
            left += [(item, sentence) for sentence in sentences]
    said = ngettext("%(count)s answer was taken from the file.", "%(count)s answers were taken from the file.", taken)
    if not left:
        return see(request, "show_assessment", year=assessment.fiscal_year, said=said)
    return left_page(request, assessment, said, left)


def save_item(
    session: SessionDep, assessment: Assessment, sheet: Sheet, item: Item, typed: Mapping[str, str], viewer: MemberDep
) -> list[str]:
    """Save one item as the workbook says it; returns the sentences of what is in the way, with nothing saved then."""
    values = {name: typed[f"{item.key}.{name}"] for name in OwnFields.model_fields if f"{item.key}.{name}" in typed}
    read = check(OwnFields, values)
    if read.form is None:
        return list(read.errors.values())
    stored = sheet.answers.get(item.key)
    draft = Draft(**{name: getattr(stored, name) for name in FIELDS}) if stored else Draft()
    given = {"value" if name == "answer" else name: getattr(read.form, name) for name in values if name != "version"}
    draft = replace(draft, **given)
    if draft.value and draft.checked_on is None:
        draft = replace(draft, checked_on=clock.today())
    try:
        assessments.answer_item(
            session,
            assessment=assessment,
            item=item,
            draft=draft,
            targets=evidence.list_targets(session, assessment=assessment, item_key=item.key),
            version=read.form.version,
            answered_by=viewer.member_id,
        )
    except AnswerIncomplete as refusal:
        return list(refusal.faults.values())
    except OwnAnswerEditedMeanwhile:
        return [_("A colleague has changed it meanwhile. Please look at it there.")]
    return []


def sheet_of(session: SessionDep, assessment: Assessment) -> Sheet:
    """The form with its answers."""
    return assessments.get_sheet(session, clinic_id=assessment.clinic_id, fiscal_year=assessment.fiscal_year)


def start_page(request: Request, assessment: Assessment, *, wrong: str = "") -> Response:
    """How it works: take the form away, and bring it back."""
    values = {
        "submitted": Submitted[Any](errors={"files": wrong} if wrong else {}),
        "upload_limit": FILE_LIMIT,
        **addresses_of(request, assessment),
    }
    return page(request, "clinic/offline/start.html", values, status_code=422 if wrong else 200)


def left_page(request: Request, assessment: Assessment, said: str, left: list[tuple[Item, str]]) -> Response:
    """The items that could not be saved, each with the way to its page."""
    year, addresses = assessment.fiscal_year, request.app.state.addresses
    told = [
        (item, sentence, f"{addresses('show_assessment_item', item_key=item.key)}?year={year}")
        for item, sentence in left
    ]
    values = {"said": said, "left": told, **addresses_of(request, assessment)}
    return page(request, "clinic/offline/left.html", values, status_code=422)


def addresses_of(request: Request, assessment: Assessment) -> dict[str, Any]:
    """Where the pages of this way lead."""
    addresses, year = request.app.state.addresses, f"?year={assessment.fiscal_year}"
    return {
        "current": "show_assessment",
        "back": (addresses("show_assessment") + year, _("Own check")),
        "start_url": addresses("show_own_offline") + year,
        "download_url": addresses("download_own_offline") + year,
        "upload_url": addresses("upload_own_offline") + year,
        "take_url": addresses("take_own_offline") + year,
    }
