"""The outbox: what was mailed in the clinic's name, what still waits, what failed and why."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models import Mail
from services import outbox
from services.languages import _, marked
from services.reports.office_tables import MAIL_NAMES
from settings import get_settings
from web.access import ClinicDep, EditableClinicDep, SessionDep
from web.rendering import page, see

router = APIRouter()

FILTER_NAMES = {
    "open": marked("Not sent yet (%(count)s)"),
    "failed": marked("Failed (%(count)s)"),
    "delivered": marked("Handed over (%(count)s)"),
    "cancelled": marked("Not needed any more (%(count)s)"),
}


def read_filter(state: str = "") -> str:
    """The filter that the address asks for; whatever is none counts as all."""
    return state if state in FILTER_NAMES else ""


def read_page(request: Request) -> int:
    """The page that the address asks for, or the first."""
    asked = request.query_params.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def get_mail(mail_id: UUID, clinic: EditableClinicDep, session: SessionDep) -> Mail:
    """A mail of the clinic, for members who may work in it."""
    return outbox.get_mail(session, clinic_id=clinic.id, mail_id=mail_id)


FilterDep = Annotated[str, Depends(read_filter)]
PageDep = Annotated[int, Depends(read_page)]
EditableMailDep = Annotated[Mail, Depends(get_mail)]


@router.get("/outbox")
def show_outbox(
    request: Request, session: SessionDep, clinic: ClinicDep, state: FilterDep, number: PageDep
) -> Response:
    shown = outbox.list_mails(session, clinic_id=clinic.id, filtered=state, page=number)
    values = {
        "current": "show_outbox",
        "shown": shown,
        "state": state,
        "states": [(key, _(name, count=shown.counts[key])) for key, name in FILTER_NAMES.items()],
        "kinds": {kind: _(name) for kind, name in MAIL_NAMES.items()},
        "has_server": bool(get_settings().smtp_host),
    }
    return page(request, "clinic/outbox/list.html", values)


@router.post("/outbox/{mail_id}/retry")
def retry_mail(request: Request, session: SessionDep, mail: EditableMailDep) -> Response:
    outbox.retry_mail(session, mail=mail)
    return see(request, "show_outbox", said=_("The mail to %(address)s is tried again now.", address=mail.recipient))


@router.post("/outbox/{mail_id}/cancel")
def cancel_mail(request: Request, session: SessionDep, mail: EditableMailDep) -> Response:
    outbox.cancel_mail(session, mail=mail)
    return see(request, "show_outbox", said=_("The mail to %(address)s will not be sent.", address=mail.recipient))
