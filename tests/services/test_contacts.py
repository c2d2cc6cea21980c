"""A vendor always has one main contact, as long as it has any."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from models import Clinic, Contact, Vendor
from services import contacts, vendors
from services.history import list_events
from services.refusals import ContactUnreachable, NotFound
from tests import factories


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session)


@pytest.fixture
def vendor(session: Session, clinic: Clinic) -> Vendor:
    return vendors.add_vendor(session, clinic_id=clinic.id, name="みどり電子カルテ")


def add(session: Session, vendor: Vendor, name: str) -> Contact:
    return contacts.add_contact(session, vendor=vendor, name=name, email=f"{name}@vendor.example")


def standing(session: Session, vendor: Vendor) -> list[tuple[str, bool]]:
    return [(contact.name, contact.is_main) for contact in contacts.list_contacts(session, vendor=vendor)]


def test_the_first_contact_is_the_main_one(session: Session, vendor: Vendor) -> None:
    add(session, vendor, "a")
    add(session, vendor, "b")
    assert standing(session, vendor) == [("a", True), ("b", False)]


def test_another_contact_becomes_the_main_one(session: Session, vendor: Vendor) -> None:
    add(session, vendor, "a")
    second = add(session, vendor, "b")
    contacts.make_main_contact(session, contact=second)
    assert standing(session, vendor) == [("b", True), ("a", False)]
    contacts.make_main_contact(session, contact=second)
    verbs = [event.verb for event in list_events(session, clinic_id=vendor.clinic_id)]
    assert verbs.count("contact.made_main") == 1, "a second press does nothing"


def test_the_next_contact_takes_the_place_of_a_main_one_put_away(session: Session, vendor: Vendor) -> None:
    first, second = add(session, vendor, "a"), add(session, vendor, "b")
    add(session, vendor, "c")
    contacts.archive_contact(session, contact=first)
    assert standing(session, vendor) == [("b", True), ("c", False)]
    contacts.archive_contact(session, contact=second)
    assert standing(session, vendor) == [("c", True)]
    with pytest.raises(NotFound):
        contacts.get_contact(session, clinic_id=vendor.clinic_id, contact_id=first.id)


def test_the_first_contact_after_all_were_put_away_is_the_main_one(session: Session, vendor: Vendor) -> None:
    contacts.archive_contact(session, contact=add(session, vendor, "a"))
    add(session, vendor, "b")
    assert standing(session, vendor) == [("b", True)]


def test_a_contact_needs_an_address_or_a_number(session: Session, vendor: Vendor) -> None:
    with pytest.raises(ContactUnreachable):
        contacts.add_contact(session, vendor=vendor, name="a", department="保守部")
    contact = contacts.add_contact(session, vendor=vendor, name="a", phone="03-0000-0000")
    with pytest.raises(ContactUnreachable):
        contacts.change_contact(session, contact=contact, phone="")
    contacts.change_contact(session, contact=contact, phone="", email="a@vendor.example")
    event = list_events(session, clinic_id=vendor.clinic_id)[0]
    assert (event.verb, event.details["fields"]) == ("contact.changed", ["email", "phone"])


def test_another_clinics_contact_is_not_found(session: Session, vendor: Vendor) -> None:
    contact = add(session, vendor, "a")
    with pytest.raises(NotFound):
        contacts.get_contact(session, clinic_id=factories.make_clinic(session).id, contact_id=contact.id)
