"""Once a minute, and once more at the end, writes down who was here: sessions outlive a restart of the portal."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from fastapi.concurrency import run_in_threadpool

from models.database import Database
from services.presence import write_presence

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 60


def write_down(database: Database) -> None:
    """Write what was noted in this process; a database that is busy gets it with the next round."""
    with database.open_writer() as session:
        write_presence(session)
        session.commit()


async def keep_presence(database: Database) -> None:
    """Write rounds until the portal stops."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await _try_to_write(database)


async def stop_presence(task: asyncio.Task[None], database: Database) -> None:
    """End the rounds and write what is left."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await _try_to_write(database)


async def _try_to_write(database: Database) -> None:
    try:
        await run_in_threadpool(write_down, database)
    except Exception:
        log.exception("presence.not_written")
