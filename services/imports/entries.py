"""What is known and what a table adds to it: vendors, contacts and systems while an import is planned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Contact, System, Vendor
from services.search import folded

VENDOR_FIELDS: Final[tuple[str, ...]] = (
    "name",
    "name_kana",
    "corporate_number",
    "postal_code",
    "address",
    "phone",
    "fax",
    "note",
)
CONTACT_FIELDS: Final[tuple[str, ...]] = ("name", "department", "email", "phone", "language", "is_main")
SYSTEM_FIELDS: Final[tuple[str, ...]] = (
    "name",
    "kind",
    "provision",
    "version",
    "place",
    "server_count",
    "pc_count",
    "network_device_count",
    "has_remote_maintenance",
    "remote_maintenance_method",
    "update_duty",
    "update_clause",
    "note",
)
_LEGAL_FORMS: Final = (("(株)", "株式会社"), ("(有)", "有限会社"), ("(同)", "合同会社"), ("(資)", "合資会社"))
_BETWEEN: Final = re.compile(r"[\s・･,.、。'’\-‐―−]+")


class Said(NamedTuple):
    """What a row of the table said about one field, for the rows after it."""

    row: int
    value: Any


@dataclass(slots=True, eq=False)
class Entry:
    """A vendor, contact or system: as it is stored, and as the table will have it."""

    id: UUID
    is_new: bool
    values: dict[str, Any]
    vendor: Entry | None = None
    is_archived: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)

    def present(self, key: str) -> Any:
        """The value after the rows planned so far."""
        return self.changes.get(key, self.values.get(key, ""))


def new_entry(vendor: Entry | None = None) -> Entry:
    """Something that is not stored yet."""
    return Entry(id=uuid4(), is_new=True, values={}, vendor=vendor)


def plain_name(name: str) -> str:
    """A name as it is compared: without width, case, spaces and dots; ㈱ and (株) are 株式会社."""
    plain = folded(name)
    for short, full in _LEGAL_FORMS:
        plain = plain.replace(short, full)
    return _BETWEEN.sub("", plain) or plain


class Known:
    """Everything of a clinic that a table may speak of, found by what it is called."""

    def __init__(self, session: Session, *, clinic_id: UUID) -> None:
        self.vendors: dict[UUID, Entry] = {}
        self.contacts: dict[UUID, Entry] = {}
        self.systems: dict[UUID, Entry] = {}
        self._vendor_names: dict[str, Entry] = {}
        self._numbers: dict[str, Entry] = {}
        self._emails: dict[tuple[UUID, str], Entry] = {}
        self._people: dict[tuple[UUID, str], Entry] = {}
        self._system_names: dict[str, Entry] = {}
        for row in _rows(session, Vendor, clinic_id, VENDOR_FIELDS, "archived_at"):
            self.add_vendor(_stored(row, VENDOR_FIELDS))
        for row in _rows(session, Contact, clinic_id, CONTACT_FIELDS, "vendor_id", "archived_at"):
            if row["archived_at"] is None:
                self.add_contact(_stored(row, CONTACT_FIELDS, vendor=self.vendors[row["vendor_id"]]))
        for row in _rows(session, System, clinic_id, SYSTEM_FIELDS, "vendor_id", "archived_at"):
            vendor = self.vendors[row["vendor_id"]] if row["vendor_id"] else None
            self.add_system(_stored(row, SYSTEM_FIELDS, vendor=vendor))

    def find_vendor(self, name: str) -> Entry | None:
        """The vendor of exactly this name, else one whose name is written a little differently."""
        return self._vendor_names.get(f"\0{name}") or self._vendor_names.get(plain_name(name))

    def find_numbered(self, corporate_number: str) -> Entry | None:
        """The vendor with this corporate number."""
        return self._numbers.get(corporate_number) if corporate_number else None

    def find_contact(self, vendor: Entry, *, name: str, email: str) -> Entry | None:
        """The vendor's contact with this address; without one, or where the known one has none, by its name."""
        if email and (found := self._emails.get((vendor.id, email.casefold()))):
            return found
        found = self._people.get((vendor.id, plain_name(name))) if name else None
        return None if found and email and found.present("email") else found

    def find_system(self, name: str) -> Entry | None:
        """The system of this name."""
        return self._system_names.get(f"\0{name}") or self._system_names.get(plain_name(name))

    def add_vendor(self, vendor: Entry) -> None:
        """Make a vendor findable by what it is called now."""
        self.vendors[vendor.id] = vendor
        _name(self._vendor_names, vendor)
        if vendor.present("corporate_number"):
            self._numbers.setdefault(vendor.present("corporate_number"), vendor)

    def add_contact(self, contact: Entry) -> None:
        """Make a contact findable."""
        assert contact.vendor is not None
        self.contacts[contact.id] = contact
        if contact.present("email"):
            self._emails.setdefault((contact.vendor.id, contact.present("email").casefold()), contact)
        self._people.setdefault((contact.vendor.id, plain_name(contact.present("name"))), contact)

    def add_system(self, system: Entry) -> None:
        """Make a system findable."""
        self.systems[system.id] = system
        _name(self._system_names, system)


def _name(names: dict[str, Entry], entry: Entry) -> None:
    """An exact name, marked by a NUL that no name holds, never gives way; of names that look alike the first stays."""
    names.setdefault(f"\0{entry.present('name')}", entry)
    names.setdefault(plain_name(entry.present("name")), entry)


def _rows(session: Session, table: Any, clinic_id: UUID, *names: Any) -> Iterator[sa.RowMapping]:
    fields = ["id", *names[0], *names[1:]]
    statement = (
        sa.select(*(col(getattr(table, name)) for name in fields))
        .where(col(table.clinic_id) == clinic_id)
        .order_by(col(table.created_at), col(table.id))
    )
    yield from session.execute(statement).mappings()


def _stored(row: sa.RowMapping, fields: tuple[str, ...], vendor: Entry | None = None) -> Entry:
    values = {name: row[name] for name in fields}
    return Entry(
        id=row["id"],
        is_new=False,
        values=values | {"vendor": vendor.values["name"]} if vendor else values,
        vendor=vendor,
        is_archived=row["archived_at"] is not None,
    )
