"""One row after the other, compared with what is known and with the rows before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from models import ImportKind
from services.imports.cells import CellRefused
from services.imports.columns import COLUMNS, Column
from services.imports.entries import Entry, Known, Said
from services.imports.telling import tell_value
from services.languages import _

_SHOWN: Final = 60


class Verdict(StrEnum):
    """What would become of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a row: the name of the column, what stands there, and a sentence."""

    column: str
    cell: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field that would be written anew."""

    key: str
    before: Any
    after: Any


@dataclass(slots=True)
class PlannedRow:
    """One row and what would become of it; `adds` names what is new: vendor, contact, system."""

    number: int
    name: str
    verdict: Verdict
    adds: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """What a row would do to one entry, kept apart until the whole row is found right."""

    entry: Entry
    kind: str
    values: Mapping[str, Any]
    changes: list[Change]
    vendor: Entry | None


class RowPlanner:
    """Plans one row after the other; a row with any problem leaves no trace in the rows after it."""

    def __init__(self, kind: ImportKind, known: Known) -> None:
        self.known = known
        self.columns: dict[str, Column] = {column.key: column for column in COLUMNS[kind]}
        self.problems: list[Problem] = []
        self.steps: list[Step] = []
        self.cells: Mapping[str, str] = {}
        self.number = 0

    def begin(self, number: int, cells: Mapping[str, str]) -> dict[str, Any]:
        """Take up a row; gives what its cells say, as far as they can be read."""
        self.number, self.cells, self.problems, self.steps = number, cells, [], []
        values = {}
        for key, text in cells.items():
            try:
                values[key] = self.columns[key].read(text)
            except CellRefused as error:
                self.refuse(key, str(error))
        return values

    def refuse(self, key: str, sentence: str) -> None:
        """Note what is wrong with a cell of this row."""
        self.problems.append(Problem(_(self.columns[key].label), self.cells.get(key, ""), sentence))

    def tell(
        self,
        entry: Entry,
        kind: str,
        values: Mapping[str, Any],
        *,
        columns: Mapping[str, str] | None = None,
        vendor: Entry | None = None,
    ) -> None:
        """Note what this row says about an entry; `columns` names those whose fields are called differently."""
        changes = []
        for name, value in values.items():
            column = (columns or {}).get(name, name)
            said, present = entry.said.get(name), entry.present(name)
            if said is not None and said.value != value:
                shown = tell_value(said.value)[:_SHOWN]
                self.refuse(column, _("Row %(row)s says something else here: “%(value)s”.", row=said.row, value=shown))
            elif present != value and (entry.said or not entry.is_new):
                changes.append(Change(column, present, value))
        self.steps.append(Step(entry, kind, values, changes, vendor))

    def finish(self, name: str) -> PlannedRow:
        """Carry the row's steps into what is known, or none of them."""
        row = PlannedRow(self.number, name, Verdict.REFUSED, problems=self.problems)
        if self.problems:
            return row
        for step in self.steps:
            entry = step.entry
            if entry.is_new and not entry.said:
                row.adds.append(step.kind)
            row.changes += step.changes
            entry.vendor = step.vendor or entry.vendor
            for key, value in step.values.items():
                entry.said.setdefault(key, Said(self.number, value))
                if entry.is_new or entry.present(key) != value:
                    entry.changes[key] = value
            getattr(self.known, f"add_{step.kind}")(entry)
        row.verdict = Verdict.NEW if row.adds else Verdict.CHANGED if row.changes else Verdict.UNCHANGED
        return row
