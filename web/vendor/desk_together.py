"""Several requests at once: answers of one written as drafts into others, and handing in with one name."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Responsibility
from services import desk_submitting, desk_transfers
from services.desk_access import DeskViewer
from services.languages import _, ngettext
from services.options import names_of
from services.vendor_refusals import PlanOutdated
from web.access import DeskViewerDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import see
from web.texts import Name
from web.vendor.desk import desk_page

router = APIRouter()

Chosen = Annotated[list[UUID] | None, Query()]


class TransferForm(BaseModel):
    to: list[UUID]
    source: UUID
    overwrite: bool = False
    digest: str = Field(max_length=64)


class HandInForm(BaseModel):
    to: list[UUID] = Field(min_length=1)
    responsible_name: Annotated[Name, Field(max_length=100)]
    responsible_title: Annotated[Name, Field(max_length=100)]


@router.get("/desk/together", name="show_together")
def show_together(
    request: Request,
    session: SessionDep,
    viewer: DeskViewerDep,
    to: Chosen = None,
    source: str = "",
    overwrite: bool = False,
) -> Response:
    """What each request would receive; nothing is written before the next press."""
    chosen = read_id(source)
    if not to or chosen is None:
        return see(request, "show_desk", said=_("Tick the requests, and choose whose answers to use."))
    return plan_page(request, session, viewer, chosen, to, overwrite=overwrite)


def read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def plan_page(
    request: Request,
    session: SessionDep,
    viewer: DeskViewer,
    source: UUID,
    to: list[UUID],
    *,
    overwrite: bool,
    outdated: PlanOutdated | None = None,
) -> Response:
    plan = desk_transfers.plan_transfers(session, viewer=viewer, source_id=source, target_ids=to, overwrite=overwrite)
    kept = sum(len(transfer.kept) for transfer in plan.transfers)
    carriers = names_of(Responsibility)
    values = {"plan": plan, "overwrite": overwrite, "kept": kept, "outdated": outdated, "carriers": carriers}
    return desk_page(request, viewer, "vendor/desk/together.html", values, status_code=409 if outdated else 200)


@router.post("/desk/together", name="write_together")
def write_together(
    request: Request,
    session: SessionDep,
    viewer: DeskViewerDep,
    submitted: Annotated[Submitted[TransferForm], Depends(read(TransferForm))],
) -> Response:
    form = submitted.form
    if form is None:
        return see(request, "show_desk", said=_("Tick the requests, and choose whose answers to use."))
    plan = desk_transfers.plan_transfers(
        session, viewer=viewer, source_id=form.source, target_ids=form.to, overwrite=form.overwrite
    )
    try:
        written = desk_transfers.write_transfers(session, viewer=viewer, plan=plan, digest=form.digest)
    except PlanOutdated as outdated:
        return plan_page(request, session, viewer, form.source, form.to, overwrite=form.overwrite, outdated=outdated)
    said = ngettext(
        "The answers stand in %(count)s request as a draft. Look it over and hand it in.",
        "The answers stand in %(count)s requests as drafts. Look them over and hand them in.",
        len(written),
    )
    return see(request, "show_desk", said=said)


@router.get("/desk/hand-in", name="show_handing_in")
def show_handing_in(request: Request, session: SessionDep, viewer: DeskViewerDep, to: Chosen = None) -> Response:
    if not to:
        return see(request, "show_desk", said=_("Tick the requests that you want to hand in."))
    return handing_in_page(request, session, viewer, to, blank())


def handing_in_page(
    request: Request,
    session: SessionDep,
    viewer: DeskViewer,
    to: list[UUID],
    submitted: Submitted[Any],
    *,
    status_code: int = 200,
) -> Response:
    found = desk_submitting.list_candidates(session, viewer=viewer, submission_ids=to)
    values = {
        "ready": [each for each in found if each.is_ready],
        "others": [each for each in found if not each.is_ready],
        "submitted": submitted,
    }
    return desk_page(request, viewer, "vendor/desk/hand_in.html", values, status_code=status_code)


@router.post("/desk/hand-in", name="hand_in_several")
def hand_in_several(
    request: Request,
    session: SessionDep,
    viewer: DeskViewerDep,
    submitted: Annotated[Submitted[HandInForm], Depends(read(HandInForm))],
) -> Response:
    """Each by itself, once; what cannot be handed in is named and keeps nobody back."""
    form = submitted.form
    if form is None:
        to = [found for text in submitted.values.get("to", []) if (found := read_id(text))]
        if not to:
            return see(request, "show_desk", said=_("Tick the requests that you want to hand in."))
        return handing_in_page(request, session, viewer, to, submitted, status_code=422)
    outcome = desk_submitting.hand_in(
        session,
        viewer=viewer,
        submission_ids=form.to,
        responsible_name=form.responsible_name,
        responsible_title=form.responsible_title,
    )
    said = ngettext("%(count)s request is handed in.", "%(count)s requests are handed in.", len(outcome.done))
    if outcome.refused:
        said += " " + _("Not handed in, please look: %(names)s", names=", ".join(outcome.refused))
    return see(request, "show_desk", said=said)
