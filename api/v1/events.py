"""Events: the clinic's log of deeds, in the order in which they happened."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.v1.access import EventsReader
from api.v1.endpoint import make_router
from api.v1.shapes import Limit, Told
from models import Event
from services import history
from web.access import SessionDep

router = make_router("events")


class EventTold(Told):
    """One deed."""

    sequence: int = Field(description="Its place in the log, without gaps.")
    at: datetime
    verb: str = Field(examples=["submission.submitted"])
    actor_kind: str = Field(description="member, vendor, token or system.")
    actor_name: str
    subject_kind: str
    subject_id: str
    submission_id: UUID | None
    details: dict[str, Any]


class EventsListed(Told):
    """A piece of the log; `last_sequence` leads on."""

    items: list[EventTold]
    last_sequence: int = Field(description="Pass it as `after` to receive what comes next, now or later.")


def tell_event(event: Event) -> EventTold:
    """A deed as it is told."""
    return EventTold.model_validate(event)


@router.get("/events")
def list_events(
    session: SessionDep,
    caller: EventsReader,
    after: Annotated[int, Query(ge=0, le=2**53, description="The sequence number known last; 0 at first.")] = 0,
    verb: Annotated[str, Query(max_length=60, description="Only verbs that begin like this.")] = "",
    limit: Limit = 100,
) -> EventsListed:
    """Deeds after a sequence number, oldest first."""
    events = history.list_events_after(session, clinic_id=caller.clinic.id, after=after, limit=limit, verb=verb)
    return EventsListed(
        items=[tell_event(event) for event in events], last_sequence=events[-1].sequence if events else after
    )
