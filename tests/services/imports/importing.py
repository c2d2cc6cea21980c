"""Tables given to a clinic in tests, without the pages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from models import Clinic, Import, ImportKind, Member
from services.imports.drafts import cells_of, start_import
from services.imports.grids import Grid, read_text
from services.imports.planning import Plan, plan_import
from services.imports.row_planner import PlannedRow, Verdict
from services.imports.taking import take_import

VENDORS, SYSTEMS = ImportKind.VENDORS, ImportKind.SYSTEMS


class Desk:
    """Somebody who gives tables to one clinic."""

    def __init__(self, session: Session, clinic: Clinic, member: Member) -> None:
        self.session, self.clinic, self.member = session, clinic, member

    def gives(self, text: str | Grid, kind: ImportKind = VENDORS) -> Import:
        grid = read_text(text) if isinstance(text, str) else text
        return start_import(
            self.session, clinic_id=self.clinic.id, member_id=self.member.id, kind=kind, grid=grid, file_name="表.csv"
        )

    def plans(self, given: Import) -> Plan:
        return plan_import(self.session, given=given, grid=cells_of(given))

    def sees(self, text: str | Grid, kind: ImportKind = VENDORS) -> list[PlannedRow]:
        """What would become of each row."""
        return self.plans(self.gives(text, kind)).rows

    def takes(self, text: str | Grid, kind: ImportKind = VENDORS) -> list[Verdict]:
        """Take a table over; what became of each row."""
        given = self.gives(text, kind)
        plan = self.plans(given)
        take_import(self.session, given=given, seen=plan.fingerprint)
        return [row.verdict for row in plan.rows]


def verdicts(rows: Sequence[PlannedRow]) -> list[str]:
    return [row.verdict.value for row in rows]


def reasons(row: PlannedRow) -> list[tuple[str, str]]:
    return [(problem.column, problem.sentence) for problem in row.problems]
