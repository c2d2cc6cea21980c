"""Holders: who at the vendor has the form in hand, in whole or in part, and what these people are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Invitation, Submission

HELD_SINCE: Final = sa.func.coalesce(col(Invitation.held_since), col(Invitation.created_at))
"""By what the links of a request are ordered; whoever came last has it in hand."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who has the form in hand; `sections` are their keys where it is only a part of it.

    `told_at` is the address at which they are told of messages; empty where they came in without one and gave none.
    """

    invitation_id: UUID
    person: str
    email: str
    name: str
    language: str
    sections: tuple[str, ...] | None
    forwarded_by: str
    note: str
    since: datetime
    opened_at: datetime | None
    told_at: str
    is_present: bool = True

    @property
    def label(self) -> str:
        """The name as one writes it beside an answer."""
        return label_of(self.person, self.name)


def label_of(person: str, name: str) -> str:
    """A person's name with the address that tells apart people of one name."""
    return person if not name or name == person else f"{name} ({person})"


def present_holders(session: Session, *, submission: Submission) -> list[Holder]:
    """Who has the form in hand now: first whoever holds all of it, then the colleagues who were given sections.

    The whole form is with whoever got it last by a link that still counts; when that link is taken back, it is with
    the one before again. Links that have expired count, because they can be renewed.
    """
    links = _list_counting(session, submission)
    whole = [link for link in links if link.section_keys is None]
    return [_holder(link) for link in (*whole[-1:], *(link for link in links if link.section_keys is not None))]


def list_everybody(session: Session, *, submission: Submission) -> list[Holder]:
    """Everybody with a link that counts; `is_present` is false for those who had the whole form before."""
    present = {one.invitation_id for one in present_holders(session, submission=submission)}
    everybody = map(_holder, _list_counting(session, submission))
    return [replace(one, is_present=one.invitation_id in present) for one in everybody]


def find_holder(session: Session, *, submission: Submission, person: str) -> Holder | None:
    """What one person has in hand; None where no link of theirs counts any more."""
    found = [link for link in _list_counting(session, submission) if link.person == person]
    return _holder(found[-1]) if found else None


def list_colleagues(session: Session, *, submission: Submission, person: str) -> list[Holder]:
    """To whom a person handed the form or sections of it, the latest first."""
    return [_holder(link) for link in reversed(_list_counting(session, submission)) if link.forwarded_by == person]


def list_former_holders(session: Session, *, submission: Submission) -> list[Holder]:
    """Who had the whole form and handed it on; whoever got it back is not among them."""
    links = [link for link in _list_counting(session, submission) if link.section_keys is None]
    handed_on = {link.forwarded_by for link in links if link.forwarded_by}
    return [_holder(link) for link in links[:-1] if link.person in handed_on]


def name_people(session: Session, *, submission: Submission) -> dict[str, str]:
    """What to call everybody who came in with a link of this request, by how answers and files remember them."""
    return {person: label_of(person, name) for person, name in _list_names(session, submission)}


def name_person(session: Session, *, submission: Submission, person: str) -> str:
    """What to call one of them."""
    return name_people(session, submission=submission).get(person, person)


def find_link_of(session: Session, *, submission: Submission, email: str) -> Invitation | None:
    """The link mailed to an address that counts now, whether or not its days are over; None where there is none."""
    links = _list_counting(session, submission)
    return next((link for link in reversed(links) if link.is_mailed and link.email == email), None)


def list_dependent_links(session: Session, *, invitation: Invitation) -> list[Invitation]:
    """The links that lose their ground when this one is taken back: handed on by its person, or by one of those.

    A link that the clinic itself made for a colleague, and what was handed on from it, stands on its own.
    """
    submission = session.get_one(Submission, invitation.submission_id)
    others = [link for link in _list_counting(session, submission) if link.id != invitation.id]
    grounded = {link.person for link in others if not link.forwarded_by}
    while found := _newly_grounded(others, grounded):
        grounded |= found
    return [link for link in others if link.forwarded_by and link.forwarded_by not in grounded]


def _newly_grounded(links: Iterable[Invitation], grounded: Collection[str]) -> set[str]:
    return {link.person for link in links if link.forwarded_by in grounded and link.person not in grounded}


def _holder(link: Invitation) -> Holder:
    return Holder(
        invitation_id=link.id,
        person=link.person,
        email=link.email,
        name=link.name,
        language=link.language,
        sections=None if link.section_keys is None else tuple(link.section_keys),
        forwarded_by=link.forwarded_by,
        note=link.note,
        opened_at=link.opened_at,
        since=link.held_since or link.created_at,
        told_at=link.email or link.reply_email,
    )


def _list_counting(session: Session, submission: Submission) -> list[Invitation]:
    """The links that were neither replaced nor taken back, the latest holder last; one for each address."""
    statement = select(Invitation).where(
        Invitation.submission_id == submission.id,
        Invitation.clinic_id == submission.clinic_id,
        col(Invitation.replaced_at).is_(None),
        col(Invitation.revoked_at).is_(None),
    )
    return list(session.exec(statement.order_by(HELD_SINCE, col(Invitation.created_at))))


def _list_names(session: Session, submission: Submission) -> list[tuple[str, str]]:
    """Persons and names, the newest last, so that it is the one that stays."""
    statement = sa.select(col(Invitation.email), col(Invitation.name)).where(
        col(Invitation.submission_id) == submission.id, col(Invitation.clinic_id) == submission.clinic_id
    )
    rows = session.execute(statement.order_by(col(Invitation.name) != "", col(Invitation.created_at)))
    return [(row.email or row.name, row.name) for row in rows]
