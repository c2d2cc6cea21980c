"""Webhooks: registered by owners, tested, paused, taken away; their messages looked at and sent again."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Clinic, Pause, Webhook, WebhookDelivery
from services import clock
from services.envelopes import seal, unseal
from services.history import record
from services.job_queue import enqueue
from services.refusals import NotFound, refuse_if
from services.webhook_addresses import read_url
from services.webhook_outbox import LEASE, NAMES, TEST, deliver_webhook, put_into_outbox, write_body
from services.webhook_refusals import TooManyWebhooks, WebhookPaused

MOST: Final = 10
KEPT_FOR: Final = timedelta(days=30)
PREFIX: Final = "whsec_"
PURPOSE: Final = "webhook secrets"


def list_webhooks(session: Session, *, clinic_id: UUID) -> list[Webhook]:
    """The receivers of a clinic, the oldest first."""
    statement = select(Webhook).where(Webhook.clinic_id == clinic_id, col(Webhook.removed_at).is_(None))
    return list(session.exec(statement.order_by(col(Webhook.created_at))))


def get_webhook(session: Session, *, clinic_id: UUID, webhook_id: UUID) -> Webhook:
    """A receiver of this clinic; raises NotFound for a foreign one as for one that never was."""
    statement = select(Webhook).where(
        Webhook.id == webhook_id, Webhook.clinic_id == clinic_id, col(Webhook.removed_at).is_(None)
    )
    webhook = session.exec(statement).first()
    if webhook is None:
        raise NotFound
    return webhook


def list_deliveries(session: Session, *, webhook: Webhook, limit: int = 100) -> list[WebhookDelivery]:
    """The newest messages of the last 30 days."""
    statement = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.clinic_id == webhook.clinic_id
    )
    return list(session.exec(statement.order_by(col(WebhookDelivery.created_at).desc()).limit(limit)))


def list_all_deliveries(session: Session, *, clinic_id: UUID) -> list[tuple[Webhook, WebhookDelivery]]:
    """Every message that is kept to the receivers in use, the newest first."""
    statement = (
        select(Webhook, WebhookDelivery)
        .join(WebhookDelivery, col(WebhookDelivery.webhook_id) == col(Webhook.id))
        .where(Webhook.clinic_id == clinic_id, col(Webhook.removed_at).is_(None))
    )
    return list(session.exec(statement.order_by(col(WebhookDelivery.created_at).desc())))


def get_delivery(session: Session, *, webhook: Webhook, delivery_id: UUID) -> WebhookDelivery:
    """One message of a receiver; raises NotFound."""
    statement = select(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id,
        WebhookDelivery.webhook_id == webhook.id,
        WebhookDelivery.clinic_id == webhook.clinic_id,
    )
    delivery = session.exec(statement).first()
    if delivery is None:
        raise NotFound
    return delivery


def find_delivery(session: Session, *, webhook: Webhook, name: str) -> WebhookDelivery:
    """The same by the id that its receiver knows, such as msg_0123…; raises NotFound."""
    try:
        return get_delivery(session, webhook=webhook, delivery_id=UUID(name.removeprefix("msg_")))
    except ValueError as error:
        raise NotFound from error


def read_secret(webhook: Webhook) -> bytes:
    """The key with which its messages are signed."""
    return unseal(webhook.sealed_secret, purpose=PURPOSE, bound_to=str(webhook.id))


def register_webhook(
    session: Session, *, clinic: Clinic, url: str, events: Collection[str], made_by: UUID
) -> tuple[Webhook, str]:
    """A new receiver and its secret, which is shown this one time; raises WebhookAddressRefused and TooManyWebhooks."""
    read_url(url)
    session.exec(select(Clinic).where(Clinic.id == clinic.id).with_for_update()).one()
    refuse_if(len(list_webhooks(session, clinic_id=clinic.id)) >= MOST, TooManyWebhooks(most=MOST))
    secret = secrets.token_bytes(32)
    webhook = Webhook(
        clinic_id=clinic.id,
        url=url,
        events=[name for name in NAMES if name in events],
        sealed_secret=b"",
        made_by=made_by,
        created_at=clock.now(),
    )
    webhook.sealed_secret = seal(secret, purpose=PURPOSE, bound_to=str(webhook.id))
    session.add(webhook)
    session.flush()
    _record(session, "webhook.registered", webhook, events=webhook.events)
    return webhook, PREFIX + base64.b64encode(secret).decode()


def pause_webhook(session: Session, *, webhook: Webhook, why: Pause = Pause.BY_HAND) -> None:
    """Send nothing for the time being; what happens meanwhile is not sent later, the log of deeds has it."""
    if webhook.paused_at is None:
        webhook.paused_at, webhook.pause = clock.now(), why
        session.add(webhook)
        _record(session, "webhook.paused", webhook, why=why.value)


def resume_webhook(session: Session, *, webhook: Webhook) -> None:
    """Send again from now on, beginning with what was under way."""
    if webhook.paused_at is not None:
        webhook.paused_at = webhook.pause = None
        session.add(webhook)
        _record(session, "webhook.resumed", webhook)


def remove_webhook(session: Session, *, webhook: Webhook) -> None:
    """Send nothing more; its secret is forgotten."""
    webhook.removed_at, webhook.sealed_secret = clock.now(), b""
    session.add(webhook)
    _record(session, "webhook.removed", webhook)


def send_test(session: Session, *, webhook: Webhook) -> UUID:
    """Send a message that tells of nothing; tried once. Raises WebhookPaused."""
    refuse_if(webhook.paused_at is not None, WebhookPaused())
    body = write_body(TEST, at=clock.now().isoformat(), data={"clinic_id": str(webhook.clinic_id)})
    _record(session, "webhook.tested", webhook)
    return put_into_outbox(session, clinic_id=webhook.clinic_id, webhook_id=webhook.id, name=TEST, body=body)


def replay_delivery(session: Session, *, webhook: Webhook, delivery: WebhookDelivery) -> None:
    """Send a message once more under its own id, so that a receiver that has it can tell; raises WebhookPaused."""
    refuse_if(webhook.paused_at is not None, WebhookPaused())
    delivery.tries, delivery.next_try_at = 0, clock.now() + LEASE
    delivery.delivered_at = delivery.failed_at = delivery.leased_until = None
    session.add(delivery)
    session.flush()
    _record(session, "webhook.replayed", webhook, event=delivery.event)
    enqueue(session, deliver_webhook, str(delivery.id))


def forget_deliveries(session: Session) -> None:
    """Delete messages that are older than a month."""
    session.execute(sa.delete(WebhookDelivery).where(col(WebhookDelivery.created_at) < clock.now() - KEPT_FOR))


def _record(session: Session, verb: str, webhook: Webhook, **details: Any) -> None:
    """Only the host is told: the rest of an address may be a secret of the other system."""
    record(
        session,
        verb,
        clinic_id=webhook.clinic_id,
        subject=("webhook", webhook.id),
        name=read_url(webhook.url).host,
        **details,
    )
