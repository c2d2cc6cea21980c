"""Mails that tell of new messages in threads: how many and where, never what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlmodel import Session

from models import Clinic, Invitation, Mail, Submission
from services.languages import _, ngettext, speaking
from services.mail import post
from services.mail.messages import Addressee, mail_about

KINDS: Final = ("messages_for_vendor", "messages_for_clinic")


class Reader(NamedTuple):
    """Whoever is told, at the address they named."""

    email: str
    name: str
    language: str


Places = Sequence[tuple[str, int]]
"""Numbers of items, empty for the request as a whole, each with the count of new messages."""


def post_messages_for_vendor(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    invitation: Invitation,
    to: str,
    vendor_name: str,
    places: Places,
    link: str,
) -> Mail:
    """Tell a person at the vendor that the clinic has written, with a link of their own or the advice to use theirs."""
    return mail_about(
        session,
        "messages_for_vendor",
        clinic,
        submission,
        Reader(email=to, name=invitation.name, language=invitation.language),
        invitation=invitation,
        company=vendor_name,
        count=sum(count for _number, count in places),
        places=_describe(places, invitation.language),
        until=invitation.expires_at,
        link=link,
    )


def post_messages_for_clinic(
    session: Session, *, clinic: Clinic, to: Addressee, requests: Sequence[tuple[str, Places]], link: str
) -> Mail:
    """Tell a member that vendors have written."""
    lines = [f"{vendor}: {'、'.join(_describe(places, to.language))}" for vendor, places in requests]
    return post(
        session,
        "messages_for_clinic",
        to=to.email,
        name=to.name,
        language=to.language,
        clinic=clinic,
        count=sum(count for _vendor, places in requests for _number, count in places),
        lines=lines,
        link=link,
    )


def _describe(places: Places, language: str) -> list[str]:
    with speaking(language):
        return [
            ngettext("%(place)s (%(count)s)", "%(place)s (%(count)s)", count, place=number or _("the whole request"))
            for number, count in places
        ]
