"""Notices to other systems (webhooks): set up by owners, tested, looked at, sent again, paused, removed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, field_validator

from models import Clinic, Pause, Webhook, WebhookDelivery
from services import webhooks
from services.languages import _, marked
from services.options import names_of
from services.reports.office_tables import NOTICE_NAMES
from services.webhook_outbox import NAMES
from services.webhook_refusals import TooManyWebhooks, WebhookAddressRefused
from web.access import ConfirmedMemberDep, OwnedClinicDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see

router = APIRouter()


class WebhookForm(BaseModel):
    """Where to, and what of."""

    url: str = Field(max_length=500)
    events: Annotated[list[str], Field(validate_default=True)] = []

    @field_validator("events")
    @classmethod
    def _known(cls, events: list[str]) -> list[str]:
        if not events or not set(events) <= set(NAMES):
            raise ValueError(marked("Please tick at least one of them."))
        return events


def get_webhook(webhook_id: UUID, clinic: OwnedClinicDep, session: SessionDep) -> Webhook:
    """A receiver of the clinic, for its owners."""
    return webhooks.get_webhook(session, clinic_id=clinic.id, webhook_id=webhook_id)


WebhookDep = Annotated[Webhook, Depends(get_webhook)]


def get_delivery(delivery_id: UUID, webhook: WebhookDep, session: SessionDep) -> WebhookDelivery:
    """A message to it."""
    return webhooks.get_delivery(session, webhook=webhook, delivery_id=delivery_id)


@router.get("/settings/webhooks")
def list_webhooks(request: Request, session: SessionDep, clinic: OwnedClinicDep) -> Response:
    return list_page(request, session, clinic, blank())


@router.post("/settings/webhooks")
def register_webhook(
    request: Request,
    session: SessionDep,
    clinic: OwnedClinicDep,
    submitted: Annotated[Submitted[WebhookForm], Depends(read(WebhookForm))],
    viewer: ConfirmedMemberDep,
) -> Response:
    """The secret is shown by this answer and never again, so that there is no redirect."""
    if submitted.form:
        try:
            webhook, secret = webhooks.register_webhook(
                session, clinic=clinic, made_by=viewer.member_id, **submitted.form.model_dump()
            )
            return show_secret(request, webhook, secret)
        except (WebhookAddressRefused, TooManyWebhooks) as refusal:
            submitted.errors["url"] = f"{refusal} {refusal.say(refusal.advice)}"
    return list_page(request, session, clinic, submitted, status_code=422)


def show_secret(request: Request, webhook: Webhook, secret: str) -> Response:
    """What the other system needs to know our messages by."""
    here = request.app.state.addresses("show_webhook", webhook_id=webhook.id)
    values = {"current": "show_settings", "webhook": webhook, "secret": secret, "here": here}
    return page(request, "clinic/webhooks/made.html", values)


@router.get("/settings/webhooks/{webhook_id}")
def show_webhook(request: Request, session: SessionDep, webhook: WebhookDep) -> Response:
    values = {
        "current": "show_settings",
        "webhook": webhook,
        "deliveries": webhooks.list_deliveries(session, webhook=webhook),
        "event_names": event_names(),
        "pauses": names_of(Pause),
    }
    return page(request, "clinic/webhooks/show.html", values)


@router.post("/settings/webhooks/{webhook_id}/test")
def test_webhook(request: Request, session: SessionDep, webhook: WebhookDep) -> Response:
    webhooks.send_test(session, webhook=webhook)
    said = _("A test is on its way. Load this page again in a moment to see whether it arrived.")
    return see(request, "show_webhook", webhook_id=webhook.id, said=said)


@router.post("/settings/webhooks/{webhook_id}/pause")
def pause_webhook(request: Request, session: SessionDep, webhook: WebhookDep) -> Response:
    webhooks.pause_webhook(session, webhook=webhook)
    return see(request, "show_webhook", webhook_id=webhook.id, said=_("Nothing is sent for the time being."))


@router.post("/settings/webhooks/{webhook_id}/resume")
def resume_webhook(request: Request, session: SessionDep, webhook: WebhookDep) -> Response:
    webhooks.resume_webhook(session, webhook=webhook)
    return see(request, "show_webhook", webhook_id=webhook.id, said=_("Notices are sent again from now on."))


@router.post("/settings/webhooks/{webhook_id}/remove")
def remove_webhook(request: Request, session: SessionDep, webhook: WebhookDep) -> Response:
    webhooks.remove_webhook(session, webhook=webhook)
    return see(request, "list_webhooks", said=_("Nothing more is sent there."))


@router.post("/settings/webhooks/{webhook_id}/deliveries/{delivery_id}/replay")
def replay_delivery(
    request: Request,
    session: SessionDep,
    webhook: WebhookDep,
    delivery: Annotated[WebhookDelivery, Depends(get_delivery)],
) -> Response:
    webhooks.replay_delivery(session, webhook=webhook, delivery=delivery)
    return see(request, "show_webhook", webhook_id=webhook.id, said=_("The notice is sent once more."))


def list_page(
    request: Request, session: SessionDep, clinic: Clinic, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """The receivers and the form of a new one."""
    values = {
        "current": "show_settings",
        "webhooks": webhooks.list_webhooks(session, clinic_id=clinic.id),
        "events": [(name, _(NOTICE_NAMES[name])) for name in NAMES],
        "event_names": event_names(),
        "pauses": names_of(Pause),
        "submitted": submitted,
        "here": request.app.state.addresses("list_webhooks"),
    }
    return page(request, "clinic/webhooks/list.html", values, status_code=status_code)


def event_names() -> dict[str, str]:
    """What the events are called."""
    return {name: _(words) for name, words in NOTICE_NAMES.items()}
