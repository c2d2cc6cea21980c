"""A form somebody shows: pointed at on its own grid, tried out at every look, and learned with one press."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import DisclosureTemplate, FormSample
from services import disclosure_reading, disclosure_templates, form_samples
from services.disclosure_template_refusals import FormKnown
from services.disclosure_templates import Title
from services.languages import _, language, ngettext
from services.reading.sandbox import Trial
from services.reading.template_files import BrokenTemplate
from services.reading.templates import DocumentKind
from web.access import EditableClinicDep, MemberDep, SessionDep
from web.clinic.disclosures import EditableDocumentDep
from web.clinic.form_files import BODY_LIMIT, DocumentFormDep, GivenFormDep
from web.clinic.form_trials import Pointed, PointedDep, find_replaced
from web.clinic.form_views import pointing_values
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class TitleForm(BaseModel):
    """What the form is called, and for whom it is learned."""

    name: str = Field(min_length=1, max_length=200)
    kind: DocumentKind
    edition: str = Field("", max_length=40)
    language: str = Field("ja", pattern="^(ja|en)$")
    is_for_all: bool = False
    is_no_unwelcome: bool = False


SubmittedTitle = Annotated[Submitted[TitleForm], Depends(read(TitleForm))]


@router.post("/disclosure-templates/samples", max_body_size=BODY_LIMIT)
def give_form(
    request: Request, given: GivenFormDep, session: SessionDep, clinic: EditableClinicDep, viewer: MemberDep
) -> Response:
    if given.form is None:
        return see(request, "list_disclosure_templates", said=given.sentence)
    sample = form_samples.start_sample(
        session, clinic_id=clinic.id, form=given.form, file_name=given.file_name, given_by=viewer.name
    )
    return see(request, "show_form_sample", sample_id=sample.id)


@router.post("/documents/{document_id}/learn")
def learn_from_document(
    request: Request, given: DocumentFormDep, session: SessionDep, document: EditableDocumentDep, viewer: MemberDep
) -> Response:
    if given.form is None:
        return see(request, "show_disclosure", document_id=document.id, said=given.sentence)
    sample = form_samples.start_sample(
        session,
        clinic_id=document.clinic_id,
        form=given.form,
        file_name=given.file_name,
        given_by=viewer.name,
        document_id=document.id,
    )
    return see(request, "show_form_sample", sample_id=sample.id)


@router.get("/disclosure-templates/samples/{sample_id}")
def show_form_sample(request: Request, pointed: PointedDep, session: SessionDep, clinic: EditableClinicDep) -> Response:
    typed = {name: value for name, value in request.query_params.items() if name in TitleForm.model_fields}
    # A box that is not ticked is not sent: with the name there, what is missing was taken away.
    unticked = {"is_no_unwelcome": "", "is_for_all": ""} if "name" in typed else {}
    return pointing_page(request, pointed, blank(**first_title(pointed) | unticked | typed))


@router.post("/disclosure-templates/samples/{sample_id}/learn")
def learn_form(
    request: Request,
    pointed: PointedDep,
    session: SessionDep,
    clinic: EditableClinicDep,
    viewer: MemberDep,
    submitted: SubmittedTitle,
) -> Response:
    form, trial = submitted.form, pointed.trial
    if form is None or trial is None or pointed.wrong:
        return pointing_page(request, pointed, submitted, status_code=422)
    sample = form_samples.get_sample(session, clinic_id=clinic.id, sample_id=pointed.sample.id)
    replaces = find_replaced(session, clinic.id, str(pointed.replaces.id) if pointed.replaces else "")
    try:
        learned = learn(session, sample, trial, form, viewer, replaces)
    except (FormKnown, BrokenTemplate) as refusal:
        submitted.errors["form"] = say_refused(refusal)
        return pointing_page(request, pointed, submitted, status_code=422)
    waiting = disclosure_reading.queue_waiting(session, learned=learned)
    said = _("The portal now knows this form: %(name)s.", name=learned.name)
    if waiting:
        said += " " + ngettext(
            "%(count)s document is being read again.", "%(count)s documents are being read again.", waiting
        )
    return see(request, "show_disclosure_template", template_id=learned.id, said=said)


def learn(
    session: SessionDep,
    sample: FormSample,
    trial: Trial,
    form: TitleForm,
    viewer: MemberDep,
    replaces: DisclosureTemplate | None,
) -> DisclosureTemplate:
    """The form as pointed at, for this clinic, or by an operator for all; raises what learn_template raises."""
    if replaces is not None:
        disclosure_templates.check_may_change(replaces, clinic_id=sample.clinic_id, is_operator=viewer.is_operator)
    return disclosure_templates.learn_template(
        session,
        sample=sample,
        trial=trial,
        title=Title(form.name, form.kind, form.edition, form.language, form.is_no_unwelcome),
        person=viewer.name,
        is_for_all=form.is_for_all and viewer.is_operator,
        replaces=replaces,
    )


def say_refused(refusal: FormKnown | BrokenTemplate) -> str:
    """Why the form cannot be stored like this."""
    if isinstance(refusal, FormKnown):
        return f"{refusal} {refusal.say(refusal.advice)}"
    return _("The form cannot be learned like this: %(place)s.", place=f"{refusal.place}: {refusal.reason}")


def first_title(pointed: Pointed) -> dict[str, Any]:
    """What the form might be called, from the version before or from the file."""
    replaces = pointed.replaces
    if replaces is not None:
        return {
            "name": replaces.name,
            "kind": replaces.kind,
            "edition": replaces.edition,
            "language": replaces.language,
            "is_for_all": "true" if replaces.is_for_all else "",
            "is_no_unwelcome": "true" if is_no_unwelcome(replaces) else "",
        }
    name = PurePath(pointed.sample.file_name).stem
    return {
        "name": name,
        "kind": pointed.sample.kind,
        "edition": "",
        "language": language.get()[:2],
        "is_no_unwelcome": "true",
    }


def is_no_unwelcome(learned: DisclosureTemplate) -> bool:
    """Whether the version before takes a No for something to look at."""
    questions = (question for section in learned.content["sections"] for question in section["questions"])
    return any(question["welcome"] == "yes" for question in questions)


def pointing_page(request: Request, pointed: Pointed, submitted: Submitted[Any], *, status_code: int = 200) -> Response:
    """The grid with what each column is, what comes of it, and the fields to save it with."""
    values = pointing_values(pointed) | {"current": "list_documents", "submitted": submitted}
    return page(request, "clinic/forms/point.html", values, status_code=status_code)
