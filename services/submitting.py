"""Submitting: answers and files are frozen into a revision, once, and both sides are told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Answer, Document, Invitation, Member, Membership, OutcomeKind, Revision, Role, Submission
from services import answers, clock, outcomes, submissions
from services.documents import list_own_documents
from services.edition_forms import Form
from services.forwarding import tell_former_holders
from services.history import record
from services.links import submission_link
from services.mail import messages
from services.refusals import NotFound, NotSubmittable, refuse_if
from services.revisions import count_noteworthy
from services.vendor_access import VendorViewer

_CIRCUMSTANCES: Final = ("differences", "answered_by", "saved_at", "origin", "origin_details")


def get_revision(session: Session, *, submission: Submission, number: int | None = None) -> Revision:
    """A revision by its number, or the latest; raises NotFound."""
    statement = select(Revision).where(
        Revision.submission_id == submission.id, Revision.clinic_id == submission.clinic_id
    )
    if number is not None:
        statement = statement.where(Revision.number == number)
    revision = session.exec(statement.order_by(col(Revision.number).desc()).limit(1)).first()
    if revision is None:
        raise NotFound
    return revision


def submit(session: Session, *, viewer: VendorViewer, responsible_name: str, responsible_title: str) -> Revision:
    """Hand the form in: whoever comes second, on whatever way, meets AlreadySubmitted.

    Raises NotSubmittable where something is missing, and what lock_for_answering raises.
    """
    submission = submissions.lock_for_answering(session, submission=viewer.submission)
    sheet = answers.read_worksheet(session, submission=submission)
    refuse_if(bool(sheet.gaps()), NotSubmittable())
    documents = list_own_documents(session, submission=submission)
    moment, frozen = clock.now(), freeze_answers(sheet.form, sheet.answers)
    counts = count_noteworthy(frozen)
    revision = Revision(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        number=next_number(session, submission),
        no_count=counts.no,
        conditional_count=counts.conditional,
        answers=frozen,
        documents=[freeze_document(document) for document in documents],
        sha256="",
        responsible_name=responsible_name,
        responsible_title=responsible_title,
        submitted_by=viewer.person,
        submitted_at=moment,
    )
    revision.sha256 = seal(submission, revision)
    submission.submitted_at = moment
    for document in documents:
        document.submitted_at = document.submitted_at or moment
    session.add_all([revision, submission, *documents])
    session.flush()
    _record_submission(session, revision)
    _tell_both_sides(session, viewer, revision)
    return revision


def decline(
    session: Session,
    *,
    viewer: VendorViewer,
    reason: str,
    kind: OutcomeKind = OutcomeKind.DECLINED,
    link: str = "",
) -> None:
    """The vendor will not answer; the clinic's members learn of it, and the request stays on record."""
    submission, clinic = viewer.submission, viewer.clinic
    outcomes.decline_submission(
        session, submission=submission, kind=kind, reason=reason, link=link, person=viewer.person
    )
    vendor_name = submissions.get_vendor_of(session, submission=submission).name
    link = submission_link(submission.id)
    for member in list_people_to_tell(session, clinic_id=clinic.id):
        messages.post_declined(
            session, clinic=clinic, submission=submission, to=member, vendor_name=vendor_name, link=link
        )


def freeze_answers(form: Form, given: Mapping[str, Answer]) -> list[dict[str, Any]]:
    """The answers in the order of the form, with their numbers, as JSON can hold them."""
    return [
        {"item_key": item.key, "number": item.number}
        | {name: _plain(getattr(given[item.key], name)) for name in (*answers.FIELDS, *_CIRCUMSTANCES)}
        for item in form.items
        if item.key in given
    ]


def freeze_document(document: Document) -> dict[str, Any]:
    """What is known of a file when it is submitted."""
    names = (
        *("id", "kind", "product", "version", "issued_on", "system_id", "file_name", "media_type"),
        *("size", "sha256", "uploaded_by", "uploaded_at"),
    )
    return {name: _plain(getattr(document, name)) for name in names}


def seal(submission: Submission, revision: Revision, *, typed_in: Mapping[str, Any] | None = None) -> str:
    """SHA-256 over everything in the revision and what was asked, in one canonical form (RFC 8785's order of keys)."""
    content: dict[str, Any] = {
        "submission_id": str(revision.submission_id),
        "number": revision.number,
        "fiscal_year": submission.fiscal_year,
        "asked": submission.asked,
        "answers": revision.answers,
        "documents": revision.documents,
        "responsible_name": revision.responsible_name,
        "responsible_title": revision.responsible_title,
        "submitted_by": revision.submitted_by,
        "submitted_at": revision.submitted_at.isoformat(timespec="microseconds"),
    }
    if typed_in is not None:
        content["typed_in"] = dict(typed_in)
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def is_late(submission: Submission, revision: Revision) -> bool:
    """Whether it arrived after the due date."""
    return clock.local_date(revision.submitted_at) > submission.due_on


def list_people_to_tell(session: Session, *, clinic_id: UUID) -> Sequence[Member]:
    """The members who work on vendors' answers: owners and editors."""
    statement = (
        select(Member)
        .join(Membership, col(Membership.member_id) == col(Member.id))
        .where(
            Membership.clinic_id == clinic_id,
            col(Membership.removed_at).is_(None),
            col(Membership.role).in_([Role.OWNER, Role.EDITOR]),
        )
    )
    return session.exec(statement.order_by(col(Membership.created_at))).all()


def next_number(session: Session, submission: Submission) -> int:
    """The number of the next revision."""
    statement = sa.select(sa.func.coalesce(sa.func.max(col(Revision.number)), 0)).where(
        col(Revision.submission_id) == submission.id
    )
    return int(session.execute(statement).scalar_one()) + 1


def _plain(value: Any) -> Any:
    """UTC moments are written with microseconds, so that the same revision always gives the same bytes."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _record_submission(session: Session, revision: Revision) -> None:
    record(
        session,
        "submission.submitted",
        clinic_id=revision.clinic_id,
        subject=("revision", revision.id),
        submission_id=revision.submission_id,
        number=revision.number,
        sha256=revision.sha256,
        documents=len(revision.documents),
    )


def _tell_both_sides(session: Session, viewer: VendorViewer, revision: Revision) -> None:
    submission, clinic = viewer.submission, viewer.clinic
    vendor_name = submissions.get_vendor_of(session, submission=submission).name
    came_in_by = session.get_one(Invitation, viewer.invitation_id)
    if came_in_by.email:
        messages.post_receipt(
            session, clinic=clinic, submission=submission, revision=revision, to=came_in_by, vendor_name=vendor_name
        )
    tell_former_holders(session, viewer=viewer, revision=revision)
    for member in list_people_to_tell(session, clinic_id=clinic.id):
        messages.post_submitted(
            session,
            clinic=clinic,
            submission=submission,
            revision=revision,
            to=member,
            vendor_name=vendor_name,
            link=submission_link(submission.id),
        )
