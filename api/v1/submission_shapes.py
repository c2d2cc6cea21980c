"""Submissions as they are told: in a list, in full, with what was handed in or how they ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from api.v1.shapes import Told
from models import (
    MOMENTS,
    DocumentKind,
    Outcome,
    OutcomeKind,
    Source,
    Stage,
    Submission,
    Transcript,
    Verdict,
)
from services import clock, holders, outcomes, progress, reviews, submissions, transcripts
from services.activity import last_moment
from services.languages import _
from services.options import name_of
from services.past_submissions import OVERDUE
from services.progress import Line
from services.reports.progress_table import STANDING_NAMES
from web.access import SessionDep

_moments_of: Final = attrgetter(*MOMENTS)


class MomentsTold(Told):
    """When what happened to a request."""

    created_at: datetime
    sent_at: datetime | None
    opened_at: datetime | None
    started_at: datetime | None
    saved_at: datetime | None
    submitted_at: datetime | None
    returned_at: datetime | None
    accepted_at: datetime | None
    declined_at: datetime | None
    withdrawn_at: datetime | None
    reminded_at: datetime | None


class SubmissionListed(MomentsTold):
    """Where a request stands."""

    id: UUID
    vendor_id: UUID
    vendor_name: str
    system_names: list[str]
    fiscal_year: int
    stage: Stage
    stage_label: str = Field(description="The stage, or that it is overdue, in the language of Accept-Language.")
    is_overdue: bool
    due_on: date
    answered: int = Field(description="Items answered so far; after a return, of those that came back.")
    item_count: int
    no_count: int | None = Field(None, description="How many answers are いいえ; null before anything was submitted.")
    conditional_count: int | None = None
    source: Source | None = Field(None, description="From what the clinic typed the answers in; null: from the vendor.")
    outcome: OutcomeKind | None = Field(None, description="How it ended without an answer, where it did.")
    document_kinds: list[DocumentKind] = Field(description="Which of MDS, SDS and MDS2 were handed over.")
    updated_at: datetime = Field(description="The latest of these moments.")


class SystemCovered(Told):
    """A system that a request covers."""

    id: UUID
    name: str


class TypedInTold(Told):
    """That the clinic typed the answers in for the vendor: from what, whose words, by whom."""

    source: Source
    source_label: str = Field(description="The source in the language of Accept-Language.")
    said_by: str = Field(description="Who at the vendor said or wrote it.")
    said_by_title: str
    said_on: date | None
    note: str
    typed_by: str
    typed_at: datetime | None


class OutcomeTold(Told):
    """One ending of a request without an answer on its form."""

    id: UUID
    kind: OutcomeKind
    kind_label: str = Field(description="The kind in the language of Accept-Language.")
    told_on: date
    person: str
    note: str
    link: str = Field(description="Where the vendor's own statement can be read.")
    is_by_vendor: bool = Field(description="Whether the vendor said so itself, by its form.")
    recorded_by: str
    recorded_at: datetime
    reopened_at: datetime | None = Field(description="When the vendor was asked again after all; null while it holds.")


class RevisionTold(Told):
    """Something that was submitted."""

    number: int
    submitted_at: datetime
    responsible_name: str
    responsible_title: str
    no_count: int
    conditional_count: int
    sha256: str
    submitted_by: str = Field(description="Who handed it in, by name and address.")
    typed_in: TypedInTold | None = Field(None, description="Null where the vendor handed it in itself.")
    verdict: Verdict | None = None
    verdict_words: str = ""


class SubmissionTold(MomentsTold):
    """One request in full."""

    id: UUID
    vendor_id: UUID
    vendor_name: str
    systems: list[SystemCovered]
    fiscal_year: int
    edition_id: str
    stage: Stage
    stage_label: str
    is_overdue: bool
    due_on: date
    language: str
    message: str
    decline_reason: str
    outcome: OutcomeTold | None = Field(description="How it ended without an answer; null while it has not.")
    answered: int
    item_count: int
    revisions: list[RevisionTold] = Field(description="The newest first.")


def tell_lines(lines: Iterable[Line], *, fiscal_year: int) -> list[dict[str, Any]]:
    """Requests in a list, with the members of SubmissionListed.

    Plain, because a hundred objects that are made and checked only to be written down cost a third of the call.
    """
    labels = {standing: _(name) for standing, name in STANDING_NAMES.items()}
    return [
        {
            "id": line.id,
            "vendor_id": line.vendor_id,
            "vendor_name": line.vendor_name,
            "system_names": line.systems,
            "fiscal_year": fiscal_year,
            "stage": line.stage,
            "stage_label": labels[line.standing],
            "is_overdue": line.is_overdue,
            "due_on": line.due_on,
            "answered": line.answered,
            "item_count": line.item_count,
            "no_count": line.no_count,
            "conditional_count": line.conditional_count,
            "source": line.source,
            "outcome": line.outcome if line.stage is Stage.DECLINED else None,
            "document_kinds": line.documents,
            **dict(zip(MOMENTS, _moments_of(line.moments), strict=True)),
            "updated_at": last_moment(line),
        }
        for line in lines
    ]


def tell_submission(session: SessionDep, submission: Submission) -> SubmissionTold:
    """One request with what was submitted."""
    answered, total = progress.count_told(session, submission=submission)
    is_overdue = submission.is_overdue(clock.today())
    standing = OVERDUE if is_overdue else submission.stage.value
    covered = submissions.list_covered_systems(session, submission=submission)
    ended = outcomes.find_outcome(session, submission=submission)
    own = ("id", "vendor_id", "fiscal_year", "edition_id", "stage", "due_on", "language", "message", "decline_reason")
    return SubmissionTold(
        **{name: getattr(submission, name) for name in (*own, *MOMENTS)},
        vendor_name=submissions.get_vendor_of(session, submission=submission).name,
        systems=[SystemCovered.model_validate(system) for system in covered],
        stage_label=_(STANDING_NAMES[standing]),
        is_overdue=is_overdue,
        answered=answered,
        item_count=total,
        outcome=tell_outcome(ended) if ended else None,
        revisions=_tell_revisions(session, submission),
    )


def tell_outcome(outcome: Outcome) -> OutcomeTold:
    """An ending as it is told."""
    known = {name: getattr(outcome, name) for name in OutcomeTold.model_fields if name != "kind_label"}
    return OutcomeTold(**known, kind_label=name_of(outcome.kind))


def tell_typed_in(transcript: Transcript | None) -> TypedInTold | None:
    """Where typed-in answers come from; None for the vendor's own."""
    if transcript is None:
        return None
    told = ("source", "said_by", "said_by_title", "said_on", "note", "typed_by")
    return TypedInTold(
        **{name: getattr(transcript, name) for name in told},
        source_label=name_of(transcript.source),
        typed_at=transcript.submitted_at,
    )


def _tell_revisions(session: SessionDep, submission: Submission) -> list[RevisionTold]:
    revisions = submissions.list_revisions(session, submission=submission)
    verdicts = reviews.list_reviews(session, submission=submission)
    typed_in = transcripts.find_transcripts(session, revisions=revisions)
    people = holders.name_people(session, submission=submission)
    told = []
    for revision in revisions:
        one = RevisionTold.model_validate(revision)
        one.submitted_by = people.get(revision.submitted_by, revision.submitted_by)
        one.typed_in = tell_typed_in(typed_in.get(revision.id))
        if verdict := verdicts.get(revision.id):
            one.verdict, one.verdict_words = verdict.verdict, verdict.words
        told.append(one)
    return told
