"""What came on paper, typed in as a workbook: the vendor's form taken away, filled in, brought back into the draft."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from models import Source, Submission
from models.database import Database
from services import editions, offline_answers, submissions, transcripts
from services.edition_forms import Form, Item
from services.languages import _, language, ngettext
from services.offline_answers import NotThisForm
from services.refusals import AlreadySubmitted, EditedMeanwhile, refuse_if
from services.reports.offline_form import offline_form_bytes, vendor_form
from services.transcripts import Provenance
from web.access import EditableClinicDep, EditableSubmissionDep, MemberDep, SessionDep, get_database
from web.access_log import record_look
from web.clinic.scans import refuse_unwelcome
from web.downloads import XLSX, attachment_headers
from web.forms import Submitted
from web.rendering import page, see
from web.vendor.answer_fields import TypedDep, read_item, told
from web.workbooks import FILE_LIMIT, ReadWorkbook, preview_values, reading

router = APIRouter()


async def receive_workbook(
    request: Request, submission_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[ReadWorkbook]:
    """The first file sent by somebody who may type in answers here, read; before the session, because it takes time."""
    request.state.is_upload = True
    rule = transcripts.can_type_in
    await run_in_threadpool(refuse_unwelcome, request, database, submission_id, rule, AlreadySubmitted())
    async with reading(request) as read:
        yield read


WorkbookDep = Annotated[ReadWorkbook, Depends(receive_workbook)]


@router.get("/submissions/{submission_id}/transcript/offline")
def show_transcript_offline(request: Request, session: SessionDep, submission: EditableSubmissionDep) -> Response:
    refuse_if(not transcripts.can_type_in(submission), AlreadySubmitted())
    return start_page(request, session, submission)


@router.get("/submissions/{submission_id}/transcript/offline.xlsx")
def download_transcript_offline(
    request: Request, session: SessionDep, clinic: EditableClinicDep, submission: EditableSubmissionDep
) -> Response:
    refuse_if(not transcripts.can_type_in(submission), AlreadySubmitted())
    form, vendor = form_of(submission), submissions.get_vendor_of(session, submission=submission)
    content = vendor_form(
        submission,
        title=form.title.in_language(language.get()),
        items=form.items,
        answers=transcripts.read_draft(session, submission=submission).answers,
        clinic_name=clinic.name,
        vendor_name=vendor.name,
        systems=[system.name for system in submissions.list_covered_systems(session, submission=submission)],
    )
    subject = ("submission", submission.id)
    record_look(
        request, session, "submission.exported", clinic_id=clinic.id, subject=subject, submission_id=submission.id
    )
    headers = attachment_headers(f"{_('Form')}_{vendor.name}.xlsx")
    return Response(offline_form_bytes(content), media_type=XLSX, headers=headers)


@router.post("/submissions/{submission_id}/transcript/offline", max_body_size=FILE_LIMIT)
def upload_transcript_offline(
    request: Request, read: WorkbookDep, session: SessionDep, submission: EditableSubmissionDep
) -> Response:
    """What was understood beside what is typed in so far; nothing is taken over yet."""
    refuse_if(not transcripts.can_type_in(submission), AlreadySubmitted())
    if read.workbook is None:
        return start_page(request, session, submission, wrong=read.sentence or _("Please choose a file first."))
    form, draft = form_of(submission), transcripts.read_draft(session, submission=submission)
    try:
        found = offline_answers.understand(read.workbook, items=form.items, stored=draft.answers)
    except NotThisForm as refusal:
        return start_page(request, session, submission, wrong=f"{refusal} {refusal.say(refusal.advice)}")
    values = preview_values(found, total=form.item_count, file_name=read.file_name) | {"version": draft.version}
    return page(request, "clinic/offline/preview.html", values | addresses_of(request, session, submission))


@router.post("/submissions/{submission_id}/transcript/offline/take")
def take_transcript_offline(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, viewer: MemberDep, typed: TypedDep
) -> Response:
    """Put the items that were ticked into the draft; where they come from is said on its page before handing in."""
    form = form_of(submission)
    ticked = [item for item in form.items if typed.get(f"take.{item.key}") == "true"]
    readings = {item.key: read_item(typed, item) for item in ticked}
    try:
        _kept, faults = transcripts.save_transcript(
            session,
            submission=submission,
            provenance=provenance_of(session, submission),
            given={key: reading.given for key, reading in readings.items()},
            version=read_version(typed),
            typed_by=viewer.name,
        )
    except EditedMeanwhile as refusal:
        return start_page(request, session, submission, wrong=f"{refusal} {refusal.say(refusal.advice)}")
    wrong = [
        (item, sentence)
        for item in ticked
        for sentence in (readings[item.key].errors | told(item, faults.get(item.key, {}))).values()
    ]
    count = len(ticked)
    said = ngettext("%(count)s answer was taken from the file.", "%(count)s answers were taken from the file.", count)
    if not wrong:
        return see(request, "show_transcript", submission_id=submission.id, said=said)
    return left_page(request, session, submission, said, wrong)


def left_page(
    request: Request, session: SessionDep, submission: Submission, said: str, wrong: list[tuple[Item, str]]
) -> Response:
    """The items that were not taken whole, each with the way to its place in the draft."""
    around = addresses_of(request, session, submission)
    left = [(item, sentence, f"{around['back'][0]}#field-{item.key}.answer") for item, sentence in wrong]
    return page(request, "clinic/offline/left.html", {"said": said, "left": left, **around}, status_code=422)


def form_of(submission: Submission) -> Form:
    """The form as it was asked."""
    return editions.read_form(submission.asked)


def provenance_of(session: SessionDep, submission: Submission) -> Provenance:
    """Where the answers come from, as far as it was said before."""
    known = transcripts.read_draft(session, submission=submission).transcript
    if known is None:
        return Provenance(Source.FAX, "", "", None, "")
    return Provenance(**{name: getattr(known, name) for name in Provenance.__dataclass_fields__})


def read_version(typed: dict[str, str]) -> int:
    """The version of the draft that the preview was made beside."""
    text = typed.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def start_page(request: Request, session: SessionDep, submission: Submission, *, wrong: str = "") -> Response:
    """How it works: take the form away, and bring it back."""
    values = {
        "submitted": Submitted[Any](errors={"files": wrong} if wrong else {}),
        "upload_limit": FILE_LIMIT,
        **addresses_of(request, session, submission),
    }
    return page(request, "clinic/offline/start.html", values, status_code=422 if wrong else 200)


def addresses_of(request: Request, session: SessionDep, submission: Submission) -> dict[str, Any]:
    """Where the pages of this way lead."""
    vendor = submissions.get_vendor_of(session, submission=submission)

    def address(name: str) -> str:
        return str(request.app.state.addresses(name, submission_id=submission.id))

    return {
        "current": "show_dashboard",
        "back": (address("show_transcript"), _("Type in the answers of %(vendor)s", vendor=vendor.name)),
        "start_url": address("show_transcript_offline"),
        "download_url": address("download_transcript_offline"),
        "upload_url": address("upload_transcript_offline"),
        "take_url": address("take_transcript_offline"),
    }
