"""The outbox of webhooks: each deed that a receiver wants to know of becomes a message in the deed's own transaction.

Knows no other service, because `services/history.py` calls it for every deed.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models import PORTAL, Event
from models.database import Database
from services import clock
from services.job_queue import HOOKS, enqueue, job

LEASE: Final = timedelta(minutes=2)

EVENTS: Final[Mapping[str, str]] = {
    "submission.created": "submission.created",
    "invitation.reminded": "submission.reminded",
    "invitation.used": "submission.opened",
    "submission.submitted": "submission.submitted",
    "transcript.submitted": "submission.submitted",
    "submission.declined": "submission.declined",
    "submission.ended": "submission.ended",
    "submission.reopened": "submission.reopened",
    "submission.accepted": "submission.accepted",
    "submission.returned": "submission.returned",
    "submission.withdrawn": "submission.withdrawn",
    "submission.due_changed": "submission.due_changed",
    "contact_entry.added": "submission.contact_noted",
    "contact_entry.corrected": "submission.contact_noted",
    "thread.written": "thread.written",
    "thread.closed": "thread.closed",
    "document.uploaded": "document.uploaded",
    "assessment.started": "assessment.changed",
    "assessment.answered": "assessment.changed",
    "assessment.gate_answered": "assessment.changed",
    "assessment.proposal_taken": "assessment.changed",
    "assessment.inspection_planned": "assessment.changed",
}
"""The verbs of the log that receivers may be told of, and what they are called there."""

NAMES: Final = tuple(dict.fromkeys(EVENTS.values()))
TEST: Final = "webhook.test"

_HOOKS: Final = SQLModel.metadata.tables["webhooks"]
_DELIVERIES: Final = SQLModel.metadata.tables["webhook_deliveries"]
_WANTING: Final = sa.select(_HOOKS.c.id, _HOOKS.c.events).where(
    _HOOKS.c.clinic_id == sa.bindparam("clinic"), _HOOKS.c.removed_at.is_(None), _HOOKS.c.paused_at.is_(None)
)


@job(queue=HOOKS)
def deliver_webhook(database: Database, delivery_id: str) -> None:
    """Send one message if it is its turn; harmless when run twice."""
    # Delivering writes deeds, which come through here, so that it is imported when it is needed.
    importlib.import_module("services.webhook_delivery").deliver(database, UUID(delivery_id))


def announce(session: Session, event: Event) -> None:
    """Put a message for each receiver of this deed into the outbox; most deeds interest nobody and cost nothing."""
    name = EVENTS.get(event.verb)
    if name is None or event.chain_id == PORTAL or event.details.get("is_first") is False:
        return
    # Plain tables, so that asking does not write down what the caller has not finished yet.
    for hook_id, wanted in session.execute(_WANTING, {"clinic": event.chain_id}).all():
        if name in wanted:
            put_into_outbox(
                session, clinic_id=event.chain_id, webhook_id=hook_id, name=name, body=describe(name, event)
            )


def describe(name: str, event: Event) -> str:
    """What the receiver is told: what happened when to what; no answers, no names, no addresses."""
    return write_body(
        name,
        at=event.at.isoformat(),
        data={
            "clinic_id": str(event.chain_id),
            "sequence": event.sequence,
            "verb": event.verb,
            "subject_kind": event.subject_kind,
            "subject_id": event.subject_id,
            "submission_id": str(event.submission_id) if event.submission_id else None,
        },
    )


def write_body(name: str, *, at: str, data: Mapping[str, Any]) -> str:
    """A message in the form of the Standard Webhooks."""
    return json.dumps({"type": name, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))


def put_into_outbox(session: Session, *, clinic_id: UUID, webhook_id: UUID, name: str, body: str) -> UUID:
    """A message that leaves after this transaction; returns its id."""
    identity, moment = uuid4(), clock.now()
    session.execute(
        sa.insert(_DELIVERIES),
        {
            "id": identity,
            "clinic_id": clinic_id,
            "webhook_id": webhook_id,
            "event": name,
            "body": body,
            "created_at": moment,
            "tries": 0,
            # Should the job be lost, the message is enqueued again then.
            "next_try_at": moment + LEASE,
            "answer": "",
            "last_error": "",
        },
    )
    enqueue(session, deliver_webhook, str(identity))
    return identity
