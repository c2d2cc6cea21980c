"""Typed in by the clinic: the vendor's own form, filled in from a fax or a talk, with its scan, and marked as such."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic, Document, Source, Submission
from services import answers, completeness, documents, editions, submissions, transcripts
from services.file_types import ACCEPTED_EXTENSIONS
from services.languages import _, ngettext
from services.options import names_of
from services.refusals import AlreadySubmitted, EditedMeanwhile, NotSubmittable
from services.transcripts import Provenance
from web.access import EditableClinicDep, EditableSubmissionDep, MemberDep, SessionDep
from web.clinic.scans import ScansDep
from web.forms import Submitted, check
from web.rendering import page, see
from web.texts import PastDay
from web.uploads import BODY_LIMIT, enter
from web.vendor.answer_fields import TypedDep, read_item, told, values_of
from web.vendor.checklist import limits_of

router = APIRouter()


class ProvenanceForm(BaseModel):
    """Where the answers come from; a draft may still lack parts of it."""

    source: Source = Source.FAX
    said_by: str = Field("", max_length=100)
    said_by_title: str = Field("", max_length=100)
    said_on: PastDay | None = None
    note: str = Field("", max_length=2000)
    version: int = Field(0, ge=0)


@router.get("/submissions/{submission_id}/transcript")
def show_transcript(
    request: Request, session: SessionDep, clinic: EditableClinicDep, submission: EditableSubmissionDep
) -> Response:
    if not transcripts.can_type_in(submission):
        raise AlreadySubmitted
    return transcript_page(request, session, clinic, submission, {}, {})


@router.post("/submissions/{submission_id}/transcript")
def save_transcript(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    typed: TypedDep,
) -> Response:
    """Save whatever is valid; with the other button, hand it in where nothing is missing."""
    errors = keep(session, submission, typed, viewer.name)
    if not errors and typed.get("then") == "submit":
        try:
            transcripts.submit_transcript(session, clinic=clinic, submission=submission, typed_by=viewer.name)
        except NotSubmittable as refusal:
            errors = find_missing(session, submission) | {"form": f"{refusal} {refusal.say(refusal.advice)}"}
        else:
            said = _("The answers are entered, marked as typed in by you.")
            return see(request, "show_submission", submission_id=submission.id, said=said)
    if errors:
        return transcript_page(request, session, clinic, submission, typed, errors, status_code=422)
    said = _("Saved. Nothing is handed in yet.")
    return see(request, "show_transcript", submission_id=submission.id, said=said)


@router.post("/submissions/{submission_id}/transcript/scans", max_body_size=BODY_LIMIT)
def attach_scans(
    request: Request,
    arrivals: ScansDep,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    replaces: UUID | None = None,
) -> Response:
    """Scans that have arrived are attached; one that is not taken does not lose the others, nor what it replaces."""
    add = partial(add_scan, session, submission, viewer.name)
    taken = sum(enter(arrival, add) is not None for arrival in arrivals)
    refused = [arrival for arrival in arrivals if arrival.refusal]
    if refused or not arrivals:
        sentence = " ".join(f"{one.file_name}: {one.refusal}" for one in refused) or _("Please choose a file first.")
        return transcript_page(request, session, clinic, submission, {}, {"form": sentence}, status_code=422)
    if replaces is not None:
        transcripts.remove_scan(session, submission=submission, document_id=replaces)
    said = ngettext("%(count)s scan is attached.", "%(count)s scans are attached.", taken)
    return see(request, "show_transcript", submission_id=submission.id, said=said, anchor="scans")


@router.post("/submissions/{submission_id}/transcript/scans/{scan_id}/remove")
def remove_scan(request: Request, session: SessionDep, submission: EditableSubmissionDep, scan_id: UUID) -> Response:
    scan = transcripts.remove_scan(session, submission=submission, document_id=scan_id)
    said = _("%(name)s has been removed.", name=scan.file_name)
    return see(request, "show_transcript", submission_id=submission.id, said=said, anchor="scans")


def keep(session: SessionDep, submission: Submission, typed: Mapping[str, str], typed_by: str) -> dict[str, str]:
    """Save the form; returns a sentence for each field that could not be taken."""
    names = set(ProvenanceForm.model_fields)
    read = check(ProvenanceForm, {name: text for name, text in typed.items() if name in names})
    if read.form is None:
        return read.errors
    form = editions.read_form(submission.asked)
    readings = {item.key: read_item(typed, item) for item in form.items}
    provenance = Provenance(**read.form.model_dump(exclude={"version"}))
    try:
        _kept, faults = transcripts.save_transcript(
            session,
            submission=submission,
            provenance=provenance,
            given={key: reading.given for key, reading in readings.items()},
            version=read.form.version,
            typed_by=typed_by,
        )
    except EditedMeanwhile as refusal:
        return {"form": f"{refusal} {refusal.say(refusal.advice)}"}
    errors: dict[str, str] = {}
    for item in form.items:
        errors |= readings[item.key].errors | told(item, faults.get(item.key, {}))
    return errors


def find_missing(session: SessionDep, submission: Submission) -> dict[str, str]:
    """A sentence for each field without which nothing can be handed in."""
    draft, form = transcripts.read_draft(session, submission=submission), editions.read_form(submission.asked)
    transcript = draft.transcript
    missing = {
        name: _("Please fill this in.")
        for name in ("said_by", "said_on")
        if transcript is None or not getattr(transcript, name)
    }
    for gap in completeness.find_gaps(form.items, draft.answers):
        missing.setdefault(f"{gap.item.key}.answer", str(gap))
    return missing


def add_scan(session: SessionDep, submission: Submission, person: str, **file: Any) -> Document:
    """Enter a kept file as a scan."""
    transcript = transcripts.hold_draft(session, submission=submission, typed_by=person)
    document = documents.enter_document(session, submission=submission, person=person, is_from_clinic=True, **file)
    transcripts.attach_scan(session, transcript=transcript, document=document)
    return document


def transcript_page(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    submission: Submission,
    typed: Mapping[str, str],
    errors: dict[str, str],
    *,
    status_code: int = 200,
) -> Response:
    """The form on one page, with where the answers come from on top and the scans beside it."""
    draft, form = transcripts.read_draft(session, submission=submission), editions.read_form(submission.asked)
    values: dict[str, Any] = {}
    for item in form.items:
        values |= values_of(item, draft.answers.get(item.key))
    names = set(ProvenanceForm.model_fields) - {"version"}
    if draft.transcript:
        values |= draft.transcript.model_dump(include=names, mode="json")
    shown = dict.fromkeys(names, "") | {"source": Source.FAX.value} | values
    shown |= {name: text for name, text in typed.items() if name in shown}
    context = {
        "current": "show_dashboard",
        "clinic": clinic,
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "form": form,
        "draft": draft,
        "sources": list(names_of(Source).items()),
        "limits": {item.key: limits_of(submission, item) for item in form.items},
        "provenance": editions.describe_provenance,
        "has_begun": bool(answers.list_answers(session, submission=submission)),
        "extensions": ",".join(ACCEPTED_EXTENSIONS),
        "submitted": Submitted(values=shown, errors=errors),
    }
    return page(request, "clinic/transcripts/form.html", context, status_code=status_code)
