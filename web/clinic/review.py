"""Reviewing: what a vendor submitted beside last year's, accepted or returned with a word per item."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic, DocumentKind, Revision, ScanState, Source, Stage, Submission, Verdict
from services import clock, comparison, due_dates, holders, reviews, submissions, transcripts
from services.addressees import find_addressee
from services.languages import _
from services.options import names_of
from services.submission_refusals import DueDatePassed, NothingToSay, NotReviewable
from services.years import explain_year_of
from web.access import EditableClinicDep, EditableSubmissionDep, MemberDep, SessionDep
from web.clinic.answer_views import view_answers
from web.clinic.submission import list_documents, list_talks, note_look
from web.forms import Submitted, check, read_fields
from web.rendering import page, see

router = APIRouter()

REMARK = "remark-"
LONGEST_REMARK = 2000


class VerdictForm(BaseModel):
    """The verdict on the version that was read."""

    verdict: Verdict
    revision: int
    words: str = Field("", max_length=4000)
    due_on: date | None = None


@dataclass(slots=True)
class Judged(Submitted[VerdictForm]):
    """The form with a remark for each item that has one."""

    remarks: dict[str, str] = field(default_factory=dict)

    @property
    def has_words(self) -> bool:
        """Whether anything was written to the vendor."""
        return any(text.strip() for text in (*self.remarks.values(), self.values.get("words", "")))


async def read_verdict(request: Request) -> Judged:
    """The verdict as it was sent."""
    typed = await read_fields(request)
    texts = {name: value.replace("\r\n", "\n") for name, value in typed.items() if isinstance(value, str)}
    checked = check(VerdictForm, {name: texts[name] for name in VerdictForm.model_fields if name in texts})
    remarks = {name.removeprefix(REMARK): text for name, text in texts.items() if name.startswith(REMARK)}
    judged = Judged(values=texts, errors=checked.errors, form=checked.form, remarks=remarks)
    for key, text in remarks.items():
        if len(text) > LONGEST_REMARK:
            judged.errors[REMARK + key] = _("Please use at most %(count)s characters.", count=LONGEST_REMARK)
        elif "\0" in text:
            judged.errors[REMARK + key] = _("This text holds a character that cannot be stored.")
    if judged.form and judged.form.verdict is Verdict.ACCEPTED and judged.has_words:
        judged.errors["form"] = _(
            "You wrote something and pressed accept. Return the answers, so that the vendor reads it, "
            "or empty the fields."
        )
    return judged


@router.get("/submissions/{submission_id}/review")
def show_review(
    request: Request, session: SessionDep, clinic: EditableClinicDep, submission: EditableSubmissionDep
) -> Response:
    judged = Judged(values={"due_on": due_dates.propose_after_return(submission, clock.today()).isoformat()})
    return show_page(request, session, clinic, submission, judged)


@router.post("/submissions/{submission_id}/review")
def review_submission(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    judged: Annotated[Judged, Depends(read_verdict)],
) -> Response:
    if judged.form and not judged.errors:
        try:
            said = decide(session, clinic, submission, judged, judged.form, viewer.member_id)
            return see(request, "show_submission", submission_id=submission.id, said=said)
        except (NothingToSay, DueDatePassed) as refusal:
            judged.errors["due_on" if isinstance(refusal, DueDatePassed) else "words"] = str(refusal)
    return show_page(request, session, clinic, submission, judged, status_code=422)


def decide(
    session: SessionDep, clinic: Clinic, submission: Submission, judged: Judged, form: VerdictForm, member_id: UUID
) -> str:
    """Give the verdict; returns what is said afterwards."""
    addressee = find_addressee(session, submission=submission)
    if form.verdict is Verdict.ACCEPTED:
        reviews.accept_submission(
            session, clinic=clinic, submission=submission, revision_number=form.revision, reviewed_by=member_id
        )
        return (
            _("The answers are accepted. The vendor is told by mail.") if addressee else _("The answers are accepted.")
        )
    reviews.return_submission(
        session,
        clinic=clinic,
        submission=submission,
        revision_number=form.revision,
        remarks=judged.remarks,
        words=form.words,
        due_on=form.due_on,
        reviewed_by=member_id,
    )
    if addressee:
        return _("The answers are returned. The vendor receives a mail with a new link.")
    return _("The answers are returned. No e-mail address is known: please copy a link and tell the vendor.")


def show_page(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    submission: Submission,
    judged: Judged,
    *,
    status_code: int = 200,
) -> Response:
    """The answers to judge; whoever sees them is noted."""
    revision = submissions.latest_revision(session, submission=submission)
    if revision is None or submission.stage is not Stage.SUBMITTED:
        raise NotReviewable
    last_year = comparison.find_last_year(session, submission=submission)
    compared = comparison.compare_years(submission, revision, last_year)
    values: dict[str, Any] = {
        "current": "show_dashboard",
        "revision": revision,
        "last_year": last_year,
        "view": view_answers(compared, shown=judged.values.get("show", "all")),
        "conditional": [pair for section in compared for pair in section.pairs if pair.is_conditional],
        "submitted": judged,
        **describe_request(session, submission, revision),
        **list_talks(request, session, submission),
    }
    note_look(request, session, clinic, submission, revision)
    return page(request, "clinic/review/show.html", values, status_code=status_code)


def describe_request(session: SessionDep, submission: Submission, revision: Revision) -> dict[str, Any]:
    """What the verdict is about, and who is told of it."""
    return {
        "submission": submission,
        "transcript": transcripts.find_transcript(session, revision=revision),
        "sources": names_of(Source),
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "systems": submissions.list_covered_systems(session, submission=submission),
        "year_sentence": explain_year_of(submission),
        "remarks": reviews.list_last_remarks(session, submission=submission),
        "documents": list_documents(session, submission),
        "document_kinds": names_of(DocumentKind),
        "scan_states": names_of(ScanState),
        "people": holders.name_people(session, submission=submission),
        "addressee": find_addressee(session, submission=submission, person=revision.submitted_by),
    }
