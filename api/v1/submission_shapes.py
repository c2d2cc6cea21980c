"""Submissions as they are sent and told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.v1.shapes import Sent, Told
from models import DocumentKind, Revision, Stage, Submission, Verdict
from services import answers, clock, reviews, submissions
from services.activity import last_moment
from services.languages import _
from services.past_submissions import OVERDUE
from services.progress import Line
from services.reports.progress_table import STANDING_NAMES
from web.access import SessionDep
from web.texts import Email, PersonName

MOMENTS = (
    *("created_at", "sent_at", "opened_at", "started_at", "saved_at", "submitted_at"),
    *("returned_at", "accepted_at", "declined_at", "withdrawn_at", "reminded_at"),
)


_moments_of = attrgetter(*MOMENTS)


class Ask(Sent):
    """One vendor to ask."""

    vendor_id: UUID
    system_ids: list[UUID] | None = Field(None, max_length=500, description="Null: every system of the vendor.")
    delivery: Literal["mail", "link", "later"] = Field(
        "mail", description="By mail; a link to hand over, which the answer holds; or prepared only."
    )
    email: Email | None = Field(None, description="Null: the address of the vendor's main contact.")
    contact_name: Annotated[str, Field(max_length=100)] = ""
    again_after: UUID | None = Field(None, description="Ask once more although this request of the year exists.")


class RequestSent(Sent):
    """A year's form asked of one or many vendors."""

    fiscal_year: int = Field(ge=2020, le=2999, examples=[2026])
    edition_id: str | None = Field(None, max_length=40, description="Null: the edition of that year.")
    due_on: date = Field(examples=["2027-01-15"])
    message_ja: str = Field("", max_length=4000)
    message_en: str = Field("", max_length=4000)
    one_per_system: bool = Field(False, description="A request for each system instead of one for all.")
    asks: list[Ask] = Field(min_length=1, max_length=500)


class LinkTold(Told):
    """A link to hand over, with the code that opens it; both are told this one time."""

    submission_id: UUID
    vendor_name: str
    link: str
    code: str
    expires_at: datetime


class RequestTold(Told):
    """What one call asked."""

    submission_ids: list[UUID]
    mailed: int
    prepared: int
    links: list[LinkTold]
    skipped: list[str] = Field(description="Names of vendors that were asked for all of this before.")


class DueChanged(Sent):
    """Another day."""

    due_on: date


class Withdrawn(Sent):
    """Whether the vendor is told by mail."""

    tell_vendor: bool = False


class Accepted(Sent):
    """The verdict on the version that was read."""

    revision: int = Field(ge=1, le=100_000, description="The number of the revision that was read.")


class ItemReturned(Sent):
    """A word on one item."""

    item_key: str = Field(max_length=40, examples=["2-4"])
    words: str = Field(min_length=1, max_length=2000)


class Returned(Accepted):
    """What the vendor is to look at again."""

    remarks: list[ItemReturned] = Field([], max_length=500)
    words: str = Field("", max_length=4000, description="On the form as a whole.")
    due_on: date | None = None


class InvitationSent(Sent):
    """Whom to send the request to."""

    email: Email
    name: PersonName
    stop_other_links: bool = False


class LinkWanted(Sent):
    """For whom the link is."""

    name: Annotated[str, Field(max_length=100)] = ""


class SubmissionListed(Told):
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
    document_kinds: list[DocumentKind] = Field(description="Which of MDS, SDS and MDS2 were handed over.")
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
    updated_at: datetime = Field(description="The latest of these moments.")


class SystemCovered(Told):
    """A system that a request covers."""

    id: UUID
    name: str


class RevisionTold(Told):
    """Something that was submitted."""

    number: int
    submitted_at: datetime
    responsible_name: str
    responsible_title: str
    no_count: int
    conditional_count: int
    sha256: str
    verdict: Verdict | None = None
    verdict_words: str = ""


class SubmissionTold(Told):
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
    answered: int
    item_count: int
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
            "document_kinds": line.documents,
            **dict(zip(MOMENTS, _moments_of(line.moments), strict=True)),
            "updated_at": last_moment(line),
        }
        for line in lines
    ]


def tell_submission(session: SessionDep, submission: Submission) -> SubmissionTold:
    """One request with what was submitted."""
    answered, total = answers.count_answered(session, submission=submission)
    is_overdue = submission.is_overdue(clock.today())
    standing = OVERDUE if is_overdue else submission.stage.value
    verdicts = reviews.list_reviews(session, submission=submission)
    found = submissions.list_revisions(session, submission=submission)
    covered = submissions.list_covered_systems(session, submission=submission)
    own = ("id", "vendor_id", "fiscal_year", "edition_id", "stage", "due_on", "language", "message", "decline_reason")
    return SubmissionTold(
        **{name: getattr(submission, name) for name in (*own, *MOMENTS)},
        vendor_name=submissions.get_vendor_of(session, submission=submission).name,
        systems=[SystemCovered.model_validate(system) for system in covered],
        stage_label=_(STANDING_NAMES[standing]),
        is_overdue=is_overdue,
        answered=answered,
        item_count=total,
        revisions=[_tell_revision(revision, verdicts.get(revision.id)) for revision in found],
    )


def _tell_revision(revision: Revision, verdict: Any) -> RevisionTold:
    told = RevisionTold.model_validate(revision)
    if verdict is not None:
        told.verdict, told.verdict_words = verdict.verdict, verdict.words
    return told
