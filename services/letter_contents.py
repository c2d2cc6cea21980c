"""What stands in letters: the requests of a batch with clinic, vendor and systems, in address order, in few queries."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Clinic, LetterBatch, LetterOrder, Submission, SubmissionSystem, System, Vendor
from services import clock
from services.invitations import latest_end_of_link
from services.letter_links import LetterSecrets
from services.links import invitation_link, letter_address
from services.mail.messages import minutes_for
from services.reports.letter import Letter

LIFE: Final = timedelta(days=60)
SHORTEST_LIFE: Final = timedelta(days=14)
"""The post takes days, and paper lies on desks: a letter's link lives longer than a mailed one."""


def address_order(postal_code: str, address: str, name: str) -> tuple[bool, str, str, str]:
    """In which order letters lie: by postal code as the post sorts them, those without one last."""
    return not postal_code, postal_code, address, name


def expiry_of_letter(due_on: date) -> datetime:
    """When the link and the number of a letter made now stop."""
    moment = clock.now()
    return max(moment + SHORTEST_LIFE, min(moment + LIFE, latest_end_of_link(due_on)))


def reference_of(submission_id: UUID) -> str:
    """What a clerk writes on a fax to find its request again; it opens nothing."""
    return submission_id.hex[:8].upper()


def read_letters(session: Session, *, batch: LetterBatch, secrets: dict[UUID, LetterSecrets]) -> list[Letter]:
    """Every letter of a batch with its secrets, as the PDF shows them one after the other."""
    clinic = session.get_one(Clinic, batch.clinic_id)
    systems = _systems_of(session, batch)
    rows = sorted(session.execute(_orders(batch)), key=lambda row: address_order(*row[-3:]))
    return [_letter(clinic, row, systems[row.id], secrets[row.id]) for row in rows]


def _letter(clinic: Clinic, row: Any, systems: list[str], secret: LetterSecrets) -> Letter:
    return Letter(
        language=row.language,
        written_on=clock.today(),
        clinic_name=clinic.name,
        clinic_address=_join("〒" + clinic.postal_code if clinic.postal_code else "", clinic.address),
        clinic_phone=clinic.phone,
        clinic_fax=clinic.fax,
        clinic_contact=clinic.contact_name,
        clinic_hours=clinic.contact_hours,
        postal_code=row.postal_code,
        address=row.address,
        vendor_name=row.vendor_name,
        person=row.name,
        fiscal_year=row.fiscal_year,
        asked=row.asked,
        systems=systems,
        due_on=row.due_on,
        minutes=minutes_for(row.item_count),
        message=row.letter_message,
        is_reminder=row.sent_at is not None,
        link=invitation_link(secret.token),
        type_at=letter_address(),
        number=secret.number,
        code=secret.code,
        expires_at=expiry_of_letter(row.due_on),
        reference=reference_of(row.id),
    )


def _orders(batch: LetterBatch) -> sa.Select[*tuple[Any, ...]]:
    own = ("id", "language", "fiscal_year", "due_on", "item_count", "sent_at", "asked")
    return (
        sa.select(
            *(col(getattr(Submission, name)) for name in own),
            col(LetterOrder.name),
            col(LetterOrder.message).label("letter_message"),
            col(Vendor.postal_code),
            col(Vendor.address),
            col(Vendor.name).label("vendor_name"),
        )
        .join(LetterOrder, col(LetterOrder.submission_id) == col(Submission.id))
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .where(col(LetterOrder.batch_id) == batch.id, col(Submission.clinic_id) == batch.clinic_id)
    )


def _systems_of(session: Session, batch: LetterBatch) -> defaultdict[UUID, list[str]]:
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    statement = (
        sa.select(col(SubmissionSystem.submission_id), col(System.name))
        .join(System, col(System.id) == col(SubmissionSystem.system_id))
        .join(LetterOrder, col(LetterOrder.submission_id) == col(SubmissionSystem.submission_id))
        .where(col(LetterOrder.batch_id) == batch.id, col(System.clinic_id) == batch.clinic_id)
    )
    for submission_id, name in session.execute(statement.order_by(col(System.name))):
        found[submission_id].append(name)
    return found


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
