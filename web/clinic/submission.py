"""One request: where it stands, what was sent, what the vendor said beside last year, and everything that happened."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from models import Clinic, ContactWay, DocumentKind, OutcomeKind, Revision, ScanState, Side, Source, Stage, Submission
from services import (
    comparison,
    contact_log,
    delivery_steps,
    due_dates,
    editions,
    handed_over,
    history,
    holders,
    link_states,
    notes,
    outcomes,
    progress,
    reminders,
    reviews,
    scheduled_reminders,
    submissions,
    submitting,
    threads,
    transcripts,
    withdrawals,
)
from services.addressees import find_addressee
from services.formats import format_date
from services.languages import _
from services.links import WHOLE
from services.official_filling import has_official_workbook
from services.options import names_of
from services.submission_refusals import DueDatePassed
from services.years import explain_year_of
from web.access import ClinicDep, EditableClinicDep, EditableSubmissionDep, SessionDep, SubmissionDep
from web.access_log import record_look
from web.clinic.answer_views import view_answers
from web.clinic.delivery_words import tell_steps
from web.clinic.reminder_words import describe_plan
from web.clinic.submission_words import describe_obstacle, describe_stage, name_link_states, name_sections, tell_story
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class DueForm(BaseModel):
    """Another day."""

    due_on: date


class WithdrawalForm(BaseModel):
    """Whether the vendor is told."""

    tell: bool = False


@router.get("/submissions/{submission_id}")
def show_submission(request: Request, session: SessionDep, clinic: ClinicDep, submission: SubmissionDep) -> Response:
    return show_page(request, session, clinic, submission, blank(due_on=submission.due_on.isoformat()))


@router.post("/submissions/{submission_id}/due")
def change_due(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    submitted: Annotated[Submitted[DueForm], Depends(read(DueForm))],
) -> Response:
    if submitted.form:
        try:
            due_dates.give_time(session, submission=submission, due_on=submitted.form.due_on)
            return see(request, "show_submission", submission_id=submission.id, said=say_due(submission))
        except DueDatePassed as refusal:
            submitted.errors["due_on"] = f"{refusal} {refusal.say(refusal.advice)}"
    return show_page(request, session, clinic, submission, submitted, status_code=422)


@router.get("/submissions/{submission_id}/withdraw")
def show_withdrawal(request: Request, session: SessionDep, submission: EditableSubmissionDep) -> Response:
    values = {
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "addressee": find_addressee(session, submission=submission) if submission.sent_at else None,
        "submitted": blank(tell="true"),
    }
    return page(request, "clinic/submission/withdraw.html", values | {"current": "show_dashboard"})


@router.post("/submissions/{submission_id}/withdraw")
def withdraw(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    submitted: Annotated[Submitted[WithdrawalForm], Depends(read(WithdrawalForm))],
) -> Response:
    tell = submitted.form.tell if submitted.form else False
    withdrawals.withdraw_request(session, clinic=clinic, submission=submission, tell=tell)
    return see(request, "show_submission", submission_id=submission.id, said=_("The request is withdrawn."))


@router.get("/submissions/{submission_id}/revisions/{number}")
def show_revision(
    request: Request, session: SessionDep, clinic: ClinicDep, submission: SubmissionDep, number: int
) -> Response:
    revision = submitting.get_revision(session, submission=submission, number=number)
    older = submitting.get_revision(session, submission=submission, number=number - 1) if number > 1 else None
    verdict = reviews.list_reviews(session, submission=submission).get(revision.id)
    compared = comparison.compare_revisions(submission, revision, older)
    values = {
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "revision": revision,
        "older": older,
        "review": verdict,
        "transcript": transcripts.find_transcript(session, revision=revision),
        "sources": names_of(Source),
        "remarks": reviews.list_remarks(session, review=verdict) if verdict else {},
        "people": holders.name_people(session, submission=submission),
        **list_talks(request, session, submission),
        "view": view_answers(compared),
        **file_changes(revision, older),
    }
    note_look(request, session, clinic, submission, revision)
    return page(request, "clinic/submission/revision.html", values | {"current": "show_dashboard"})


def show_page(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    submission: Submission,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    """The page of a request; whoever sees submitted answers on it is noted."""
    revisions = submissions.list_revisions(session, submission=submission)
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "submitted": submitted,
        "revisions": revisions,
        "revision": revisions[0] if revisions else None,
        "reviews": reviews.list_reviews(session, submission=submission),
        "has_official": has_official_workbook(
            session, clinic_id=clinic.id, edition_id=submission.edition_id, form_id=submission.asked["id"]
        ),
        **describe_standing(session, submission, revisions),
        **list_what_was_sent(request, session, clinic, submission),
    }
    if revisions:
        values |= compare_with_last_year(session, submission, revisions[0])
        note_look(request, session, clinic, submission, revisions[0])
    return page(request, "clinic/submission/show.html", values, status_code=status_code)


def describe_standing(session: SessionDep, submission: Submission, revisions: list[Revision]) -> dict[str, Any]:
    """Where the request stands and which steps make sense now."""
    answered, total = progress.count_told(session, submission=submission)
    outcome = outcomes.find_outcome(session, submission=submission)
    plan = scheduled_reminders.find_plan(session, submission=submission)
    return {
        "systems": submissions.list_covered_systems(session, submission=submission),
        "meaning": describe_stage(submission, outcome),
        "outcome": outcome,
        "outcomes": names_of(OutcomeKind),
        "can_end": outcomes.can_end(submission),
        "can_type_in": transcripts.can_type_in(submission),
        "transcripts": transcripts.find_transcripts(session, revisions=revisions),
        "sources": names_of(Source),
        "year_sentence": explain_year_of(submission),
        "answered": answered,
        "total": total,
        "was_late": bool(revisions) and submitting.is_late(submission, revisions[0]),
        "can_remind": reminders.can_be_reminded(submission),
        "may_send": reminders.can_be_sent(submission),
        "addressee": find_addressee(session, submission=submission),
        "next_reminder": describe_plan(plan),
        "reminders": plan.switch if plan else "",
    }


def list_what_was_sent(request: Request, session: SessionDep, clinic: Clinic, submission: Submission) -> dict[str, Any]:
    """Links, documents and everything that happened."""
    vendor = submissions.get_vendor_of(session, submission=submission)
    events = history.list_submission_events(session, clinic_id=clinic.id, submission_id=submission.id)
    links = link_states.list_links(session, submission=submission)
    return {
        "vendor": vendor,
        "links": links,
        "steps": tell_steps(delivery_steps.list_steps(session, submission=submission)),
        "holders": holders.present_holders(session, submission=submission),
        **list_talks(request, session, submission),
        "people": holders.name_people(session, submission=submission),
        "section_titles": name_sections(submission),
        "obstacle": describe_obstacle(links) if reminders.can_be_reminded(submission) else "",
        "link_words": name_link_states(),
        "documents": list_documents(session, submission),
        "document_kinds": names_of(DocumentKind),
        "scan_states": names_of(ScanState),
        "contacts": contact_log.list_contacts(session, submission=submission),
        "ways": names_of(ContactWay),
        "story": tell_story(events, name=vendor.name),
    }


def compare_with_last_year(session: SessionDep, submission: Submission, revision: Revision) -> dict[str, Any]:
    """The answers beside those of a year before, with what was said about them when they were returned."""
    last_year = comparison.find_last_year(session, submission=submission)
    is_settled = submission.stage is Stage.ACCEPTED
    return {
        "last_year": last_year,
        "view": view_answers(comparison.compare_years(submission, revision, last_year)),
        "remarks": {} if is_settled else reviews.list_last_remarks(session, submission=submission),
    }


def list_talks(request: Request, session: SessionDep, submission: Submission) -> dict[str, Any]:
    """What was said on each item and on the whole, as the reader sees it, and the notes of one's own."""
    reader = str(request.state.viewer.member_id)
    found = threads.list_conversations(session, submission=submission, side=Side.CLINIC, reader=reader)
    return {
        "conversations": found,
        "notes": notes.list_notes(session, submission=submission),
        "talks": [found[key] for key in sorted(found)],
        "whole": WHOLE,
        "numbers": {item.key: item.number for item in editions.read_form(submission.asked).items},
    }


def list_documents(session: SessionDep, submission: Submission) -> list[handed_over.HandedOver]:
    """What was handed over with the request."""
    return handed_over.list_handed_over(session, clinic_id=submission.clinic_id, submission_id=submission.id)


def file_changes(revision: Revision, older: Revision | None) -> dict[str, Any]:
    """Which files came and went between two versions."""
    before = {document["id"]: document for document in older.documents} if older else {}
    now = {document["id"]: document for document in revision.documents}
    return {
        "files_added": [document for identity, document in now.items() if identity not in before],
        "files_removed": [document for identity, document in before.items() if identity not in now],
        "files_kept": [document for identity, document in now.items() if identity in before],
    }


def note_look(
    request: Request, session: SessionDep, clinic: Clinic, submission: Submission, revision: Revision
) -> None:
    """Record who looks at submitted answers before they are shown."""
    record_look(
        request,
        session,
        "submission.viewed",
        clinic_id=clinic.id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        revision=revision.number,
    )


def say_due(submission: Submission) -> str:
    """The new day, and a word where it is an unusual one."""
    said = _("The vendor now has time until %(day)s.", day=format_date(submission.due_on))
    if not due_dates.is_in_fiscal_year(submission.due_on, submission.fiscal_year):
        said += " " + _("Please note that this day does not lie in the fiscal year asked for.")
    return said
