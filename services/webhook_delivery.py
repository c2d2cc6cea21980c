"""Delivery of webhooks: a message is leased, sent outside any transaction, and marked; at least once, under one id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from models import Clinic, Member, Membership, Pause, Role, Webhook, WebhookDelivery
from models.database import Database
from services import clock, webhooks
from services.job_queue import enqueue
from services.links import webhook_link
from services.mail import portal_messages
from services.webhook_outbox import LEASE, TEST, deliver_webhook
from services.webhook_sending import BROKEN, GONE, Answer, NotDelivered, send

log = structlog.get_logger(__name__)

BACK_OFF: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long after each failure it is tried again; after the last one the webhook is paused."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A leased message with what it needs to travel."""

    delivery: WebhookDelivery
    url: str
    secret: bytes


def deliver(database: Database, delivery_id: UUID) -> None:
    """Send one message if it is its turn, and remember how that went."""
    parcel = _lease(database, delivery_id)
    if parcel is None:
        return
    try:
        answer = send(
            parcel.url,
            secret=parcel.secret,
            message_id=f"msg_{parcel.delivery.id.hex}",
            timestamp=int(clock.now().timestamp()),
            body=parcel.delivery.body,
        )
    except NotDelivered as failure:
        _note_failure(database, parcel.delivery, failure)
    except Exception:
        # One message that the portal itself cannot handle must not be tried for ever.
        log.exception("webhook.broken", delivery_id=str(delivery_id))
        _note_failure(database, parcel.delivery, NotDelivered(BROKEN))
    else:
        _note_delivery(database, parcel.delivery, answer)


def enqueue_due(database: Database, *, limit: int = 500) -> int:
    """Enqueue what is to be tried again by now; says how many."""
    moment = clock.now()
    with database.open_writer() as session:
        due = session.exec(
            select(WebhookDelivery.id)
            .join(Webhook, col(Webhook.id) == col(WebhookDelivery.webhook_id))
            .where(*_is_unfinished(), col(Webhook.paused_at).is_(None), col(Webhook.removed_at).is_(None))
            .where(col(WebhookDelivery.next_try_at) <= moment)
            .where(sa.or_(col(WebhookDelivery.leased_until).is_(None), col(WebhookDelivery.leased_until) <= moment))
            .order_by(col(WebhookDelivery.created_at))
            .limit(limit)
        ).all()
        if due:
            chosen = sa.update(WebhookDelivery).where(col(WebhookDelivery.id).in_(due))
            session.execute(chosen.values(next_try_at=moment + LEASE))
            for delivery_id in due:
                enqueue(session, deliver_webhook, str(delivery_id))
            session.commit()
    return len(due)


def _is_unfinished() -> tuple[sa.ColumnElement[bool], ...]:
    return col(WebhookDelivery.delivered_at).is_(None), col(WebhookDelivery.failed_at).is_(None)


def _lease(database: Database, delivery_id: UUID) -> Parcel | None:
    """The message, ours for two minutes; None where it is not its turn or nobody wants it any more."""
    with database.open_writer() as session:
        delivery = session.get(WebhookDelivery, delivery_id, with_for_update=True)
        moment = clock.now()
        if delivery is None or delivery.delivered_at or delivery.failed_at:
            return None
        if delivery.leased_until is not None and delivery.leased_until > moment:
            return None
        hook = session.get_one(Webhook, delivery.webhook_id)
        if hook.removed_at or hook.paused_at:
            return None
        delivery.leased_until = moment + LEASE
        delivery.tries += 1
        session.add(delivery)
        session.commit()
        return Parcel(delivery=delivery, url=hook.url, secret=webhooks.read_secret(hook))


def _note_delivery(database: Database, delivery: WebhookDelivery, answer: Answer) -> None:
    with database.open_writer() as session:
        _write(session, delivery, delivered_at=clock.now(), status=answer.status, answer=answer.beginning)
        session.commit()


def _note_failure(database: Database, delivery: WebhookDelivery, failure: NotDelivered) -> None:
    moment = clock.now()
    is_over = delivery.event == TEST or failure.status == GONE or delivery.tries > len(BACK_OFF)
    with database.open_writer() as session:
        _write(
            session,
            delivery,
            next_try_at=None if is_over else moment + BACK_OFF[delivery.tries - 1],
            failed_at=moment if is_over else None,
            status=failure.status,
            answer=failure.answer,
            last_error=failure.words,
        )
        if is_over and delivery.event != TEST:
            _pause(session, delivery, Pause.GONE if failure.status == GONE else Pause.FAILING, moment)
        session.commit()
    log.warning("webhook.not_delivered", delivery_id=str(delivery.id), tries=delivery.tries, words=failure.words)


def _write(session: Session, delivery: WebhookDelivery, **values: object) -> None:
    known = {"next_try_at": None, "leased_until": None, "last_error": "", **values}
    session.execute(sa.update(WebhookDelivery).where(col(WebhookDelivery.id) == delivery.id).values(known))


def _pause(session: Session, delivery: WebhookDelivery, why: Pause, moment: datetime) -> None:
    """Stop sending, and tell the clinic's owners by mail; the messages that waited can be sent again by hand."""
    hook = session.get_one(Webhook, delivery.webhook_id, with_for_update=True)
    if hook.paused_at or hook.removed_at:
        return
    webhooks.pause_webhook(session, webhook=hook, why=why)
    clinic = session.get_one(Clinic, hook.clinic_id)
    owners = (
        select(Member)
        .join(Membership, col(Membership.member_id) == col(Member.id))
        .where(Membership.clinic_id == clinic.id, Membership.role == Role.OWNER, col(Membership.removed_at).is_(None))
    )
    for owner in session.exec(owners):
        portal_messages.post_webhook_paused(session, clinic=clinic, to=owner, at=moment, link=webhook_link(hook.id))
