"""Mails that the portal writes of its own accord, on its mornings and once a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from models import Clinic, Mail, Member
from services.links import dashboard_link, forgotten_link, sign_in_link
from services.mail import post
from services.mail.messages import Addressee

Lines = Sequence[Mapping[str, str]]
"""Lines of a mail: each a name, and a link to the portal or nothing."""


def post_heads(session: Session, *, to: str, language: str, day: date, lines: Sequence[str]) -> Mail:
    """Carry the signed ends of the log out of the house; they hold no names and no contents."""
    return post(
        session,
        "heads",
        to=to,
        language=language,
        clinic=None,
        day=day,
        file=day.isoformat(),
        lines=list(lines),
    )


def post_webhook_paused(session: Session, *, clinic: Clinic, to: Addressee, at: datetime, link: str) -> Mail:
    """Tell an owner that another system takes no more notices; its address stands behind the link."""
    return post(
        session, "webhook_paused", to=to.email, name=to.name, language=to.language, clinic=clinic, at=at, link=link
    )


def post_weekly_digest(
    session: Session,
    *,
    clinic: Clinic,
    to: Addressee,
    arrived: Lines,
    declined: Lines,
    to_review: Lines,
    to_answer: Lines,
    unanswered: Lines,
    overdue: Lines,
    to_remind: Lines,
    bounced: Lines,
) -> Mail:
    """Tell a member where the requests stand: names and links, no answers."""
    return post(
        session,
        "weekly_digest",
        to=to.email,
        name=to.name,
        language=to.language,
        clinic=clinic,
        arrived=list(arrived),
        declined=list(declined),
        to_review=list(to_review),
        to_answer=list(to_answer),
        unanswered=list(unanswered),
        overdue=list(overdue),
        to_remind=list(to_remind),
        bounced=list(bounced),
        link=dashboard_link(),
    )


def post_desk_news(
    session: Session, *, to: str, language: str, requests: Sequence[tuple[str, date]], link: str, off: str
) -> Mail:
    """Tell a person at a vendor which clinics have asked since the last summary, each with its day."""
    return post(
        session, "desk_news", to=to, language=language, clinic=None, requests=list(requests), link=link, off=off
    )


def post_group_joined(session: Session, *, member: Member, group: str, added_by: str, has_password: bool) -> Mail:
    """Tell a person that it belongs to a group now, and how to come in."""
    return post(
        session,
        "group_joined",
        to=member.email,
        name=member.name,
        language=member.language,
        clinic=None,
        group=group,
        added_by=added_by,
        has_password=has_password,
        link=sign_in_link() if has_password else forgotten_link(),
    )
