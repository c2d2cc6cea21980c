"""The log of deeds: one event per deed in the deed's own transaction, chained per clinic, and its verifier."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from models import PORTAL, Event, EventHead
from services import clock
from services.keys import key_for
from services.webhook_outbox import announce

FIRST_HASH = "0" * 64

# Every deed runs these three, so that they are put together once.
_EVENTS: Final = SQLModel.metadata.tables["events"]
_HEADS: Final = SQLModel.metadata.tables["event_heads"]
_ADD_EVENT: Final = sa.insert(_EVENTS)
_TAKE_HEAD: Final = (
    sa.select(_HEADS.c.sequence, _HEADS.c.hash).where(_HEADS.c.chain_id == sa.bindparam("chain")).with_for_update()
)
_MOVE_HEAD: Final = (
    sa.update(_HEADS)
    .where(_HEADS.c.chain_id == sa.bindparam("chain"))
    .values(sequence=sa.bindparam("last"), hash=sa.bindparam("seal"))
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something; set once per request from the session, never from what was sent."""

    kind: str
    id: str = ""
    name: str = ""


SYSTEM = Actor(kind="system")


def act_as(session: Session, actor: Actor) -> None:
    """Say who stands behind everything recorded in this session."""
    session.info["actor"] = actor


class Deed(NamedTuple):
    """One of many things done at once."""

    verb: str
    subject: tuple[str, UUID | str]
    details: Mapping[str, Any]


def record(
    session: Session,
    verb: str,
    *,
    clinic_id: UUID | None,
    subject: tuple[str, UUID | str] | None = None,
    submission_id: UUID | None = None,
    **details: Any,
) -> Event:
    """Write one event at the end of the clinic's chain; details hold no answers, no tokens, no file contents."""
    chain_id = clinic_id or PORTAL
    head = _take_head(session, chain_id)
    event = _next_event(session, head, chain_id, verb, subject, submission_id, details)
    session.execute(_ADD_EVENT, event.model_dump())
    session.execute(_MOVE_HEAD, {"chain": chain_id, "last": event.sequence, "seal": event.hash})
    announce(session, event)
    return event


def record_all(session: Session, deeds: Sequence[Deed], *, clinic_id: UUID) -> None:
    """Write one event for each deed, in their order, with three statements however many they are."""
    head = _take_head(session, clinic_id)
    rows = []
    for deed in deeds:
        event = _next_event(session, head, clinic_id, deed.verb, deed.subject, None, dict(deed.details))
        head = event.sequence, event.hash
        rows.append(event.model_dump())
    if rows:
        session.execute(_ADD_EVENT, rows)
        session.execute(_MOVE_HEAD, {"chain": clinic_id, "last": head[0], "seal": head[1]})


def _next_event(
    session: Session,
    head: tuple[int, str],
    chain_id: UUID,
    verb: str,
    subject: tuple[str, UUID | str] | None,
    submission_id: UUID | None,
    details: dict[str, Any],
) -> Event:
    actor: Actor = session.info.get("actor", SYSTEM)
    event = Event(
        id=uuid4(),
        chain_id=chain_id,
        sequence=head[0] + 1,
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        verb=verb,
        subject_kind=subject[0] if subject else "",
        subject_id=str(subject[1]) if subject else "",
        submission_id=submission_id,
        details=details,
        previous_hash=head[1],
        hash="",
    )
    event.hash = seal(event)
    return event


def _take_head(session: Session, chain_id: UUID) -> tuple[int, str]:
    """The end of the chain, locked until the transaction ends."""
    row = session.execute(_TAKE_HEAD, {"chain": chain_id}).first()
    if row is None:
        session.execute(sa.insert(_HEADS), {"chain_id": chain_id, "sequence": 0, "hash": FIRST_HASH})
        return 0, FIRST_HASH
    return row.sequence, row.hash


def seal(event: Event) -> str:
    """HMAC-SHA-256 over everything in the event and the hash before it."""
    content = json.dumps(
        [
            str(event.chain_id),
            event.sequence,
            event.at.isoformat(timespec="microseconds"),
            event.actor_kind,
            event.actor_id,
            event.actor_name,
            event.verb,
            event.subject_kind,
            event.subject_id,
            str(event.submission_id or ""),
            event.details,
            event.previous_hash,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hmac.new(key_for("event chain"), content.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain is not as it was written."""

    chain_id: UUID
    sequence: int
    what: str


def find_breaks(session: Session, *, clinic_id: UUID | None) -> Iterator[Break]:
    """Every place where events were changed, removed, swapped or cut off at the end."""
    chain_id = clinic_id or PORTAL
    previous, expected = FIRST_HASH, 1
    statement = select(Event).where(Event.chain_id == chain_id).order_by(col(Event.sequence))
    for event in session.exec(statement.execution_options(yield_per=1000)):
        if event.sequence != expected:
            yield Break(chain_id, expected, "missing")
        elif event.previous_hash != previous:
            yield Break(chain_id, event.sequence, "out of order")
        if event.hash != seal(event):
            yield Break(chain_id, event.sequence, "changed")
        previous, expected = event.hash, event.sequence + 1
    head = session.get(EventHead, chain_id)
    if (head.sequence if head else 0) != expected - 1 or (head and head.hash != previous):
        yield Break(chain_id, expected, "end cut off")


def list_events(
    session: Session, *, clinic_id: UUID, before: int | None = None, limit: int = 100, verb: str = ""
) -> list[Event]:
    """The newest events of a clinic, older than the sequence `before`."""
    statement = select(Event).where(Event.chain_id == clinic_id)
    if before is not None:
        statement = statement.where(Event.sequence < before)
    if verb:
        statement = statement.where(col(Event.verb).startswith(verb, autoescape=True))
    return list(session.exec(statement.order_by(col(Event.sequence).desc()).limit(limit)))


def list_events_after(session: Session, *, clinic_id: UUID, after: int, limit: int, verb: str = "") -> list[Event]:
    """The first events of a clinic after the sequence `after`, for programs that follow the log."""
    statement = select(Event).where(Event.chain_id == clinic_id, Event.sequence > after)
    if verb:
        statement = statement.where(col(Event.verb).startswith(verb, autoescape=True))
    return list(session.exec(statement.order_by(col(Event.sequence)).limit(limit)))


def list_submission_events(session: Session, *, clinic_id: UUID, submission_id: UUID) -> list[Event]:
    """What happened to one submission, oldest first."""
    statement = select(Event).where(Event.chain_id == clinic_id, Event.submission_id == submission_id)
    return list(session.exec(statement.order_by(col(Event.sequence))))


def last_recorded_at(session: Session, *, clinic_id: UUID, verb: str, subject_id: UUID | str) -> datetime | None:
    """When this was last done to this thing; None where it never was."""
    statement = select(Event.at).where(
        Event.chain_id == clinic_id, Event.verb == verb, Event.subject_id == str(subject_id)
    )
    return session.exec(statement.order_by(col(Event.sequence).desc()).limit(1)).first()
