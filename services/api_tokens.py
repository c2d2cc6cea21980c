"""API tokens: made by owners, shown once, never stronger than their maker, revocable at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import ApiToken, Clinic, Member, Membership, Role, Scope
from services import clock
from services.api_refusals import LifeTooLong
from services.history import record
from services.keys import digest_of, new_token, trace_of
from services.refusals import NotFound, refuse_if

PREFIX: Final = "vsp_clinic_"
"""How a token of ours is recognised where it was left by mistake."""

SHOWN: Final = len(PREFIX) + 4
"""How much of a token its owner sees again, to tell it from others."""

DEFAULT_DAYS: Final = 90
MOST_DAYS: Final = 366

_OF_OWNERS: Final = frozenset({Scope.WEBHOOKS_WRITE})
_OF_ROLES: Final = {
    Role.OWNER: frozenset(Scope),
    Role.EDITOR: frozenset(Scope) - _OF_OWNERS,
    Role.VIEWER: frozenset(scope for scope in Scope if scope.endswith(":read")),
}
"""How far each role reaches; a token never reaches further than its maker does now."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that acts for a clinic with a token."""

    token_id: UUID
    name: str
    clinic: Clinic
    member_id: UUID
    scopes: frozenset[str]
    last_used_on: date | None


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token in a list."""

    id: UUID
    name: str
    beginning: str
    scopes: list[str]
    maker: str
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None
    is_expired: bool
    is_orphaned: bool


# Each call runs this, so that it is put together once.
_FIND: Final = (
    sa.select(ApiToken, Clinic, col(Membership.role))
    .join(Clinic, col(Clinic.id) == col(ApiToken.clinic_id))
    .join(
        Membership,
        sa.and_(
            col(Membership.clinic_id) == col(ApiToken.clinic_id),
            col(Membership.member_id) == col(ApiToken.made_by),
            col(Membership.removed_at).is_(None),
        ),
    )
    .where(col(ApiToken.token_hash) == sa.bindparam("hash"), col(ApiToken.revoked_at).is_(None))
)


def find_caller(session: Session, *, token: str) -> Caller | None:
    """Who calls; None where the token is unknown, expired, revoked, or its maker left the clinic."""
    row = session.execute(_FIND, {"hash": digest_of(token)}).first()
    if row is None:
        return None
    found, clinic, role = row
    if found.expires_at <= clock.now():
        return None
    return Caller(
        token_id=found.id,
        name=found.name,
        clinic=clinic,
        member_id=found.made_by,
        scopes=frozenset(found.scopes) & _OF_ROLES[role],
        last_used_on=found.last_used_on,
    )


def list_tokens(session: Session, *, clinic_id: UUID) -> list[TokenLine]:
    """The tokens that were not revoked, the newest first; those of former members are marked."""
    is_member = sa.exists().where(
        col(Membership.clinic_id) == clinic_id,
        col(Membership.member_id) == col(ApiToken.made_by),
        col(Membership.removed_at).is_(None),
    )
    rows = session.execute(
        sa.select(ApiToken, col(Member.name), is_member)
        .join(Member, col(Member.id) == col(ApiToken.made_by))
        .where(col(ApiToken.clinic_id) == clinic_id, col(ApiToken.revoked_at).is_(None))
        .order_by(col(ApiToken.created_at).desc())
    )
    moment = clock.now()
    return [
        TokenLine(
            id=token.id,
            name=token.name,
            beginning=token.beginning,
            scopes=token.scopes,
            maker=maker,
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_on=token.last_used_on,
            is_expired=token.expires_at <= moment,
            is_orphaned=not is_there,
        )
        for token, maker, is_there in rows
    ]


def get_token(session: Session, *, clinic_id: UUID, token_id: UUID) -> ApiToken:
    """A token of this clinic; raises NotFound for a foreign one as for one that never was."""
    token = session.exec(select(ApiToken).where(ApiToken.id == token_id, ApiToken.clinic_id == clinic_id)).first()
    if token is None:
        raise NotFound
    return token


def make_token(
    session: Session, *, clinic_id: UUID, name: str, scopes: Collection[Scope], days: int, made_by: UUID
) -> tuple[ApiToken, str]:
    """A new token and its text, which is kept nowhere; raises LifeTooLong."""
    refuse_if(not 1 <= days <= MOST_DAYS, LifeTooLong())
    text, moment = PREFIX + new_token(), clock.now()
    token = ApiToken(
        clinic_id=clinic_id,
        name=name,
        token_hash=digest_of(text),
        beginning=text[:SHOWN],
        scopes=[scope.value for scope in Scope if scope in scopes],
        made_by=made_by,
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    record(
        session,
        "token.made",
        clinic_id=clinic_id,
        subject=("token", token.id),
        name=name,
        scopes=token.scopes,
        expires_at=token.expires_at.isoformat(timespec="seconds"),
        trace=trace_of(token.token_hash),
    )
    return token, text


def revoke_token(session: Session, *, token: ApiToken) -> None:
    """End a token at once."""
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        session.add(token)
        record(
            session,
            "token.revoked",
            clinic_id=token.clinic_id,
            subject=("token", token.id),
            name=token.name,
            trace=trace_of(token.token_hash),
        )


def note_use(session: Session, *, token_id: UUID) -> None:
    """Note that a token was used today; only the day is kept."""
    session.execute(sa.update(ApiToken).where(col(ApiToken.id) == token_id).values(last_used_on=clock.today()))
