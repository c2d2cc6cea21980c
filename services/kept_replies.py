"""Kept replies: what a call with an Idempotency-Key was answered, so that repeating it does nothing twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import KeptReply
from services import clock
from services.api_refusals import KeyUsedBefore, StillRunning
from services.envelopes import seal, unseal

KEPT_FOR: Final = timedelta(hours=24)
PURPOSE: Final = "kept replies"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it left."""

    status: int
    location: str
    body: bytes


def find_reply(session: Session, *, caller_hash: bytes, key: str, request_hash: bytes) -> Reply | None:
    """What this very call was answered before; raises KeyUsedBefore where the key came with another call."""
    statement = select(KeptReply).where(
        KeptReply.caller_hash == caller_hash, KeptReply.key == key, KeptReply.created_at > clock.now() - KEPT_FOR
    )
    kept = session.exec(statement).first()
    if kept is None:
        return None
    if kept.request_hash != request_hash:
        raise KeyUsedBefore
    body = unseal(kept.sealed_body, purpose=PURPOSE, bound_to=str(kept.id))
    return Reply(status=kept.status, location=kept.location, body=body)


def keep_reply(
    session: Session, *, clinic_id: UUID, caller_hash: bytes, key: str, request_hash: bytes, reply: Reply
) -> None:
    """Keep an answer with the deed it tells of; raises StillRunning where another process was quicker.

    Sealed, because an answer may hold a link or a secret that is shown once.
    """
    moment = clock.now()
    old = sa.delete(KeptReply).where(
        col(KeptReply.caller_hash) == caller_hash,
        col(KeptReply.key) == key,
        col(KeptReply.created_at) <= moment - KEPT_FOR,
    )
    session.execute(old)
    kept = KeptReply(
        clinic_id=clinic_id,
        caller_hash=caller_hash,
        key=key,
        request_hash=request_hash,
        status=reply.status,
        location=reply.location,
        sealed_body=b"",
        created_at=moment,
    )
    kept.sealed_body = seal(reply.body, purpose=PURPOSE, bound_to=str(kept.id))
    session.add(kept)
    try:
        session.flush()
    except IntegrityError as error:
        raise StillRunning from error


def forget_replies(session: Session) -> None:
    """Delete what is older than a day."""
    session.execute(sa.delete(KeptReply).where(col(KeptReply.created_at) <= clock.now() - KEPT_FOR))
