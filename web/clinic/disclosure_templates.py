"""The forms that disclosures are read by: known ones, documents that wait for one, and what was read by each."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models import Clinic, DisclosureTemplate
from services import disclosure_templates, form_lists
from services.disclosure_templates import Title, check_may_change, find_template
from services.languages import _, language
from services.refusals import NotFound
from web.access import ClinicDep, EditableClinicDep, MemberDep, SessionDep
from web.clinic.form_pointing import SubmittedTitle
from web.clinic.form_views import kind_names
from web.forms import Submitted, blank
from web.rendering import page, see

router = APIRouter()


def get_own_template(
    template_id: UUID, session: SessionDep, clinic: EditableClinicDep, viewer: MemberDep
) -> DisclosureTemplate:
    """A form that this member may change: of its clinic, or for all by an operator."""
    learned = disclosure_templates.get_learned(session, clinic_id=clinic.id, template_id=template_id)
    check_may_change(learned, clinic_id=clinic.id, is_operator=viewer.is_operator)
    return learned


OwnTemplateDep = Annotated[DisclosureTemplate, Depends(get_own_template)]


@router.get("/disclosure-templates")
def list_disclosure_templates(request: Request, session: SessionDep, clinic: ClinicDep) -> Response:
    values = {
        "current": "list_documents",
        "forms": form_lists.list_forms(session, clinic_id=clinic.id),
        "waiting": form_lists.list_waiting(session, clinic_id=clinic.id),
        "kinds": kind_names(),
        "submitted": blank(),
    }
    return page(request, "clinic/forms/list.html", values)


@router.get("/disclosure-templates/{template_id}")
def show_disclosure_template(request: Request, session: SessionDep, clinic: ClinicDep, template_id: str) -> Response:
    return template_page(request, session, clinic, template_id, None)


def template_page(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    template_id: str,
    submitted: Submitted[Any] | None,
    *,
    status_code: int = 200,
) -> Response:
    """One form with its questions and what was read by it; raises NotFound."""
    template = find_template(session, clinic_id=clinic.id, template_id=template_id)
    if template is None or not template.questions:
        raise NotFound
    learned = find_learned(session, clinic, template_id)
    start = learned.model_dump(include={"name", "kind", "edition", "language"}) if learned else {}
    values = {
        "current": "list_documents",
        "template": template,
        "title": template.name.en if language.get().startswith("en") else template.name.ja,
        "learned": learned,
        "is_own": learned is not None and is_own(request, learned, clinic),
        "readings": form_lists.list_readings(session, clinic_id=clinic.id, template_id=template_id),
        "others": [one for one in form_lists.list_forms(session, clinic_id=clinic.id) if one.id != template_id],
        "kinds": kind_names(),
        "submitted": submitted or blank(**start),
    }
    return page(request, "clinic/forms/show.html", values, status_code=status_code)


def find_learned(session: SessionDep, clinic: Clinic, template_id: str) -> DisclosureTemplate | None:
    """The stored form; None for one of the catalog."""
    try:
        identity = UUID(template_id)
    except ValueError:
        return None
    return disclosure_templates.get_learned(session, clinic_id=clinic.id, template_id=identity)


def is_own(request: Request, learned: DisclosureTemplate, clinic: Clinic) -> bool:
    """Whether the viewer may change it."""
    viewer = request.state.viewer
    return bool(viewer.may_edit and learned.clinic_id == clinic.id and (viewer.is_operator or not learned.is_for_all))


@router.post("/disclosure-templates/{template_id}")
def rename_disclosure_template(
    request: Request, session: SessionDep, clinic: EditableClinicDep, learned: OwnTemplateDep, submitted: SubmittedTitle
) -> Response:
    form = submitted.form
    if form is None:
        return template_page(request, session, clinic, str(learned.id), submitted, status_code=422)
    title = Title(form.name, form.kind, form.edition, form.language)
    disclosure_templates.rename_template(session, learned=learned, title=title)
    return see(request, "show_disclosure_template", template_id=learned.id, said=_("The changes are saved."))


@router.post("/disclosure-templates/{template_id}/retire")
def retire_disclosure_template(request: Request, session: SessionDep, learned: OwnTemplateDep) -> Response:
    disclosure_templates.retire_template(session, learned=learned)
    said = _("No more documents are read by this form. What was read stays.")
    return see(request, "show_disclosure_template", template_id=learned.id, said=said)


@router.post("/disclosure-templates/{template_id}/restore")
def restore_disclosure_template(request: Request, session: SessionDep, learned: OwnTemplateDep) -> Response:
    disclosure_templates.restore_template(session, learned=learned)
    said = _("Documents are read by this form again.")
    return see(request, "show_disclosure_template", template_id=learned.id, said=said)
