"""Webhooks: receivers that are told what happens, and their messages."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.v1.access import WebhooksWriter
from api.v1.endpoint import make_router
from api.v1.shapes import Listed, Sent, Told
from models import Pause, Webhook, WebhookDelivery
from services import webhooks
from services.languages import _
from web.access import SessionDep

router = make_router("webhooks")

EventName = Literal[
    "submission.created",
    "submission.reminded",
    "submission.opened",
    "submission.submitted",
    "submission.declined",
    "submission.ended",
    "submission.reopened",
    "submission.accepted",
    "submission.returned",
    "submission.withdrawn",
    "submission.due_changed",
    "submission.contact_noted",
    "thread.written",
    "thread.closed",
    "document.uploaded",
    "assessment.changed",
]


class WebhookSent(Sent):
    """Where to, and what of."""

    url: str = Field(max_length=500, examples=["https://hooks.example.jp/portal"])
    events: list[EventName] = Field(min_length=1, max_length=20)


class WebhookTold(Told):
    """A receiver."""

    id: UUID
    url: str
    events: list[str]
    created_at: datetime
    paused_at: datetime | None
    pause: Pause | None = Field(description="Why nothing is sent; null while it is in use.")


class WebhookMade(WebhookTold):
    """A new receiver with its secret, which is told this one time."""

    secret: str = Field(examples=["whsec_…"])


class DeliveryTold(Told):
    """A message; `id` is what the receiver knows as `webhook-id`."""

    id: str
    event: str
    created_at: datetime
    tries: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    status: int | None = Field(description="What the receiver answered last.")
    answer: str = Field(description="How its answer began.")
    error: str = Field(description="Why it did not arrive, in the language of Accept-Language.")


def find(session: SessionDep, caller: WebhooksWriter, webhook_id: UUID) -> Webhook:
    """A receiver of the caller's clinic."""
    return webhooks.get_webhook(session, clinic_id=caller.clinic.id, webhook_id=webhook_id)


def tell_delivery(delivery: WebhookDelivery) -> DeliveryTold:
    """A message as it is told."""
    known = {name: getattr(delivery, name) for name in DeliveryTold.model_fields if name not in ("id", "error")}
    error = _(delivery.last_error) if delivery.last_error else ""
    return DeliveryTold(id=f"msg_{delivery.id.hex}", error=error, **known)


@router.get("/webhooks")
def list_webhooks(session: SessionDep, caller: WebhooksWriter) -> Listed[WebhookTold]:
    """The receivers, the oldest first."""
    found = webhooks.list_webhooks(session, clinic_id=caller.clinic.id)
    return Listed(items=[WebhookTold.model_validate(webhook) for webhook in found], next_cursor=None)


@router.post("/webhooks", status_code=201)
def register_webhook(session: SessionDep, caller: WebhooksWriter, sent: WebhookSent) -> WebhookMade:
    """A new receiver; `webhook_address_refused` for an address that is not https or leads inside."""
    webhook, secret = webhooks.register_webhook(
        session, clinic=caller.clinic, made_by=caller.member_id, url=sent.url, events=sent.events
    )
    return WebhookMade(**WebhookTold.model_validate(webhook).model_dump(), secret=secret)


@router.delete("/webhooks/{webhook_id}", status_code=204)
def remove_webhook(session: SessionDep, caller: WebhooksWriter, webhook_id: UUID) -> None:
    """Send nothing more."""
    webhooks.remove_webhook(session, webhook=find(session, caller, webhook_id))


@router.post("/webhooks/{webhook_id}/test", status_code=202)
def test_webhook(session: SessionDep, caller: WebhooksWriter, webhook_id: UUID) -> None:
    """Send a message that tells of nothing; the list of deliveries says how it went."""
    webhooks.send_test(session, webhook=find(session, caller, webhook_id))


@router.post("/webhooks/{webhook_id}/pause")
def pause_webhook(session: SessionDep, caller: WebhooksWriter, webhook_id: UUID) -> WebhookTold:
    """Send nothing for the time being; what happens meanwhile is not sent later."""
    webhook = find(session, caller, webhook_id)
    webhooks.pause_webhook(session, webhook=webhook)
    return WebhookTold.model_validate(webhook)


@router.post("/webhooks/{webhook_id}/resume")
def resume_webhook(session: SessionDep, caller: WebhooksWriter, webhook_id: UUID) -> WebhookTold:
    """Send again from now on."""
    webhook = find(session, caller, webhook_id)
    webhooks.resume_webhook(session, webhook=webhook)
    return WebhookTold.model_validate(webhook)


@router.get("/webhooks/{webhook_id}/deliveries")
def list_deliveries(session: SessionDep, caller: WebhooksWriter, webhook_id: UUID) -> Listed[DeliveryTold]:
    """The newest hundred messages of the last 30 days."""
    found = webhooks.list_deliveries(session, webhook=find(session, caller, webhook_id))
    return Listed(items=[tell_delivery(delivery) for delivery in found], next_cursor=None)


@router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202)
def replay_delivery(session: SessionDep, caller: WebhooksWriter, webhook_id: UUID, delivery_id: str) -> DeliveryTold:
    """Send a message once more under its own id."""
    webhook = find(session, caller, webhook_id)
    delivery = webhooks.find_delivery(session, webhook=webhook, name=delivery_id)
    webhooks.replay_delivery(session, webhook=webhook, delivery=delivery)
    return tell_delivery(delivery)
