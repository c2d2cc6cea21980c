"""Material: ledger, requests and documents beside the clinic's own form, gathered in a few queries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    AWAITING_VENDOR,
    DISCLOSURES,
    Document,
    Outcome,
    OutcomeKind,
    Revision,
    ScanState,
    Submission,
    SubmissionSystem,
    System,
    Transcript,
    Vendor,
    stage_of,
)
from services import clock, editions
from services.revisions import read_column
from services.search import folded
from services.statements import LedgerSystem, Material, Received, Request

_MOMENTS: Final = (
    *("sent_at", "opened_at", "started_at", "submitted_at", "returned_at", "accepted_at", "declined_at"),
    "withdrawn_at",
)

Covered = Mapping[UUID, frozenset[str]]


def gather_material(session: Session, *, clinic_id: UUID, fiscal_year: int) -> Material:
    """What stands beside the form of a year; four queries, whatever the number of vendors."""
    systems, covered = _list_systems(session, clinic_id)
    known = _list_requests(session, clinic_id, fiscal_year, covered)
    requests = tuple(request for request in known if request.outcome is not OutcomeKind.NO_CONTRACT)
    is_asked = {request.vendor_id for request in requests}
    return Material(
        fiscal_year=fiscal_year,
        systems=systems,
        requests=requests,
        documents=_list_documents(session, clinic_id, fiscal_year),
        links=_read_links(session, clinic_id, requests),
        ended_for_systems=frozenset(request.submission_id for request in known)
        - {one.submission_id for one in requests},
        naming_systems=frozenset(covered),
        without_contract=frozenset(request.vendor_id for request in known if request.vendor_id not in is_asked),
    )


def _list_systems(session: Session, clinic_id: UUID) -> tuple[tuple[LedgerSystem, ...], Covered]:
    """The systems in use by name, and the names of the systems that each request covers, archived ones too."""
    in_use: dict[UUID, list[Any]] = {}
    requests: defaultdict[UUID, set[UUID]] = defaultdict(set)
    covered: defaultdict[UUID, set[str]] = defaultdict(set)
    for archived_at, submission_id, *own in session.execute(_systems(), {"clinic_id": clinic_id}):
        system_id, name = own[:2]
        if archived_at is None:
            in_use[system_id] = own
        if submission_id is not None:
            requests[system_id].add(submission_id)
            covered[submission_id].add(name)
    systems = [LedgerSystem._make((*own, frozenset(requests[key]))) for key, own in in_use.items()]
    systems.sort(key=lambda system: (folded(system.name), system.name))
    return tuple(systems), {submission_id: frozenset(names) for submission_id, names in covered.items()}


def _list_requests(session: Session, clinic_id: UUID, fiscal_year: int, covered: Covered) -> tuple[Request, ...]:
    """The requests that count, by vendor: not withdrawn, not replaced by a later one, of vendors in use."""
    found = session.execute(_requests(), {"clinic_id": clinic_id, "fiscal_year": fiscal_year})
    rows = _without_replaced(found, covered)
    rows.sort(key=lambda row: (folded(row.name_kana or row.vendor_name), row.vendor_name))
    return tuple([_read_request(row, covered) for row in rows])


def _list_documents(session: Session, clinic_id: UUID, fiscal_year: int) -> tuple[Received, ...]:
    """What was handed over this year, and the MDS and SDS of the years before, the newest first."""
    found = session.execute(_documents(), {"clinic_id": clinic_id, "fiscal_year": fiscal_year})
    return tuple([Received._make(row) for row in found])


def _read_links(
    session: Session, clinic_id: UUID, requests: Sequence[Request]
) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Per edition asked, the keys of its vendor form by the institution's key, read from one copy of each.

    A published edition never changes, so that one copy speaks for all.
    """
    one_of_each = {request.edition_id: request.submission_id for request in requests}
    if not one_of_each:
        return {}
    statement = sa.select(col(Submission.edition_id), sa.cast(col(Submission.asked), sa.Text)).where(
        col(Submission.clinic_id) == clinic_id, col(Submission.id).in_(one_of_each.values())
    )
    return {edition_id: _keys_by_link(asked) for edition_id, asked in session.execute(statement)}


@lru_cache(maxsize=64)
def _keys_by_link(asked: str) -> Mapping[str, tuple[str, ...]]:
    """The keys of a copied vendor form by the institution's key."""
    keys: dict[str, tuple[str, ...]] = {}
    for item in editions.read_form(json.loads(asked)).items:
        if item.linked_key:
            keys[item.linked_key] = (*keys.get(item.linked_key, ()), item.key)
    return keys


def _without_replaced(rows: Iterable[Any], covered: Covered) -> list[Any]:
    """Rows in order of their making, without those that a later one of the same vendor stands for."""
    kept: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        of_vendor = kept[row.vendor_name]
        of_vendor[:] = [*(old for old in of_vendor if not _replaces(row, old, covered)), row]
    return [row for of_vendor in kept.values() for row in of_vendor]


def _replaces(new: Any, old: Any, covered: Covered) -> bool:
    """Whether a later request covers all that an earlier one did, and no answer is lost by looking at it alone."""
    if new.revision_id is None and old.revision_id is not None:
        return False
    about_new, about_old = covered.get(new.id), covered.get(old.id)
    return about_new is None or (about_old is not None and about_old <= about_new)


def _read_request(row: Any, covered: Covered) -> Request:
    stage = stage_of(row)
    return Request(
        submission_id=row.id,
        vendor_id=row.vendor_id,
        vendor_name=row.vendor_name,
        edition_id=row.edition_id,
        stage=stage,
        due_on=row.due_on,
        is_overdue=row.due_on < clock.today() and stage in AWAITING_VENDOR,
        system_names=tuple(sorted(covered.get(row.id, ()))),
        revision_id=row.revision_id,
        revision_number=row.revision_number,
        answers=read_column(row.answers or "[]"),
        sent_at=row.sent_at,
        outcome=row.outcome,
        source=row.source,
    )


# The statements are made once: putting them together takes longer than running them.


@cache
def _systems() -> sa.Select[*tuple[Any, ...]]:
    computed = {"vendor_name": sa.func.coalesce(col(Vendor.name), "")}
    own = [computed[name] if name in computed else col(getattr(System, name)) for name in LedgerSystem._fields[:-1]]
    return (
        sa.select(col(System.archived_at), col(SubmissionSystem.submission_id), *own)
        .join(Vendor, col(Vendor.id) == col(System.vendor_id), isouter=True)
        .join(SubmissionSystem, col(SubmissionSystem.system_id) == col(System.id), isouter=True)
        .where(col(System.clinic_id) == sa.bindparam("clinic_id"))
    )


@cache
def _requests() -> sa.Select[*tuple[Any, ...]]:
    newest = sa.select(sa.func.max(col(Revision.number))).where(col(Revision.submission_id) == col(Submission.id))
    is_newest = sa.and_(
        col(Revision.submission_id) == col(Submission.id),
        col(Revision.number) == newest.correlate(Submission).scalar_subquery(),
    )
    is_ended = sa.and_(col(Outcome.submission_id) == col(Submission.id), col(Outcome.reopened_at).is_(None))
    return (
        sa.select(
            *(col(getattr(Submission, name)) for name in ("id", "vendor_id", "edition_id", "due_on", *_MOMENTS)),
            col(Vendor.name).label("vendor_name"),
            col(Vendor.name_kana),
            col(Revision.id).label("revision_id"),
            col(Revision.number).label("revision_number"),
            sa.cast(col(Revision.answers), sa.Text).label("answers"),
            col(Outcome.kind).label("outcome"),
            col(Transcript.source),
        )
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .join(Outcome, is_ended, isouter=True)
        .join(Revision, is_newest, isouter=True)
        .join(Transcript, col(Transcript.revision_id) == col(Revision.id), isouter=True)
        .where(
            col(Submission.clinic_id) == sa.bindparam("clinic_id"),
            col(Submission.fiscal_year) == sa.bindparam("fiscal_year"),
            col(Submission.withdrawn_at).is_(None),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Submission.created_at), col(Submission.id))
    )


@cache
def _documents() -> sa.Select[*tuple[Any, ...]]:
    joined = {"vendor_name": col(Vendor.name), "fiscal_year": col(Submission.fiscal_year)}
    asked_in = col(Submission.fiscal_year)
    fiscal_year: sa.BindParameter[int] = sa.bindparam("fiscal_year")
    return (
        sa.select(*(joined[name] if name in joined else col(getattr(Document, name)) for name in Received._fields))
        .join(Submission, col(Submission.id) == col(Document.submission_id))
        .join(Vendor, col(Vendor.id) == col(Document.vendor_id))
        .where(
            col(Document.clinic_id) == sa.bindparam("clinic_id"),
            col(Document.submitted_at).is_not(None),
            col(Document.removed_at).is_(None),
            col(Document.scan_state) != ScanState.INFECTED,
            col(Vendor.archived_at).is_(None),
            sa.or_(asked_in == fiscal_year, sa.and_(asked_in < fiscal_year, col(Document.kind).in_(DISCLOSURES))),
        )
        .order_by(asked_in.desc(), col(Vendor.name), col(Document.kind), col(Document.file_name))
    )
