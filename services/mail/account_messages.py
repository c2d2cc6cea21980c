"""Mails to members about their own account, written like those of messages.py; they belong to no clinic."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from models import Mail, Member
from services.mail import post


class FactorNews(StrEnum):
    """What can become of a second factor."""

    SET_UP = "set_up"
    SWITCHED_OFF = "switched_off"
    CODES_RENEWED = "codes_renewed"
    RECOVERY_USED = "recovery_used"
    RESET = "reset"


def post_new_sign_in(session: Session, *, member: Member, at: datetime, browser: str, link: str) -> Mail:
    """Tell a member that somebody signed in with their password in a browser not seen before."""
    return _post_to_member(session, "new_sign_in", member, at=at, browser=browser, link=link)


def post_password_reset(session: Session, *, member: Member, until: datetime, link: str) -> Mail:
    """Let a member who forgot its password choose a new one."""
    return _post_to_member(session, "password_reset", member, until=until, link=link)


def post_second_factor(
    session: Session, *, member: Member, news: FactorNews, at: datetime, link: str, left: int = 0
) -> Mail:
    """Tell a member what has become of their second factor."""
    return _post_to_member(session, "second_factor", member, news=news.value, at=at, left=left, link=link)


def post_password_changed(session: Session, *, member: Member, at: datetime, link: str) -> Mail:
    """Tell a member that their password is a new one."""
    return _post_to_member(session, "password_changed", member, at=at, link=link)


def _post_to_member(session: Session, message: str, member: Member, **values: Any) -> Mail:
    return post(session, message, to=member.email, name=member.name, language=member.language, clinic=None, **values)


def post_address_change(session: Session, *, member: Member, email: str, until: datetime, link: str) -> Mail:
    """Ask at the new address whether it is the member's."""
    return post(
        session,
        "address_change",
        to=email,
        name=member.name,
        language=member.language,
        clinic=None,
        until=until,
        link=link,
    )


def post_address_notice(session: Session, *, member: Member, hint: str, link: str) -> Mail:
    """Tell the address of now that another one was asked for."""
    return _post_to_member(session, "address_notice", member, hint=hint, link=link)


def post_address_changed(session: Session, *, member: Member, hint: str, link: str) -> Mail:
    """Tell the former address that it no longer works; posted before the change is written."""
    return _post_to_member(session, "address_changed", member, hint=hint, link=link)
