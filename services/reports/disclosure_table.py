"""The answers of one disclosure as a table to take away."""

from __future__ import annotations

from collections.abc import Sequence

from services.disclosure_words import say_reason, value_names
from services.disclosures import AnswerLine
from services.exports import Cell
from services.formats import format_date
from services.languages import _
from services.reports.tables import Table
from services.treatments import area_names, way_names


def disclosure_table(file_name: str, lines: Sequence[AnswerLine]) -> Table:
    """One question a row, with the raw cell, its place, and what the clinic does."""
    values, areas, ways = value_names(), area_names(), way_names()
    head = [
        *(_("No."), _("Question"), _("Section"), _("Area"), _("Answer"), _("Cell as it stands"), _("Place")),
        *(_("Remark"), _("Why it is not sure"), _("Settled by"), _("What we do"), _("The measure"), _("Until")),
        _("Done on"),
    ]
    rows: list[list[Cell]] = []
    for line in lines:
        done = line.treatment
        rows.append(
            [
                *(line.number, line.subject, line.section, areas.get(line.area, ""), values[line.value.value]),
                *(line.raw, line.place, line.remark, say_reason(line.reason), line.settled_by),
                *((ways[done.way.value], done.measure) if done else ("", "")),
                format_date(done.until_on) if done and done.until_on else "",
                format_date(done.done_on) if done and done.done_on else "",
            ]
        )
    return Table(_("Answers of %(file)s", file=file_name), head, rows)
