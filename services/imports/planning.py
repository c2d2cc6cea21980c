"""What would happen: every row of a table with its end, and everything as it would be afterwards."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from models import Import, ImportKind
from services.imports.entries import Known
from services.imports.grids import Grid
from services.imports.row_planner import PlannedRow, RowPlanner, Verdict
from services.imports.system_rows import plan_system
from services.imports.vendor_rows import plan_vendor

EXAMPLE_MARKS: Final = ("(例)", "(example)")
"""How the name in the example row of a template begins."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row with what would become of it, and the entries as they would be."""

    rows: list[PlannedRow]
    known: Known
    reading: str
    """How the table was read: another choice of columns is another plan."""

    @property
    def counts(self) -> Counter[Verdict]:
        """How many rows have which end."""
        return Counter(row.verdict for row in self.rows)

    @property
    def changes_anything(self) -> bool:
        """Whether there is something to take over."""
        return any(row.verdict in (Verdict.NEW, Verdict.CHANGED) for row in self.rows)

    @property
    def fingerprint(self) -> str:
        """A short value that differs as soon as anything else would happen."""
        digest = hashlib.sha256(self.reading.encode())
        for row in self.rows:
            changes = [(change.key, str(change.before), str(change.after)) for change in row.changes]
            digest.update(repr((row.number, row.verdict.value, row.adds, changes)).encode("utf-8", "replace"))
        return digest.hexdigest()[:32]


def plan_import(session: Session, *, given: Import, grid: Grid) -> Plan:
    """What would happen if this table were taken over now."""
    planner = RowPlanner(given.kind, Known(session, clinic_id=given.clinic_id))
    plan_row = plan_vendor if given.kind is ImportKind.VENDORS else plan_system
    rows = [
        PlannedRow(number, cells.get("name", ""), Verdict.EXAMPLE)
        if is_example(cells)
        else plan_row(planner, number, cells)
        for number, cells in told_rows(grid, head_row=given.head_row, columns=given.columns)
    ]
    return Plan(rows, planner.known, reading=repr((given.head_row, given.columns)))


def told_rows(grid: Grid, *, head_row: int, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the head that tell something, with their numbers in the table and what they tell."""
    for number, row in enumerate(grid[head_row:], start=head_row + 1):
        cells = {key: cell for key, cell in zip(columns, row, strict=False) if key and cell}
        if cells:
            yield number, cells


def is_example(cells: Mapping[str, str]) -> bool:
    """Whether a row is the example of a template, which is never taken over."""
    return unicodedata.normalize("NFKC", cells.get("name", "")).casefold().startswith(EXAMPLE_MARKS)
