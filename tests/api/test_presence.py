"""Who was here last is written down, so that a restart of the portal signs nobody out who is at work."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from fastapi.testclient import TestClient
from sqlmodel import select

from api.main import create_app
from api.presence import write_down
from models import MemberSession
from models.database import Database
from services import clock, presence
from settings import Settings
from tests.people import Clerk


def test_somebody_at_work_is_still_signed_in_after_a_restart(alice: Clerk, database: Database) -> None:
    later = clock.now() + timedelta(minutes=25)
    with time_machine.travel(later, tick=False):
        assert alice.open("/dashboard").path == "/dashboard"
        write_down(database)
        with database.open_reader() as session:
            assert session.exec(select(MemberSession.last_seen_at)).one() == later
    assert not presence._seen[MemberSession], "what is written down is not kept in memory for ever"
    with time_machine.travel(later + timedelta(minutes=25), tick=False):
        assert alice.open("/dashboard").path == "/dashboard"


def test_the_last_round_is_written_when_the_portal_stops(settings: Settings, alice: Clerk, database: Database) -> None:
    later = clock.now() + timedelta(minutes=10)
    with TestClient(create_app(settings, database)), time_machine.travel(later, tick=False):
        alice.open("/dashboard")
    with database.open_reader() as session:
        seen = session.exec(select(MemberSession.last_seen_at)).one()
    assert seen >= later - timedelta(seconds=1)
