"""Lists of the forms that a clinic knows, what was read by each, and what waits for one."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Disclosure, DisclosureTemplate, Document, ReadState
from services.disclosure_templates import is_seen_by
from services.reading.template_files import list_templates
from services.reading.templates import Text

MOST_READINGS: Final = 200


class FormLine(NamedTuple):
    """A form in the list; `learned_at` is missing for those of the catalog."""

    id: str
    name: Text
    kind: str
    edition: str
    question_count: int
    reading_count: int
    is_for_all: bool = False
    learned_by: str = ""
    learned_at: datetime | None = None
    retired_at: datetime | None = None


class ReadDocument(NamedTuple):
    """A document that was read by a form."""

    id: UUID
    file_name: str
    vendor_id: UUID
    product: str
    version: str
    submitted_at: datetime
    answer_count: int
    no_count: int
    unclear_count: int


def list_forms(session: Session, *, clinic_id: UUID) -> list[FormLine]:
    """All forms that this clinic knows, the newest first and those of the catalog last."""
    counted = (
        sa.select(col(Disclosure.template_id), sa.func.count())
        .where(col(Disclosure.clinic_id) == clinic_id, col(Disclosure.template_id) != "")
        .group_by(col(Disclosure.template_id))
    )
    counts: dict[str, int] = {row.template_id: row[1] for row in session.execute(counted)}
    names = ("id", "name", "kind", "edition", "question_count", "is_for_all", "learned_by", "learned_at", "retired_at")
    statement = sa.select(*(col(getattr(DisclosureTemplate, name)) for name in names)).where(is_seen_by(clinic_id))
    learned = []
    for row in session.execute(statement.order_by(col(DisclosureTemplate.learned_at).desc())):
        found = dict(row._mapping)
        identity, name = str(found.pop("id")), found.pop("name")
        learned.append(FormLine(identity, Text(name, name), reading_count=counts.get(identity, 0), **found))
    built_in = [
        FormLine(one.id, one.name, one.kind, one.edition, len(one.questions), counts.get(one.id, 0))
        for one in list_templates()
        if one.questions
    ]
    return [*learned, *built_in]


def list_readings(session: Session, *, clinic_id: UUID, template_id: str) -> list[ReadDocument]:
    """The clinic's documents that were read by a form, the newest first."""
    statement = (
        sa.select(
            *(col(getattr(Document, name)) for name in ReadDocument._fields[:6]),
            *(col(getattr(Disclosure, name)) for name in ReadDocument._fields[6:]),
        )
        .join(Disclosure, col(Disclosure.document_id) == col(Document.id))
        .where(
            col(Document.clinic_id) == clinic_id,
            col(Document.removed_at).is_(None),
            col(Document.submitted_at).is_not(None),
            col(Disclosure.template_id) == template_id,
        )
        .order_by(col(Document.submitted_at).desc())
        .limit(MOST_READINGS)
    )
    return [ReadDocument._make(row) for row in session.execute(statement)]


def list_waiting(session: Session, *, clinic_id: UUID) -> list[tuple[UUID, str]]:
    """The clinic's documents that look like a form nobody has shown yet: id and file name, the newest first."""
    statement = (
        sa.select(col(Document.id), col(Document.file_name))
        .join(Disclosure, col(Disclosure.document_id) == col(Document.id))
        .where(
            col(Document.clinic_id) == clinic_id,
            col(Document.removed_at).is_(None),
            col(Document.submitted_at).is_not(None),
            col(Disclosure.state) == ReadState.NEEDS_TEMPLATE,
        )
        .order_by(col(Document.submitted_at).desc())
    )
    return [(document_id, file_name) for document_id, file_name in session.execute(statement)]
