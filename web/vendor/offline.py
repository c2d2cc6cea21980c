"""The form as a workbook: downloaded, filled in elsewhere, uploaded; a preview, and only a press takes it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services import answers, documents, offline_answers, submissions
from services.answers import AnswerEditedMeanwhile, Worksheet
from services.history import record
from services.languages import _, language, ngettext
from services.offline_answers import NotThisForm, Understood
from services.reports.offline_form import OfflineForm, offline_form_bytes, vendor_form
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from web.access import SessionDep, VendorViewerDep
from web.access_log import record_look
from web.downloads import XLSX, attachment_headers
from web.forms import Submitted
from web.rendering import see
from web.vendor.answer_fields import TypedDep, read_item, told
from web.vendor.checklist import save_item
from web.vendor.frame import item_address, vendor_page
from web.workbooks import FILE_LIMIT, WorkbookDep, preview_values

router = APIRouter()


@router.get("/answer/{submission_id}/offline", name="show_offline_form")
def show_offline_form(request: Request, session: SessionDep, viewer: VendorViewerDep) -> Response:
    if refusal_to_answer(viewer.submission) is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    return offline_page(request, session, viewer)


def offline_page(request: Request, session: SessionDep, viewer: VendorViewer, *, wrong: str = "") -> Response:
    """How it works: take the form away, and bring it back."""
    return vendor_page(
        request,
        viewer,
        "vendor/offline.html",
        {"submitted": Submitted[Any](errors={"files": wrong} if wrong else {}), "upload_limit": FILE_LIMIT},
        sheet=answers.read_worksheet(session, submission=viewer.submission),
        step="welcome",
        has_documents=bool(documents.list_own_documents(session, submission=viewer.submission)),
        status_code=422 if wrong else 200,
    )


@router.get("/answer/{submission_id}/offline.xlsx", name="download_offline_form")
def download_offline_form(request: Request, session: SessionDep, viewer: VendorViewerDep) -> Response:
    refusal = refusal_to_answer(viewer.submission)
    if refusal is not None:
        raise refusal
    submission = viewer.submission
    vendor = submissions.get_vendor_of(session, submission=submission)
    form = form_to_take(session, viewer, vendor.name)
    subject = ("submission", submission.id)
    record_look(
        request,
        session,
        "answer.form_downloaded",
        clinic_id=submission.clinic_id,
        subject=subject,
        submission_id=submission.id,
    )
    name = f"{_('Form')}_{viewer.clinic.name}_{vendor.name}.xlsx"
    return Response(offline_form_bytes(form), media_type=XLSX, headers=attachment_headers(name))


def form_to_take(session: SessionDep, viewer: VendorViewer, vendor_name: str) -> OfflineForm:
    """The items that are open, with what is saved of them."""
    sheet = answers.read_worksheet(session, submission=viewer.submission)
    systems = submissions.list_covered_systems(session, submission=viewer.submission)
    return vendor_form(
        viewer.submission,
        title=sheet.form.title.in_language(language.get()),
        items=sheet.open_items,
        answers=sheet.answers,
        clinic_name=viewer.clinic.name,
        vendor_name=vendor_name,
        systems=[system.name for system in systems],
    )


@router.post("/answer/{submission_id}/offline", name="upload_offline_form", max_body_size=FILE_LIMIT)
def upload_offline_form(request: Request, read: WorkbookDep, session: SessionDep, viewer: VendorViewerDep) -> Response:
    """What was understood beside what is saved; nothing is taken over yet."""
    if read.workbook is None:
        return offline_page(request, session, viewer, wrong=read.sentence or _("Please choose a file first."))
    sheet = answers.read_worksheet(session, submission=viewer.submission)
    try:
        found = offline_answers.understand(read.workbook, items=sheet.open_items, stored=sheet.answers)
    except NotThisForm as refusal:
        return offline_page(request, session, viewer, wrong=f"{refusal} {refusal.say(refusal.advice)}")
    return preview_page(request, viewer, sheet, found, file_name=read.file_name)


def preview_page(
    request: Request, viewer: VendorViewer, sheet: Worksheet, found: Sequence[Understood], *, file_name: str
) -> Response:
    """Each item that would change, with both texts; items with unclear cells; how many say the same already."""
    values = preview_values(found, total=sheet.total, file_name=file_name)
    return vendor_page(request, viewer, "vendor/offline_preview.html", values, sheet=sheet, step="welcome")


@router.post("/answer/{submission_id}/offline/take", name="take_offline_answers")
def take_offline_answers(request: Request, session: SessionDep, viewer: VendorViewerDep, typed: TypedDep) -> Response:
    """Save the items that were ticked in the preview; what cannot be saved is told with the way to its item."""
    refusal = refusal_to_answer(viewer.submission)
    if refusal is not None:
        raise refusal
    sheet = answers.read_worksheet(session, submission=viewer.submission)
    taken, left = save_ticked(session, viewer, sheet, typed)
    submission = viewer.submission
    record(
        session,
        "answer.taken_over",
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        count=taken,
    )
    said = ngettext("%(count)s answer was taken from the file.", "%(count)s answers were taken from the file.", taken)
    if not left:
        return see(request, "show_finish", submission_id=submission.id, said=said)
    items = [(item, sentence, item_address(request, sheet, item.key)) for item, sentence in left]
    values = {"said": said, "left": items}
    return vendor_page(
        request, viewer, "vendor/offline_left.html", values, sheet=sheet, step="welcome", status_code=422
    )


def save_ticked(
    session: SessionDep, viewer: VendorViewer, sheet: Worksheet, typed: Mapping[str, str]
) -> tuple[int, list[tuple[Any, str]]]:
    """How many items were saved, and each that was not or not whole, with its sentence."""
    taken, left = 0, []
    for item in sheet.open_items:
        if typed.get(f"take.{item.key}") != "true":
            continue
        reading = read_item(typed, item)
        try:
            saved = save_item(session, viewer, item, reading)
        except AnswerEditedMeanwhile:
            left.append((item, _("A colleague has changed it meanwhile. Please look at it there.")))
            continue
        wrong = reading.errors | told(item, saved.faults)
        taken += 1
        left += [(item, sentence) for sentence in wrong.values()]
    return taken, left
