"""Mails that the portal writes of its own accord, on its mornings and once a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from models import Mail
from services.mail import post


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
