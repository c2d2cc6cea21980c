"""Which template a file follows, by the numbers and words on its sheets and never by its name; then its answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.reading.answers import AnswerReader
from services.reading.grid import Sheet, Workbook
from services.reading.layout import Layout, count_filled, is_same_wording, lay_out, numbers_by_column
from services.reading.meaning import Understanding, prepare
from services.reading.normal import normal_text
from services.reading.readings import Finding, Named, Outcome, Reading, Reason
from services.reading.templates import Template, Value

RECOGNISED: Final = 0.6
"""The share of a template's questions that must stand on one sheet."""
_HEAD_ROWS: Final = 40
_MAX_FIELD: Final = 200


@dataclass
class Match:
    """A template and where it stands; `likeness` is the share of its questions found."""

    template: Template
    known: Understanding
    layout: Layout
    likeness: float


def read_disclosure(workbook: Workbook, templates: Sequence[Template], *, sheet: str = "") -> Reading:
    """The answers of a file by the template that it follows, or what kind of file it seems to be.

    Where a file holds several forms, `sheet` names the one to read; without a form on it the likeliest is read.
    """
    matches = find_matches(workbook, templates)
    named = [one for one in matches if one.layout.sheet.name == sheet and is_same_wording(one.layout)]
    match = max(named or matches, key=_rank, default=None)
    if match is None or not is_same_wording(match.layout):
        return _unrecognised(workbook, templates, match)
    reader = AnswerReader(workbook, match.layout, match.template, match.known)
    answers = reader.read()
    reader.findings += [
        Finding(Reason.ANOTHER_FORM, one.layout.sheet.name, one.template.id)
        for one in matches
        if one.layout.sheet is not match.layout.sheet and is_same_wording(one.layout)
    ]
    fields = find_fields(workbook, templates)
    for name, number in match.template.fields.items():
        found = next((one for one in answers if one.number == number and one.value is Value.TEXT), None)
        if found:
            fields[name] = Named(found.raw.strip()[:_MAX_FIELD], found.place)
    outcome = Outcome.NEEDS_PERSON if any(answer.needs_person for answer in answers) else Outcome.READ
    return Reading(
        outcome,
        match.template.kind,
        match.template.id,
        match.template.edition,
        match.layout.sheet.name,
        workbook.kind,
        round(match.likeness, 3),
        answers,
        reader.findings,
        fields,
    )


def find_matches(workbook: Workbook, templates: Iterable[Template]) -> list[Match]:
    """Every template whose questions stand on a sheet, and where."""
    matches: list[Match] = []
    with_questions = [(template, prepare(template.answers)) for template in templates if template.questions]
    for before_text in (False, True):
        for sheet in workbook.sheets:
            numbers = numbers_by_column(sheet, before_text=before_text)
            for template, known in with_questions:
                match = _match(sheet, template, known, numbers)
                if match:
                    matches.append(match)
        if matches:
            break
    return matches


def find_kind(workbook: Workbook, templates: Iterable[Template]) -> str:
    """What the titles in the file say it is: mds, sds, mds2, or other."""
    titles = {normal_text(title): kind for template in templates for title, kind in template.titles.items()}
    heads = [sheet.name for sheet in workbook.sheets]
    heads += [
        cell.text for sheet in workbook.sheets for row, cells in sheet.rows() if row <= _HEAD_ROWS for cell in cells
    ]
    text = "\n".join(normal_text(head) for head in heads if len(head) <= _MAX_FIELD)
    # The longest title says most: a cover may name the family, and a sheet the form.
    return next((titles[title] for title in sorted(titles, key=len, reverse=True) if title in text), "other")


def find_fields(workbook: Workbook, templates: Iterable[Template]) -> dict[str, Named]:
    """What stands beside labels such as 製品名, as the document's own data; the first of each."""
    labels = {
        normal_text(label): name
        for template in templates
        for name, listed in template.labels.items()
        for label in listed
    }
    found: dict[str, Named] = {}
    for sheet in workbook.sheets:
        for row, cells in sheet.rows():
            for position, cell in enumerate(cells):
                head, colon, behind = cell.text.replace("：", ":").partition(":")
                name = labels.get(normal_text(head)) if len(head) <= 40 else None
                if not name or name in found or row > _HEAD_ROWS:
                    continue
                beside = cells[position + 1] if position + 1 < len(cells) else None
                value = behind.strip() if colon and behind.strip() else beside.text.strip() if beside else ""
                if value and normal_text(value) not in labels:
                    place = cell if colon and behind.strip() else beside or cell
                    found[name] = Named(value[:_MAX_FIELD], sheet.place(place.row, place.column))
    return found


def _match(sheet: Sheet, template: Template, known: Understanding, numbers: dict[int, dict[int, str]]) -> Match | None:
    layout = lay_out(sheet, template, known, numbers)
    if layout is None:
        return None
    likeness = len(layout.rows) / len(template.questions)
    return Match(template, known, layout, likeness) if likeness >= RECOGNISED else None


def _rank(match: Match) -> tuple[bool, float, int, float]:
    """The wording first, then how much of the form is there, then how much of it is filled in."""
    likeness = match.likeness * match.layout.same_wording
    return is_same_wording(match.layout), round(likeness, 1), count_filled(match.layout), likeness


def _unrecognised(workbook: Workbook, templates: Sequence[Template], match: Match | None) -> Reading:
    from services.reading.proposals import looks_like_questions

    kind = find_kind(workbook, templates)
    findings = []
    if match:
        kind = match.template.kind if kind == "other" else kind
        share = f"{match.template.id}: {match.layout.same_wording:.0%}"
        findings.append(Finding(Reason.OTHER_WORDING, match.layout.sheet.name, share))
    is_form = match is not None or looks_like_questions(workbook)
    return Reading(
        Outcome.NEEDS_TEMPLATE if is_form else Outcome.OTHER,
        kind if is_form else "other",
        source=workbook.kind,
        findings=findings,
        fields=find_fields(workbook, templates),
    )
