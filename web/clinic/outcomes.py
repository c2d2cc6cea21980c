"""How a request ended without an answer: noted by the clinic, and opened again where it asks once more."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import OutcomeKind, Submission
from services import clock, outcomes, submissions
from services.languages import _
from services.options import names_of
from web.access import EditableSubmissionDep, MemberDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import PastDay, WebAddress

router = APIRouter()


class OutcomeForm(BaseModel):
    """What is noted of the end of a request."""

    kind: OutcomeKind
    told_on: PastDay
    person: str = Field("", max_length=100)
    note: str = Field("", max_length=2000)
    link: WebAddress = ""


@router.get("/submissions/{submission_id}/outcome")
def show_outcome_form(request: Request, session: SessionDep, submission: EditableSubmissionDep) -> Response:
    return show_form(request, session, submission, blank(told_on=clock.today().isoformat()))


@router.post("/submissions/{submission_id}/outcome")
def record_outcome(
    request: Request,
    session: SessionDep,
    submission: EditableSubmissionDep,
    viewer: MemberDep,
    submitted: Annotated[Submitted[OutcomeForm], Depends(read(OutcomeForm))],
) -> Response:
    if submitted.form is None:
        return show_form(request, session, submission, submitted, status_code=422)
    outcomes.record_outcome(session, submission=submission, recorded_by=viewer.name, **submitted.form.model_dump())
    said = _("It is noted how this request ended. It counts on the dashboard and in the record.")
    if submitted.form.kind is OutcomeKind.OWN_STATEMENT:
        said += " " + _("If you have the statement as a file, enter it below.")
    return see(request, "show_submission", submission_id=submission.id, said=said)


@router.post("/submissions/{submission_id}/reopen")
def reopen_submission(request: Request, session: SessionDep, submission: EditableSubmissionDep) -> Response:
    ended = outcomes.find_outcome(session, submission=submission)
    outcomes.reopen(session, submission=submission)
    said = _("The request is open again. Choose how to ask; a wording is proposed.")
    cause = ended.kind.value if ended else OutcomeKind.DECLINED.value
    return see(request, "show_invitation_form", submission_id=submission.id, wording=cause, said=said)


def show_form(
    request: Request, session: SessionDep, submission: Submission, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """The kinds of endings, each with what it means."""
    values = {
        "current": "show_dashboard",
        "submission": submission,
        "vendor": submissions.get_vendor_of(session, submission=submission),
        "kinds": explain_kinds(),
        "submitted": submitted,
    }
    return page(request, "clinic/outcomes/form.html", values, status_code=status_code)


def explain_kinds() -> list[tuple[OutcomeKind, str, str]]:
    """Every ending with a sentence that helps to choose it."""
    hints = {
        OutcomeKind.OUTSIDE_CONTRACT: _("The vendor says that answering is not part of the contract."),
        OutcomeKind.OWN_STATEMENT: _("The vendor answers everybody in the same way and points to it."),
        OutcomeKind.DECLINED: _("The vendor will not answer, for another reason."),
        OutcomeKind.NO_CONTRACT: _(
            "The contract has ended, or there never was one. Your own check no longer counts it."
        ),
        OutcomeKind.UNREACHABLE: _("Nobody could be reached by mail, telephone, fax or post."),
    }
    names = names_of(OutcomeKind)
    return [(kind, names[kind], hint) for kind, hint in hints.items()]
