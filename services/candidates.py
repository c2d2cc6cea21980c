"""Candidates: the vendors a clinic may ask in a fiscal year, with what they look after and what was asked already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Contact, Stage, Submission, SubmissionSystem, System, Vendor, stage_of
from services.outcomes import list_outcomes_of_year
from services.search import finds, folded

CLOSED: Final = frozenset({Stage.DECLINED, Stage.WITHDRAWN})
"""Stages after which asking once more is a matter of course."""

_MOMENTS: Final = (
    "id",
    "vendor_id",
    "sent_at",
    "opened_at",
    "started_at",
    "submitted_at",
    "returned_at",
    "accepted_at",
    "declined_at",
    "withdrawn_at",
)


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """A request of the year that still counts."""

    submission_id: UUID
    stage: Stage
    system_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A vendor that may be asked."""

    id: UUID
    name: str
    name_kana: str
    phone: str
    can_get_letters: bool
    systems: tuple[tuple[UUID, str], ...]
    contact_name: str
    email: str
    language: str
    asked: tuple[AskedBefore, ...]
    closed: str
    """How the last request of the year ended that no longer counts: by its outcome, or its stage; empty without one."""

    def is_asked_for(self, system_ids: Collection[UUID]) -> bool:
        """Whether a request of the year covers all these systems."""
        covered: set[UUID] = set().union(*(before.system_ids for before in self.asked))
        return bool(self.asked) and set(system_ids) <= covered

    @property
    def is_asked(self) -> bool:
        """Whether everything it looks after was asked about this year."""
        return self.is_asked_for([system_id for system_id, _ in self.systems])


class _Addressee(NamedTuple):
    """The main contact of a vendor."""

    contact_name: str
    email: str
    language: str


_NOBODY: Final = _Addressee(contact_name="", email="", language="ja")


def list_candidates(
    session: Session,
    *,
    clinic_id: UUID,
    fiscal_year: int,
    search: str = "",
    vendor_ids: Collection[UUID] | None = None,
) -> list[Candidate]:
    """Vendors in use by kana, in five queries; only the given ones where `vendor_ids` is not None."""
    vendors = sa.select(
        col(Vendor.id),
        col(Vendor.name),
        col(Vendor.name_kana),
        col(Vendor.phone),
        sa.or_(col(Vendor.address) != "", col(Vendor.fax) != "").label("can_get_letters"),
    ).where(col(Vendor.clinic_id) == clinic_id, col(Vendor.archived_at).is_(None))
    if vendor_ids is not None:
        vendors = vendors.where(col(Vendor.id).in_(vendor_ids))
    systems, contacts = _systems_of(session, clinic_id), _contacts_of(session, clinic_id)
    asked, closed = _asked_of(session, clinic_id, fiscal_year)
    candidates = [
        Candidate(
            **row._mapping,
            systems=tuple(systems[row.id]),
            **contacts.get(row.id, _NOBODY)._asdict(),
            asked=tuple(asked[row.id]),
            closed=closed.get(row.id, ""),
        )
        for row in session.execute(vendors)
    ]
    candidates.sort(key=lambda one: (folded(one.name_kana or one.name), one.name))
    return [one for one in candidates if finds(search, *_searched(one))]


def _searched(candidate: Candidate) -> list[str]:
    systems = (name for _, name in candidate.systems)
    return [candidate.name, candidate.name_kana, candidate.contact_name, candidate.email, *systems]


def _systems_of(session: Session, clinic_id: UUID) -> defaultdict[UUID, list[tuple[UUID, str]]]:
    found: defaultdict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    statement = sa.select(col(System.vendor_id), col(System.id), col(System.name)).where(
        col(System.clinic_id) == clinic_id, col(System.archived_at).is_(None), col(System.vendor_id).is_not(None)
    )
    for vendor_id, system_id, name in session.execute(statement.order_by(col(System.name))):
        found[vendor_id].append((system_id, name))
    return found


def _contacts_of(session: Session, clinic_id: UUID) -> dict[UUID, _Addressee]:
    statement = sa.select(col(Contact.vendor_id), col(Contact.name), col(Contact.email), col(Contact.language)).where(
        col(Contact.clinic_id) == clinic_id, col(Contact.archived_at).is_(None), col(Contact.is_main)
    )
    return {
        row.vendor_id: _Addressee(contact_name=row.name, email=row.email, language=row.language)
        for row in session.execute(statement)
    }


def _asked_of(
    session: Session, clinic_id: UUID, fiscal_year: int
) -> tuple[defaultdict[UUID, list[AskedBefore]], dict[UUID, str]]:
    """Requests of the year that count, and how the last of those ended that do not."""
    rows: dict[UUID, Any] = {}
    covered: defaultdict[UUID, set[UUID]] = defaultdict(set)
    statement = (
        sa.select(*(col(getattr(Submission, name)) for name in _MOMENTS), col(SubmissionSystem.system_id))
        .join(SubmissionSystem, col(SubmissionSystem.submission_id) == col(Submission.id), isouter=True)
        .where(col(Submission.clinic_id) == clinic_id, col(Submission.fiscal_year) == fiscal_year)
        .order_by(col(Submission.created_at))
    )
    for row in session.execute(statement):
        rows[row.id] = row
        if row.system_id is not None:
            covered[row.id].add(row.system_id)
    asked: defaultdict[UUID, list[AskedBefore]] = defaultdict(list)
    outcomes = list_outcomes_of_year(session, clinic_id=clinic_id, fiscal_year=fiscal_year)
    closed: dict[UUID, str] = {}
    for row in rows.values():
        stage = stage_of(row)
        if stage in CLOSED:
            closed[row.vendor_id] = outcomes.get(row.id, stage) if stage is Stage.DECLINED else stage
        else:
            asked[row.vendor_id].append(AskedBefore(row.id, stage, frozenset(covered[row.id])))
    return asked, closed
