"""Addressees: to whom at a vendor the next mail about a request goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import MAILED, Contact, Invitation, Submission
from services.holders import HELD_SINCE


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person or desk with an address."""

    email: str
    name: str
    language: str


def find_addressee(session: Session, *, submission: Submission, person: str = "") -> Addressee | None:
    """Who is written to: `person` where a link went there, else the newest address used, else the main contact."""
    found = list_addressees(session, clinic_id=submission.clinic_id, submission_ids=[submission.id], person=person)
    return found.get(submission.id)


def find_person(session: Session, *, submission: Submission) -> str:
    """The person or desk a letter goes to: the vendor's main contact, whether or not it has an e-mail address."""
    statement = sa.select(col(Contact.name)).where(
        col(Contact.clinic_id) == submission.clinic_id,
        col(Contact.vendor_id) == submission.vendor_id,
        col(Contact.is_main),
        col(Contact.archived_at).is_(None),
    )
    return session.execute(statement).scalars().first() or ""


def list_addressees(
    session: Session, *, clinic_id: UUID, submission_ids: Collection[UUID], person: str = ""
) -> dict[UUID, Addressee]:
    """The same for many requests in two queries; requests without any address are left out."""
    found = {
        row.id: Addressee(email=row.email, name=row.name, language=row.language)
        for row in session.execute(_main_contacts(clinic_id, submission_ids))
    }
    for row in session.execute(_links(clinic_id, submission_ids, person)):
        found[row.id] = Addressee(email=row.email, name=row.name, language=row.language)
    return found


def _main_contacts(clinic_id: UUID, submission_ids: Collection[UUID]) -> sa.Select[UUID, str, str, str]:
    return (
        sa.select(col(Submission.id), col(Contact.email), col(Contact.name), col(Submission.language))
        .join(Contact, col(Contact.vendor_id) == col(Submission.vendor_id))
        .where(
            col(Submission.clinic_id) == clinic_id,
            col(Submission.id).in_(submission_ids),
            col(Contact.is_main),
            col(Contact.archived_at).is_(None),
            col(Contact.email) != "",
        )
    )


def _links(clinic_id: UUID, submission_ids: Collection[UUID], person: str) -> sa.Select[UUID, str, str, str]:
    """Mailed links to the whole form that were not taken back, the one to write to last.

    Where the whole form was handed to a colleague, mails go to the colleague from then on.
    """
    return (
        sa.select(
            col(Invitation.submission_id).label("id"),
            col(Invitation.email),
            col(Invitation.name),
            col(Invitation.language),
        )
        .where(
            col(Invitation.clinic_id) == clinic_id,
            col(Invitation.submission_id).in_(submission_ids),
            col(Invitation.channel).in_(MAILED),
            col(Invitation.section_keys).is_(None),
            col(Invitation.replaced_at).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
        .order_by(sa.case((col(Invitation.email) == person, 1), else_=0), HELD_SINCE)
    )
