"""News for the desk: on working mornings, one mail about the requests that are new to a person, whoever asks.

A request is new once: its first link to the address was made after the person was told, or was at the desk, last.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import ANSWERABLE, MAILED, Clinic, DeskPerson, Invitation, Submission, stage_of
from services import clock
from services.accounts import normal_address
from services.history import record
from services.keys import are_equal, digest_of, key_for, trace_of
from services.links import desk_link, news_link
from services.mail.portal_messages import post_desk_news
from services.refusals import NotFound

_PURPOSE: Final = "desk news"
_SEAL_BYTES: Final = 16


def find_person(session: Session, *, email: str) -> DeskPerson | None:
    """Who was at the desk with this address."""
    return session.exec(select(DeskPerson).where(DeskPerson.address == normal_address(email))).first()


def wants_news(session: Session, *, email: str) -> bool:
    """Whether the person is told of new requests."""
    person = find_person(session, email=email)
    return person is not None and person.wants_news


def find_by_token(session: Session, *, token: str) -> DeskPerson:
    """Whose mail a link to switch the news off stood in; raises NotFound."""
    try:
        packed = urlsafe_b64decode(f"{token}=")
    except (Error, ValueError):
        packed = b""
    identity, seal = packed[:16], packed[16:]
    if len(identity) < 16 or not are_equal(seal, _seal(identity)):
        raise NotFound
    person = session.get(DeskPerson, UUID(bytes=identity))
    if person is None:
        raise NotFound
    return person


def list_due(session: Session) -> Sequence[UUID]:
    """Who has not been told today of what is new."""
    midnight = datetime.combine(clock.today(), time(), tzinfo=clock.JAPAN)
    statement = select(DeskPerson.id).where(col(DeskPerson.wants_news).is_(True), DeskPerson.told_at < midnight)
    return session.exec(statement).all()


def greet(session: Session, *, email: str, language: str) -> None:
    """Somebody came to the desk and sees there whatever is asked by now."""
    moment = clock.now()
    person = find_person(session, email=email) or DeskPerson(
        address=normal_address(email), email=email, created_at=moment, told_at=moment, seen_at=moment
    )
    person.email, person.language, person.told_at, person.seen_at = email, language, moment, moment
    session.add(person)
    session.flush()


def switch_news(session: Session, *, person: DeskPerson, wanted: bool) -> None:
    """Be told of new requests from now on, or no longer; what was asked meanwhile stands at the desk."""
    if person.wants_news == wanted:
        return
    person.wants_news = wanted
    if wanted:
        person.told_at = clock.now()
    session.add(person)
    verb = "desk.news_on" if wanted else "desk.news_off"
    record(session, verb, clinic_id=None, trace=trace_of(digest_of(person.address)))


def tell_news(session: Session, *, person_id: UUID) -> int:
    """Mail a person what is new since it was told last; says how many requests that are. Twice a day tells once."""
    person = session.get(DeskPerson, person_id, with_for_update=True, populate_existing=True)
    if person is None or person.id not in list_due(session):
        return 0
    fresh = _list_new(session, person)
    person.told_at = clock.now()
    session.add(person)
    if fresh:
        post_desk_news(
            session,
            to=person.email,
            language=person.language,
            requests=[(row.clinic_name, row.due_on) for row in fresh],
            link=desk_link(),
            off=news_link(token_of(person)),
        )
    return len(fresh)


def _list_new(session: Session, person: DeskPerson) -> list[Any]:
    """The requests that wait for an answer, reached the address since then and were not opened from it."""
    moments = ("sent_at", "opened_at", "started_at", "submitted_at", "returned_at", "accepted_at", "declined_at")
    columns = (
        *(col(Submission.id), col(Submission.due_on), col(Clinic.name).label("clinic_name")),
        *(col(getattr(Submission, name)) for name in (*moments, "withdrawn_at")),
    )
    counts = sa.and_(col(Invitation.replaced_at).is_(None), col(Invitation.revoked_at).is_(None))
    statement = (
        sa.select(*columns)
        .join_from(Invitation, Submission, col(Submission.id) == col(Invitation.submission_id))
        .join(Clinic, col(Clinic.id) == col(Submission.clinic_id))
        .where(sa.func.lower(col(Invitation.email)) == person.address, col(Invitation.channel).in_(MAILED))
        .group_by(*columns)
        .having(
            sa.func.min(col(Invitation.created_at)) > person.told_at,
            sa.func.max(col(Invitation.opened_at)).is_(None),
            sa.func.sum(sa.case((counts, 1), else_=0)) > 0,
        )
        .order_by(col(Submission.due_on), col(Clinic.name))
    )
    return [row for row in session.execute(statement) if stage_of(row) in ANSWERABLE]


def token_of(person: DeskPerson) -> str:
    """What the link to switch the news off bears: it does nothing else, so that it needs no end and no row."""
    packed = person.id.bytes + _seal(person.id.bytes)
    return urlsafe_b64encode(packed).decode().rstrip("=")


def _seal(identity: bytes) -> bytes:
    return hmac.new(key_for(_PURPOSE), identity, hashlib.sha256).digest()[:_SEAL_BYTES]
