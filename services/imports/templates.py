"""Tables to fill in: the columns with one example row that is never taken over, and a sheet that explains each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models import ImportKind, Provision, SystemKind, UpdateDuty
from services.exports import SheetOf
from services.imports.columns import COLUMNS
from services.imports.grids import MAX_ROWS
from services.languages import _, marked
from services.options import name_of, names_of
from services.reports.tables import Table

TITLES: Final[Mapping[ImportKind, str]] = {
    ImportKind.VENDORS: marked("Vendors and contacts to enter"),
    ImportKind.SYSTEMS: marked("Systems to enter"),
}
_NOTES: Final[Mapping[ImportKind, Mapping[str, str]]] = {
    ImportKind.VENDORS: {
        "name": marked("Must be filled in. One row for each contact; repeat the name for a second contact."),
        "name_kana": marked("For the order of the list."),
        "corporate_number": marked("13 digits. With it the vendor is recognised even when its name has changed."),
        "contact_name": marked("A person or a desk. May stay empty where there is an e-mail address."),
        "department": marked("As it should stand in a letter."),
        "email": marked("Requests are sent to this address. One address in a cell."),
        "contact_phone": marked("Needed where there is no e-mail address."),
        "language": marked("日本語 or English. Empty: Japanese."),
        "postal_code": marked("Seven digits, for letters."),
        "address": marked("For letters."),
        "phone": marked("Of the company."),
        "fax": marked("Of the company."),
        "note": marked("For yourselves; vendors do not see it."),
    },
    ImportKind.SYSTEMS: {
        "name": marked("Must be filled in. Each system has a name of its own in the ledger."),
        "kind": marked("One of: %(options)s. Empty: another kind."),
        "vendor": marked("Its name as in the list of vendors. A vendor that is not there yet is entered too."),
        "provision": marked("One of: %(options)s."),
        "version": marked("As the vendor calls it."),
        "place": marked("A room or a building."),
        "server_count": marked("How many."),
        "pc_count": marked("How many."),
        "network_device_count": marked("How many."),
        "has_remote_maintenance": marked("はい (yes) or いいえ (no). Empty: not known yet."),
        "remote_maintenance_method": marked("For example: VPN, on call."),
        "update_duty": marked("One of: %(options)s."),
        "update_clause": marked("Where the contract says so."),
        "note": marked("For yourselves; vendors do not see it."),
    },
}
_OPTIONS: Final = {"kind": SystemKind, "provision": Provision, "update_duty": UpdateDuty}


def template_table(kind: ImportKind) -> Table:
    """The names of the columns and an example."""
    examples = _vendor_example() if kind is ImportKind.VENDORS else _system_example()
    columns = COLUMNS[kind]
    return Table(_(TITLES[kind]), [_(column.label) for column in columns], [[examples[one.key] for one in columns]])


def template_sheets(kind: ImportKind) -> list[SheetOf]:
    """The table with a second sheet that explains its columns."""
    table = template_table(kind)
    notes: list[list[str]] = [[_(column.label), _note(kind, column.key)] for column in COLUMNS[kind]]
    notes += [
        ["", _("The example row is never taken over. You may delete it or leave it.")],
        ["", _("An empty cell changes nothing that is already entered.")],
        [
            "",
            _(
                "At most %(count)s rows. Columns may stand in any order, and further columns are left out.",
                count=f"{MAX_ROWS:,}",
            ),
        ],
    ]
    return [
        SheetOf(table.title, table.head, table.rows),
        SheetOf(_("Explanations"), [_("Column"), _("What to write")], notes),
    ]


def _note(kind: ImportKind, key: str) -> str:
    sentence = _NOTES[kind][key]
    options = _OPTIONS.get(key)
    return _(sentence, options=_(", ").join(names_of(options).values())) if options else _(sentence)


def _vendor_example() -> dict[str, str]:
    return {
        "name": _("(Example) Midori Medical Systems Inc."),
        "name_kana": "ミドリメディカルシステム",
        "corporate_number": "",
        "contact_name": _("Makoto Midorikawa"),
        "department": _("Support desk"),
        "email": "support@vendor.example",
        "contact_phone": "03-0000-0001",
        "language": "日本語",
        "postal_code": "100-0001",
        "address": _("1-1 Chiyoda, Chiyoda City, Tokyo"),
        "phone": "03-0000-0000",
        "fax": "03-0000-0002",
        "note": "",
    }


def _system_example() -> dict[str, str]:
    return {
        "name": _("(Example) Electronic chart KarteNova"),
        "kind": name_of(SystemKind.ELECTRONIC_CHART),
        "vendor": _("(Example) Midori Medical Systems Inc."),
        "provision": name_of(Provision.ON_SITE),
        "version": "5.2",
        "place": _("Server room"),
        "server_count": "1",
        "pc_count": "8",
        "network_device_count": "2",
        "has_remote_maintenance": _("Yes"),
        "remote_maintenance_method": _("VPN, on call"),
        "update_duty": name_of(UpdateDuty.VENDOR),
        "update_clause": _("Maintenance contract, article 5"),
        "note": "",
    }
