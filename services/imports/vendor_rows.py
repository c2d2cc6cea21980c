"""A row that tells of a vendor and of a contact there: which vendor is meant, and what it says about both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.imports.entries import VENDOR_FIELDS, Entry, new_entry, plain_name
from services.imports.row_planner import PlannedRow, RowPlanner
from services.languages import _
from services.refusals import ContactUnreachable

_OF_CONTACT: Final = {"contact_name": "name", "contact_phone": "phone"}
_COLUMN_OF: Final = {field: column for column, field in _OF_CONTACT.items()}


def plan_vendor(planner: RowPlanner, number: int, cells: Mapping[str, str]) -> PlannedRow:
    """What a row of the table of vendors would do."""
    values = planner.begin(number, cells)
    vendor = find_vendor(planner, values)
    if vendor is not None:
        told = {name: values[name] for name in VENDOR_FIELDS if name in values}
        # Another way to write the same name is no change of name.
        if plain_name(told.get("name", "")) == plain_name(vendor.present("name")):
            told["name"] = vendor.present("name")
        planner.tell(vendor, "vendor", told)
        plan_contact(planner, vendor, values)
    return planner.finish(values.get("name") or (vendor.present("name") if vendor else cells.get("name", "")))


def find_vendor(planner: RowPlanner, values: Mapping[str, Any]) -> Entry | None:
    """The vendor that is meant, or a new one; None after saying why it cannot be known."""
    name, number = values.get("name", ""), values.get("corporate_number", "")
    numbered, named = planner.known.find_numbered(number), planner.known.find_vendor(name) if name else None
    if not name and numbered is None:
        if not planner.cells.get("name"):
            planner.refuse("name", _("The name of the company is missing in this row."))
        return None
    if numbered and named and numbered is not named:
        sentence = _(
            "This number is entered for “%(numbered)s”, the name for another vendor.", numbered=numbered.present("name")
        )
        planner.refuse("corporate_number", sentence)
        return None
    found = numbered or named
    if found is None:
        return new_entry()
    known_number = found.present("corporate_number")
    if number and known_number and number != known_number:
        sentence = _(
            "“%(name)s” is entered with another corporate number: %(number)s.",
            name=found.present("name"),
            number=known_number,
        )
        planner.refuse("corporate_number", sentence)
        return None
    if found.is_archived:
        planner.refuse("name", _("This vendor is archived. Put it back in use first, then import again."))
        return None
    return found


def plan_contact(planner: RowPlanner, vendor: Entry, values: Mapping[str, Any]) -> None:
    """What the row says about a contact, if it names one."""
    told = {
        _OF_CONTACT.get(key, key): values[key]
        for key in ("contact_name", "department", "email", "contact_phone")
        if key in values
    }
    if not told:
        return
    usual_name = told.get("department") or _("Person in charge")
    found = planner.known.find_contact(vendor, name=told.get("name", usual_name), email=told.get("email", ""))
    if "language" in values:
        told["language"] = values["language"]
    if found is None:
        if not (planner.cells.get("email") or planner.cells.get("contact_phone")):
            planner.refuse("email", str(ContactUnreachable()))
            return
        told.setdefault("name", usual_name)
        found = new_entry(vendor)
    # Another way to write the same name or address is no change.
    for field, plain in (("name", plain_name), ("email", str.casefold)):
        if plain(told.get(field, "")) == plain(found.present(field)):
            told[field] = found.present(field)
    planner.tell(found, "contact", told, columns=_COLUMN_OF)
