"""Notes: what members of the clinic write for each other about a request; vendors never see them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from models import Note, Submission
from services import clock
from services.history import record
from services.threads import check_key


def list_notes(session: Session, *, submission: Submission) -> dict[str, list[Note]]:
    """All notes on a request by item, the oldest first."""
    statement = select(Note).where(Note.submission_id == submission.id, Note.clinic_id == submission.clinic_id)
    found: dict[str, list[Note]] = {}
    for note in session.exec(statement.order_by(col(Note.created_at))):
        found.setdefault(note.item_key, []).append(note)
    return found


def add_note(session: Session, *, submission: Submission, item_key: str, author: str, text: str) -> Note:
    """Write a note down; raises NotFound for an item that is not on the form."""
    check_key(submission, item_key)
    note = Note(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        item_key=item_key,
        author=author,
        text=text,
        created_at=clock.now(),
    )
    session.add(note)
    session.flush()
    record(
        session,
        "note.added",
        clinic_id=submission.clinic_id,
        subject=("note", note.id),
        submission_id=submission.id,
        item=item_key,
    )
    return note
