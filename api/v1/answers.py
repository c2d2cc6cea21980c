"""Answers: what a vendor submitted, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field

from api.v1.access import AnswersReader
from api.v1.endpoint import make_router
from api.v1.shapes import Told
from api.v1.submission_shapes import TypedInTold, tell_typed_in
from models import AnswerOrigin, AnswerValue, Responsibility, Revision, Submission
from services import answers, editions, holders, revisions, submissions, submitting, transcripts
from services.edition_forms import Form
from services.languages import language
from services.revisions import SubmittedAnswer
from web.access import SessionDep
from web.access_log import record_look

router = make_router("answers")


class DifferenceTold(Told):
    """What holds for one system of the sheet instead of the shared answer."""

    system_id: UUID
    system_name: str
    value: AnswerValue
    condition: str
    target_on: date | None
    remark: str


class ItemAnswered(Told):
    """One item with what the vendor said; `value` is null where it said nothing."""

    item_key: str = Field(examples=["2-4"])
    number: str = Field(description="As the official form prints it.", examples=["2-④"])
    section_key: str
    label: str = Field(description="In the language of Accept-Language.")
    value: AnswerValue | None = None
    is_conditional: bool = Field(False, description="Yes under a condition only.")
    condition: str = ""
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = ""
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    responsibility: Responsibility | None = None
    responsibility_note: str = ""
    differences: list[DifferenceTold] = Field([], description="Systems of the sheet for which something else holds.")
    answered_by: str = Field("", description="Whose link it was answered with; for typed-in answers, who typed.")
    answered_by_name: str = Field("", description="The same with the person's name, as pages show it.")
    origin: AnswerOrigin | None = Field(None, description="Whether it was written afresh or confirmed as still so.")


class AnswersTold(Told):
    """What was submitted, and how far the vendor is with what it has not."""

    submission_id: UUID
    revision: int | None = Field(description="Null while nothing was submitted.")
    submitted_at: datetime | None
    responsible_name: str
    responsible_title: str
    submitted_by: str = Field(description="Who handed it in, by name and address.")
    typed_in: TypedInTold | None = Field(description="Null where the vendor handed it in itself.")
    sha256: str
    answered: int = Field(description="Items answered in the draft; what they say stays with the vendor.")
    item_count: int
    items: list[ItemAnswered]


_OF_THE_FORM: Final = {"item_key", "number", "section_key", "label", "answered_by_name"}
"""What an item says that no answer holds."""


@router.get("/submissions/{submission_id}/answers")
def list_answers(
    request: Request,
    session: SessionDep,
    caller: AnswersReader,
    submission_id: UUID,
    revision: Annotated[int | None, Query(ge=1, le=100_000, description="Left out: the newest.")] = None,
) -> AnswersTold:
    """The answers of a revision. That they were read is noted in the history."""
    submission = submissions.get_submission(session, clinic_id=caller.clinic.id, submission_id=submission_id)
    found = (
        submissions.latest_revision(session, submission=submission)
        if revision is None
        else submitting.get_revision(session, submission=submission, number=revision)
    )
    if found is not None:
        note_look(request, session, found)
    return tell_answers(session, submission, found)


def note_look(request: Request, session: SessionDep, revision: Revision) -> None:
    """Record who reads submitted answers before they are told."""
    record_look(
        request,
        session,
        "submission.viewed",
        clinic_id=revision.clinic_id,
        subject=("submission", revision.submission_id),
        submission_id=revision.submission_id,
        revision=revision.number,
    )


def tell_answers(session: SessionDep, submission: Submission, revision: Revision | None) -> AnswersTold:
    """A revision with the form it answers; without one, how far the vendor is."""
    answered, total = answers.count_answered(session, submission=submission)
    people = holders.name_people(session, submission=submission)
    submitted_by = revision.submitted_by if revision else ""
    return AnswersTold(
        submission_id=submission.id,
        revision=revision.number if revision else None,
        submitted_at=revision.submitted_at if revision else None,
        responsible_name=revision.responsible_name if revision else "",
        responsible_title=revision.responsible_title if revision else "",
        submitted_by=people.get(submitted_by, submitted_by),
        typed_in=tell_typed_in(transcripts.find_transcript(session, revision=revision)),
        sha256=revision.sha256 if revision else "",
        answered=answered,
        item_count=total,
        items=tell_items(editions.read_form(submission.asked), revision, people),
    )


def tell_items(form: Form, revision: Revision | None, people: Mapping[str, str]) -> list[ItemAnswered]:
    """Every item of the form in its order; `people` are the names of those who answer."""
    given = revisions.read_answers(revision) if revision else {}
    return [
        ItemAnswered(
            item_key=item.key,
            number=item.number,
            section_key=section.key,
            label=item.label.in_language(language.get()),
            **(tell_answer(given[item.key], people) if item.key in given else {}),
        )
        for section in form.sections
        for item in section.items
    ]


def tell_answer(answer: SubmittedAnswer, people: Mapping[str, str]) -> dict[str, Any]:
    """What was submitted on one item."""
    told = {name: getattr(answer, name) for name in ItemAnswered.model_fields.keys() - _OF_THE_FORM}
    return told | {"answered_by_name": people.get(answer.answered_by, answer.answered_by)}
