"""Two documents of one form side by side: last year's and this year's, or two products."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Disclosure, DisclosureAnswer, Document
from services.disclosures import value_of
from services.reading.compare import Change, compare_answers
from services.reading.readings import Answer, Remark


class Comparable(NamedTuple):
    """Another document that was read by the same form."""

    id: UUID
    file_name: str
    product: str
    version: str
    submitted_at: datetime


def list_comparable(session: Session, *, document: Document, disclosure: Disclosure) -> list[Comparable]:
    """The clinic's other documents of the same form and edition; those of the same vendor first, then the newest."""
    if not disclosure.template_id:
        return []
    columns = [col(getattr(Document, name)) for name in Comparable._fields]
    statement = (
        sa.select(*columns)
        .join(Disclosure, col(Disclosure.document_id) == col(Document.id))
        .where(
            col(Document.clinic_id) == document.clinic_id,
            col(Document.id) != document.id,
            col(Document.submitted_at).is_not(None),
            col(Document.removed_at).is_(None),
            col(Disclosure.template_id) == disclosure.template_id,
            col(Disclosure.edition) == disclosure.edition,
        )
        .order_by((col(Document.vendor_id) == document.vendor_id).desc(), col(Document.submitted_at).desc())
    )
    return [Comparable._make(row) for row in session.execute(statement)]


def compare_disclosures(session: Session, *, before: Disclosure, after: Disclosure) -> list[Change]:
    """Every difference, with what people settled in place of what was read; はい→いいえ first."""
    return compare_answers(_answers_of(session, before), _answers_of(session, after))


def _answers_of(session: Session, disclosure: Disclosure) -> list[Answer]:
    statement = select(DisclosureAnswer).where(
        DisclosureAnswer.disclosure_id == disclosure.id, DisclosureAnswer.clinic_id == disclosure.clinic_id
    )
    return [
        Answer(
            number=row.number,
            value=value_of(row),
            raw=row.raw,
            place=row.place,
            remarks=(Remark(row.remark, row.place),) if row.remark else (),
            asked=row.asked,
        )
        for row in session.exec(statement.order_by(col(DisclosureAnswer.position)))
    ]
