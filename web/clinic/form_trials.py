"""A sample with what was pointed at, tried out before the page's own session begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from models import DisclosureTemplate, FormSample
from models.database import Database
from services import disclosure_templates, form_samples
from services.form_pointing import FEWEST, Pointing, Typed, choose, point_as_proposed, read_pointing, what_is_missing
from services.form_samples import SheetLine
from services.languages import _
from services.reading.grid import Sheet, unpack_sheet
from services.reading.proposals import unpack_proposal
from services.reading.reasons import NotRead
from services.reading.sandbox import Trial, try_form
from services.reading.template_files import list_templates
from services.reading.words import sentence_for
from services.refusals import NotFound
from web.access import SessionDep, get_database
from web.clinic.form_files import find_editable_clinic
from web.forms import read_fields


@dataclass
class Pointed:
    """A sample with what was pointed at, and what it would be read as."""

    sample: FormSample
    sheets: list[SheetLine]
    position: int
    sheet: Sheet
    pointing: Pointing
    replaces: DisclosureTemplate | None = None
    trial: Trial | None = None
    wrong: list[str] = field(default_factory=list)
    page: int = 0


async def point(request: Request, sample_id: UUID, database: Annotated[Database, Depends(get_database)]) -> Pointed:
    """What was pointed at, tried out; before the page's own session, because reading takes its time."""
    typed: Typed = await read_fields(request) if request.method == "POST" else request.query_params
    return await run_in_threadpool(look, request, database, sample_id, typed)


PointedDep = Annotated[Pointed, Depends(point)]


def look(request: Request, database: Database, sample_id: UUID, typed: Typed) -> Pointed:
    """The same, for a thread of its own; raises NotFound and what access raises."""
    with database.open_reader() as session:
        clinic = find_editable_clinic(session, request)
        sample = form_samples.get_sample(session, clinic_id=clinic.id, sample_id=sample_id)
        replaces = find_replaced(session, clinic.id, last_of(typed, "replaces"))
        sheets = form_samples.list_sheets(session, sample=sample)
        position = find_position(session, sample, sheets, replaces, last_of(typed, "sheet"))
        kept = form_samples.get_sheet(session, sample=sample, position=position)
    packed = form_samples.cells_of(kept)
    sheet = unpack_sheet(packed)
    proposal = form_samples.proposal_of(kept)
    if replaces is not None and replaces.chosen["sheet"] == sheet.name:
        proposal = unpack_proposal(replaces.chosen)
    pointing = read_pointing(typed, point_as_proposed(sheet, proposal))
    pointed = Pointed(sample, sheets, position, sheet, pointing, replaces, wrong=what_is_missing(pointing))
    pointed.page = int(text) if (text := last_of(typed, "page")).isascii() and text.isdecimal() and len(text) < 6 else 0
    if not pointed.wrong:
        try_out(pointed, packed)
    return pointed


def try_out(pointed: Pointed, packed: dict[str, Any]) -> None:
    """What the sheet would be read as; a sentence where that is not enough for a form."""
    chosen = choose(pointed.sheet, pointed.pointing)
    try:
        trial = try_form(packed, chosen, templates=list_templates(), source=pointed.sample.source)
    except NotRead as refused:
        pointed.wrong.append(sentence_for(refused))
        return
    if len(trial.template.questions) < FEWEST:
        pointed.wrong.append(_("In that column there are not enough numbers with a question beside them."))
    pointed.trial = trial


def find_replaced(session: SessionDep, clinic_id: UUID, asked: str) -> DisclosureTemplate | None:
    """The version that is corrected, if the address names one; raises NotFound."""
    if not asked:
        return None
    try:
        return disclosure_templates.get_learned(session, clinic_id=clinic_id, template_id=UUID(asked))
    except ValueError as error:
        raise NotFound from error


def find_position(
    session: SessionDep, sample: FormSample, sheets: list[SheetLine], replaces: DisclosureTemplate | None, asked: str
) -> int:
    """The sheet that was asked for, the one learned before, or the likeliest."""
    if asked.isascii() and asked.isdecimal() and len(asked) < 6:
        return int(asked)
    if replaces is not None:
        before = next((one.position for one in sheets if one.name == replaces.chosen["sheet"][:200]), None)
        if before is not None:
            return before
    return form_samples.get_likeliest(session, sample=sample)


def last_of(typed: Typed, name: str) -> str:
    """The last value of a field."""
    values = typed.getlist(name)
    return str(values[-1]) if values and isinstance(values[-1], str) else ""
