"""Who looked: the one thing a GET writes, in a short transaction of its own before anything is shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request
from sqlmodel import Session

from models.database import Database
from services.history import SYSTEM, act_as, record
from web.access import SAFE_METHODS


def record_look(
    request: Request,
    session: Session,
    verb: str,
    *,
    clinic_id: UUID,
    subject: tuple[str, UUID | str] | None = None,
    submission_id: UUID | None = None,
    **details: Any,
) -> None:
    """Write one event in the name of whoever acts in `session`; what cannot be recorded is not shown.

    Where the request itself writes (a form that comes back with its page), the event joins that transaction: a second
    writer would wait for the first for ever.
    """
    if request.method not in SAFE_METHODS:
        record(session, verb, clinic_id=clinic_id, subject=subject, submission_id=submission_id, **details)
        return
    database: Database = request.app.state.database
    with database.open_writer() as writing:
        act_as(writing, session.info.get("actor", SYSTEM))
        record(writing, verb, clinic_id=clinic_id, subject=subject, submission_id=submission_id, **details)
        writing.commit()
