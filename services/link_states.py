"""Link states: what became of each link for a vendor, told from its moments and its mail's, without tracking anyone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Bounce, Channel, Invitation, Mail, Submission
from services import clock
from services.mail.sending import explain_error

REQUESTS: Final = ("invitation", "reminder", "returned", "forwarded", "given_back", "messages_for_vendor")
"""Kinds of mail that carry a link for the vendor."""


class LinkState(StrEnum):
    """What became of a link."""

    NONE = "none"
    WAITING = "waiting"
    RETRYING = "retrying"
    FAILED = "failed"
    BOUNCED = "bounced"
    SENT = "sent"
    COPIED = "copied"
    LETTER = "letter"
    OPENED = "opened"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"


WORKING: Final = frozenset(
    {
        LinkState.WAITING,
        LinkState.RETRYING,
        LinkState.SENT,
        LinkState.COPIED,
        LinkState.LETTER,
        LinkState.OPENED,
    }
)
"""States in which the vendor could come in with the link."""

UNDELIVERED: Final = frozenset({LinkState.FAILED, LinkState.BOUNCED})
"""States in which the vendor does not know of the link, and another address is needed."""


@dataclass(frozen=True, slots=True)
class SentLink:
    """One link of a request as the clinic sees it; the link itself is known to nobody any more."""

    id: UUID
    email: str
    name: str
    channel: Channel
    is_reminder: bool
    forwarded_by: str
    section_keys: list[str] | None
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    delivered_at: datetime | None
    state: LinkState
    last_error: str

    @property
    def is_working(self) -> bool:
        """Whether it would let somebody in."""
        return self.state in WORKING or (self.state in UNDELIVERED and self.expires_at > clock.now())


def list_links(session: Session, *, submission: Submission) -> list[SentLink]:
    """All links ever made for a request, the newest first."""
    statement = _links().where(
        col(Invitation.submission_id) == submission.id, col(Invitation.clinic_id) == submission.clinic_id
    )
    moment = clock.now()
    return [_read_link(row, moment) for row in session.execute(statement.order_by(col(Invitation.created_at).desc()))]


def list_links_of_year(session: Session, *, clinic_id: UUID, fiscal_year: int) -> Mapping[UUID, list[SentLink]]:
    """All links of a year's requests by request, the oldest first, in one query."""
    found: defaultdict[UUID, list[SentLink]] = defaultdict(list)
    statement = (
        _links()
        .add_columns(col(Invitation.submission_id))
        .join(Submission, col(Submission.id) == col(Invitation.submission_id))
        .where(col(Invitation.clinic_id) == clinic_id, col(Submission.fiscal_year) == fiscal_year)
    )
    moment = clock.now()
    for row in session.execute(statement.order_by(col(Invitation.created_at))):
        found[row.submission_id].append(_read_link(row, moment))
    return found


def _read_link(row: Any, moment: datetime) -> SentLink:
    own = set(SentLink.__dataclass_fields__) - {"state", "last_error"}
    return SentLink(
        **{name: value for name, value in row._mapping.items() if name in own},
        state=link_state(row, moment),
        last_error=explain_error(row.last_error or ""),
    )


def newest_links(session: Session, *, clinic_id: UUID, fiscal_year: int) -> dict[UUID, tuple[LinkState, datetime]]:
    """State and moment of the newest link that still counts, by request, where it is the vendor's turn."""
    asked = {"clinic_id": clinic_id, "fiscal_year": fiscal_year}
    moment = clock.now()
    rows = session.execute(_newest_links(), asked)
    return {row.submission_id: (link_state(row, moment), row.created_at) for row in rows}


def link_state(row: Any, moment: datetime) -> LinkState:
    """What became of a link, from its own moments and those of its mail (None where nothing was mailed)."""
    if row.revoked_at is not None:
        return LinkState.REVOKED
    if row.replaced_at is not None:
        return LinkState.REPLACED
    if row.expires_at <= moment:
        return LinkState.EXPIRED
    if row.opened_at is not None:
        return LinkState.OPENED
    if row.channel is Channel.COPIED:
        return LinkState.COPIED
    if row.channel is Channel.LETTER:
        return LinkState.LETTER
    if row.failed_at is not None or row.cancelled_at is not None:
        return LinkState.FAILED
    if row.bounced_at is not None:
        return LinkState.BOUNCED
    if row.delivered_at is not None:
        return LinkState.SENT
    return LinkState.RETRYING if row.last_error else LinkState.WAITING


@cache
def _newest_links() -> sa.Select[*tuple[Any, ...]]:
    """Links that count of requests whose vendor has not answered; made once, because making it costs the most."""
    is_answered = sa.and_(
        col(Submission.submitted_at).is_not(None),
        sa.or_(col(Submission.returned_at).is_(None), col(Submission.returned_at) < col(Submission.submitted_at)),
    )
    return (
        _links()
        .add_columns(col(Invitation.submission_id))
        .join(Submission, col(Submission.id) == col(Invitation.submission_id))
        .where(
            col(Submission.clinic_id) == sa.bindparam("clinic_id"),
            col(Submission.fiscal_year) == sa.bindparam("fiscal_year"),
            sa.not_(is_answered),
            col(Invitation.section_keys).is_(None),
            col(Invitation.replaced_at).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
        .order_by(col(Invitation.created_at))
    )


def _links() -> sa.Select[*tuple[Any, ...]]:
    of_mail = sa.and_(col(Mail.invitation_id) == col(Invitation.id), col(Mail.kind).in_(REQUESTS))
    columns = sa.select(
        col(Invitation.id),
        col(Invitation.email),
        col(Invitation.name),
        col(Invitation.channel),
        col(Invitation.is_reminder),
        col(Invitation.forwarded_by),
        col(Invitation.section_keys),
        col(Invitation.created_at),
        col(Invitation.expires_at),
        col(Invitation.opened_at),
        col(Invitation.replaced_at),
        col(Invitation.revoked_at),
        col(Mail.delivered_at),
        col(Mail.failed_at),
        col(Mail.cancelled_at),
        sa.func.coalesce(col(Bounce.words), col(Mail.last_error)).label("last_error"),
        col(Bounce.reported_at).label("bounced_at"),
    )
    came_back = sa.and_(col(Bounce.mail_id) == col(Mail.id), col(Bounce.is_hard).is_(True))
    return columns.join(Mail, of_mail, isouter=True).join(Bounce, came_back, isouter=True)
