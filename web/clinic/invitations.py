"""Links for a vendor: mailed, sent to a better address, copied, renewed, taken back, and reminded of."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Submission
from services import contacts, invitations, reminders, submissions
from services.addressees import find_addressee
from services.asking_again import propose_words
from services.bounces import list_flags
from services.languages import _
from services.refusals import CapReached, refuse_if
from services.submission_refusals import AddressBounced, NotWaiting
from services.wordings import list_wordings, propose_wording
from web.access import EditableClinicDep, EditableSubmissionDep, MemberDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Email

router = APIRouter()


class AddressForm(BaseModel):
    """To whom a link goes."""

    email: Email
    name: str = Field("", max_length=100)
    stop_others: bool = False
    message: str | None = Field(None, max_length=4000)
    is_sure: bool = False


class ReminderForm(BaseModel):
    """The words of a reminder; without any, those of the request stand in it."""

    message: str = Field("", max_length=4000)


@router.get("/submissions/{submission_id}/invitations")
def show_invitation_form(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, wording: str = ""
) -> Response:
    addressee = find_addressee(session, submission=submission)
    known = {"email": addressee.email, "name": addressee.name} if addressee else {}
    message = propose_wording(wording, language=submission.language) or submission.message
    return show_form(request, session, submission, blank(**known, stop_others="true", message=message))


@router.post("/submissions/{submission_id}/invitations")
def send_invitation(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    submitted: Annotated[Submitted[AddressForm], Depends(read(AddressForm))],
) -> Response:
    if submitted.form:
        try:
            # An emptied field means no words at all, an absent one that they stay.
            typed = submitted.form.model_dump() | {"message": submitted.values.get("message")}
            reminders.send_link(session, clinic=clinic, submission=submission, sent_by=viewer.member_id, **typed)
            said = _("The request is on its way to %(email)s.", email=submitted.form.email)
            return see(request, "show_submission", submission_id=submission.id, said=said)
        except CapReached as refusal:
            submitted.errors["form"] = f"{refusal} {refusal.say(refusal.advice)}"
        except AddressBounced as refusal:
            submitted.errors["email"] = f"{refusal} {refusal.say(refusal.advice)}"
            return show_form(request, session, submission, submitted, status_code=422, asks_whether_sure=True)
    return show_form(request, session, submission, submitted, status_code=422)


@router.get("/submissions/{submission_id}/reminders")
def show_reminder_form(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, wording: str = ""
) -> Response:
    refuse_if(not reminders.can_be_reminded(submission), NotWaiting())
    message = propose_wording(wording, language=submission.language) or propose_words(session, submission=submission)
    return show_reminder(request, session, submission, blank(message=message))


@router.post("/submissions/{submission_id}/reminders")
def remind_vendor(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    submitted: Annotated[Submitted[ReminderForm], Depends(read(ReminderForm))],
    back: str = "",
) -> Response:
    if submitted.form is None:
        return show_reminder(request, session, submission, submitted, status_code=422)
    sent = reminders.remind_vendor(
        session, clinic=clinic, submission=submission, reminded_by=viewer.member_id, words=submitted.form.message
    )
    said = _("A reminder is on its way to %(email)s.", email=sent.email)
    if back == "dashboard":
        return see(request, "show_dashboard", year=submission.fiscal_year, said=said)
    return see(request, "show_submission", submission_id=submission.id, said=said)


def show_reminder(
    request: Request,
    session: SessionDep,
    submission: Submission,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    """The words that go along, with the ready ones to choose from."""
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "addressee": find_addressee(session, submission=submission),
        "wordings": list_wordings(submission.language),
        "submitted": submitted,
    }
    return page(request, "clinic/submission/remind.html", values, status_code=status_code)


@router.post("/submissions/{submission_id}/link")
def copy_submission_link(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, viewer: MemberDep
) -> Response:
    addressee = find_addressee(session, submission=submission)
    name = addressee.name if addressee else ""
    copied = invitations.copy_link(session, submission=submission, name=name, copied_by=viewer.member_id)
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "copied": copied,
    }
    return page(request, "clinic/submission/link.html", values)


@router.post("/submissions/{submission_id}/invitations/{invitation_id}/revoke")
def revoke_link(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, invitation_id: UUID
) -> Response:
    invitation = invitations.get_invitation(session, submission=submission, invitation_id=invitation_id)
    invitations.revoke_invitation(session, invitation=invitation)
    said = _("The link no longer works.")
    return see(request, "show_submission", submission_id=submission.id, said=said, anchor="links")


@router.post("/submissions/{submission_id}/invitations/{invitation_id}/renew")
def renew_link(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    invitation_id: UUID,
) -> Response:
    former = invitations.get_invitation(session, submission=submission, invitation_id=invitation_id)
    reminders.send_link(
        session,
        clinic=clinic,
        submission=submission,
        sent_by=viewer.member_id,
        email=former.email,
        name=former.name,
        stop_others=False,
    )
    said = _("A new link is on its way to %(email)s.", email=former.email)
    return see(request, "show_submission", submission_id=submission.id, said=said, anchor="links")


def show_form(
    request: Request,
    session: SessionDep,
    submission: Submission,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
    asks_whether_sure: bool = False,
) -> Response:
    """The form with the address a link goes to."""
    vendor = submissions.get_vendor_of(session, submission=submission)
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "vendor": vendor,
        "contacts": [one for one in contacts.list_contacts(session, vendor=vendor) if one.email],
        "submitted": submitted,
        "asks_whether_sure": asks_whether_sure,
        "wordings": list_wordings(submission.language),
        "flags": list_flags(session, clinic_id=submission.clinic_id),
    }
    return page(request, "clinic/submission/send.html", values, status_code=status_code)
