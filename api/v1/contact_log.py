"""The contact log of a request: calls, mails, faxes, letters and visits; lines are corrected, never changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field

from api.v1.access import SubmissionsReader, SubmissionsWriter
from api.v1.endpoint import make_router
from api.v1.shapes import Listed, Sent, Told
from api.v1.submissions import find
from models import ContactEntry, ContactWay
from services import clock, contact_log
from services.contact_log import Contact, LoggedContact
from services.options import name_of
from web.access import SessionDep
from web.texts import Name, PastDay

router = make_router("contact log")


class ContactNoted(Sent):
    """One contact as it is noted."""

    way: ContactWay
    is_from_vendor: bool = Field(False, description="Whether the vendor wrote or called.")
    happened_on: PastDay | None = Field(None, description="Left out: today, in Japan.")
    person: str = Field("", max_length=100, description="With whom, at the vendor.")
    note: Annotated[Name, Field(max_length=2000)] = Field(examples=["担当者不在。木曜に折り返しとのこと。"])


class ContactEntryTold(Told):
    """One line of the log."""

    id: UUID
    way: ContactWay
    way_label: str = Field(description="The way in the language of Accept-Language.")
    is_from_vendor: bool
    happened_on: date
    person: str
    note: str
    recorded_by: str
    recorded_at: datetime
    former: list[ContactEntryTold] = Field([], description="What it said before it was corrected.")


def tell_entry(entry: ContactEntry, former: tuple[ContactEntry, ...] = ()) -> ContactEntryTold:
    """A line as it is told."""
    known = {name: getattr(entry, name) for name in ContactEntryTold.model_fields.keys() - {"way_label", "former"}}
    return ContactEntryTold(**known, way_label=name_of(entry.way), former=[tell_entry(one) for one in former])


def tell_contact(logged: LoggedContact) -> ContactEntryTold:
    """A line with those it replaced."""
    return tell_entry(logged.entry, logged.former)


def read_contact(sent: ContactNoted) -> Contact:
    """What is noted, of today where no day is given."""
    return Contact(**sent.model_dump() | {"happened_on": sent.happened_on or clock.today()})


@router.get("/submissions/{submission_id}/contact-log")
def list_contact_entries(
    session: SessionDep, caller: SubmissionsReader, submission_id: UUID
) -> Listed[ContactEntryTold]:
    """The lines that hold, the newest contact first."""
    found = contact_log.list_contacts(session, submission=find(session, caller, submission_id))
    return Listed(items=[tell_contact(logged) for logged in found], next_cursor=None)


@router.post("/submissions/{submission_id}/contact-log", status_code=201)
def add_contact_entry(
    session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, sent: ContactNoted
) -> ContactEntryTold:
    """Note one contact."""
    submission = find(session, caller, submission_id)
    entry = contact_log.add_entry(session, submission=submission, contact=read_contact(sent), recorded_by=caller.name)
    return tell_entry(entry)


@router.put("/submissions/{submission_id}/contact-log/{entry_id}")
def correct_contact_entry(
    session: SessionDep,
    caller: SubmissionsWriter,
    submission_id: UUID,
    entry_id: Annotated[UUID, Path(description="The line that is wrong.")],
    sent: ContactNoted,
) -> ContactEntryTold:
    """Write a line anew, under a new id; the former stays on record. `edited_meanwhile` where it was replaced."""
    submission = find(session, caller, submission_id)
    entry = contact_log.get_entry(session, submission=submission, entry_id=entry_id)
    corrected = contact_log.correct_entry(
        session, submission=submission, entry=entry, contact=read_contact(sent), recorded_by=caller.name
    )
    return tell_entry(corrected, (entry,))
