"""Transcripts: the clinic types in what a vendor sent by fax or said, and hands it in as a revision of its own kind.

It never touches what the vendor itself has written; the vendor sees it later and may answer itself all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models import (
    ANSWERABLE,
    Answer,
    Clinic,
    Document,
    Revision,
    Source,
    Stage,
    Submission,
    Transcript,
    TranscriptDocument,
)
from services import answers, clock, completeness, editions, submissions, submitting
from services.answers import Given
from services.history import record
from services.refusals import AlreadySubmitted, EditedMeanwhile, NotFound, NotSubmittable, refuse_if
from services.revisions import count_noteworthy, read_frozen


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where typed-in answers come from."""

    source: Source
    said_by: str
    said_by_title: str
    said_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is typed in so far, with a version against two people at once."""

    transcript: Transcript | None
    answers: Mapping[str, Answer]
    documents: tuple[Document, ...] = ()

    @property
    def version(self) -> int:
        """0 while nothing was saved."""
        return self.transcript.version if self.transcript else 0


def can_type_in(submission: Submission) -> bool:
    """Whether answers can be typed in: the vendor has not handed in its own."""
    return submission.stage in ANSWERABLE | {Stage.DRAFT} or (
        submission.stage is Stage.SUBMITTED and submission.is_typed_in
    )


def read_draft(session: Session, *, submission: Submission) -> Draft:
    """What is typed in so far; before that, what was handed in last, to be corrected."""
    transcript = _find_open(session, submission)
    latest = submissions.latest_revision(session, submission=submission)
    frozen = transcript.answers if transcript else latest.answers if latest else []
    moment = transcript.saved_at if transcript else clock.now()
    given = {
        key: Answer(
            clinic_id=submission.clinic_id,
            submission_id=submission.id,
            item_key=key,
            answered_by=answer.answered_by,
            saved_at=moment,
            **{name: getattr(answer, name) for name in answers.FIELDS},
        )
        for key, answer in read_frozen(frozen).items()
    }
    return Draft(transcript, given, _scans(session, transcript) if transcript else ())


def find_transcripts(session: Session, *, revisions: Collection[Revision]) -> dict[UUID, Transcript]:
    """Where the revisions that were typed in come from, by revision; the vendor's own are not among them."""
    wanted = [revision.id for revision in revisions]
    found = session.exec(select(Transcript).where(col(Transcript.revision_id).in_(wanted)))
    return {transcript.revision_id: transcript for transcript in found if transcript.revision_id}


def find_transcript(session: Session, *, revision: Revision | None) -> Transcript | None:
    """Where one revision comes from; None for the vendor's own."""
    return find_transcripts(session, revisions=[revision]).get(revision.id) if revision else None


def save_transcript(
    session: Session,
    *,
    submission: Submission,
    provenance: Provenance,
    given: Mapping[str, Given],
    version: int,
    typed_by: str,
) -> tuple[Transcript, dict[str, dict[str, str]]]:
    """Keep what is valid; returns the sentences for what is not, by item and field.

    Raises AlreadySubmitted where the vendor has answered itself, and EditedMeanwhile where a colleague saved first.
    """
    _lock(session, submission)
    draft = read_draft(session, submission=submission)
    refuse_if(draft.version != version, EditedMeanwhile())
    form, moment = editions.read_form(submission.asked), clock.now()
    typed = dict(draft.answers)
    faults: dict[str, dict[str, str]] = {}
    for item in form.items:
        before = answers.values_before(typed.get(item.key))
        wanted, wrong = answers.weigh(submission, item, before, given.get(item.key, {}))
        faults |= {item.key: wrong} if wrong else {}
        if wanted != before or item.key in typed:
            typed[item.key] = Answer(
                clinic_id=submission.clinic_id,
                submission_id=submission.id,
                item_key=item.key,
                answered_by=typed_by,
                saved_at=moment,
                **wanted,
            )
    transcript = draft.transcript or _begin(submission, typed_by)
    for name in Provenance.__dataclass_fields__:
        setattr(transcript, name, getattr(provenance, name))
    transcript.answers = submitting.freeze_answers(form, typed)
    transcript.version = version + 1
    transcript.saved_at, transcript.typed_by = moment, typed_by
    session.add(transcript)
    session.flush()
    _record(session, "transcript.saved", transcript)
    return transcript, faults


def hold_draft(session: Session, *, submission: Submission, typed_by: str) -> Transcript:
    """The open transcript, begun where there is none, so that a scan can be attached before anything is typed."""
    _lock(session, submission)
    transcript = _find_open(session, submission)
    if transcript is None:
        transcript = _begin(submission, typed_by)
        transcript.answers = submitting.freeze_answers(
            editions.read_form(submission.asked), read_draft(session, submission=submission).answers
        )
        session.add(transcript)
        session.flush()
    return transcript


def attach_scan(session: Session, *, transcript: Transcript, document: Document) -> None:
    """Make a file of the request a scan of this transcript."""
    session.add(
        TranscriptDocument(clinic_id=transcript.clinic_id, transcript_id=transcript.id, document_id=document.id)
    )
    session.flush()


def remove_scan(session: Session, *, submission: Submission, document_id: UUID) -> Document:
    """Take a scan off what is being typed in.

    Raises AlreadySubmitted where the vendor has answered itself, and NotFound for every other file: a scan of what was
    handed in stays, because it is its proof.
    """
    _lock(session, submission)
    transcript = _find_open(session, submission)
    held = _scans(session, transcript) if transcript else ()
    document = next((scan for scan in held if scan.id == document_id), None)
    if document is None or transcript is None:
        raise NotFound
    document.removed_at = clock.now()
    session.add(document)
    _record(session, "transcript.scan_removed", transcript, file=document.file_name)
    return document


def submit_transcript(session: Session, *, clinic: Clinic, submission: Submission, typed_by: str) -> Revision:
    """Hand in what was typed as a revision that says so.

    Raises NotSubmittable where something is missing, AlreadySubmitted where the vendor was quicker.
    """
    _lock(session, submission)
    draft = read_draft(session, submission=submission)
    form, transcript, moment = editions.read_form(submission.asked), draft.transcript, clock.now()
    if transcript is None or not (transcript.said_by and transcript.said_on):
        raise NotSubmittable
    refuse_if(bool(completeness.find_gaps(form.items, draft.answers)), NotSubmittable())
    counts = count_noteworthy(transcript.answers)
    revision = Revision(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        number=submitting.next_number(session, submission),
        no_count=counts.no,
        conditional_count=counts.conditional,
        answers=transcript.answers,
        documents=[submitting.freeze_document(document) for document in draft.documents],
        sha256="",
        responsible_name=transcript.said_by,
        responsible_title=transcript.said_by_title,
        submitted_by=f"{typed_by} ({clinic.name})"[:254],
        submitted_at=moment,
    )
    revision.sha256 = submitting.seal(submission, revision, typed_in=describe(transcript))
    submission.submitted_at = submission.typed_in_at = moment
    transcript.submitted_at, transcript.revision_id, transcript.typed_by = moment, revision.id, typed_by
    for document in draft.documents:
        document.submitted_at = document.submitted_at or moment
    session.add_all([revision, submission, *draft.documents])
    session.flush()
    session.add(transcript)
    session.flush()
    _record(session, "transcript.submitted", transcript, number=revision.number, sha256=revision.sha256)
    return revision


def describe(transcript: Transcript) -> dict[str, Any]:
    """What the seal of a typed-in revision covers besides the answers."""
    return {
        "source": transcript.source.value,
        "said_by": transcript.said_by,
        "said_on": transcript.said_on.isoformat() if transcript.said_on else None,
        "note": transcript.note,
    }


def _find_open(session: Session, submission: Submission) -> Transcript | None:
    statement = select(Transcript).where(
        Transcript.submission_id == submission.id,
        Transcript.clinic_id == submission.clinic_id,
        col(Transcript.submitted_at).is_(None),
    )
    return session.exec(statement).first()


def _scans(session: Session, transcript: Transcript) -> tuple[Document, ...]:
    statement = (
        select(Document)
        .join(TranscriptDocument, col(TranscriptDocument.document_id) == col(Document.id))
        .where(
            TranscriptDocument.transcript_id == transcript.id,
            Document.clinic_id == transcript.clinic_id,
            col(Document.removed_at).is_(None),
        )
    )
    return tuple(session.exec(statement.order_by(col(Document.uploaded_at))))


def _begin(submission: Submission, typed_by: str) -> Transcript:
    return Transcript(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        typed_by=typed_by,
        version=0,
        saved_at=clock.now(),
        answers=[],
    )


def _lock(session: Session, submission: Submission) -> None:
    session.refresh(submission, submissions.DECISIVE, with_for_update=True)
    refuse_if(not can_type_in(submission), AlreadySubmitted())


def _record(session: Session, verb: str, transcript: Transcript, **details: object) -> None:
    record(
        session,
        verb,
        clinic_id=transcript.clinic_id,
        subject=("transcript", transcript.id),
        submission_id=transcript.submission_id,
        source=transcript.source.value,
        **details,
    )
