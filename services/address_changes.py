"""Changes of address: asked for while signed in, confirmed behind a link mailed to the new one, told to the old."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import AddressChange, Member, PasswordReset
from services import accounts, clock, links, throttles
from services.history import record
from services.keys import digest_of, new_token, trace_of
from services.mail import account_messages
from services.refusals import CapReached, LinkSpent, refuse_if
from services.sessions import Viewer, end_all_sessions

LIFE: Final = timedelta(hours=24)
PER_DAY: Final = 5


def ask_change(session: Session, *, viewer: Viewer, email: str) -> None:
    """Mail a link to the new address and a notice to the old one; raises CapReached.

    Whether the new address is somebody's already is not told: then nobody receives a link.
    """
    member, email, moment = accounts.get_own(session, viewer=viewer), accounts.normal_address(email), clock.now()
    refuse_if(_count_recent(session, member) >= PER_DAY, CapReached(cap=PER_DAY))
    _revoke_open(session, member)
    token = new_token()
    change = AddressChange(
        member_id=member.id, email=email, token_hash=digest_of(token), created_at=moment, expires_at=moment + LIFE
    )
    session.add(change)
    session.flush()
    trace = trace_of(change.token_hash)
    record(session, "member.address_asked", clinic_id=viewer.clinic_id, subject=("member", member.id), trace=trace)
    if accounts.find_member_by_address(session, email=email) is None:
        link = links.address_link(token)
        account_messages.post_address_change(session, member=member, email=email, until=change.expires_at, link=link)
    account_messages.post_address_notice(session, member=member, hint=hint_of(email), link=links.sign_in_link())


def hint_of(email: str) -> str:
    """Enough of an address to recognise one's own: a…@example.jp."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}…@{host}"


def _count_recent(session: Session, member: Member) -> int:
    recent = select(sa.func.count()).where(
        AddressChange.member_id == member.id, AddressChange.created_at > clock.now() - timedelta(days=1)
    )
    return session.exec(recent).one()


def _revoke_open(session: Session, member: Member) -> None:
    for table in (AddressChange, PasswordReset):
        open_ones = sa.update(table).where(
            col(table.member_id) == member.id, col(table.used_at).is_(None), col(table.revoked_at).is_(None)
        )
        session.execute(open_ones.values(revoked_at=clock.now()))


def find_open_change(session: Session, *, token: str, lock: bool = False) -> tuple[AddressChange, Member]:
    """What a link leads to; raises LinkSpent, in the same words for every reason, where it leads nowhere."""
    statement = select(AddressChange).where(AddressChange.token_hash == digest_of(token))
    change = session.exec(statement.with_for_update() if lock else statement).first()
    if change is None or change.used_at or change.revoked_at or change.expires_at <= clock.now():
        raise LinkSpent
    return change, session.get_one(Member, change.member_id)


def confirm_change(session: Session, *, token: str) -> Member:
    """Write the new address, once, tell the old one, and end all sessions; raises LinkSpent."""
    change, member = find_open_change(session, token=token, lock=True)
    throttles.hold_subject(session, subject=throttles.subject_of("address", change.email))
    refuse_if(accounts.find_member_by_address(session, email=change.email) is not None, LinkSpent())
    accounts.act_as_member(session, member)
    link = links.sign_in_link()
    account_messages.post_address_changed(session, member=member, hint=hint_of(change.email), link=link)
    # Links mailed to the former address must not open the account any more.
    _revoke_open(session, member)
    change.used_at, member.email = clock.now(), change.email
    end_all_sessions(session, member_id=member.id)
    home = accounts.home_of(session, member)
    record(session, "member.address_changed", clinic_id=home, subject=("member", member.id), name=member.name)
    return member
