"""Heads of the event chains, signed and kept outside the database, so that a chain cut at its end shows too."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from models import Event, EventHead
from services import clock
from services.history import Break
from services.keys import key_for

FOLDER: Final = "heads"


def write_heads(session: Session, *, data_folder: Path, day: date) -> Path | None:
    """Write the day's heads, one signed line per chain, durably and once; None where they are there already."""
    folder = data_folder / FOLDER
    place = folder / f"{day.isoformat()}.jsonl"
    if place.exists():
        return None
    moment = clock.now().isoformat(timespec="seconds")
    heads = session.exec(select(EventHead).order_by(col(EventHead.chain_id))).all()
    lines = [
        _sign({"at": moment, "chain": str(head.chain_id), "sequence": head.sequence, "hash": head.hash})
        for head in heads
    ]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = place.with_suffix(".tmp")
    with unfinished.open("w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    unfinished.chmod(0o600)
    unfinished.rename(place)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return place


def find_lost_events(session: Session, *, data_folder: Path) -> Iterator[Break]:
    """Every kept head that the database no longer bears out, and every kept line that was tampered with."""
    for place in sorted((data_folder / FOLDER).glob("*.jsonl")):
        for line in place.read_text(encoding="ascii").splitlines():
            head = _read(line)
            if head is None:
                yield Break(UUID(int=0), 0, f"changed line in {place.name}")
                continue
            chain_id, sequence = UUID(head["chain"]), int(head["sequence"])
            statement = select(Event.hash).where(Event.chain_id == chain_id, Event.sequence == sequence)
            if sequence and session.exec(statement).first() != head["hash"]:
                yield Break(chain_id, sequence, f"not as on {place.stem}")


def _sign(head: dict[str, Any]) -> str:
    content = json.dumps(head, sort_keys=True, separators=(",", ":"))
    seal = hmac.new(key_for("event heads"), content.encode(), hashlib.sha256).hexdigest()
    return json.dumps({**head, "seal": seal}, separators=(",", ":"))


def _read(line: str) -> dict[str, Any] | None:
    """The head on a line; None where its seal does not fit."""
    try:
        head = json.loads(line)
        head.pop("seal")
    except (ValueError, AttributeError, KeyError):
        return None
    return head if hmac.compare_digest(_sign(head).encode(), line.encode()) else None
