"""The rows of an import that were not taken over, to be corrected and given again."""

from __future__ import annotations

from models import Import
from services.exports import Cell
from services.imports.columns import labels_of
from services.imports.grids import Grid
from services.imports.planning import Plan
from services.imports.row_planner import PlannedRow, Verdict
from services.languages import _
from services.reports.tables import Table


def left_out_table(given: Import, grid: Grid, plan: Plan) -> Table:
    """Each row as it was given, under the names that an import knows, with what is wrong at its end."""
    labels = labels_of(given.kind)
    places = [(place, labels[key]) for place, key in enumerate(given.columns) if key]
    rows: list[list[Cell]] = []
    for row in plan.rows:
        if row.verdict is Verdict.REFUSED:
            cells = grid[row.number - 1]
            told = [cells[place] if place < len(cells) else "" for place, _label in places]
            rows.append([*told, row.number, what_is_wrong(row)])
    head = [*(label for _place, label in places), _("Row of the table"), _("What is wrong")]
    return Table(_("Rows that were not taken over"), head, rows)


def what_is_wrong(row: PlannedRow) -> str:
    """Every problem of a row in one text."""
    return " ".join(f"{problem.column}: {problem.sentence}" for problem in row.problems)
