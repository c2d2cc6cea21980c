"""What the portal does by itself: reminders on the mornings a clinic chooses, paused for single requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services import routines, wordings
from services.languages import _, language, ngettext
from web.access import EditableSubmissionDep, MemberDep, OwnedClinicDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class RoutineForm(BaseModel):
    """How many days before the due date, how often after it, and when in the morning."""

    reminds: bool = False
    days_before: list[Literal["30", "14", "7", "3", "1"]] = []
    weeks_after: Literal["0", "1", "2", "4", "8", "12"]
    hour: Literal["8", "9", "10", "11"]
    adds_words: bool = False


@router.get("/settings/reminders")
def show_routine(request: Request, session: SessionDep, clinic: OwnedClinicDep) -> Response:
    routine = routines.get_routine(session, clinic_id=clinic.id)
    values = routine.model_dump(include={"reminds", "weeks_after", "hour", "adds_words"})
    return routine_page(request, blank(**values, days_before=routine.days_before.split(",")))


@router.post("/settings/reminders")
def change_routine(
    request: Request,
    session: SessionDep,
    clinic: OwnedClinicDep,
    submitted: Annotated[Submitted[RoutineForm], Depends(read(RoutineForm))],
) -> Response:
    form = submitted.form
    if form is None:
        return routine_page(request, submitted, status_code=422)
    routines.change_routine(
        session,
        clinic_id=clinic.id,
        reminds=form.reminds,
        days_before=[int(days) for days in form.days_before],
        weeks_after=int(form.weeks_after),
        hour=int(form.hour),
        adds_words=form.adds_words,
    )
    return see(request, "show_routine", said=_("The settings are saved."))


@router.post("/submissions/{submission_id}/reminders/pause")
def pause_reminders(
    request: Request, session: SessionDep, submission: EditableSubmissionDep, viewer: MemberDep
) -> Response:
    routines.pause_reminders(session, submission=submission, paused_by=viewer.member_id)
    said = _("This vendor is no longer reminded by the portal.")
    return see(request, "show_submission", submission_id=submission.id, said=said)


@router.post("/submissions/{submission_id}/reminders/resume")
def resume_reminders(request: Request, session: SessionDep, submission: EditableSubmissionDep) -> Response:
    routines.resume_reminders(session, submission=submission)
    said = _("This vendor is reminded by schedule again.")
    return see(request, "show_submission", submission_id=submission.id, said=said)


def routine_page(request: Request, submitted: Submitted[Any], *, status_code: int = 200) -> Response:
    """The choices, each in words."""
    values = {
        "current": "show_settings",
        "submitted": submitted,
        "words_by_count": [
            wordings.text_of(wordings.cause_by_count(count), language=language.get()) for count in range(3)
        ],
        "days": [
            (days, ngettext("%(count)s day before", "%(count)s days before", days)) for days in routines.DAYS_BEFORE
        ],
        "weeks": [
            (weeks, ngettext("once, a week after", "every week, %(count)s times", weeks) if weeks else _("not at all"))
            for weeks in routines.WEEKS_AFTER
        ],
        "hours": [(hour, _("from %(hour)s o'clock", hour=hour)) for hour in routines.HOURS],
    }
    return page(request, "clinic/settings/routine.html", values, status_code=status_code)
