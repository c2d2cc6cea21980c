"""Own statements: a vendor that publishes its own statement instead of answering may hand over its file as well."""

from __future__ import annotations

from sqlmodel import Session

from models import Document, OutcomeKind, Submission
from services.documents import enter_document
from services.outcomes import find_outcome
from services.refusals import refuse_if
from services.storage import StoredFile
from services.submission_refusals import NotChangeable
from services.submissions import DECISIVE


def may_hand_over(session: Session, *, submission: Submission) -> bool:
    """Whether the vendor said that it publishes its own statement, and the request has not been opened again."""
    if submission.declined_at is None or submission.withdrawn_at is not None:
        return False
    outcome = find_outcome(session, submission=submission)
    return outcome is not None and outcome.is_by_vendor and outcome.kind is OutcomeKind.OWN_STATEMENT


def add_statement(
    session: Session, *, submission: Submission, stored: StoredFile, file_name: str, media_type: str, person: str
) -> Document:
    """Take in the file; the clinic has it at once. Raises NotChangeable and what refuse_over_quota raises."""
    session.refresh(submission, DECISIVE, with_for_update=True)
    refuse_if(not may_hand_over(session, submission=submission), NotChangeable())
    document = enter_document(
        session, submission=submission, stored=stored, file_name=file_name, media_type=media_type, person=person
    )
    document.submitted_at = document.uploaded_at
    session.add(document)
    return document
