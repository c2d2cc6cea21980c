"""Who has what of the requests at a desk: the parts handed to its person, and what its person handed to colleagues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Answer, Invitation, Submission
from services import editions
from services.accounts import normal_address
from services.edition_forms import Section
from services.holders import HELD_SINCE, label_of


@dataclass(frozen=True, slots=True)
class Hand:
    """A colleague who has the form in hand, or, where sections are named, these alone."""

    name: str
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Hands:
    """From whom the desk's person has a request, and which colleagues have something of it."""

    handed_by: str = ""
    colleagues: tuple[Hand, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The sections of a form that a person was handed, and how far these are."""

    sections: tuple[Section, ...]
    item_count: int
    answered: int


def list_hands(session: Session, *, email: str, requests: Mapping[UUID, str]) -> dict[UUID, Hands]:
    """The hands of each request, given who handed it to the address; in one query, or two where there are parts."""
    links: defaultdict[UUID, list[Any]] = defaultdict(list)
    for link in session.execute(_counting(requests)):
        links[link.submission_id].append(link)
    in_parts = {one for one, some in links.items() if any(link.section_keys is not None for link in some)}
    forms = _read_forms(session, in_parts)
    return {
        one: _hands_of(links[one], normal_address(email), handed_by, forms.get(one))
        for one, handed_by in requests.items()
    }


def list_parts(session: Session, *, keys: Mapping[UUID, Sequence[str]]) -> dict[UUID, Part]:
    """The parts of these requests with these sections, in two queries; none where there is none."""
    if not keys:
        return {}
    answered: defaultdict[UUID, set[str]] = defaultdict(set)
    statement = sa.select(col(Answer.submission_id), col(Answer.item_key)).where(
        col(Answer.submission_id).in_(keys), col(Answer.value).is_not(None)
    )
    for submission_id, item_key in session.execute(statement):
        answered[submission_id].add(item_key)
    parts = {}
    for one, form in _read_forms(session, keys).items():
        sections = _pick(form, keys[one])
        items = {item.key for section in sections for item in section.items}
        parts[one] = Part(sections, len(items), len(items & answered[one]))
    return parts


def _hands_of(links: Sequence[Any], own: str, handed_by: str, form: editions.Form | None) -> Hands:
    """As on the first page of a form: whom the person handed something to, and who has all of it now."""
    names = {link.person: label_of(link.person, link.name) for link in links}
    whole = [link for link in links if link.section_keys is None]
    others = [
        link
        for link in links
        if normal_address(link.person) != own and (normal_address(link.forwarded_by) == own or link in whole[-1:])
    ]
    colleagues = tuple(
        Hand(names[link.person], _pick(form, link.section_keys) if form and link.section_keys else ())
        for link in others
    )
    return Hands(names.get(handed_by, handed_by), colleagues)


def _pick(form: editions.Form, keys: Collection[str]) -> tuple[Section, ...]:
    return tuple(section for section in form.sections if section.key in keys)


def _counting(submission_ids: Collection[UUID]) -> sa.Select[*tuple[Any, ...]]:
    """The links that were neither replaced nor taken back, the latest holder last."""
    person = sa.case((col(Invitation.email) != "", col(Invitation.email)), else_=col(Invitation.name))
    columns = (col(Invitation.submission_id), col(Invitation.name), person.label("person"))
    return (
        sa.select(*columns, col(Invitation.section_keys), col(Invitation.forwarded_by))
        .where(
            col(Invitation.submission_id).in_(submission_ids),
            col(Invitation.replaced_at).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
        .order_by(HELD_SINCE, col(Invitation.created_at))
    )


def _read_forms(session: Session, submission_ids: Collection[UUID]) -> dict[UUID, editions.Form]:
    if not submission_ids:
        return {}
    statement = sa.select(col(Submission.id), col(Submission.asked)).where(col(Submission.id).in_(submission_ids))
    return {row.id: editions.read_form(row.asked) for row in session.execute(statement)}
