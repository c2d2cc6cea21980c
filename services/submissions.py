"""Submissions: what one clinic asks of one vendor, from the first draft to the last revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    ANSWERABLE,
    MOMENTS,
    AccessCode,
    Clinic,
    Invitation,
    Member,
    Revision,
    Stage,
    Submission,
    SubmissionSystem,
    System,
    Vendor,
    VendorSession,
)
from services import clock, editions
from services.history import record
from services.imported_editions import find_edition
from services.refusals import (
    AlreadyDeclined,
    AlreadySubmitted,
    NotFound,
    Refusal,
    SubmissionWithdrawn,
    refuse_if,
)

DECISIVE: Final = (*MOMENTS, "typed_in_at")
"""What decides what may be done with a submission; read anew under its lock."""


def get_submission(session: Session, *, clinic_id: UUID, submission_id: UUID) -> Submission:
    """A submission of this clinic; raises NotFound for a foreign one as for one that never was."""
    statement = select(Submission).where(Submission.id == submission_id, Submission.clinic_id == clinic_id)
    submission = session.exec(statement).first()
    if submission is None:
        raise NotFound
    return submission


def get_vendor_of(session: Session, *, submission: Submission) -> Vendor:
    """The vendor asked."""
    statement = select(Vendor).where(Vendor.id == submission.vendor_id, Vendor.clinic_id == submission.clinic_id)
    return session.exec(statement).one()


def get_asker_name(session: Session, *, submission: Submission) -> str:
    """The member who asked."""
    return session.exec(select(Member.name).where(Member.id == submission.created_by)).one()


def list_covered_systems(session: Session, *, submission: Submission) -> list[System]:
    """The systems the submission covers, by name."""
    statement = (
        select(System)
        .join(SubmissionSystem, col(SubmissionSystem.system_id) == col(System.id))
        .where(SubmissionSystem.submission_id == submission.id, System.clinic_id == submission.clinic_id)
        .order_by(col(System.name))
    )
    return list(session.exec(statement))


def list_revisions(session: Session, *, submission: Submission) -> list[Revision]:
    """Everything that was handed in, the newest first."""
    statement = select(Revision).where(
        Revision.submission_id == submission.id, Revision.clinic_id == submission.clinic_id
    )
    return list(session.exec(statement.order_by(col(Revision.number).desc())))


def latest_revision(session: Session, *, submission: Submission) -> Revision | None:
    """What was handed in last; None before the first time."""
    statement = select(Revision).where(
        Revision.submission_id == submission.id, Revision.clinic_id == submission.clinic_id
    )
    return session.exec(statement.order_by(col(Revision.number).desc()).limit(1)).first()


def list_invitations(session: Session, *, submission: Submission) -> list[Invitation]:
    """All links ever made for a submission, the newest first."""
    statement = select(Invitation).where(
        Invitation.submission_id == submission.id, Invitation.clinic_id == submission.clinic_id
    )
    return list(session.exec(statement.order_by(col(Invitation.created_at).desc())))


def refusal_to_answer(submission: Submission) -> Refusal | None:
    """Why the vendor cannot write in it now; None where it can, also over what the clinic typed in for it."""
    stage = submission.stage
    if submission.is_typed_in and stage in {Stage.SUBMITTED, Stage.ACCEPTED}:
        return None
    if stage in ANSWERABLE or stage is Stage.DRAFT:
        return None
    if stage is Stage.WITHDRAWN:
        return SubmissionWithdrawn()
    return AlreadyDeclined() if stage is Stage.DECLINED else AlreadySubmitted()


def lock_for_answering(session: Session, *, submission: Submission) -> Submission:
    """The submission, locked until the transaction ends and checked again; raises what refusal_to_answer finds."""
    # What was asked never changes, so that it is not read again with each answer.
    session.refresh(submission, DECISIVE, with_for_update=True)
    refusal = refusal_to_answer(submission)
    if refusal is not None:
        raise refusal
    return submission


def create_submission(
    session: Session,
    *,
    clinic: Clinic,
    vendor: Vendor,
    systems: Sequence[System],
    edition_id: str,
    fiscal_year: int,
    due_on: date,
    message: str,
    language: str,
    created_by: UUID,
) -> Submission:
    """Ask one vendor for one year's form; the questions are copied so that they stay as they were asked."""
    edition = find_edition(session, clinic_id=clinic.id, edition_id=edition_id)
    form = edition.vendor_form
    copied = editions.copy_form(form, edition)
    submission = Submission(
        clinic_id=clinic.id,
        vendor_id=vendor.id,
        fiscal_year=fiscal_year,
        edition_id=edition.id,
        asked=copied,
        item_count=copied["item_count"],
        due_on=due_on,
        language=language,
        message=message,
        created_by=created_by,
        created_at=clock.now(),
    )
    session.add(submission)
    session.flush()
    session.add_all(
        SubmissionSystem(clinic_id=clinic.id, submission_id=submission.id, system_id=system.id) for system in systems
    )
    session.flush()
    record(
        session,
        "submission.created",
        clinic_id=clinic.id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        vendor=vendor.name,
        edition=edition.id,
        fiscal_year=fiscal_year,
        due_on=due_on.isoformat(),
    )
    return submission


def change_due_date(session: Session, *, submission: Submission, due_on: date) -> None:
    """Give the vendor another day; links already sent keep their own expiry."""
    before, submission.due_on = submission.due_on, due_on
    session.add(submission)
    record(
        session,
        "submission.due_changed",
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        before=before.isoformat(),
        after=due_on.isoformat(),
    )


def withdraw_submission(session: Session, *, submission: Submission) -> None:
    """The clinic no longer asks: every link, code and vendor session of it ends in the same transaction."""
    session.refresh(submission, with_for_update=True)
    refuse_if(submission.withdrawn_at is not None, SubmissionWithdrawn())
    submission.withdrawn_at = clock.now()
    session.add(submission)
    close_doors(session, submission=submission)
    record(
        session,
        "submission.withdrawn",
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
    )


def close_doors(session: Session, *, submission: Submission) -> None:
    """End links, codes and vendor sessions of a submission."""
    moment = clock.now()
    session.execute(
        sa.update(Invitation)
        .where(col(Invitation.submission_id) == submission.id, col(Invitation.revoked_at).is_(None))
        .values(revoked_at=moment)
    )
    session.execute(
        sa.update(VendorSession)
        .where(col(VendorSession.submission_id) == submission.id, col(VendorSession.ended_at).is_(None))
        .values(ended_at=moment)
    )
    links = sa.select(col(Invitation.id)).where(col(Invitation.submission_id) == submission.id)
    session.execute(
        sa.update(AccessCode)
        .where(col(AccessCode.invitation_id).in_(links), col(AccessCode.used_at).is_(None))
        .values(expires_at=moment)
    )
