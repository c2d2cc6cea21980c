"""Follow-ups as a table to take away."""

from __future__ import annotations

from collections.abc import Sequence

from services.exports import Cell
from services.follow_ups import FollowUp, Source
from services.formats import format_date
from services.languages import _
from services.reports.tables import Table


def source_names() -> dict[str, str]:
    """Where follow-ups come from, in the language now spoken."""
    return {
        Source.VENDOR.value: _("No of a vendor"),
        Source.OWN.value: _("No of our own"),
        Source.TREATMENT.value: _("Measure decided"),
        Source.DOCUMENT.value: _("Document to look at again"),
    }


def follow_ups_table(lines: Sequence[FollowUp]) -> Table:
    """All follow-ups of a year, open and closed."""
    names = source_names()
    head = [
        *(_("What it is"), _("Vendor"), _("No."), _("Subject"), _("Until"), _("State"), _("Closed on"), _("Remark")),
        _("Who takes care of it"),
    ]
    rows: list[list[Cell]] = [
        [
            names[line.source.value],
            line.vendor_name,
            line.number,
            line.subject,
            format_date(line.target_on) if line.target_on else "",
            _("Closed") if line.is_closed else _("Past its date") if line.is_late else _("Still open"),
            format_date(line.closed_on) if line.closed_on else "",
            line.remark,
            line.owner_name,
        ]
        for line in lines
    ]
    return Table(_("Follow-ups"), head, rows)
