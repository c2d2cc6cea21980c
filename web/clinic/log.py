"""The log: every deed at the clinic in words, to be narrowed down, taken along and checked."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services import deeds
from services.deed_words import KIND_NAMES, sentence_of, who_of
from services.deeds import KINDS
from services.history import Break, find_breaks
from services.languages import _
from services.reports.office_tables import log_table
from web.access import ClinicDep, EarlyMemberDep, EditableClinicDep, ReaderDep, SessionDep
from web.access_log import record_look
from web.downloads import download_table
from web.rendering import page, see

router = APIRouter()


def read_kind(kind: str = "") -> str:
    """The kind that the address asks for; whatever is none counts as all."""
    return kind if kind in KINDS else ""


def read_place(request: Request) -> dict[str, int]:
    """Where in the log the address asks to be: `before` or `after` a sequence number."""
    asked = {name: request.query_params.get(name, "") for name in ("before", "after")}
    return {name: int(text) for name, text in asked.items() if text.isascii() and text.isdigit() and len(text) <= 15}


KindDep = Annotated[str, Depends(read_kind)]
PlaceDep = Annotated[dict[str, int], Depends(read_place)]


@router.get("/log")
def show_log(request: Request, session: SessionDep, clinic: ClinicDep, kind: KindDep, place: PlaceDep) -> Response:
    shown = deeds.list_deeds(session, clinic_id=clinic.id, kind=kind, **place)
    names = deeds.name_subjects(session, clinic_id=clinic.id, events=shown.events)
    values = {
        "current": "show_log",
        "kind": kind,
        "kinds": [(key, _(name)) for key, name in KIND_NAMES.items()],
        "lines": [(event.at, sentence_of(event, names), who_of(event)) for event in shown.events],
        "older": shown.older,
        "newer": shown.newer,
        "check": deeds.last_check(session, clinic_id=clinic.id),
    }
    return page(request, "clinic/log/list.html", values)


@router.get("/log.{form}")
def download_log(
    request: Request, session: SessionDep, clinic: ClinicDep, kind: KindDep, form: Literal["csv", "xlsx"]
) -> Response:
    record_look(request, session, "log.exported", clinic_id=clinic.id, format=form)
    events = deeds.list_all_deeds(session, clinic_id=clinic.id, kind=kind)
    return download_table(form, log_table(events, deeds.name_subjects(session, clinic_id=clinic.id, events=events)))


def check_chain(reader: ReaderDep, viewer: EarlyMemberDep) -> list[Break]:
    """Where the clinic's chain is not as it was written; found before the writing transaction begins."""
    if viewer is None or viewer.clinic_id is None or not viewer.may_edit:
        return []
    return list(find_breaks(reader, clinic_id=viewer.clinic_id))


@router.post("/log/check")
def check_log(
    request: Request,
    breaks: Annotated[list[Break], Depends(check_chain)],
    session: SessionDep,
    clinic: EditableClinicDep,
) -> Response:
    deeds.record_check(session, clinic_id=clinic.id, breaks=breaks)
    return see(request, "show_log")
