"""Tables to take away that have no module of their own, and everything of a clinic as one workbook."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services import contacts, history, members, outbox, submissions
from services.languages import _
from services.refusals import NotFound
from services.reports.answers_table import answers_table, remarks_table
from services.reports.tables import contacts_table, members_table
from services.submitted import SubmittedRequest, list_submitted
from web.access import ClinicDep, ConfirmedMemberDep, OwnedClinicDep, SessionDep, SubmissionDep
from web.access_log import record_look
from web.clinic.everything import gather_everything
from web.clinic.log import log_table
from web.clinic.outbox import FilterDep, outbox_table
from web.clinic.vendors import ViewDep, find_lines
from web.downloads import download_table, download_workbook

router = APIRouter()

Form = Literal["csv", "xlsx"]


@router.get("/contacts.{form}")
def download_contacts(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep, form: Form) -> Response:
    """The contacts of the vendors that the list shows."""
    record_look(request, session, "contact.exported", clinic_id=clinic.id, format=form)
    shown = [line.id for line in find_lines(session, clinic, view)]
    lines = contacts.list_contact_lines(session, clinic_id=clinic.id, vendor_ids=shown)
    return download_table(form, contacts_table(lines))


@router.get("/outbox.{form}")
def download_outbox(request: Request, session: SessionDep, clinic: ClinicDep, state: FilterDep, form: Form) -> Response:
    """The mails that the outbox shows, without their text."""
    record_look(request, session, "mail.exported", clinic_id=clinic.id, format=form)
    return download_table(form, outbox_table(outbox.list_all_mails(session, clinic_id=clinic.id, filtered=state)))


@router.get("/members.{form}")
def download_members(request: Request, session: SessionDep, clinic: OwnedClinicDep, form: Form) -> Response:
    record_look(request, session, "member.exported", clinic_id=clinic.id, format=form)
    return download_table(form, members_table(members.list_members(session, clinic_id=clinic.id)))


@router.get("/submissions/{submission_id}/answers.{form}")
def download_answers(
    request: Request, session: SessionDep, clinic: ClinicDep, submission: SubmissionDep, form: Form
) -> Response:
    """The newest answers to one request."""
    found = find_submitted(session, clinic, submission)
    note_export(request, session, submission, "answers", form)
    return download_table(form, answers_table([found]))


@router.get("/submissions/{submission_id}/remarks.{form}")
def download_remarks(
    request: Request, session: SessionDep, clinic: ClinicDep, submission: SubmissionDep, form: Form
) -> Response:
    """What the clinic said about the answers to one request."""
    found = find_submitted(session, clinic, submission)
    note_export(request, session, submission, "remarks", form)
    return download_table(form, remarks_table([found]))


@router.get("/submissions/{submission_id}/history.{form}")
def download_history(
    request: Request, session: SessionDep, clinic: ClinicDep, submission: SubmissionDep, form: Form
) -> Response:
    """Everything that happened with one request."""
    note_export(request, session, submission, "history", form)
    events = history.list_submission_events(session, clinic_id=clinic.id, submission_id=submission.id)
    vendor = submissions.get_vendor_of(session, submission=submission)
    return download_table(form, log_table(events, {str(submission.id): vendor.name}))


@router.get("/settings/everything.xlsx")
def download_everything(
    request: Request, session: SessionDep, clinic: OwnedClinicDep, _confirmed: ConfirmedMemberDep
) -> Response:
    """Every table of the clinic, one sheet each."""
    record_look(request, session, "clinic.exported", clinic_id=clinic.id, format="xlsx")
    return download_workbook(_("Everything of %(clinic)s", clinic=clinic.name), gather_everything(session, clinic))


def find_submitted(session: SessionDep, clinic: ClinicDep, submission: SubmissionDep) -> SubmittedRequest:
    """The newest answers; raises NotFound where nothing was submitted."""
    found = list_submitted(session, clinic_id=clinic.id, submission_id=submission.id)
    if not found:
        raise NotFound
    return found[0]


def note_export(request: Request, session: SessionDep, submission: SubmissionDep, what: str, form: Form) -> None:
    """Record who takes a table of a request along, before it is given out."""
    record_look(
        request,
        session,
        "submission.exported",
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        table=what,
        format=form,
    )
