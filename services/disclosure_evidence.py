"""Answers in disclosures as evidence: linked by a person to items of the own check, kept as they were, taken away."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Assessment, DisclosureAnswer, Document, Evidence, EvidenceKind
from services import clock, editions
from services.disclosures import value_of
from services.edition_forms import GATE
from services.history import record
from services.refusals import NotFound


class ItemChoice(NamedTuple):
    """An item of one of the clinic's own forms, to link to."""

    fiscal_year: int
    key: str
    number: str
    label: str


class LinkedItem(NamedTuple):
    """An item that an answer is linked to."""

    id: UUID
    fiscal_year: int
    key: str
    number: str
    label: str
    said: str


def list_items(session: Session, *, clinic_id: UUID, language: str) -> list[ItemChoice]:
    """The items of the own forms of the last two years, the newer year first."""
    statement = select(Assessment).where(Assessment.clinic_id == clinic_id)
    assessments = session.exec(statement.order_by(col(Assessment.fiscal_year).desc()).limit(2)).all()
    return [
        ItemChoice(assessment.fiscal_year, item.key, item.number, item.label.in_language(language))
        for assessment in assessments
        for item in editions.read_form(assessment.asked).items
        if item.key != GATE
    ]


def list_linked(session: Session, *, document: Document, number: str, language: str) -> list[LinkedItem]:
    """The items that an answer of a document is linked to."""
    statement = (
        sa.select(col(Evidence.id), col(Evidence.item_key), col(Evidence.said), Assessment)
        .join(Assessment, col(Assessment.id) == col(Evidence.assessment_id))
        .where(
            col(Evidence.clinic_id) == document.clinic_id,
            col(Evidence.document_id) == document.id,
            col(Evidence.kind) == EvidenceKind.DISCLOSURE_ANSWER,
            col(Evidence.number) == number,
        )
        .order_by(col(Assessment.fiscal_year).desc(), col(Evidence.linked_at))
    )
    linked = []
    for identity, key, said, assessment in session.execute(statement):
        item = editions.read_form(assessment.asked).find_item(key)
        if item is not None:
            label = item.label.in_language(language)
            linked.append(LinkedItem(identity, assessment.fiscal_year, key, item.number, label, said))
    return linked


def link_answer(
    session: Session,
    *,
    assessment: Assessment,
    item_key: str,
    document: Document,
    answer: DisclosureAnswer,
    linked_by: UUID,
) -> None:
    """Let an item lean on an answer as it stands now; a second time changes nothing. Raises NotFound."""
    item = editions.read_form(assessment.asked).find_item(item_key)
    if item is None or item.key == GATE:
        raise NotFound
    same = (
        Evidence.clinic_id == assessment.clinic_id,
        Evidence.assessment_id == assessment.id,
        Evidence.item_key == item_key,
        Evidence.document_id == document.id,
        Evidence.kind == EvidenceKind.DISCLOSURE_ANSWER,
        Evidence.number == answer.number,
    )
    if session.exec(select(Evidence).where(*same)).first() is not None:
        return
    session.add(
        Evidence(
            clinic_id=assessment.clinic_id,
            assessment_id=assessment.id,
            item_key=item_key,
            kind=EvidenceKind.DISCLOSURE_ANSWER,
            document_id=document.id,
            number=answer.number,
            place=answer.place,
            said=value_of(answer).value,
            linked_by=linked_by,
            linked_at=clock.now(),
        )
    )
    _note(session, "assessment.evidence_linked", assessment, item_key)


def get_link(session: Session, *, clinic_id: UUID, evidence_id: UUID) -> tuple[Evidence, Assessment]:
    """A link from an answer in a disclosure, with the form it belongs to; raises NotFound."""
    statement = (
        select(Evidence, Assessment)
        .join(Assessment, col(Assessment.id) == col(Evidence.assessment_id))
        .where(
            Evidence.id == evidence_id,
            Evidence.clinic_id == clinic_id,
            Evidence.kind == EvidenceKind.DISCLOSURE_ANSWER,
        )
    )
    found = session.exec(statement).first()
    if found is None:
        raise NotFound
    return found


def unlink_answer(session: Session, *, evidence: Evidence, assessment: Assessment) -> None:
    """Take the link away."""
    session.delete(evidence)
    _note(session, "assessment.evidence_unlinked", assessment, evidence.item_key)


def _note(session: Session, verb: str, assessment: Assessment, item_key: str) -> None:
    record(
        session,
        verb,
        clinic_id=assessment.clinic_id,
        subject=("assessment", assessment.id),
        item=item_key,
        fiscal_year=assessment.fiscal_year,
    )
