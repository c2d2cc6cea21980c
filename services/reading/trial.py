"""A form as somebody points at it: the template that would come of it, and what would be read, in the child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.reading.answers import AnswerReader
from services.reading.grid import Workbook, unpack_sheet
from services.reading.layout import lay_out, numbers_by_column
from services.reading.learn import make_template
from services.reading.meaning import prepare
from services.reading.proposals import complete, pack_proposal, unpack_proposal
from services.reading.readings import Outcome, Reading, pack_reading
from services.reading.templates import Template, pack_template


def try_out(
    packed_sheet: dict[str, Any], packed_chosen: Mapping[str, Any], hints: Sequence[Template], *, source: str
) -> dict[str, Any]:
    """The choice completed, its template and the reading of its own sheet by it; all packed."""
    sheet = unpack_sheet(packed_sheet)
    chosen = unpack_proposal(packed_chosen)
    numbers = complete(sheet, chosen, hints)
    workbook = Workbook(source, [sheet])
    template = make_template(
        workbook, chosen, template_id="trial", kind="other", edition="", name=sheet.name, templates=hints
    )
    reading = Reading(Outcome.READ, template_id=template.id, sheet=sheet.name, source=source)
    known = prepare(template.answers)
    layout = lay_out(sheet, template, known, numbers_by_column(sheet)) if template.questions else None
    if layout is not None:
        reader = AnswerReader(workbook, layout, template, known)
        reading.answers, reading.findings = reader.read(), reader.findings
    return {
        "chosen": pack_proposal(chosen),
        "template": pack_template(template),
        "reading": pack_reading(reading),
        "numbers": numbers,
    }
