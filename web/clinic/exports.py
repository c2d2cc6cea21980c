"""Tables to take away that have no module of their own."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services import api_tokens, contacts, groups, history, members, outbox, submissions, webhooks
from services.refusals import NotFound
from services.reports.answers_table import answers_table, remarks_table
from services.reports.office_tables import (
    deliveries_table,
    groups_table,
    log_table,
    mails_table,
    tokens_table,
    webhooks_table,
)
from services.reports.tables import contacts_table, members_table
from services.submitted import SubmittedRequest, list_submitted
from web.access import ClinicDep, OwnedClinicDep, SessionDep, SubmissionDep
from web.access_log import record_look
from web.clinic.outbox import FilterDep
from web.clinic.vendors import ViewDep, find_lines
from web.downloads import download_table

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
    return download_table(form, mails_table(outbox.list_all_mails(session, clinic_id=clinic.id, filtered=state)))


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


@router.get("/settings/groups.{form}")
def download_consents(request: Request, session: SessionDep, clinic: OwnedClinicDep, form: Form) -> Response:
    record_look(request, session, "group.exported", clinic_id=clinic.id, format=form)
    return download_table(form, groups_table(groups.list_consents(session, clinic_id=clinic.id)))


@router.get("/settings/api-tokens.{form}")
def download_api_tokens(request: Request, session: SessionDep, clinic: OwnedClinicDep, form: Form) -> Response:
    """The tokens that were not revoked: how each begins, never the token."""
    record_look(request, session, "token.exported", clinic_id=clinic.id, format=form)
    return download_table(form, tokens_table(api_tokens.list_tokens(session, clinic_id=clinic.id)))


@router.get("/settings/webhooks.{form}")
def download_webhooks(request: Request, session: SessionDep, clinic: OwnedClinicDep, form: Form) -> Response:
    record_look(request, session, "webhook.exported", clinic_id=clinic.id, format=form)
    return download_table(form, webhooks_table(webhooks.list_webhooks(session, clinic_id=clinic.id)))


@router.get("/settings/notices-sent.{form}")
def download_deliveries(request: Request, session: SessionDep, clinic: OwnedClinicDep, form: Form) -> Response:
    """The notices of the last 30 days to all receivers."""
    record_look(request, session, "webhook.exported", clinic_id=clinic.id, format=form)
    return download_table(form, deliveries_table(webhooks.list_all_deliveries(session, clinic_id=clinic.id)))


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
