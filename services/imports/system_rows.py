"""A row that tells of a system: which one is meant, who provides it, and what it says about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import SystemKind
from services.imports.entries import SYSTEM_FIELDS, Entry, new_entry, plain_name
from services.imports.row_planner import PlannedRow, RowPlanner
from services.languages import _


def plan_system(planner: RowPlanner, number: int, cells: Mapping[str, str]) -> PlannedRow:
    """What a row of the ledger would do."""
    values = planner.begin(number, cells)
    vendor = plan_its_vendor(planner, values)
    system = find_system(planner, values, vendor)
    if system is not None:
        told = {name: values[name] for name in SYSTEM_FIELDS if name in values}
        if not system.is_new or system.said:
            if plain_name(told["name"]) == plain_name(system.present("name")):
                told["name"] = system.present("name")
        else:
            told.setdefault("kind", SystemKind.OTHER)
        if vendor is not None:
            told["vendor"] = vendor.present("name") or values["vendor"]
        planner.tell(system, "system", told, vendor=vendor)
    return planner.finish(values.get("name") or cells.get("name", ""))


def plan_its_vendor(planner: RowPlanner, values: Mapping[str, Any]) -> Entry | None:
    """The vendor that the row names, which is new where nobody knows it."""
    name = values.get("vendor", "")
    if not name:
        return None
    vendor = planner.known.find_vendor(name)
    if vendor is None:
        vendor = new_entry()
        planner.tell(vendor, "vendor", {"name": name}, columns={"name": "vendor"})
    elif vendor.is_archived:
        planner.refuse("vendor", _("This vendor is archived. Put it back in use first, then import again."))
    return vendor


def find_system(planner: RowPlanner, values: Mapping[str, Any], vendor: Entry | None) -> Entry | None:
    """The system that is meant, or a new one; None after saying why it cannot be known."""
    name = values.get("name", "")
    if not name:
        if not planner.cells.get("name"):
            planner.refuse("name", _("The name of the system is missing in this row."))
        return None
    found = planner.known.find_system(name)
    if found is None:
        return new_entry(vendor)
    if found.is_archived:
        planner.refuse("name", _("This system is archived. Put it back in use first, then import again."))
        return None
    if vendor is not None and found.vendor is not None and found.vendor is not vendor:
        sentence = _(
            "A system of this name is in the ledger with the vendor “%(vendor)s”. "
            "Give this one another name, or change the vendor in the ledger.",
            vendor=found.vendor.present("name"),
        )
        planner.refuse("vendor", sentence)
        return None
    return found
