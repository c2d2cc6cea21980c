"""Vendors: the companies of a clinic, listed with whom to write to and where their answer stands."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypedDict, Unpack
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Contact, Document, Stage, Submission, System, Vendor
from services import clock
from services.collisions import refuse_unseen_changes
from services.history import record
from services.languages import marked
from services.past_submissions import PastSubmission, latest_by_vendor
from services.refusals import NotFound, StillInUse, refuse_if
from services.search import finds, folded
from services.unique_names import keeping_names_unique


class VendorParticulars(TypedDict, total=False):
    """What may be told about a vendor besides its name."""

    name_kana: str
    corporate_number: str
    postal_code: str
    address: str
    phone: str
    fax: str
    note: str


class VendorChanges(VendorParticulars, total=False):
    """What may be changed."""

    name: str


class MainContact(NamedTuple):
    """The person or desk that is written to first."""

    name: str
    department: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class VendorLine:
    """A vendor in a list."""

    id: UUID
    name: str
    name_kana: str
    corporate_number: str
    postal_code: str
    address: str
    phone: str
    fax: str
    note: str
    archived_at: datetime | None
    systems: tuple[str, ...]
    contact: MainContact | None
    submission: PastSubmission | None


class Counts(NamedTuple):
    """How many entries are in use and how many are put away."""

    active: int
    archived: int


_STAGES: Final = list(Stage)
_ORDERS: Final[Mapping[str, Callable[[VendorLine], Any]]] = {
    "name": lambda line: 0,
    "systems": lambda line: len(line.systems),
    "contact": lambda line: folded(line.contact.name) if line.contact else "",
    "stage": lambda line: _STAGES.index(line.submission.stage) if line.submission else -1,
}
VENDOR_SORTS: Final = tuple(_ORDERS)


def get_vendor(session: Session, *, clinic_id: UUID, vendor_id: UUID) -> Vendor:
    """A vendor of this clinic; raises NotFound for a foreign one as for one that never was."""
    vendor = session.exec(select(Vendor).where(Vendor.id == vendor_id, Vendor.clinic_id == clinic_id)).first()
    if vendor is None:
        raise NotFound
    return vendor


def find_vendor(session: Session, *, clinic_id: UUID, vendor_id: UUID | None) -> Vendor | None:
    """The vendor that something of this clinic refers to, if it refers to one."""
    return get_vendor(session, clinic_id=clinic_id, vendor_id=vendor_id) if vendor_id else None


def list_vendors(
    session: Session,
    *,
    clinic_id: UUID,
    fiscal_year: int,
    search: str = "",
    is_archived: bool = False,
    sort: str = "name",
) -> list[VendorLine]:
    """Vendors with systems, main contact and the year's submission; `sort` is one of VENDOR_SORTS, with - descending.

    The search looks at names, kana, contacts, systems and the corporate number.
    """
    columns = [col(getattr(Vendor, name)) for name in VendorLine.__dataclass_fields__ if name not in _GATHERED]
    archived_at = col(Vendor.archived_at)
    rows = session.execute(
        sa.select(*columns).where(
            col(Vendor.clinic_id) == clinic_id, archived_at.is_not(None) if is_archived else archived_at.is_(None)
        )
    )
    systems = _systems_by_vendor(session, clinic_id)
    contacts = _main_contacts(session, clinic_id)
    submissions = latest_by_vendor(session, clinic_id=clinic_id, fiscal_year=fiscal_year)
    lines = [
        VendorLine(
            **row._mapping,
            systems=tuple(systems[row.id]),
            contact=contacts.get(row.id),
            submission=submissions.get(row.id),
        )
        for row in rows
    ]
    found = [line for line in lines if finds(search, *_searched(line))]
    found.sort(key=lambda line: (folded(line.name_kana or line.name), line.name, line.id), reverse=sort == "-name")
    found.sort(key=_ORDERS[sort.removeprefix("-")], reverse=sort.startswith("-"))
    return found


_GATHERED: Final = frozenset({"systems", "contact", "submission"})


def list_vendor_choices(session: Session, *, clinic_id: UUID, including: UUID | None = None) -> list[tuple[UUID, str]]:
    """Vendors to choose from by kana: those in use, and the one chosen before even where it was put away."""
    rows = session.execute(
        sa.select(col(Vendor.id), col(Vendor.name), col(Vendor.name_kana)).where(
            col(Vendor.clinic_id) == clinic_id,
            col(Vendor.archived_at).is_(None) | (col(Vendor.id) == including),
        )
    )
    return [(row.id, row.name) for row in sorted(rows, key=lambda row: (folded(row.name_kana or row.name), row.name))]


def count_vendors(session: Session, *, clinic_id: UUID) -> Counts:
    """How many vendors are in use and how many are put away."""
    total, archived = session.execute(
        sa.select(sa.func.count(), sa.func.count(col(Vendor.archived_at))).where(col(Vendor.clinic_id) == clinic_id)
    ).one()
    return Counts(active=total - archived, archived=archived)


def has_history(session: Session, *, vendor: Vendor) -> bool:
    """Whether anything was ever asked of the vendor, or a system or document hangs on it."""
    found = [
        sa.exists().where(col(kind.clinic_id) == vendor.clinic_id, col(kind.vendor_id) == vendor.id)
        for kind in (Submission, System, Document)
    ]
    return bool(session.execute(sa.select(sa.or_(*found))).scalar_one())


def normal_corporate_number(text: str) -> str:
    """The 13 digits without width, spaces or hyphens; raises ValueError with a sentence where they cannot be right.

    The first digit checks the others: nine less the remainder by nine of the sum in which, counted from the right,
    every second digit counts double (order of the Ministry of Finance on corporate numbers, article 2).
    """
    digits = "".join(unicodedata.normalize("NFKC", text).replace("-", "").split())
    if not (len(digits) == 13 and digits.isascii() and digits.isdigit()):
        raise ValueError(marked("A corporate number has 13 digits. Leave it empty if you do not know it."))
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits[1:])))
    if int(digits[0]) != 9 - total % 9:
        raise ValueError(marked("The digits of this corporate number do not fit together. Please compare them again."))
    return digits


def add_vendor(session: Session, *, clinic_id: UUID, name: str, **particulars: Unpack[VendorParticulars]) -> Vendor:
    """Add a vendor; raises NameTaken."""
    vendor = Vendor(clinic_id=clinic_id, name=name, created_at=clock.now(), **particulars)
    with keeping_names_unique(session, Vendor, clinic_id=clinic_id, name=name):
        session.add(vendor)
    record(session, "vendor.added", clinic_id=clinic_id, subject=("vendor", vendor.id), name=name)
    return vendor


def find_or_add_vendor(session: Session, *, clinic_id: UUID, name: str) -> Vendor:
    """The vendor of this name: as it is, taken out of the archive, or new."""
    vendor = session.exec(select(Vendor).where(Vendor.clinic_id == clinic_id, Vendor.name == name)).first()
    if vendor is None:
        return add_vendor(session, clinic_id=clinic_id, name=name)
    restore_vendor(session, vendor=vendor)
    return vendor


def change_vendor(session: Session, *, vendor: Vendor, seen: str = "", **changes: Unpack[VendorChanges]) -> None:
    """Write particulars anew; the log tells which were changed, not what they say.

    Raises NameTaken, and ChangedMeanwhile where `seen` marks an entry that somebody has changed since.
    """
    refuse_unseen_changes(session, vendor, names=changes, seen=seen)
    changed = sorted(name for name, value in changes.items() if getattr(vendor, name) != value)
    if not changed:
        return
    with keeping_names_unique(session, Vendor, clinic_id=vendor.clinic_id, name=changes.get("name", vendor.name)):
        for name, value in changes.items():
            setattr(vendor, name, value)
        session.add(vendor)
    record(session, "vendor.changed", clinic_id=vendor.clinic_id, subject=("vendor", vendor.id), fields=changed)


def archive_vendor(session: Session, *, vendor: Vendor) -> None:
    """Put a vendor away: it is offered no more, and everything that was asked of it stays."""
    if vendor.archived_at is None:
        vendor.archived_at = clock.now()
        session.add(vendor)
        record(session, "vendor.archived", clinic_id=vendor.clinic_id, subject=("vendor", vendor.id), name=vendor.name)


def restore_vendor(session: Session, *, vendor: Vendor) -> None:
    """Take a vendor out of the archive."""
    if vendor.archived_at is not None:
        vendor.archived_at = None
        session.add(vendor)
        record(session, "vendor.restored", clinic_id=vendor.clinic_id, subject=("vendor", vendor.id), name=vendor.name)


def delete_vendor(session: Session, *, vendor: Vendor) -> None:
    """Remove a vendor that was entered by mistake, with its contacts; raises StillInUse where it has a history."""
    refuse_if(has_history(session, vendor=vendor), StillInUse())
    session.execute(
        sa.delete(Contact).where(col(Contact.clinic_id) == vendor.clinic_id, col(Contact.vendor_id) == vendor.id)
    )
    session.delete(vendor)
    session.flush()
    record(session, "vendor.deleted", clinic_id=vendor.clinic_id, subject=("vendor", vendor.id), name=vendor.name)


def _systems_by_vendor(session: Session, clinic_id: UUID) -> dict[UUID, list[str]]:
    rows = session.execute(
        sa.select(col(System.vendor_id), col(System.name)).where(
            col(System.clinic_id) == clinic_id, col(System.vendor_id).is_not(None), col(System.archived_at).is_(None)
        )
    )
    systems: defaultdict[UUID, list[str]] = defaultdict(list)
    for vendor_id, name in sorted(rows, key=lambda row: folded(row.name)):
        systems[vendor_id].append(name)
    return systems


def _main_contacts(session: Session, clinic_id: UUID) -> dict[UUID, MainContact]:
    columns = (getattr(Contact, name) for name in MainContact._fields)
    rows = session.execute(
        sa.select(col(Contact.vendor_id), *map(col, columns)).where(
            col(Contact.clinic_id) == clinic_id, col(Contact.is_main), col(Contact.archived_at).is_(None)
        )
    )
    return {vendor_id: MainContact(*contact) for vendor_id, *contact in rows}


def _searched(line: VendorLine) -> tuple[str, ...]:
    return (line.name, line.name_kana, line.corporate_number, *line.systems, *(line.contact or ()))
