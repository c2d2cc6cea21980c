"""The dashboard as a table to take away: where every request stands, without a single answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from models import DocumentKind
from services import clock
from services.activity import describe_activity, find_obstacle
from services.exports import Cell
from services.fiscal_years import name_of
from services.formats import format_moment
from services.languages import _, marked
from services.options import name_of as name_of_option
from services.progress import Line
from services.reports.tables import Table, yes_or_no

STANDING_NAMES: Final[Mapping[str, str]] = {
    "draft": marked("Not sent yet"),
    "invited": marked("Not opened"),
    "opened": marked("Opened"),
    "in_progress": marked("In progress"),
    "submitted": marked("Answered"),
    "returned": marked("Returned"),
    "accepted": marked("Accepted"),
    "declined": marked("Declined"),
    "outside_contract": marked("Outside the contract"),
    "own_statement": marked("Own statement"),
    "no_contract": marked("No contract"),
    "unreachable": marked("Unreachable"),
    "withdrawn": marked("Withdrawn"),
    "overdue": marked("Overdue"),
}


def progress_table(lines: Sequence[Line], *, fiscal_year: int) -> Table:
    """One request a row, in the order and selection in which it was seen."""
    head = [
        _("Vendor"),
        _("Systems"),
        _("Stage"),
        _("Items answered"),
        _("Items"),
        _("MDS"),
        _("SDS"),
        _("MDS2"),
        _("No"),
        _("Conditional yes"),
        _("Due"),
        _("Answered late"),
        _("Submitted at"),
        _("Last activity"),
        _("What keeps the vendor from starting"),
        _("Typed in by the clinic"),
    ]
    today = clock.today()
    title = _("Answers of vendors, %(year)s", year=name_of(fiscal_year))
    return Table(title, head, [_cells(line, today) for line in lines])


def _cells(line: Line, today: date) -> list[Cell]:
    submitted_at = line.moments.submitted_at
    return [
        line.vendor_name,
        "、".join(line.systems),
        _(STANDING_NAMES[line.standing]),
        line.answered,
        line.item_count,
        *(yes_or_no(kind in line.documents) for kind in (DocumentKind.MDS, DocumentKind.SDS, DocumentKind.MDS2)),
        line.no_count,
        line.conditional_count,
        line.due_on.isoformat(),
        yes_or_no(line.was_late) if submitted_at else "",
        format_moment(submitted_at) if submitted_at else "",
        " ".join(describe_activity(line, today)).strip(),
        find_obstacle(line),
        name_of_option(line.source) if line.source else "",
    ]
