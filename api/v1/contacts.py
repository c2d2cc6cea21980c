"""Contacts: whom to write to at a vendor."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.v1.access import VendorsReader, VendorsWriter
from api.v1.collisions import telling_collisions
from api.v1.endpoint import make_router
from api.v1.shapes import BLANK_PASSES, Change, Listed, Marked, Sent
from models import Contact
from services import contacts, vendors
from services.collisions import mark_of, refuse_unseen_changes
from web.access import SessionDep
from web.texts import Email, PersonName, Phone

router = make_router("contacts")


class ContactParticulars(Sent):
    """What may be told about a contact."""

    name: PersonName = Field("", examples=["サポート窓口"])
    department: str = Field("", max_length=100)
    email: Annotated[Email, BLANK_PASSES] = Field("", examples=["support@vendor.example"])
    phone: Phone = ""
    language: Literal["ja", "en"] = Field("ja", description="In which language mails to it are written.")


class ContactChanged(ContactParticulars, Change):
    """What is to change."""


class ContactAdded(ContactParticulars):
    """A new contact, with an address or a telephone number."""

    name: PersonName = Field(examples=["サポート窓口"])


class ContactTold(Marked):
    """A contact in use."""

    id: UUID
    vendor_id: UUID
    name: str
    department: str
    email: str
    phone: str
    language: str
    is_main: bool = Field(description="Whether it is the one written to first.")


def tell_contact(contact: Contact) -> ContactTold:
    """A contact as it is told."""
    known = {name: getattr(contact, name) for name in ContactTold.model_fields.keys() - {"mark"}}
    return ContactTold(**known, mark=mark_of(contact, ContactChanged.particulars()))


@router.get("/vendors/{vendor_id}/contacts")
def list_contacts(session: SessionDep, caller: VendorsReader, vendor_id: UUID) -> Listed[ContactTold]:
    """The contacts of a vendor, the main one first."""
    vendor = vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id)
    found = contacts.list_contacts(session, vendor=vendor)
    return Listed(items=[tell_contact(contact) for contact in found], next_cursor=None)


@router.post("/vendors/{vendor_id}/contacts", status_code=201)
def add_contact(session: SessionDep, caller: VendorsWriter, vendor_id: UUID, sent: ContactAdded) -> ContactTold:
    """Add a contact; the first one becomes the main one."""
    vendor = vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id)
    return tell_contact(contacts.add_contact(session, vendor=vendor, **sent.model_dump()))


@router.patch("/contacts/{contact_id}")
def change_contact(session: SessionDep, caller: VendorsWriter, contact_id: UUID, sent: ContactChanged) -> ContactTold:
    """Change particulars; `contact_unreachable` where no way to reach it is left, `edited_meanwhile` as for vendors."""
    contact = contacts.get_contact(session, clinic_id=caller.clinic.id, contact_id=contact_id)
    with telling_collisions(lambda: tell_contact(contact)):
        refuse_unseen_changes(session, contact, names=ContactChanged.particulars(), seen=sent.mark)
    contacts.change_contact(session, contact=contact, **sent.wanted)
    return tell_contact(contact)


@router.post("/contacts/{contact_id}/make-main")
def make_main_contact(session: SessionDep, caller: VendorsWriter, contact_id: UUID) -> ContactTold:
    """Write to this contact first from now on."""
    contact = contacts.get_contact(session, clinic_id=caller.clinic.id, contact_id=contact_id)
    contacts.make_main_contact(session, contact=contact)
    return tell_contact(contact)


@router.post("/contacts/{contact_id}/archive", status_code=204)
def archive_contact(session: SessionDep, caller: VendorsWriter, contact_id: UUID) -> None:
    """Put a contact away."""
    contact = contacts.get_contact(session, clinic_id=caller.clinic.id, contact_id=contact_id)
    contacts.archive_contact(session, contact=contact)
