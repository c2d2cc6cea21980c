"""Everything that runs later: durable jobs in the portal's own database, run by DBOS in one process at a time.

A job is a plain function that takes the database first and texts or numbers after it. It may be run twice (after a
crash it starts again from the beginning), so each job looks first whether its work is already done.
"""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec

import sqlalchemy as sa
import structlog
from sqlmodel import Session

from models.database import Database, checkpoint_sqlite, quiet_checkpoints
from services import clock
from services.jobs_lock import hold_jobs_lock
from settings import Settings

if TYPE_CHECKING:
    from dbos import DBOSClient, DBOSConfig

P = ParamSpec("P")
log = structlog.get_logger(__name__)

APPLICATION: Final = "portal"
VERSION: Final = "1"
"""The same for every release, because DBOS only runs jobs that were enqueued under its own version."""

JOB_TABLES: Final = 125
"""How many migrations of its tables the installed DBOS knows; a test compares, so that an upgrade is noticed."""

JOB_MODULES: Final = ("services.mail.delivery", "services.upkeep")
"""Where jobs are defined; imported before any is run."""

MAILS: Final = "mails"
WORK: Final = "work"
QUEUES: Final[dict[str, dict[str, Any]]] = {
    MAILS: {"worker_concurrency": 8, "polling_interval_sec": 0.5},
    WORK: {"worker_concurrency": 2},
}
ENDED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
CHECKPOINT_SECONDS: Final = 2.0
STAND_BY_SECONDS: Final = 10.0
STOP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Job:
    """A function that runs later, its queue, and when it runs by itself (cron, in Japanese time)."""

    function: Callable[..., None]
    queue: str
    schedule: str


_jobs: dict[str, Job] = {}
_starters: list[Callable[[Database], None]] = []


def job(
    *, queue: str = WORK, schedule: str = ""
) -> Callable[[Callable[Concatenate[Database, P], None]], Callable[Concatenate[Database, P], None]]:
    """Make a function a job under its own name; renaming it strands what was enqueued under the old one."""

    def register(function: Callable[Concatenate[Database, P], None]) -> Callable[Concatenate[Database, P], None]:
        _jobs[function.__name__] = Job(function=function, queue=queue, schedule=schedule)
        return function

    return register


def at_start(function: Callable[[Database], None]) -> Callable[[Database], None]:
    """Have a function run each time jobs are started, before the first of them."""
    _starters.append(function)
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
        {"workflow_name": name, "queue_name": _jobs[name].queue, "app_version": VERSION},
        *args,
        **kwargs,
    )


def prepare_jobs(database: Database) -> None:
    """Create or upgrade the tables of the queue; called after the portal's own migrations, before serving."""
    if _read_tables_version(database) >= JOB_TABLES:
        return
    dbos = _import_dbos()
    dbos.DBOS.migrate(_address(database))


def delete_finished_jobs(database: Database, *, older_than: timedelta) -> None:
    """Forget jobs that ended long ago; each leaves a row behind."""
    client = _client(_address(database))
    before = (clock.now() - older_than).isoformat()
    while ended := client.list_workflows(
        status=list(ENDED), completed_before=before, limit=500, load_input=False, load_output=False
    ):
        client.delete_workflows([each.workflow_id for each in ended])


def start_jobs(database: Database, settings: Settings) -> None:
    """Run jobs in this process from now on, in the background; where another process does, stand by for it."""
    global _runner
    if _runner is not None:
        raise RuntimeError("Jobs are started already.")
    _runner = _Runner(database, settings)
    _runner.start()


def stop_jobs() -> None:
    """Take no more jobs; one that is running ends by itself, or starts again next time."""
    global _runner
    if _runner is not None:
        _runner.stop()
        _runner = None


def wait_for_signal() -> None:
    """Let a process that only runs jobs live until it is asked to end."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()


def are_running(timeout: float = 0.0) -> bool:
    """Whether this process is the one that runs jobs; waits for it up to `timeout` seconds."""
    return _runner is not None and _runner.is_running.wait(timeout)


class _Runner(threading.Thread):
    """One thread: waits for its turn, starts DBOS, keeps SQLite's log short, and stops DBOS again."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__(name="jobs", daemon=True)
        self.is_running = threading.Event()
        self._database = database
        self._settings = settings
        self._asked_to_stop = threading.Event()

    def run(self) -> None:
        while not self._asked_to_stop.is_set():
            try:
                with hold_jobs_lock(self._database, self._settings) as confirm:
                    if confirm:
                        self._run_jobs(confirm)
            except Exception:
                log.exception("jobs.interrupted")
            self._asked_to_stop.wait(STAND_BY_SECONDS)

    def stop(self) -> None:
        self._asked_to_stop.set()
        self.join(STOP_SECONDS)

    def _run_jobs(self, confirm: Callable[[], None]) -> None:
        try:
            _launch(self._database)
            self.is_running.set()
            log.info("jobs.started")
            while not self._asked_to_stop.wait(CHECKPOINT_SECONDS):
                confirm()
                self._checkpoint()
        finally:
            self.is_running.clear()
            _import_dbos().DBOS.destroy()
            log.info("jobs.stopped")

    def _checkpoint(self) -> None:
        try:
            checkpoint_sqlite(self._database)
        except sa.exc.OperationalError:
            log.warning("jobs.checkpoint_failed", exc_info=True)


_runner: _Runner | None = None
_database: Database | None = None


def _launch(database: Database) -> None:
    global _database
    _database = database
    dbos = _import_dbos()
    for module in JOB_MODULES:
        importlib.import_module(module)
    for starter in _starters:
        starter(database)
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": _address(database),
        "application_version": VERSION,
        "executor_id": APPLICATION,
        "serializer": dbos.DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "max_executor_threads": 12,
        "sys_db_pool_size": 6,
    }
    dbos.DBOS(config=config)
    workflows = {name: _make_workflow(name) for name in _jobs}
    dbos.DBOS.launch()
    for queue, limits in QUEUES.items():
        dbos.DBOS.register_queue(queue, on_conflict="always_update", **limits)
    _apply_schedules(workflows)


def _apply_schedules(workflows: dict[str, Callable[..., None]]) -> None:
    dbos = _import_dbos()
    wanted = {name: job for name, job in _jobs.items() if job.schedule}
    for schedule in dbos.DBOS.list_schedules():
        if schedule["schedule_name"] not in wanted:
            dbos.DBOS.delete_schedule(schedule["schedule_name"])
    dbos.DBOS.apply_schedules(
        [
            {
                "schedule_name": name,
                "workflow_fn": workflows[name],
                "schedule": job.schedule,
                "cron_timezone": "Asia/Tokyo",
                "queue_name": job.queue,
            }
            for name, job in wanted.items()
        ]
    )


@cache
def _make_workflow(name: str) -> Callable[..., None]:
    """The job as DBOS knows it; registered once in a process, however often jobs are started."""

    def run(*args: Any, **kwargs: Any) -> None:
        job = _jobs[name]
        assert _database is not None
        # A schedule hands over the moment it fired at, which no job of ours needs.
        given = () if job.schedule else args
        with structlog.contextvars.bound_contextvars(job=name):
            try:
                job.function(_database, *given, **kwargs)
            except Exception:
                log.exception("job.failed", job=name)
                raise

    workflow: Callable[..., None] = _import_dbos().DBOS.workflow(name=name)(run)
    return workflow


@lru_cache(maxsize=4)
def _client(address: str) -> DBOSClient:
    dbos = _import_dbos()
    client: DBOSClient = dbos.DBOSClient(
        system_database_url=address,
        application_name=APPLICATION,
        serializer=dbos.DBOSPortableJSONSerializer(),
        lazy=True,
    )
    return client


@lru_cache
def _import_dbos() -> Any:
    """DBOS, imported when first needed: it costs a second, which start-up does not have."""
    # DBOS makes its own engines, so the listener has to sit where all engines pass.
    sa.event.listen(sa.pool.Pool, "connect", quiet_checkpoints)
    return importlib.import_module("dbos")


def _address(database: Database) -> str:
    return database.writer.url.render_as_string(hide_password=False)


def _read_tables_version(database: Database) -> int:
    table = "dbos_migrations" if database.is_sqlite else "dbos.dbos_migrations"
    schema = None if database.is_sqlite else "dbos"
    with database.reader.connect() as connection:
        if not sa.inspect(connection).has_table("dbos_migrations", schema=schema):
            return 0
        return connection.scalar(sa.text(f"SELECT max(version) FROM {table}")) or 0  # noqa: S608
