"""The portal's own mornings in tests: the clock is moved on and the rounds run as the scheduler would have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import Session

import services.mail
from models.database import Database
from services import clock, rounds
from settings import get_settings

HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """A moment on a Japanese clock, such as 2027-01-08 09:00."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.JAPAN)


class Clockwork:
    """Runs what is enqueued as soon as its transaction is through; mails stay in the outbox, where tests read them."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database = database
        self._waiting: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example")
        get_settings.cache_clear()
        monkeypatch.setattr(rounds, "enqueue", self._note)
        monkeypatch.setattr(services.mail, "enqueue", lambda *_args: None)

    def _note(self, _session: Session, function: Callable[..., None], *args: Any) -> None:
        self._waiting.append((function, args))

    def minute(self) -> None:
        """What the scheduler does every minute."""
        rounds.enqueue_rounds(self.database)
        waiting, self._waiting = self._waiting, []
        for function, args in waiting:
            function(self.database, *args)

    def run(self, start: str, end: str, *, step: timedelta = HOUR) -> None:
        """Live from one moment to another, looking once in a step."""
        moment = at(start)
        while moment < at(end):
            with time_machine.travel(moment, tick=False):
                self.minute()
            moment += step
