"""A clinic's own words on single questions of a form, laid over what the form says and over what was read by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, cast
from uuid import UUID

from sqlmodel import Session, col, select

from models import Disclosure, DisclosureAnswer, QuestionSetting
from services import clock
from services.disclosures import close_anew, count_anew
from services.history import record
from services.reading.templates import Area, Gate, Question, Section, Template, Welcome

KEEP: Final = "keep"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be said of some questions; KEEP leaves as it is, an empty text goes back to the form's own."""

    area: str = KEEP
    welcome: str = KEEP
    appendix: str = KEEP
    gate_question: str = KEEP
    gate_answer: str = "no"


def list_settings(session: Session, *, clinic_ids: Collection[UUID]) -> dict[str, list[QuestionSetting]]:
    """All settings of these clinics by form; those of a clinic named later come later, and win."""
    order = {clinic_id: place for place, clinic_id in enumerate(clinic_ids)}
    statement = select(QuestionSetting).where(col(QuestionSetting.clinic_id).in_(list(clinic_ids)))
    found: defaultdict[str, list[QuestionSetting]] = defaultdict(list)
    for setting in session.exec(statement):
        found[setting.template_id].append(setting)
    for settings in found.values():
        settings.sort(key=lambda setting: order[setting.clinic_id])
    return dict(found)


def lay_over(template: Template, settings: Iterable[QuestionSetting], *, is_built_in: bool) -> Template:
    """The form with what the clinic says; of a built-in form only what it leaves open."""
    by_number: defaultdict[str, list[QuestionSetting]] = defaultdict(list)
    gates: dict[str, Gate] = {}
    for setting in settings:
        by_number[setting.number].append(setting)
        gates.pop(setting.number, None)
        if setting.gate_question in template.questions and setting.gate_answer in ("yes", "no"):
            answer = cast("Literal['yes', 'no']", setting.gate_answer)
            gates[setting.number] = Gate(setting.gate_question, answer, (setting.number,))
    if not by_number:
        return template
    sections = tuple(
        replace(
            section,
            questions=tuple(
                _said(question, section, by_number[question.id], is_built_in=is_built_in)
                for question in section.questions
            ),
        )
        for section in template.sections
    )
    return replace(template, sections=sections, gates=(*template.gates, *gates.values()))


def _said(question: Question, section: Section, settings: Sequence[QuestionSetting], *, is_built_in: bool) -> Question:
    area, welcome, is_appendix = question.area or section.area, question.welcome, question.is_appendix
    for setting in settings:
        if setting.area in set(Area) and not (is_built_in and area):
            area = Area(setting.area)
        if setting.welcome in ("yes", "no") and not (is_built_in and question.welcome != "any"):
            welcome = cast("Welcome", setting.welcome)
        is_appendix = setting.is_appendix or (is_built_in and question.is_appendix)
    return replace(question, area=area, welcome=welcome, is_appendix=is_appendix)


def say_of_questions(
    session: Session, *, clinic_id: UUID, template: Template, numbers: Collection[str], wanted: Wanted, person: str
) -> None:
    """Say something of some questions of a form, in place of what the clinic said of them before."""
    statement = select(QuestionSetting).where(
        QuestionSetting.clinic_id == clinic_id, QuestionSetting.template_id == template.id
    )
    known = {setting.number: setting for setting in session.exec(statement)}
    for number in numbers:
        setting = known.get(number) or QuestionSetting(
            clinic_id=clinic_id, template_id=template.id, number=number, set_at=clock.now()
        )
        _take(setting, wanted)
        setting.set_by, setting.set_at = person, clock.now()
        session.add(setting)
    session.flush()
    record(
        session,
        "form.questions_set",
        clinic_id=clinic_id,
        subject=("disclosure_template", template.id),
        name=template.name.ja,
        count=len(numbers),
    )


def _take(setting: QuestionSetting, wanted: Wanted) -> None:
    if wanted.area != KEEP:
        setting.area = wanted.area
    if wanted.welcome != KEEP:
        setting.welcome = wanted.welcome
    if wanted.appendix != KEEP:
        setting.is_appendix = wanted.appendix == "yes"
    if wanted.gate_question not in (KEEP, setting.number):
        setting.gate_question = wanted.gate_question
        setting.gate_answer = wanted.gate_answer if wanted.gate_question else ""


def refresh_readings(session: Session, *, clinic_id: UUID, template: Template) -> None:
    """Bring what the clinic read by a form up to date with what is now said of its questions."""
    statement = select(Disclosure).where(Disclosure.clinic_id == clinic_id, Disclosure.template_id == template.id)
    for disclosure in session.exec(statement).all():
        rows = session.exec(
            select(DisclosureAnswer).where(
                DisclosureAnswer.disclosure_id == disclosure.id, DisclosureAnswer.clinic_id == clinic_id
            )
        ).all()
        for row in rows:
            question, area = template.questions.get(row.number), template.area_of(row.number)
            if question is not None:
                row.area, row.welcome, row.is_appendix = area or "", question.welcome, question.is_appendix
        close_anew(rows, template)
        session.add_all(rows)
        session.flush()
        count_anew(session, disclosure=disclosure)
