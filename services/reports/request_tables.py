"""What happened with requests besides their answers, as tables to take away: one row a deed, over all vendors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from models import ContactEntry, Outcome, Side
from services.differences import Difference
from services.exports import Cell
from services.fiscal_years import name_of as name_of_year
from services.formats import format_moment
from services.languages import _, language
from services.options import name_of
from services.reports.answers_table import answer_words
from services.reports.tables import Table, table_of, yes_or_no
from services.submitted import SubmittedRequest
from services.year_lists import Letter, Listed, Said, TypedIn

Systems = Mapping[UUID, Sequence[str]]
"""The systems of each request."""


class OfRequest(Protocol):
    """A line that tells which request it belongs to."""

    @property
    def submission_id(self) -> UUID: ...
    @property
    def vendor_name(self) -> str: ...
    @property
    def fiscal_year(self) -> int: ...


def outcomes_table(lines: Sequence[Listed[Outcome]], systems: Systems) -> Table:
    """How requests ended without an answer, one ending a row."""
    rows = [line.row for line in lines]
    columns = _about(lines, systems) | {
        _("How it ended"): [name_of(row.kind) for row in rows],
        _("On which day"): [_day(row.told_on) for row in rows],
        _("Who said so"): [row.person for row in rows],
        _("Note"): [row.note for row in rows],
        _("Address of the vendor's statement"): [row.link for row in rows],
        _("Said by the vendor on its form"): [yes_or_no(row.is_by_vendor) for row in rows],
        _("Noted by"): [row.recorded_by for row in rows],
        _("Noted at"): [format_moment(row.recorded_at) for row in rows],
        _("Asked again at"): [_moment(row.reopened_at) for row in rows],
    }
    return table_of(_("Outcomes other than an answer"), columns)


def contact_log_table(lines: Sequence[Listed[ContactEntry]], systems: Systems) -> Table:
    """Calls, mails, faxes, letters and visits, one a row; a line that was corrected says when."""
    rows = [line.row for line in lines]
    columns = _about(lines, systems) | {
        _("On which day"): [_day(row.happened_on) for row in rows],
        _("How"): [name_of(row.way) for row in rows],
        _("From the vendor"): [yes_or_no(row.is_from_vendor) for row in rows],
        _("With whom"): [row.person for row in rows],
        _("Note"): [row.note for row in rows],
        _("Noted by"): [row.recorded_by for row in rows],
        _("Noted at"): [format_moment(row.recorded_at) for row in rows],
        _("Corrected at"): [_moment(row.replaced_at) for row in rows],
    }
    return table_of(_("Calls, faxes and visits"), columns)


def messages_table(lines: Sequence[Said], systems: Systems) -> Table:
    """What clinic and vendors wrote to each other, and the clinic's own notes, one a row."""
    sides = {None: _("Own note"), Side.CLINIC: _("To the vendor"), Side.VENDOR: _("From the vendor")}
    columns = _about(lines, systems) | {
        _("No."): [line.item_number for line in lines],
        _("Item"): [line.item_label or _("The whole request") for line in lines],
        _("Written"): [format_moment(line.written_at) for line in lines],
        _("Direction"): [sides[line.side] for line in lines],
        _("Who"): [line.author for line in lines],
        _("Words"): [line.text for line in lines],
        _("Closed at"): [_moment(line.closed_at) for line in lines],
    }
    return table_of(_("Messages and notes"), columns)


def typed_in_table(lines: Sequence[TypedIn], systems: Systems) -> Table:
    """Which versions the clinic typed in for vendors, from what, one version a row."""
    rows = [line.listed.row for line in lines]
    columns = _about([line.listed for line in lines], systems) | {
        _("Version"): [line.number for line in lines],
        _("Source"): [name_of(row.source) for row in rows],
        _("Who at the vendor answers for it"): [row.said_by for row in rows],
        _("Title or department"): [row.said_by_title for row in rows],
        _("On which day it was written or said"): [_day(row.said_on) for row in rows],
        _("Note"): [row.note for row in rows],
        _("Typed in by"): [row.typed_by for row in rows],
        _("Entered at"): [_moment(row.submitted_at) for row in rows],
    }
    return table_of(_("Typed in by the clinic"), columns)


def letters_table(lines: Sequence[Letter], systems: Systems) -> Table:
    """Letters on paper, one a row; never the codes."""
    columns = _about(lines, systems) | {
        _("Postal code"): [line.postal_code for line in lines],
        _("Address"): [line.address for line in lines],
        _("Person or desk"): [line.name for line in lines],
        _("Ordered by"): [line.ordered_by for line in lines],
        _("Ordered at"): [format_moment(line.ordered_at) for line in lines],
        _("Made at"): [_moment(line.made_at) for line in lines],
        _("Works until"): [_moment(line.expires_at) for line in lines],
        _("First opened at"): [_moment(line.opened_at) for line in lines],
        _("Stopped at"): [_moment(line.revoked_at or line.replaced_at) for line in lines],
    }
    return table_of(_("Letters"), columns)


def differences_table(requests: Sequence[SubmittedRequest]) -> Table:
    """What differs for single systems of a sheet from the answer that they share, one system and item a row."""
    head = [_("Vendor"), _("Fiscal year"), _("Version"), _("No."), _("Item"), _("Shared answer"), _("System")]
    head += [_("Answer"), _("Condition"), _("Target date"), _("Remark")]
    rows = [row for request in requests for row in _differing(request)]
    return Table(_("Differences between systems"), head, rows)


def _differing(request: SubmittedRequest) -> list[list[Cell]]:
    about: list[Cell] = [request.vendor_name, name_of_year(request.fiscal_year), request.revision_number]
    rows: list[list[Cell]] = []
    for item in request.form.items:
        answer = request.answers.get(item.key)
        if answer is not None:
            told: list[Cell] = [item.number, item.label.in_language(language.get())]
            shared = answer_words(answer.value, is_conditional=bool(answer.condition))
            rows += [[*about, *told, shared, *_one(each)] for each in answer.differences]
    return rows


def _one(difference: Difference) -> list[Cell]:
    return [
        difference.system_name,
        answer_words(difference.value, is_conditional=bool(difference.condition)),
        difference.condition,
        _day(difference.target_on),
        difference.remark,
    ]


def _about(lines: Sequence[OfRequest], systems: Systems) -> dict[str, list[Cell]]:
    return {
        _("Vendor"): [line.vendor_name for line in lines],
        _("Systems"): ["、".join(systems.get(line.submission_id, ())) for line in lines],
        _("Fiscal year"): [name_of_year(line.fiscal_year) for line in lines],
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _moment(moment: datetime | None) -> str:
    return format_moment(moment) if moment else ""
