"""Who was here last: noted in memory on each request, written down in batches, so that looking writes nothing."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models import DeskSession, MemberSession, VendorSession
from services import clock

Kind = type[MemberSession] | type[VendorSession] | type[DeskSession]

_lock = Lock()
_seen: dict[Kind, dict[UUID, datetime]] = {MemberSession: {}, VendorSession: {}, DeskSession: {}}


def note_presence(kind: Kind, session_id: UUID) -> None:
    """Remember that this session was used now."""
    with _lock:
        _seen[kind][session_id] = clock.now()


def last_seen(kind: Kind, session_id: UUID, stored: datetime) -> datetime:
    """When the session was used last, as far as this process or the database knows."""
    noted = _seen[kind].get(session_id)
    return max(noted, stored) if noted else stored


def write_presence(session: Session) -> int:
    """Write down what was noted since the last time; return how many sessions."""
    with _lock:
        noted = {kind: dict(moments) for kind, moments in _seen.items()}
        for moments in _seen.values():
            moments.clear()
    for kind, moments in noted.items():
        if moments:
            table = SQLModel.metadata.tables[str(kind.__tablename__)]
            session.connection().execute(
                sa.update(table).where(table.c.id == sa.bindparam("b_id")).values(last_seen_at=sa.bindparam("b_at")),
                [{"b_id": session_id, "b_at": moment} for session_id, moment in moments.items()],
            )
    return sum(len(moments) for moments in noted.values())
