"""A group's clinics as a table to take away: counts and dates, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from services.exports import Cell
from services.fiscal_years import name_of
from services.group_progress import ClinicLine
from services.languages import _
from services.reports.tables import Table


def group_table(group_name: str, lines: Sequence[ClinicLine], *, fiscal_year: int) -> Table:
    """One clinic a row."""
    head = [
        _("Institution"),
        _("Asked"),
        _("Answered"),
        _("Of these accepted"),
        _("Overdue"),
        _("Declined"),
        _("Next due date"),
        _("Own check: open items"),
    ]
    rows: list[list[Cell]] = [
        [
            line.name,
            line.asked,
            line.answered,
            line.accepted,
            line.overdue,
            line.declined,
            line.next_due_on.isoformat() if line.next_due_on else "",
            _("not begun") if line.open_items is None else line.open_items,
        ]
        for line in lines
    ]
    return Table(_("%(group)s, %(year)s", group=group_name, year=name_of(fiscal_year)), head, rows)
