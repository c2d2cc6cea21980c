"""What the page of an import shows: how its columns are read, what would become of each row, and in how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request

from models import Import
from services.imports import drafts
from services.imports.columns import SEARCHED_ROWS, labels_of, width_of
from services.imports.grids import Grid
from services.imports.planning import Plan, plan_import
from services.imports.row_planner import PlannedRow, Verdict
from services.imports.telling import tell_value
from services.languages import _, marked
from web.access import SessionDep
from web.lists import cut, read_list

PER_PAGE: Final = 100
SAMPLES: Final = 3
LONGEST_SAMPLE: Final = 40

VERDICT_NAMES: Final[Mapping[Verdict, str]] = {
    Verdict.NEW: marked("New"),
    Verdict.CHANGED: marked("Changed"),
    Verdict.UNCHANGED: marked("Nothing new"),
    Verdict.REFUSED: marked("Not taken over"),
    Verdict.EXAMPLE: marked("Example"),
}
ADDED_NAMES: Final[Mapping[str, str]] = {
    "vendor": marked("a vendor"),
    "contact": marked("a contact"),
    "system": marked("a system"),
}


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of the table: its letter, its head, the beginning of what is in it, and what it is read as."""

    letter: str
    head: str
    samples: Sequence[str]
    key: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A row in words."""

    number: int
    name: str
    verdict: Verdict
    adds: str
    changes: Sequence[tuple[str, str, str]]
    problems: Sequence[tuple[str, str, str]]


def check_values(request: Request, session: SessionDep, given: Import) -> dict[str, Any]:
    """Everything that is looked at before a table is taken over."""
    grid = drafts.cells_of(given)
    labels = labels_of(given.kind)
    view = read_list(request, filters=("show",), sorts=("row",), first_sort="row")
    plan = plan_import(session, given=given, grid=grid) if "name" in given.columns else None
    rows = plan.rows if plan else []
    wanted = view.option("show", Verdict)
    piece = cut(request, [row for row in rows if wanted in (None, row.verdict)], per_page=PER_PAGE)
    counts = plan.counts if plan else {}
    return {
        "view": view,
        "columns": [column_view(grid, given, place) for place in range(width_of(grid))],
        "heads": [(number, shown_row(grid[number - 1])) for number in range(1, min(SEARCHED_ROWS, len(grid)) + 1)],
        "labels": labels,
        "missing": [label for key, label in labels.items() if key not in given.columns],
        "counts": {verdict.value: counts.get(verdict, 0) for verdict in Verdict},
        "to_take": counts.get(Verdict.NEW, 0) + counts.get(Verdict.CHANGED, 0),
        "verdicts": [
            (verdict.value, f"{_(name)} ({counts[verdict]})")
            for verdict, name in VERDICT_NAMES.items()
            if counts.get(verdict)
        ],
        "total": len(rows),
        "piece": piece,
        "rows": [row_view(row, labels) for row in piece.lines],
        "seen": seen_of(plan),
    }


def seen_of(plan: Plan | None) -> str:
    """By what the press names the plan that was looked at."""
    return plan.fingerprint if plan else ""


def column_view(grid: Grid, given: Import, place: int) -> ColumnView:
    """One column with the beginning of what is in it."""
    below = (row[place] for row in grid[given.head_row :] if place < len(row) and row[place])
    samples = [text for text, _number in zip(below, range(SAMPLES), strict=False)]
    head = grid[given.head_row - 1] if given.head_row else []
    return ColumnView(
        letter=letter_of(place),
        head=head[place][:LONGEST_SAMPLE] if place < len(head) else "",
        samples=[sample[:LONGEST_SAMPLE] for sample in samples],
        key=given.columns[place],
    )


def letter_of(place: int) -> str:
    """A, B … Z, AA, as a spreadsheet names its columns."""
    first, last = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def shown_row(row: Sequence[str]) -> str:
    """The beginning of a row, to be recognised."""
    return " · ".join(cell[:12] for cell in row if cell)[:60]


def row_view(row: PlannedRow, labels: Mapping[str, str]) -> RowView:
    """What would become of a row, in words."""
    return RowView(
        number=row.number,
        name=row.name,
        verdict=row.verdict,
        adds=_(" and ").join(_(ADDED_NAMES[kind]) for kind in row.adds),
        changes=[(labels[change.key], tell_value(change.before), tell_value(change.after)) for change in row.changes],
        problems=[(problem.column, problem.cell[:LONGEST_SAMPLE], problem.sentence) for problem in row.problems],
    )
