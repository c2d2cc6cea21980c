"""Claims about the heads of event chains that are kept outside the database."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from models import Clinic, Event, EventHead
from models.database import Database
from services.heads import find_lost_events, write_heads
from services.history import find_breaks, record

DAY = date(2026, 11, 24)


@pytest.fixture
def folder(session: Session, clinic: Clinic, data_folder: Path) -> Path:
    """The data folder after a day with three events, whose heads were put aside."""
    for number in range(3):
        record(session, "portal.tested", clinic_id=clinic.id, number=number)
    assert write_heads(session, data_folder=data_folder, day=DAY) == data_folder / "heads" / "2026-11-24.jsonl"
    return data_folder


def cut_chain(session: Session, clinic: Clinic, length: int) -> None:
    """Do what a thief with the database and its key could do: cut the end off and mend the head."""
    for trigger in session.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        session.execute(sa.text(f"DROP TRIGGER {trigger}"))
    session.execute(sa.delete(Event).where(col(Event.chain_id) == clinic.id, col(Event.sequence) > length))
    last = session.scalars(
        sa.select(col(Event.hash)).where(col(Event.chain_id) == clinic.id, col(Event.sequence) == length)
    ).one()
    session.execute(sa.update(EventHead).where(col(EventHead.chain_id) == clinic.id).values(sequence=length, hash=last))


def test_heads_are_written_once_a_day_for_their_owner_only(session: Session, folder: Path, clinic: Clinic) -> None:
    place = folder / "heads" / "2026-11-24.jsonl"
    written = place.read_bytes()
    record(session, "portal.tested", clinic_id=clinic.id)
    assert write_heads(session, data_folder=folder, day=DAY) is None
    assert place.read_bytes() == written
    assert place.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place.parent.iterdir()] == ["2026-11-24.jsonl"]
    (head,) = [line for line in map(json.loads, written.splitlines()) if line["chain"] == str(clinic.id)]
    assert head["sequence"] == 4


def test_an_unbroken_chain_agrees_with_its_heads(session: Session, folder: Path, clinic: Clinic) -> None:
    record(session, "portal.tested", clinic_id=clinic.id)
    assert not list(find_lost_events(session, data_folder=folder))


def test_a_chain_cut_at_its_end_and_mended_still_shows(
    session: Session, folder: Path, clinic: Clinic, database: Database
) -> None:
    if not database.is_sqlite:
        pytest.skip("The thief of this test knows SQLite only.")
    cut_chain(session, clinic, 2)
    assert not list(find_breaks(session, clinic_id=clinic.id))
    (found,) = find_lost_events(session, data_folder=folder)
    assert (found.chain_id, found.sequence, found.what) == (clinic.id, 4, "not as on 2026-11-24")


def test_a_changed_line_shows(session: Session, folder: Path, clinic: Clinic) -> None:
    place = folder / "heads" / "2026-11-24.jsonl"
    place.write_text(place.read_text().replace('"sequence":4', '"sequence":3') + "{}\nno line\n")
    assert [found.what for found in find_lost_events(session, data_folder=folder)] == [
        "changed line in 2026-11-24.jsonl"
    ] * 3
