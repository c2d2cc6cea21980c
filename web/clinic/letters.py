"""Letters on paper: chosen, made by a job that is watched, taken as one PDF for a day, and removed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic, LetterBatch, Submission
from services import letters, submissions
from services.addressees import find_person
from services.languages import _
from services.letters import WantedLetter
from services.submission_refusals import NotWaiting, TooManyLetters
from services.wordings import list_wordings, propose_wording
from web.access import EditableClinicDep, EditableSubmissionDep, FiscalYearDep, MemberDep, SessionDep
from web.access_log import record_look
from web.downloads import download_file
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class LettersForm(BaseModel):
    """For which requests letters are made."""

    submission: list[UUID] = []
    year: int | None = None


class LetterForm(BaseModel):
    """To whom at the vendor one letter goes, and what it says besides the facts."""

    name: str = Field("", max_length=100)
    message: str = Field("", max_length=1000)


def get_editable_batch(batch_id: UUID, clinic: EditableClinicDep, session: SessionDep) -> LetterBatch:
    """Letters of the clinic, for members who may work in it: whoever holds them could answer for the vendors."""
    return letters.get_batch(session, clinic_id=clinic.id, batch_id=batch_id)


BatchDep = Annotated[LetterBatch, Depends(get_editable_batch)]


@router.get("/letters")
def choose_letters(
    request: Request, session: SessionDep, clinic: EditableClinicDep, fiscal_year: FiscalYearDep
) -> Response:
    return show_choice(request, session, clinic, fiscal_year, blank())


@router.post("/letters")
def order_letters(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    viewer: MemberDep,
    fiscal_year: FiscalYearDep,
    submitted: Annotated[Submitted[LettersForm], Depends(read(LettersForm))],
) -> Response:
    wanted = dict.fromkeys(submitted.form.submission) if submitted.form else {}
    if wanted:
        try:
            lines = letters.list_letter_lines(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
            words = {one.line.id: WantedLetter(one.line.id, one.name, one.message) for one in lines}
            asked = [words.get(one, WantedLetter(one)) for one in wanted]
            batch = letters.order_letters(session, clinic=clinic, member_id=viewer.member_id, wanted=asked)
            return see(request, "show_letters", batch_id=batch.id)
        except (NotWaiting, TooManyLetters) as refusal:
            submitted.errors["form"] = f"{refusal} {refusal.say(refusal.advice)}"
    else:
        submitted.errors["form"] = _("Please tick at least one vendor.")
    return show_choice(request, session, clinic, fiscal_year, submitted, status_code=422)


@router.get("/letters/{batch_id}")
def show_letters(request: Request, session: SessionDep, batch: BatchDep) -> Response:
    ordered = letters.list_ordered(session, batch=batch)
    values = {
        "current": "choose_letters",
        "batch": batch,
        "ordered": ordered,
        "without_address": [one for one in ordered if not (one.postal_code and one.address)],
        "unused": [one for one in ordered if batch.made_at and one.invitation_id is None],
    }
    return page(request, "clinic/letters/show.html", values)


@router.get("/letters/{batch_id}/letters.pdf")
def download_letters(request: Request, session: SessionDep, clinic: EditableClinicDep, batch: BatchDep) -> Response:
    letters.check_letters(batch)
    subject = ("letter_batch", batch.id)
    record_look(request, session, "letters.downloaded", clinic_id=clinic.id, subject=subject, count=batch.letter_count)
    name = _("Letters_%(day)s.pdf", day=f"{batch.ordered_at:%Y%m%d}")
    return download_file(letters.open_letters(batch), file_name=name, media_type="application/pdf", size=batch.size)


@router.post("/letters/{batch_id}/remove")
def remove_letters(request: Request, session: SessionDep, batch: BatchDep) -> Response:
    letters.remove_letters(session, batch=batch)
    said = _("The PDF is removed. The letters that were printed still work.")
    return see(request, "show_letters", batch_id=batch.id, said=said)


@router.get("/submissions/{submission_id}/letter")
def show_letter_form(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, wording: str = ""
) -> Response:
    message = propose_wording(wording, language=submission.language) or submission.message
    known = blank(name=find_person(session, submission=submission), message=message)
    return letter_form(request, session, submission, known)


@router.post("/submissions/{submission_id}/letter")
def order_letter(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    submitted: Annotated[Submitted[LetterForm], Depends(read(LetterForm))],
) -> Response:
    if submitted.form is None:
        return letter_form(request, session, submission, submitted, status_code=422)
    wanted = [WantedLetter(submission.id, **submitted.form.model_dump())]
    batch = letters.order_letters(session, clinic=clinic, member_id=viewer.member_id, wanted=wanted)
    return see(request, "show_letters", batch_id=batch.id)


def letter_form(
    request: Request, session: SessionDep, submission: Submission, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """To whom one letter goes; what it will show is told before."""
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "submitted": submitted,
        "wordings": list_wordings(submission.language),
    }
    return page(request, "clinic/letters/letter.html", values, status_code=status_code)


def show_choice(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    fiscal_year: int,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    """The requests that wait for an answer, those without an e-mail address ticked."""
    lines = letters.list_letter_lines(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
    values = {
        "current": "choose_letters",
        "year": fiscal_year,
        "lines": lines,
        "batches": letters.list_batches(session, clinic_id=clinic.id),
        "ticked": set(submitted.values.get("submission", [])) or {str(one.line.id) for one in lines if one.is_due},
        "submitted": submitted,
        "clinic": clinic,
    }
    return page(request, "clinic/letters/choose.html", values, status_code=status_code)
