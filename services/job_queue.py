"""The queue of durable jobs: what a job is, and how one is enqueued with the deed that needs it.

A job is a plain function that takes the database first and texts or numbers after it. It may be run twice (after a
crash it starts again from the beginning), so each job looks first whether its work is already done.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec

import sqlalchemy as sa
from sqlmodel import Session

from models.database import Database, quiet_checkpoints
from services import clock

if TYPE_CHECKING:
    from dbos import DBOSClient

P = ParamSpec("P")

APPLICATION: Final = "portal"
VERSION: Final = "1"
"""The same for every release, because DBOS only runs jobs that were enqueued under its own version."""

JOB_TABLES: Final = 125
"""How many migrations of its tables the installed DBOS knows; a test compares, so that an upgrade is noticed."""

MAILS: Final = "mails"
WORK: Final = "work"
HOOKS: Final = "hooks"
ENDED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@dataclass(frozen=True, slots=True)
class Job:
    """A function that runs later, its queue, and when it runs by itself (cron, in Japanese time)."""

    function: Callable[..., None]
    queue: str
    schedule: str


jobs_by_name: dict[str, Job] = {}
starters: list[Callable[[Database], None]] = []


def job(
    *, queue: str = WORK, schedule: str = ""
) -> Callable[[Callable[Concatenate[Database, P], None]], Callable[Concatenate[Database, P], None]]:
    """Make a function a job under its own name; renaming it strands what was enqueued under the old one."""

    def register(function: Callable[Concatenate[Database, P], None]) -> Callable[Concatenate[Database, P], None]:
        jobs_by_name[function.__name__] = Job(function=function, queue=queue, schedule=schedule)
        return function

    return register


def at_start(function: Callable[[Database], None]) -> Callable[[Database], None]:
    """Have a function run each time jobs are started, before the first of them."""
    starters.append(function)
    return function


def enqueue(
    session: Session, function: Callable[Concatenate[Database, P], None], *args: P.args, **kwargs: P.kwargs
) -> None:
    """Have a job run after this transaction; it never runs where the transaction is rolled back.

    Works in any process, whether or not jobs run there. Arguments must be texts, numbers or lists of them.
    """
    name = function.__name__
    address = session.get_bind().engine.url.render_as_string(hide_password=False)
    _client(address).enqueue_in_transaction(
        session,
        {"workflow_name": name, "queue_name": jobs_by_name[name].queue, "app_version": VERSION},
        *args,
        **kwargs,
    )


def prepare_jobs(database: Database) -> None:
    """Create or upgrade the tables of the queue; called after the portal's own migrations, before serving."""
    if read_tables_version(database) >= JOB_TABLES:
        return
    dbos = import_dbos()
    dbos.DBOS.migrate(address_of(database))


def delete_finished_jobs(database: Database, *, older_than: timedelta) -> None:
    """Forget jobs that ended long ago; each leaves a row behind."""
    before = (clock.now() - older_than).isoformat()
    client = _make_client(address_of(database))
    try:
        while ended := client.list_workflows(
            status=list(ENDED), completed_before=before, limit=500, load_input=False, load_output=False
        ):
            client.delete_workflows([each.workflow_id for each in ended])
    finally:
        client.destroy()


@lru_cache(maxsize=4)
def _client(address: str) -> DBOSClient:
    """The way into the queue of a database; it writes on the sessions handed to it and opens nothing of its own."""
    return _make_client(address)


def _make_client(address: str) -> DBOSClient:
    dbos = import_dbos()
    client: DBOSClient = dbos.DBOSClient(
        system_database_url=address,
        application_name=APPLICATION,
        serializer=dbos.DBOSPortableJSONSerializer(),
        lazy=True,
    )
    return client


@lru_cache
def import_dbos() -> Any:
    """DBOS, imported when first needed: it costs a second, which start-up does not have."""
    # DBOS makes its own engines, so the listener has to sit where all engines pass.
    sa.event.listen(sa.pool.Pool, "connect", quiet_checkpoints)
    return importlib.import_module("dbos")


def address_of(database: Database) -> str:
    """Where DBOS finds its tables: in the portal's own database."""
    return database.writer.url.render_as_string(hide_password=False)


def read_tables_version(database: Database) -> int:
    """How far the tables of the queue are migrated; 0 where there are none."""
    table = "dbos_migrations" if database.is_sqlite else "dbos.dbos_migrations"
    schema = None if database.is_sqlite else "dbos"
    with database.reader.connect() as connection:
        if not sa.inspect(connection).has_table("dbos_migrations", schema=schema):
            return 0
        return connection.scalar(sa.text(f"SELECT max(version) FROM {table}")) or 0  # noqa: S608
