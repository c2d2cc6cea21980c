"""Lists that people see, as tables to take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.contacts import ContactLine
from services.exports import Cell
from services.fiscal_years import name_of as name_of_year
from services.formats import format_moment, format_size
from services.handed_over import HandedOver
from services.languages import _
from services.members import MemberRow
from services.options import name_of
from services.systems import SystemLine
from services.vendors import VendorLine


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the names of the columns, and rows that are as long as the head."""

    title: str
    head: list[str]
    rows: list[list[Cell]]


def systems_table(lines: Sequence[SystemLine]) -> Table:
    """The ledger in full, one system a row."""
    columns: dict[str, list[Cell]] = {
        _("Name of the system"): [line.name for line in lines],
        _("Kind"): [name_of(line.kind) for line in lines],
        _("Vendor"): [line.vendor_name for line in lines],
        _("Where it runs"): [name_of(line.provision) for line in lines],
        _("Version"): [line.version for line in lines],
        _("Place"): [line.place for line in lines],
        _("Servers"): [line.server_count for line in lines],
        _("PCs and tablets"): [line.pc_count for line in lines],
        _("Network devices"): [line.network_device_count for line in lines],
        _("Remote maintenance"): [yes_or_no(line.has_remote_maintenance) for line in lines],
        _("How it is maintained from outside"): [line.remote_maintenance_method for line in lines],
        _("Who applies security updates"): [name_of(line.update_duty) for line in lines],
        _("Clause that says so"): [line.update_clause for line in lines],
        _("Note"): [line.note for line in lines],
    }
    return table_of(_("Ledger of systems"), columns)


def vendors_table(lines: Sequence[VendorLine]) -> Table:
    """The vendors with whom to write to, one vendor a row."""
    contacts = [line.contact for line in lines]
    columns: dict[str, list[Cell]] = {
        _("Name of the company"): [line.name for line in lines],
        _("Reading in kana"): [line.name_kana for line in lines],
        _("Corporate number"): [line.corporate_number for line in lines],
        _("Systems"): ["、".join(line.systems) for line in lines],
        _("Main contact"): [contact.name if contact else "" for contact in contacts],
        _("Department"): [contact.department if contact else "" for contact in contacts],
        _("E-mail of the contact"): [contact.email if contact else "" for contact in contacts],
        _("Telephone of the contact"): [contact.phone if contact else "" for contact in contacts],
        _("Postal code"): [line.postal_code for line in lines],
        _("Address"): [line.address for line in lines],
        _("Telephone"): [line.phone for line in lines],
        _("Fax"): [line.fax for line in lines],
        _("Note"): [line.note for line in lines],
    }
    return table_of(_("List of vendors"), columns)


def contacts_table(lines: Sequence[ContactLine]) -> Table:
    """The people and desks to write to, one a row."""
    columns: dict[str, list[Cell]] = {
        _("Name of the company"): [line.vendor_name for line in lines],
        _("Contact"): [line.name for line in lines],
        _("Department"): [line.department for line in lines],
        _("E-mail of the contact"): [line.email for line in lines],
        _("Telephone of the contact"): [line.phone for line in lines],
        _("Language of mails"): ["日本語" if line.language == "ja" else "English" for line in lines],
        _("Is the main contact"): [yes_or_no(line.is_main) for line in lines],
    }
    return table_of(_("List of contacts"), columns)


def documents_table(lines: Sequence[HandedOver]) -> Table:
    """What vendors handed over, one file a row."""
    columns: dict[str, list[Cell]] = {
        _("Vendor"): [line.vendor_name for line in lines],
        _("Systems"): [line.system_name for line in lines],
        _("Fiscal year"): [name_of_year(line.fiscal_year) for line in lines],
        _("Kind"): [name_of(line.kind) for line in lines],
        _("Product"): [line.product for line in lines],
        _("Version"): [line.version for line in lines],
        _("Issued on"): [line.issued_on.isoformat() if line.issued_on else "" for line in lines],
        _("File"): [line.file_name for line in lines],
        _("Size"): [format_size(line.size) for line in lines],
        _("Check for viruses"): [name_of(line.scan_state) for line in lines],
        _("Received at"): [format_moment(line.submitted_at) for line in lines],
        _("Entered by the clinic"): [line.uploaded_by if line.is_from_clinic else "" for line in lines],
    }
    return table_of(_("Documents handed over"), columns)


def members_table(rows: Sequence[MemberRow]) -> Table:
    """Who can sign in for the clinic, one member a row."""
    columns: dict[str, list[Cell]] = {
        _("Name"): [row.name for row in rows],
        _("E-mail address"): [row.email for row in rows],
        _("Role"): [name_of(row.role) for row in rows],
        _("Member since"): [format_moment(row.joined_at) for row in rows],
    }
    return table_of(_("Members"), columns)


def yes_or_no(claim: bool | None) -> str:
    """はい, いいえ, or that nobody knows yet."""
    return _("Not known yet") if claim is None else _("Yes") if claim else _("No")


def table_of(title: str, columns: dict[str, list[Cell]]) -> Table:
    """A table from its columns."""
    return Table(title, list(columns), [list(row) for row in zip(*columns.values(), strict=True)])
