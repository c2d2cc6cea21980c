"""Two documents side by side: of one form, or of two by a table that people entered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Disclosure, DisclosureAnswer, Document
from services.correspondences import Pairs
from services.disclosure_templates import fingerprints_of
from services.disclosures import value_of
from services.reading.compare import Change, compare_answers
from services.reading.readings import Answer, Remark


class Comparable(NamedTuple):
    """Another document that was read; `is_same_form` where the numbers mean the same questions without a table."""

    id: UUID
    file_name: str
    product: str
    version: str
    submitted_at: datetime
    template_id: str
    is_same_form: bool


def list_comparable(session: Session, *, document: Document, disclosure: Disclosure) -> list[Comparable]:
    """The clinic's other documents that were read: those of the same form, of the same vendor, and the newest first."""
    if not disclosure.template_id:
        return []
    columns = [col(getattr(Document, name)) for name in Comparable._fields[:5]]
    statement = (
        sa.select(*columns, col(Disclosure.template_id))
        .join(Disclosure, col(Disclosure.document_id) == col(Document.id))
        .where(
            col(Document.clinic_id) == document.clinic_id,
            col(Document.id) != document.id,
            col(Document.submitted_at).is_not(None),
            col(Document.removed_at).is_(None),
            col(Disclosure.template_id) != "",
        )
        .order_by((col(Document.vendor_id) == document.vendor_id).desc(), col(Document.submitted_at).desc())
    )
    rows = session.execute(statement).all()
    same = _same_forms(session, document.clinic_id, disclosure.template_id, {row.template_id for row in rows})
    found = [Comparable._make((*row, row.template_id in same)) for row in rows]
    return sorted(found, key=lambda one: not one.is_same_form)


def compare_disclosures(
    session: Session, *, before: Disclosure, after: Disclosure, pairs: Pairs | None = None
) -> list[Change]:
    """Every difference, with what people settled in place of what was read; はい→いいえ first.

    Of documents of two forms, those questions are compared that `pairs` names.
    """
    return compare_answers(_answers_of(session, before), _answers_of(session, after), correspondence=pairs)


def _same_forms(session: Session, clinic_id: UUID, template_id: str, others: Collection[str]) -> set[str]:
    """Forms that ask the same: this one, and its versions that were corrected without another question."""
    prints = fingerprints_of(session, clinic_id=clinic_id, template_ids={template_id, *others})
    return {other for other in others if prints.get(other, other) == prints.get(template_id, template_id)}


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
