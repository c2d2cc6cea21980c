"""Handing the form or a part of it to a colleague, taking it back, and “this is not for us” after the code."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import forwarding, holders, wrong_recipients
from services.languages import _
from services.refusals import Refusal
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from services.vendor_refusals import ForwardedTooOften, ForwardedToSelf, HoldsItAlready
from web.access import PartViewerDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Email, PersonName
from web.vendor.frame import name_sections, vendor_page

router = APIRouter()

_PLACES: dict[type[Refusal], str] = {ForwardedToSelf: "email", HoldsItAlready: "email", ForwardedTooOften: "form"}


class ForwardForm(BaseModel):
    """To whom, with which word, and how much of it."""

    email: Email
    name: PersonName
    note: str = Field("", max_length=1000)
    reach: Literal["whole", "part"] = "part"
    sections: list[str] = []


@router.get("/answer/{submission_id}/forward", name="show_forwarding")
def show_forwarding(request: Request, session: SessionDep, viewer: PartViewerDep) -> Response:
    if refusal_to_answer(viewer.submission) is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    own = holders.find_holder(session, submission=viewer.submission, person=viewer.person)
    proposed = blank(reach="whole", sections=list(viewer.scope or ()))
    if request.query_params.get("back") and own and viewer.scope is None:
        former = holders.find_holder(session, submission=viewer.submission, person=own.forwarded_by)
        proposed.values |= {"email": former.email, "name": former.name} if former else {}
    return forwarding_page(request, session, viewer, proposed)


def forwarding_page(
    request: Request, session: SessionDep, viewer: VendorViewer, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    titles = name_sections(viewer.submission)
    own = holders.find_holder(session, submission=viewer.submission, person=viewer.person)
    values = {
        "submitted": submitted,
        "section_titles": titles,
        "sections": [(key, title) for key, title in titles.items() if viewer.scope is None or key in viewer.scope],
        "is_part": viewer.scope is not None,
        "may_give_back": viewer.scope is None and bool(own and own.forwarded_by),
        "colleagues": holders.list_colleagues(session, submission=viewer.submission, person=viewer.person),
    }
    return vendor_page(request, viewer, "vendor/forward.html", values, status_code=status_code)


@router.post("/answer/{submission_id}/forward", name="forward_request")
def forward_request(
    request: Request,
    session: SessionDep,
    viewer: PartViewerDep,
    submitted: Annotated[Submitted[ForwardForm], Depends(read(ForwardForm))],
) -> Response:
    form = submitted.form
    sections = form.sections if form and (form.reach == "part" or viewer.scope is not None) else None
    if form and sections == []:
        submitted.errors["sections"] = _("Please choose at least one section.")
    elif form:
        to = form.model_dump(include={"email", "name", "note"})
        try:
            forwarding.forward(session, viewer=viewer, sections=sections, **to)
        except (ForwardedToSelf, HoldsItAlready, ForwardedTooOften) as refusal:
            submitted.errors[_PLACES[type(refusal)]] = f"{refusal} {refusal.say(refusal.advice)}"
        else:
            said = _("Handed to %(name)s. A mail with a link of their own is on its way.", name=form.name)
            return see(request, "show_welcome", submission_id=viewer.submission.id, said=said)
    return forwarding_page(request, session, viewer, submitted, status_code=422)


@router.post("/answer/{submission_id}/colleagues/{invitation_id}/take-back", name="take_back")
def take_back(request: Request, session: SessionDep, viewer: PartViewerDep, invitation_id: UUID) -> Response:
    stopped = forwarding.take_back(session, viewer=viewer, invitation_id=invitation_id)
    said = _("Taken back: the link of %(name)s no longer works.", name=stopped.name or stopped.person)
    return see(request, "show_welcome", submission_id=viewer.submission.id, said=said)


@router.post("/answer/{submission_id}/not-us", name="report_not_us")
def report_not_us(request: Request, session: SessionDep, viewer: PartViewerDep) -> Response:
    wrong_recipients.report_after_code(session, viewer=viewer)
    return page(request, "vendor/not_us.html", {"here": "/"})
