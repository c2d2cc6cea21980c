"""Which question of one form is which of another: typed or pasted, or taken from what is alike."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic
from services import correspondences
from services.correspondences import LONGEST
from services.languages import _, language, ngettext
from services.reading.templates import Template
from services.refusals import NotFound
from web.access import ClinicDep, EditableClinicDep, MemberDep, SessionDep
from web.clinic.disclosures import name_of
from web.clinic.question_settings import get_template
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()

_MOST_NAMED = 5


class TableForm(BaseModel):
    """The table, one pair a line, and the proposals that were ticked as "before after"."""

    lines: str = Field("", max_length=LONGEST)
    seen: str = Field("", max_length=40)
    taken: list[str] = Field(default_factory=list)


SubmittedTable = Annotated[Submitted[TableForm], Depends(read(TableForm))]


@router.get("/disclosure-templates/{template_id}/beside/{other_template_id}")
def show_correspondence(
    request: Request, session: SessionDep, clinic: ClinicDep, template_id: str, other_template_id: str
) -> Response:
    before, after = get_two(session, clinic, template_id, other_template_id)
    known = correspondences.find_table(session, clinic_id=clinic.id, before_id=before.id, after_id=after.id)
    start = blank(lines=write_lines(known.pairs), seen=known.version)
    return table_page(request, before, after, known.pairs, start)


@router.post("/disclosure-templates/{template_id}/beside/{other_template_id}")
def save_correspondence(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    viewer: MemberDep,
    template_id: str,
    other_template_id: str,
    submitted: SubmittedTable,
) -> Response:
    before, after = get_two(session, clinic, template_id, other_template_id)
    form = submitted.form
    lines = "\n".join([form.lines, *form.taken]) if form else ""
    typed = correspondences.read_lines(lines, before, after)
    if form is None or typed.wrong:
        submitted.errors.setdefault("lines", say_wrong(typed.wrong))
        return table_page(request, before, after, typed.pairs, submitted, status_code=422)
    is_saved = correspondences.save_pairs(
        session,
        clinic_id=clinic.id,
        before=before,
        after=after,
        pairs=typed.pairs,
        seen=form.seen,
        person=viewer.name,
    )
    if not is_saved:
        return both_page(request, session, clinic, (before, after), typed.pairs, submitted)
    said = ngettext("%(count)s pair is saved.", "%(count)s pairs are saved.", len(typed.pairs))
    address = {"template_id": template_id, "other_template_id": other_template_id}
    return see(request, "show_correspondence", said=said, **address)


def get_two(session: SessionDep, clinic: Clinic, template_id: str, other_template_id: str) -> tuple[Template, Template]:
    """Two different forms that the clinic knows; raises NotFound."""
    if template_id == other_template_id:
        raise NotFound
    return get_template(session, clinic, template_id), get_template(session, clinic, other_template_id)


def both_page(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    forms: tuple[Template, Template],
    typed: correspondences.Pairs,
    submitted: Submitted[Any],
) -> Response:
    """A colleague was quicker: both tables in one, what was typed here before what stands there."""
    before, after = forms
    theirs = correspondences.find_table(session, clinic_id=clinic.id, before_id=before.id, after_id=after.id)
    taken = set(typed.values())
    kept = {one: two for one, two in theirs.pairs.items() if one not in typed and two not in taken}
    both = {**kept, **typed}
    submitted.values |= {"lines": write_lines(both), "seen": theirs.version}
    said = _("A colleague saved this table meanwhile. Both are joined here; please look and save again.")
    submitted.errors["lines"] = said
    return table_page(request, before, after, both, submitted, status_code=409)


def write_lines(pairs: correspondences.Pairs) -> str:
    """The table as it is typed."""
    return "\n".join(f"{before} → {after}" for before, after in pairs.items())


def say_wrong(lines: list[str]) -> str:
    """Which lines are no pair of questions."""
    listed = _(", ").join(f"“{line}”" for line in lines[:_MOST_NAMED]) + (" …" if len(lines) > _MOST_NAMED else "")
    return _("Please correct these lines: they do not name one question of each form, once. %(lines)s", lines=listed)


def table_page(
    request: Request,
    before: Template,
    after: Template,
    pairs: correspondences.Pairs,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    """The table, what has no partner yet, and what is alike."""
    values = {
        "current": "list_documents",
        "before": before,
        "after": after,
        "before_name": name_of(before),
        "after_name": name_of(after),
        "spoken": language.get(),
        "pairs": pairs,
        "proposed": correspondences.propose_pairs(before, after, known=pairs),
        "submitted": submitted,
    }
    return page(request, "clinic/forms/beside.html", values, status_code=status_code)
