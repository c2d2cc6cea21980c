"""The contact log of a request: calls, mails, faxes, letters and visits, added and corrected."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import ContactEntry, ContactWay, Submission
from services import clock, contact_log, submissions
from services.contact_log import Contact
from services.languages import _
from services.options import names_of
from web.access import EditableSubmissionDep, MemberDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Name, PastDay

router = APIRouter()


class EntryForm(BaseModel):
    """One contact as it is noted."""

    way: ContactWay
    is_from_vendor: bool = False
    happened_on: PastDay
    person: str = Field("", max_length=100)
    note: Annotated[Name, Field(max_length=2000)]


SubmittedEntry = Annotated[Submitted[EntryForm], Depends(read(EntryForm))]


def get_entry(entry_id: UUID, session: SessionDep, submission: EditableSubmissionDep) -> ContactEntry:
    """One line of the log of the clinic's request."""
    return contact_log.get_entry(session, submission=submission, entry_id=entry_id)


EntryDep = Annotated[ContactEntry, Depends(get_entry)]


@router.get("/submissions/{submission_id}/contacts")
def show_contact_log(request: Request, session: SessionDep, submission: EditableSubmissionDep) -> Response:
    known = blank(way=ContactWay.CALL.value, happened_on=clock.today().isoformat())
    return show_form(request, session, submission, known)


@router.post("/submissions/{submission_id}/contacts")
def add_contact_entry(
    request: Request,
    session: SessionDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    submitted: SubmittedEntry,
) -> Response:
    if submitted.form is None:
        return show_form(request, session, submission, submitted, status_code=422)
    contact = Contact(**submitted.form.model_dump())
    contact_log.add_entry(session, submission=submission, contact=contact, recorded_by=viewer.name)
    return see(request, "show_submission", submission_id=submission.id, anchor="contacts", said=_("It is noted."))


@router.get("/submissions/{submission_id}/contacts/{entry_id}")
def show_contact_entry(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, entry: EntryDep
) -> Response:
    known = blank(**entry.model_dump(include=set(EntryForm.model_fields), mode="json"))
    return show_form(request, session, submission, known, entry=entry)


@router.post("/submissions/{submission_id}/contacts/{entry_id}")
def correct_contact_entry(
    request: Request,
    session: SessionDep,
    submission: EditableSubmissionDep,
    entry: EntryDep,
    viewer: MemberDep,
    submitted: SubmittedEntry,
) -> Response:
    if submitted.form is None:
        return show_form(request, session, submission, submitted, entry=entry, status_code=422)
    contact = Contact(**submitted.form.model_dump())
    contact_log.correct_entry(session, submission=submission, entry=entry, contact=contact, recorded_by=viewer.name)
    said = _("The note is corrected; the former one stays on record.")
    return see(request, "show_submission", submission_id=submission.id, anchor="contacts", said=said)


def show_form(
    request: Request,
    session: SessionDep,
    submission: Submission,
    submitted: Submitted[Any],
    *,
    entry: ContactEntry | None = None,
    status_code: int = 200,
) -> Response:
    """The form of a new line or of one to be corrected."""
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "ways": list(names_of(ContactWay).items()),
        "entry": entry,
        "submitted": submitted,
    }
    return page(request, "clinic/contact_log/form.html", values, status_code=status_code)
