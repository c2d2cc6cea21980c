"""What the clinic says about the questions of a form: area, welcome answer, appendix, and what makes them pointless."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic
from services import question_settings, treatments
from services.disclosure_templates import find_template
from services.languages import _, language, ngettext
from services.number_lists import LONGEST, read_numbers
from services.question_settings import KEEP, Wanted
from services.reading.normal import normal_id
from services.reading.templates import Area, Template
from services.refusals import NotFound
from web.access import ClinicDep, EditableClinicDep, MemberDep, SessionDep
from web.clinic.disclosures import name_of
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()

NONE: Final = "none"
"""Takes back what the clinic said: a form cannot send an empty choice beside one that changes nothing."""
_MOST_NAMED: Final = 8


class QuestionsForm(BaseModel):
    """Which questions, and what is said of them."""

    numbers: str = Field("", max_length=LONGEST)
    number: list[str] = Field(default_factory=list)
    area: str = KEEP
    welcome: str = KEEP
    appendix: str = Field(KEEP, pattern="^(keep|yes|no)$")
    gate: str = Field("", max_length=80)
    gate_answer: str = Field("no", pattern="^(yes|no|none)$")


SubmittedQuestions = Annotated[Submitted[QuestionsForm], Depends(read(QuestionsForm))]


@router.get("/disclosure-templates/{template_id}/questions")
def show_questions(request: Request, session: SessionDep, clinic: ClinicDep, template_id: str) -> Response:
    return questions_page(request, session, clinic, get_template(session, clinic, template_id), blank())


@router.post("/disclosure-templates/{template_id}/questions")
def set_questions(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    viewer: MemberDep,
    template_id: str,
    submitted: SubmittedQuestions,
) -> Response:
    template = get_template(session, clinic, template_id)
    form = submitted.form
    numbers = choose_numbers(template, form, submitted.errors) if form else []
    wanted = read_wanted(template, form, submitted.errors) if form else None
    if wanted is None or submitted.errors:
        return questions_page(request, session, clinic, template, submitted, status_code=422)
    question_settings.say_of_questions(
        session, clinic_id=clinic.id, template=template, numbers=numbers, wanted=wanted, person=viewer.name
    )
    renewed = get_template(session, clinic, template_id)
    question_settings.refresh_readings(session, clinic_id=clinic.id, template=renewed)
    said = ngettext("%(count)s question was changed.", "%(count)s questions were changed.", len(numbers))
    return see(request, "show_questions", template_id=template_id, said=said)


def get_template(session: SessionDep, clinic: Clinic, template_id: str) -> Template:
    """A form with questions, as this clinic sees it; raises NotFound."""
    template = find_template(session, clinic_id=clinic.id, template_id=template_id)
    if template is None or not template.questions:
        raise NotFound
    return template


def choose_numbers(template: Template, form: QuestionsForm, errors: dict[str, str]) -> list[str]:
    """The questions that were ticked or named; a sentence names what is no number of the form."""
    known = list(template.questions)
    found, missing = read_numbers(form.numbers, known)
    if missing:
        listed = _(", ").join(missing[:_MOST_NAMED]) + (" …" if len(missing) > _MOST_NAMED else "")
        errors["numbers"] = _("The form has no question with these numbers: %(numbers)s", numbers=listed)
    chosen = {*found, *(number for number in form.number if number in template.questions)}
    if not chosen and not missing:
        errors["numbers"] = _("Please tick questions, or enter their numbers.")
    return [number for number in known if number in chosen]


def read_wanted(template: Template, form: QuestionsForm, errors: dict[str, str]) -> Wanted | None:
    """What is said of them; a sentence where nothing is, or where the question they hang on is not there."""
    gate = KEEP
    if form.gate_answer == NONE:
        gate = ""
    elif form.gate:
        gate = normal_id(form.gate)
        if gate not in template.questions:
            errors["gate"] = _("The form has no question with this number.")
    wanted = Wanted(
        area=_taken(form.area, set(Area)),
        welcome=_taken(form.welcome, {"yes", "no"}),
        appendix=form.appendix,
        gate_question=gate,
        gate_answer=form.gate_answer,
    )
    if {wanted.area, wanted.welcome, wanted.appendix, wanted.gate_question} == {KEEP}:
        errors.setdefault("form", _("Please choose what is to be set for these questions."))
    return wanted


def _taken(text: str, known: set[Any]) -> str:
    if text == NONE:
        return ""
    return text if text in known else KEEP


def questions_page(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    template: Template,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    """All questions with what holds for them, and the fields that change the chosen ones."""
    areas = treatments.area_names()
    values = {
        "current": "list_documents",
        "template": template,
        "title": name_of(template),
        "spoken": language.get(),
        "areas": areas,
        "area_of": {number: areas.get(template.area_of(number) or "", "") for number in template.questions},
        "gates_of": gates_of(template),
        "area_choices": [(KEEP, _("Leave as it is")), *areas.items(), (NONE, _("Take back what we set"))],
        "welcome_choices": [
            (KEEP, _("Leave as it is")),
            ("yes", _("Yes is welcome: No needs attention")),
            ("no", _("No is welcome: Yes needs attention")),
            (NONE, _("Take back what we set")),
        ],
        "submitted": submitted,
    }
    return page(request, "clinic/forms/questions.html", values, status_code=status_code)


def gates_of(template: Template) -> dict[str, str]:
    """For each question that another makes pointless, that one and its answer in words."""
    return {
        number: _(", ").join(
            _("%(number)s is No", number=gate.question)
            if gate.answer == "no"
            else _("%(number)s is Yes", number=gate.question)
            for gate in gates
        )
        for number, gates in template.closed_by.items()
    }
