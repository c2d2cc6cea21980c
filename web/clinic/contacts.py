"""Contacts: the people at a vendor, entered on the vendor's page, changed on a page of their own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Contact
from services import contacts, vendors
from services.bounces import clear_flag
from services.collisions import ChangedMeanwhile, mark_of
from services.languages import _
from services.refusals import ContactUnreachable
from web.access import EditableContactDep, EditableVendorDep, MemberDep, SessionDep
from web.clinic.vendors import vendor_page
from web.collisions import say_plainly, show_collision
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Email, PersonName, Phone

router = APIRouter()


class ContactForm(BaseModel):
    """A person or desk; an address or a number is needed."""

    name: PersonName
    department: str = Field("", max_length=100)
    email: Email = ""
    phone: Phone = ""
    language: Literal["ja", "en"] = "ja"


class ContactChangeForm(ContactForm):
    """A contact that is entered already, with the mark of what was said of it when the form was opened."""

    seen: str = Field("", max_length=16)


SubmittedContact = Annotated[Submitted[ContactForm], Depends(read(ContactForm))]
SubmittedChange = Annotated[Submitted[ContactChangeForm], Depends(read(ContactChangeForm))]


@router.post("/vendors/{vendor_id}/contacts")
def add_contact(
    request: Request, session: SessionDep, vendor: EditableVendorDep, submitted: SubmittedContact
) -> Response:
    if submitted.form:
        try:
            contact = contacts.add_contact(session, vendor=vendor, **submitted.form.model_dump())
            said = _("%(name)s is entered as a contact.", name=contact.name)
            return see(request, "show_vendor", vendor_id=vendor.id, said=said, anchor="contacts")
        except ContactUnreachable as refusal:
            submitted.errors["email"] = str(refusal)
    return vendor_page(request, session, vendor, contact=submitted, status_code=422)


@router.get("/contacts/{contact_id}/edit")
def show_contact_form(request: Request, session: SessionDep, contact: EditableContactDep) -> Response:
    names = set(ContactForm.model_fields)
    start = blank(**contact.model_dump(include=names), seen=mark_of(contact, names))
    return show_form(request, session, contact, start)


@router.post("/contacts/{contact_id}/edit")
def change_contact(
    request: Request, session: SessionDep, contact: EditableContactDep, submitted: SubmittedChange
) -> Response:
    if submitted.form:
        try:
            contacts.change_contact(session, contact=contact, **submitted.form.model_dump())
            return back_to_vendor(request, contact, _("The changes are saved."))
        except ContactUnreachable as refusal:
            submitted.errors["email"] = str(refusal)
        except ChangedMeanwhile as collision:
            show_collision(submitted, collision, say=say_language)
    return show_form(request, session, contact, submitted, status_code=422)


@router.post("/contacts/{contact_id}/main")
def make_main_contact(request: Request, session: SessionDep, contact: EditableContactDep) -> Response:
    contacts.make_main_contact(session, contact=contact)
    return back_to_vendor(request, contact, _("%(name)s is now the main contact.", name=contact.name))


@router.post("/contacts/{contact_id}/archive")
def archive_contact(request: Request, session: SessionDep, contact: EditableContactDep) -> Response:
    contacts.archive_contact(session, contact=contact)
    return back_to_vendor(request, contact, _("%(name)s is no longer a contact.", name=contact.name))


@router.post("/contacts/{contact_id}/reachable")
def clear_contact_flag(
    request: Request, session: SessionDep, contact: EditableContactDep, viewer: MemberDep
) -> Response:
    clear_flag(session, clinic_id=contact.clinic_id, email=contact.email, cleared_by=viewer.member_id)
    return back_to_vendor(request, contact, _("Mails are sent to %(email)s again.", email=contact.email))


def back_to_vendor(request: Request, contact: Contact, said: str) -> Response:
    """On to the vendor's contacts, where the change can be seen."""
    return see(request, "show_vendor", vendor_id=contact.vendor_id, said=said, anchor="contacts")


def say_language(name: str, value: Any) -> str:
    """The words for what is stored; languages by their own names."""
    return {"ja": "日本語", "en": "English"}[value] if name == "language" else say_plainly(name, value)


def show_form(
    request: Request, session: SessionDep, contact: Contact, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """The form of a contact."""
    vendor = vendors.get_vendor(session, clinic_id=contact.clinic_id, vendor_id=contact.vendor_id)
    values = {"current": "list_vendors", "submitted": submitted, "contact": contact, "vendor": vendor}
    return page(request, "clinic/contacts/form.html", values, status_code=status_code)
