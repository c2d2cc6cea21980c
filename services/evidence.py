"""Evidence: what an answer of the clinic's own form leans on, linked by a person and never moved afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models import Assessment, Document, Evidence, EvidenceKind, Revision, Submission, Vendor
from services import clock
from services.refusals import NotFound, refuse_if


@dataclass(frozen=True, slots=True)
class Link:
    """A piece of evidence as it was linked; a vendor's answer stays the frozen one, whatever was submitted since."""

    id: UUID
    item_key: str
    kind: EvidenceKind
    revision_id: UUID | None
    document_id: UUID | None
    note: str
    number: str
    place: str
    said: str
    linked_at: datetime
    submission_id: UUID | None
    revision_number: int | None
    vendor_name: str
    file_name: str

    @property
    def is_disclosure_answer(self) -> bool:
        """Whether it is an answer in a disclosure, which is linked from there and not ticked beside the item."""
        return self.kind is EvidenceKind.DISCLOSURE_ANSWER


class Target(NamedTuple):
    """What a link leads to; two links to the same are one."""

    kind: EvidenceKind
    revision_id: UUID | None = None
    document_id: UUID | None = None
    note: str = ""


def targets_of(revisions: Collection[UUID], documents: Collection[UUID], note: str = "") -> set[Target]:
    """What was ticked, and the words beside it."""
    return {
        *(Target(EvidenceKind.VENDOR_ANSWER, revision_id=revision_id) for revision_id in revisions),
        *(Target(EvidenceKind.DOCUMENT, document_id=document_id) for document_id in documents),
        *([Target(EvidenceKind.NOTE, note=note.strip())] if note.strip() else []),
    }


def list_links(
    session: Session, *, clinic_id: UUID, assessment_id: UUID, item_key: str | None = None
) -> dict[str, list[Link]]:
    """Everything linked to a form, or to one item of it, by item."""
    own = [col(getattr(Evidence, name)) for name in Link.__dataclass_fields__ if hasattr(Evidence, name)]
    about = sa.func.coalesce(col(Revision.submission_id), col(Document.submission_id))
    statement = (
        sa.select(
            *own,
            col(Submission.id).label("submission_id"),
            col(Revision.number).label("revision_number"),
            sa.func.coalesce(col(Vendor.name), "").label("vendor_name"),
            sa.func.coalesce(col(Document.file_name), "").label("file_name"),
        )
        .join(Revision, col(Revision.id) == col(Evidence.revision_id), isouter=True)
        .join(Document, col(Document.id) == col(Evidence.document_id), isouter=True)
        .join(Submission, col(Submission.id) == about, isouter=True)
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id), isouter=True)
        .where(col(Evidence.clinic_id) == clinic_id, col(Evidence.assessment_id) == assessment_id)
        .order_by(col(Vendor.name), col(Revision.number), col(Document.file_name))
    )
    if item_key is not None:
        statement = statement.where(col(Evidence.item_key) == item_key)
    links: defaultdict[str, list[Link]] = defaultdict(list)
    for row in session.execute(statement):
        links[row.item_key].append(Link(**row._mapping))
    return dict(links)


def list_outdated(session: Session, *, clinic_id: UUID, assessment_id: UUID) -> dict[str, frozenset[UUID]]:
    """By item, the linked revisions whose vendor has submitted a newer one that is not linked beside it."""
    outdated: defaultdict[str, set[UUID]] = defaultdict(set)
    known = {"clinic_id": clinic_id, "assessment_id": assessment_id}
    for item_key, revision_id in session.execute(_outdated(), known):
        outdated[item_key].add(revision_id)
    return {item_key: frozenset(revisions) for item_key, revisions in outdated.items()}


def list_targets(session: Session, *, assessment: Assessment, item_key: str) -> set[Target]:
    """What the item's answer leans on now."""
    return {Target(*row[1:]) for row in session.execute(_links_of(assessment, item_key))}


def link_evidence(
    session: Session, *, assessment: Assessment, item_key: str, targets: Collection[Target], linked_by: UUID
) -> bool:
    """Let the item's answer lean on exactly these; links that stay keep their moment. Says whether anything changed.

    Answers in disclosures that are linked to the item stay as they are.

    Raises NotFound for revisions and documents that were not handed over to this clinic.
    """
    present = {Target(*row[1:]): row.id for row in session.execute(_links_of(assessment, item_key))}
    new, gone = set(targets) - present.keys(), present.keys() - set(targets)
    _check_ownership(session, assessment.clinic_id, new)
    if gone:
        session.execute(
            sa.delete(Evidence).where(
                col(Evidence.clinic_id) == assessment.clinic_id,
                col(Evidence.id).in_([present[target] for target in gone]),
            )
        )
    moment = clock.now()
    session.add_all(
        Evidence(
            clinic_id=assessment.clinic_id,
            assessment_id=assessment.id,
            item_key=item_key,
            linked_by=linked_by,
            linked_at=moment,
            **target._asdict(),
        )
        for target in new
    )
    session.flush()
    return bool(new or gone)


def _links_of(assessment: Assessment, item_key: str) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(*(col(getattr(Evidence, name)) for name in ("id", *Target._fields))).where(
        col(Evidence.clinic_id) == assessment.clinic_id,
        col(Evidence.assessment_id) == assessment.id,
        col(Evidence.item_key) == item_key,
        # These are linked and taken away one by one, where they stand.
        col(Evidence.kind) != EvidenceKind.DISCLOSURE_ANSWER,
    )


def _check_ownership(session: Session, clinic_id: UUID, targets: Collection[Target]) -> None:
    revisions = {target.revision_id for target in targets if target.revision_id}
    documents = {target.document_id for target in targets if target.document_id}
    found = sa.select(
        sa.select(sa.func.count())
        .where(col(Revision.clinic_id) == clinic_id, col(Revision.id).in_(revisions))
        .scalar_subquery(),
        sa.select(sa.func.count())
        .where(
            col(Document.clinic_id) == clinic_id,
            col(Document.id).in_(documents),
            col(Document.submitted_at).is_not(None),
        )
        .scalar_subquery(),
    )
    refuse_if(tuple(session.execute(found).one()) != (len(revisions), len(documents)), NotFound())


@cache
def _outdated() -> sa.Select[*tuple[Any, ...]]:
    """Made once: putting it together takes longer than running it."""
    newer, beside, linked = aliased(Revision), aliased(Evidence), aliased(Revision)
    replaced = (
        sa.select(col(Revision.id))
        .join(
            newer,
            sa.and_(col(newer.submission_id) == col(Revision.submission_id), col(newer.number) > col(Revision.number)),
        )
        .where(col(Revision.clinic_id) == sa.bindparam("clinic_id"))
    )
    is_linked_too = (
        sa.select(col(beside.id))
        .join(linked, col(linked.id) == col(beside.revision_id))
        .join(
            Revision,
            sa.and_(
                col(Revision.submission_id) == col(linked.submission_id), col(linked.number) > col(Revision.number)
            ),
        )
        .where(
            col(Revision.id) == col(Evidence.revision_id),
            col(beside.clinic_id) == col(Evidence.clinic_id),
            col(beside.assessment_id) == col(Evidence.assessment_id),
            col(beside.item_key) == col(Evidence.item_key),
        )
    )
    return sa.select(col(Evidence.item_key), col(Evidence.revision_id)).where(
        col(Evidence.clinic_id) == sa.bindparam("clinic_id"),
        col(Evidence.assessment_id) == sa.bindparam("assessment_id"),
        col(Evidence.revision_id).in_(replaced),
        ~is_linked_too.exists(),
    )
