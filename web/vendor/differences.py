"""One item, system by system: what differs from the answer that the systems of the sheet share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Answer, AnswerValue
from services import answers, differences, editions, submissions
from services.answers import AnswerEditedMeanwhile
from services.differences import Difference
from services.edition_forms import Item
from services.languages import _
from services.refusals import NotFound, refuse_if
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from web.access import SessionDep, VendorViewerDep
from web.forms import Submitted, check
from web.rendering import see
from web.vendor.answer_fields import TypedDep
from web.vendor.checklist import limits_of
from web.vendor.frame import vendor_page

router = APIRouter()


class DifferenceForm(BaseModel):
    """The fields of one system; on the page each bears the system's id before its name."""

    value: AnswerValue | None = None
    condition: str = Field("", max_length=2000)
    target_on: date | None = None
    remark: str = Field("", max_length=4000)


def find_item(session: SessionDep, viewer: VendorViewer, item_key: str) -> tuple[Item, Mapping[UUID, str]]:
    """The item and the systems that may differ on it; raises NotFound where the sheet covers no more than one."""
    item = editions.find_item(viewer.submission.asked, item_key)
    systems = differences.name_covered(submissions.list_covered_systems(session, submission=viewer.submission))
    if item is None or not systems:
        raise NotFound
    return item, systems


@router.get("/answer/{submission_id}/items/{item_key}/systems", name="show_differences")
def show_differences(request: Request, session: SessionDep, viewer: VendorViewerDep, item_key: str) -> Response:
    if refusal_to_answer(viewer.submission) is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    item, systems = find_item(session, viewer, item_key)
    answer = answers.list_answers(session, submission=viewer.submission).get(item_key)
    stored = differences.differences_of(answer) if answer else {}
    return differences_page(request, viewer, item, systems, answer, Submitted(values=values_of(systems, stored)))


def values_of(systems: Mapping[UUID, str], stored: Mapping[UUID, Difference]) -> dict[str, Any]:
    """What stands in the fields of each system."""
    return {
        f"{system_id}.{name}": getattr(stored[system_id], name) or "" if system_id in stored else ""
        for system_id in systems
        for name in DifferenceForm.model_fields
    }


def differences_page(
    request: Request,
    viewer: VendorViewer,
    item: Item,
    systems: Mapping[UUID, str],
    answer: Answer | None,
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    form = editions.read_form(viewer.submission.asked)
    section = form.section_of(item.key)
    values = {
        "item": item,
        "systems": systems,
        "answer": answer,
        "submitted": submitted,
        "limits": limits_of(viewer.submission, item),
        "back": request.app.state.addresses("show_section", submission_id=viewer.submission.id, section_key=section.key)
        + f"#item-{item.key}",
    }
    return vendor_page(request, viewer, "vendor/differences.html", values, status_code=status_code)


@router.post("/answer/{submission_id}/items/{item_key}/systems", name="save_differences")
def save_differences(
    request: Request, session: SessionDep, viewer: VendorViewerDep, item_key: str, typed: TypedDep
) -> Response:
    """All systems of the item at once; a difference is taken whole or not at all."""
    refusal = refusal_to_answer(viewer.submission)
    if refusal is not None:
        raise refusal
    item, systems = find_item(session, viewer, item_key)
    answer = answers.list_answers(session, submission=viewer.submission).get(item_key)
    refuse_if(answer is None or answer.value is None, NotFound())
    wanted, errors = read_all(viewer, item, systems, typed)
    if not errors:
        try:
            save(session, viewer, item, wanted, int(typed.get("version") or 0))
            section = editions.read_form(viewer.submission.asked).section_of(item.key).key
            of = {"submission_id": viewer.submission.id, "section_key": section}
            return see(request, "show_section", **of, anchor=f"item-{item.key}", said=_("Saved."))
        except AnswerEditedMeanwhile as conflict:
            errors["form"] = f"{conflict} {conflict.say(conflict.advice)}"
    values = values_of(systems, {}) | dict(typed)
    shown = Submitted[Any](values=values, errors=errors)
    return differences_page(request, viewer, item, systems, answer, shown, status_code=422)


def save(session: SessionDep, viewer: VendorViewer, item: Item, wanted: Sequence[Difference], version: int) -> None:
    given = answers.Given(differences=[difference.as_json() for difference in wanted])
    answers.save_answer(
        session, submission=viewer.submission, item=item, given=given, version=version, person=viewer.person
    )


def read_all(
    viewer: VendorViewer, item: Item, systems: Mapping[UUID, str], typed: Mapping[str, str]
) -> tuple[list[Difference], dict[str, str]]:
    """The systems for which something else holds, and what is wrong with the rest."""
    wanted: list[Difference] = []
    errors: dict[str, str] = {}
    for system_id, name in systems.items():
        fields = {field: typed.get(f"{system_id}.{field}", "") for field in DifferenceForm.model_fields}
        read = check(DifferenceForm, fields)
        errors |= {f"{system_id}.{field}": sentence for field, sentence in read.errors.items()}
        if read.form is None or read.form.value is None:
            continue
        said = differences.tidy(Difference(system_id, name, **dict(read.form)))
        faults = differences.find_faults(viewer.submission, item, said)
        errors |= {f"{system_id}.{field}": sentence for field, sentence in faults.items()}
        wanted.append(said)
    return wanted, errors
