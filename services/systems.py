"""Systems: the lines of the ledger, who provides each and who keeps it up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, Provision, SubmissionSystem, System, SystemKind, UpdateDuty, Vendor
from services import clock, vendors
from services.collisions import refuse_unseen_changes
from services.history import record
from services.refusals import NotFound, StillInUse, refuse_if
from services.search import finds, folded
from services.unique_names import keeping_names_unique


class SystemParticulars(TypedDict, total=False):
    """What may be told about a system besides name and kind."""

    vendor_id: UUID | None
    provision: Provision
    version: str
    place: str
    server_count: int
    pc_count: int
    network_device_count: int
    has_remote_maintenance: bool | None
    remote_maintenance_method: str
    update_duty: UpdateDuty
    update_clause: str
    note: str


class SystemChanges(SystemParticulars, total=False):
    """What may be changed."""

    name: str
    kind: SystemKind


@dataclass(frozen=True, slots=True)
class SystemLine:
    """A system in a list."""

    id: UUID
    name: str
    kind: SystemKind
    provision: Provision
    vendor_id: UUID | None
    vendor_name: str
    vendor_kana: str
    version: str
    place: str
    server_count: int
    pc_count: int
    network_device_count: int
    has_remote_maintenance: bool | None
    remote_maintenance_method: str
    update_duty: UpdateDuty
    update_clause: str
    note: str
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a list of systems adds up to."""

    systems: int
    servers: int
    pcs: int
    network_devices: int
    with_remote_maintenance: int
    remote_maintenance_unknown: int


_KINDS: Final = list(SystemKind)
_DUTIES: Final = list(UpdateDuty)
_ORDERS: Final[Mapping[str, Callable[[SystemLine], Any]]] = {
    "name": lambda line: folded(line.name),
    "kind": lambda line: _KINDS.index(line.kind),
    "vendor": lambda line: folded(line.vendor_kana or line.vendor_name),
    "devices": lambda line: line.server_count + line.pc_count + line.network_device_count,
    "remote": lambda line: (True, None, False).index(line.has_remote_maintenance),
    "updates": lambda line: _DUTIES.index(line.update_duty),
}
SYSTEM_SORTS: Final = tuple(_ORDERS)


def get_system(session: Session, *, clinic_id: UUID, system_id: UUID) -> System:
    """A system of this clinic; raises NotFound for a foreign one as for one that never was."""
    system = session.exec(select(System).where(System.id == system_id, System.clinic_id == clinic_id)).first()
    if system is None:
        raise NotFound
    return system


def list_systems(
    session: Session,
    *,
    clinic_id: UUID,
    search: str = "",
    kind: SystemKind | None = None,
    vendor_id: UUID | None = None,
    is_archived: bool = False,
    sort: str = "name",
) -> list[SystemLine]:
    """The ledger with the vendors' names; `sort` is one of SYSTEM_SORTS, with - for descending.

    The search looks at names, vendors, versions, places and notes.
    """
    of_system = [col(getattr(System, name)) for name in SystemLine.__dataclass_fields__ if hasattr(System, name)]
    archived_at = col(System.archived_at)
    statement = (
        sa.select(
            *of_system,
            sa.func.coalesce(col(Vendor.name), "").label("vendor_name"),
            sa.func.coalesce(col(Vendor.name_kana), "").label("vendor_kana"),
        )
        .join(
            Vendor,
            (col(Vendor.id) == col(System.vendor_id)) & (col(Vendor.clinic_id) == col(System.clinic_id)),
            isouter=True,
        )
        .where(col(System.clinic_id) == clinic_id, archived_at.is_not(None) if is_archived else archived_at.is_(None))
    )
    if kind is not None:
        statement = statement.where(col(System.kind) == kind)
    if vendor_id is not None:
        statement = statement.where(col(System.vendor_id) == vendor_id)
    lines = [SystemLine(**row._mapping) for row in session.execute(statement)]
    found = [line for line in lines if finds(search, *_searched(line))]
    found.sort(key=lambda line: (folded(line.name), line.name))
    found.sort(key=_ORDERS[sort.removeprefix("-")], reverse=sort.startswith("-"))
    return found


def count_systems(session: Session, *, clinic_id: UUID) -> vendors.Counts:
    """How many systems are in use and how many are put away."""
    total, archived = session.execute(
        sa.select(sa.func.count(), sa.func.count(col(System.archived_at))).where(col(System.clinic_id) == clinic_id)
    ).one()
    return vendors.Counts(active=total - archived, archived=archived)


def add_up(lines: list[SystemLine]) -> Totals:
    """What the listed systems add up to."""
    return Totals(
        systems=len(lines),
        servers=sum(line.server_count for line in lines),
        pcs=sum(line.pc_count for line in lines),
        network_devices=sum(line.network_device_count for line in lines),
        with_remote_maintenance=sum(line.has_remote_maintenance is True for line in lines),
        remote_maintenance_unknown=sum(line.has_remote_maintenance is None for line in lines),
    )


def has_history(session: Session, *, system: System) -> bool:
    """Whether a submission ever covered the system or a document is about it."""
    found = [
        sa.exists().where(col(kind.clinic_id) == system.clinic_id, col(kind.system_id) == system.id)
        for kind in (SubmissionSystem, Document)
    ]
    return bool(session.execute(sa.select(sa.or_(*found))).scalar_one())


def add_system(
    session: Session,
    *,
    clinic_id: UUID,
    name: str,
    kind: SystemKind,
    new_vendor_name: str = "",
    **particulars: Unpack[SystemParticulars],
) -> System:
    """Add a line to the ledger, with `new_vendor_name` its vendor as well; raises NameTaken for the system's name."""
    _check_vendor(session, clinic_id, particulars)
    system = System(clinic_id=clinic_id, name=name, kind=kind, created_at=clock.now(), **particulars)
    with keeping_names_unique(session, System, clinic_id=clinic_id, name=name):
        session.add(system)
    record(session, "system.added", clinic_id=clinic_id, subject=("system", system.id), name=name)
    if new_vendor_name:
        system.vendor_id = vendors.find_or_add_vendor(session, clinic_id=clinic_id, name=new_vendor_name).id
        session.add(system)
        session.flush()
    return system


def change_system(
    session: Session, *, system: System, new_vendor_name: str = "", seen: str = "", **changes: Unpack[SystemChanges]
) -> None:
    """Write particulars anew; the log tells which were changed, not what they say.

    Raises NameTaken, and ChangedMeanwhile where `seen` marks an entry that somebody has changed since.
    """
    refuse_unseen_changes(session, system, names=changes, seen=seen)
    _check_vendor(session, system.clinic_id, changes)
    before = {name: getattr(system, name) for name in changes}
    with keeping_names_unique(session, System, clinic_id=system.clinic_id, name=changes.get("name", system.name)):
        for name, value in changes.items():
            setattr(system, name, value)
        session.add(system)
    if new_vendor_name:
        before.setdefault("vendor_id", system.vendor_id)
        system.vendor_id = vendors.find_or_add_vendor(session, clinic_id=system.clinic_id, name=new_vendor_name).id
        session.flush()
    changed = sorted(name for name, value in before.items() if getattr(system, name) != value)
    if changed:
        record(session, "system.changed", clinic_id=system.clinic_id, subject=("system", system.id), fields=changed)


def archive_system(session: Session, *, system: System) -> None:
    """Put a system away: it is offered no more, and what was asked about it stays."""
    if system.archived_at is None:
        system.archived_at = clock.now()
        session.add(system)
        record(session, "system.archived", clinic_id=system.clinic_id, subject=("system", system.id), name=system.name)


def restore_system(session: Session, *, system: System) -> None:
    """Take a system out of the archive."""
    if system.archived_at is not None:
        system.archived_at = None
        session.add(system)
        record(session, "system.restored", clinic_id=system.clinic_id, subject=("system", system.id), name=system.name)


def delete_system(session: Session, *, system: System) -> None:
    """Remove a system that was entered by mistake; raises StillInUse where it has a history."""
    refuse_if(has_history(session, system=system), StillInUse())
    session.delete(system)
    session.flush()
    record(session, "system.deleted", clinic_id=system.clinic_id, subject=("system", system.id), name=system.name)


def _check_vendor(session: Session, clinic_id: UUID, particulars: SystemParticulars) -> None:
    """Raise NotFound where the vendor chosen belongs to another clinic."""
    vendor_id = particulars.get("vendor_id")
    if vendor_id is not None:
        vendors.get_vendor(session, clinic_id=clinic_id, vendor_id=vendor_id)


def _searched(line: SystemLine) -> tuple[str, ...]:
    return (line.name, line.vendor_name, line.vendor_kana, line.version, line.place, line.note)
