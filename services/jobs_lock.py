"""The lock that lets one process at a time run jobs; the system frees it when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from models.database import Database
from settings import Settings

LOCK_FILE: Final = "jobs.lock"
ADVISORY_LOCK: Final = 0x504F5254414C
"""The number by which processes on PostgreSQL know the lock ("PORTAL" in ASCII)."""


@contextmanager
def hold_jobs_lock(database: Database, settings: Settings) -> Iterator[Callable[[], None] | None]:
    """Try to become the process that runs jobs.

    Yields None where another process is, and otherwise a function that raises when the lock has been lost.
    """
    if database.is_sqlite:
        with _hold_file(settings.data_folder / LOCK_FILE) as confirm:
            yield confirm
    else:
        with _hold_advisory_lock(database) as confirm:
            yield confirm


@contextmanager
def _hold_file(path: Path) -> Iterator[Callable[[], None] | None]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        # The system takes a file lock from a living process for nothing.
        yield lambda: None
    finally:
        os.close(descriptor)


@contextmanager
def _hold_advisory_lock(database: Database) -> Iterator[Callable[[], None] | None]:
    engine = database.writer.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        taken = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(ADVISORY_LOCK)))
        if not taken:
            yield None
            return
        try:
            # The lock lives as long as its connection, so a connection that answers still holds it.
            yield lambda: connection.execute(sa.text("SELECT 1")).close()
        finally:
            # Returning the connection to the pool would keep the lock; closing it for good frees it.
            connection.invalidate()
