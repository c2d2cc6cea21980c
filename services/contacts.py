"""Contacts: the people and desks of a vendor; exactly one of those in use is the main one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import Contact, Vendor
from services import clock
from services.collisions import refuse_unseen_changes
from services.history import record
from services.refusals import ContactUnreachable, NotFound, refuse_if


class ContactParticulars(TypedDict, total=False):
    """What may be told about a contact besides its name."""

    department: str
    email: str
    phone: str
    language: str


class ContactChanges(ContactParticulars, total=False):
    """What may be changed."""

    name: str


def get_contact(session: Session, *, clinic_id: UUID, contact_id: UUID) -> Contact:
    """A contact in use at a vendor of this clinic; raises NotFound for any other."""
    statement = select(Contact).where(
        Contact.id == contact_id, Contact.clinic_id == clinic_id, col(Contact.archived_at).is_(None)
    )
    contact = session.exec(statement).first()
    if contact is None:
        raise NotFound
    return contact


def list_contacts(session: Session, *, vendor: Vendor) -> list[Contact]:
    """The contacts in use, the main one first, then in the order in which they were added."""
    return list(session.exec(_in_use(vendor.clinic_id, vendor.id)))


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact in a list over all vendors."""

    vendor_name: str
    name: str
    department: str
    email: str
    phone: str
    language: str
    is_main: bool


def list_contact_lines(
    session: Session, *, clinic_id: UUID, vendor_ids: Sequence[UUID] | None = None
) -> list[ContactLine]:
    """The contacts in use of these vendors in their order, or of all vendors; the main one of each first."""
    columns = (getattr(Contact, name) for name in ContactLine.__dataclass_fields__ if name != "vendor_name")
    statement = (
        sa.select(col(Contact.vendor_id), col(Vendor.name).label("vendor_name"), *map(col, columns))
        .join(
            Vendor,
            sa.and_(col(Vendor.id) == col(Contact.vendor_id), col(Vendor.clinic_id) == col(Contact.clinic_id)),
        )
        .where(col(Contact.clinic_id) == clinic_id, col(Contact.archived_at).is_(None))
        .order_by(col(Vendor.name), col(Contact.is_main).desc(), col(Contact.created_at), col(Contact.id))
    )
    lines: dict[UUID, list[ContactLine]] = {}
    for vendor_id, *told in session.execute(statement):
        lines.setdefault(vendor_id, []).append(ContactLine(*told))
    wanted = lines if vendor_ids is None else vendor_ids
    return [line for vendor_id in wanted for line in lines.get(vendor_id, ())]


def add_contact(session: Session, *, vendor: Vendor, name: str, **particulars: Unpack[ContactParticulars]) -> Contact:
    """Add a contact, the first one as the main one; raises ContactUnreachable without e-mail and telephone."""
    contact = Contact(clinic_id=vendor.clinic_id, vendor_id=vendor.id, name=name, created_at=clock.now(), **particulars)
    refuse_if(not (contact.email or contact.phone), ContactUnreachable())
    _lock_vendor(session, contact)
    first = session.exec(_in_use(vendor.clinic_id, vendor.id)).first()
    contact.is_main = first is None or not first.is_main
    session.add(contact)
    session.flush()
    _record(session, "contact.added", contact)
    return contact


def change_contact(session: Session, *, contact: Contact, seen: str = "", **changes: Unpack[ContactChanges]) -> None:
    """Write particulars anew.

    Raises ContactUnreachable where neither e-mail nor telephone would be left, and ChangedMeanwhile where `seen` marks
    an entry that somebody has changed since.
    """
    refuse_unseen_changes(session, contact, names=changes, seen=seen)
    email, phone = changes.get("email", contact.email), changes.get("phone", contact.phone)
    refuse_if(not (email or phone), ContactUnreachable())
    changed = sorted(name for name, value in changes.items() if getattr(contact, name) != value)
    if not changed:
        return
    for name, value in changes.items():
        setattr(contact, name, value)
    session.add(contact)
    _record(session, "contact.changed", contact, fields=changed)


def make_main_contact(session: Session, *, contact: Contact) -> None:
    """Propose this contact first from now on."""
    _lock_vendor(session, contact)
    if contact.is_main:
        return
    for other in session.exec(_in_use(contact.clinic_id, contact.vendor_id)):
        other.is_main = other.id == contact.id
        session.add(other)
    _record(session, "contact.made_main", contact)


def archive_contact(session: Session, *, contact: Contact) -> None:
    """Put a contact away; where it was the main one, the one added first takes its place."""
    _lock_vendor(session, contact)
    was_main, contact.is_main, contact.archived_at = contact.is_main, False, clock.now()
    session.add(contact)
    session.flush()
    heir = session.exec(_in_use(contact.clinic_id, contact.vendor_id)).first()
    if was_main and heir is not None:
        heir.is_main = True
        session.add(heir)
    _record(session, "contact.archived", contact)


def _in_use(clinic_id: UUID, vendor_id: UUID) -> SelectOfScalar[Contact]:
    return (
        select(Contact)
        .where(Contact.clinic_id == clinic_id, Contact.vendor_id == vendor_id, col(Contact.archived_at).is_(None))
        .order_by(col(Contact.is_main).desc(), col(Contact.created_at), col(Contact.id))
    )


def _lock_vendor(session: Session, contact: Contact) -> None:
    """Let two people who change a vendor's contacts at once do so one after the other."""
    statement = sa.select(col(Vendor.id)).where(
        col(Vendor.clinic_id) == contact.clinic_id, col(Vendor.id) == contact.vendor_id
    )
    session.execute(statement.with_for_update())


def _record(session: Session, verb: str, contact: Contact, **details: Any) -> None:
    record(
        session,
        verb,
        clinic_id=contact.clinic_id,
        subject=("contact", contact.id),
        vendor=str(contact.vendor_id),
        **details,
    )
