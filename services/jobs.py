"""Everything that runs later: durable jobs in the portal's own database, run by DBOS in one process at a time."""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
import structlog

from models.database import Database, checkpoint_sqlite
from services.job_queue import (
    APPLICATION,
    HOOKS,
    MAILS,
    VERSION,
    WORK,
    address_of,
    at_start,
    delete_finished_jobs,
    enqueue,
    import_dbos,
    job,
    jobs_by_name,
    prepare_jobs,
    starters,
)
from services.jobs_lock import hold_jobs_lock
from settings import Settings

if TYPE_CHECKING:
    from dbos import DBOSConfig

__all__ = [
    "MAILS",
    "WORK",
    "are_running",
    "at_start",
    "delete_finished_jobs",
    "enqueue",
    "job",
    "prepare_jobs",
    "start_jobs",
    "stop_jobs",
    "wait_for_signal",
]

log = structlog.get_logger(__name__)

JOB_MODULES: Final = (
    "services.disclosure_reading",
    "services.export_making",
    "services.letter_making",
    "services.mail.delivery",
    "services.mail.mailbox",
    "services.rounds",
    "services.upkeep",
    "services.webhook_outbox",
)
"""Where jobs are defined; imported before any is run."""

QUEUES: Final[dict[str, dict[str, Any]]] = {
    MAILS: {"worker_concurrency": 8, "polling_interval_sec": 0.5},
    WORK: {"worker_concurrency": 2, "polling_interval_sec": 2.0},
    # Apart from the others, so that receivers that hang hold up nothing else.
    HOOKS: {"worker_concurrency": 3, "polling_interval_sec": 1.0},
}
CHECKPOINT_SECONDS: Final = 2.0
STAND_BY_SECONDS: Final = 10.0
LAST_JOBS_SECONDS: Final = 15
"""How long stopping waits for jobs under way, so that no other process takes up a mail that is being sent."""

STOP_SECONDS: Final = 30.0


def start_jobs(database: Database, settings: Settings, *, when_started: Callable[[], object] | None = None) -> None:
    """Run jobs in this process from now on, in the background; where another process does, stand by for it.

    `when_started` is called once the library is loaded and jobs run, a second or so later.
    """
    global _runner
    if _runner is not None:
        raise RuntimeError("Jobs are started already.")
    _runner = _Runner(database, settings, when_started)
    _runner.start()


def stop_jobs() -> None:
    """Take no more jobs and let those under way end; one that takes too long starts again next time."""
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

    def __init__(
        self, database: Database, settings: Settings, when_started: Callable[[], object] | None = None
    ) -> None:
        super().__init__(name="jobs", daemon=True)
        self.is_running = threading.Event()
        self._database = database
        self._settings = settings
        self._when_started = when_started
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
            if self._when_started:
                self._when_started()
            log.info("jobs.started")
            while not self._asked_to_stop.wait(CHECKPOINT_SECONDS):
                confirm()
                self._checkpoint()
        finally:
            self.is_running.clear()
            import_dbos().DBOS.destroy(workflow_completion_timeout_sec=LAST_JOBS_SECONDS if _under_way else 0)
            log.info("jobs.stopped")

    def _checkpoint(self) -> None:
        try:
            checkpoint_sqlite(self._database)
        except sa.exc.OperationalError:
            log.warning("jobs.checkpoint_failed", exc_info=True)


_runner: _Runner | None = None
_database: Database | None = None
_under_way: set[object] = set()


def _launch(database: Database) -> None:
    global _database
    _database = database
    dbos = import_dbos()
    for module in JOB_MODULES:
        importlib.import_module(module)
    for starter in starters:
        starter(database)
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": address_of(database),
        "application_version": VERSION,
        "executor_id": APPLICATION,
        "serializer": dbos.DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "max_executor_threads": 12,
        "sys_db_pool_size": 6,
    }
    dbos.DBOS(config=config)
    workflows = {name: _make_workflow(name) for name in jobs_by_name}
    dbos.DBOS.launch()
    for queue, limits in QUEUES.items():
        dbos.DBOS.register_queue(queue, on_conflict="always_update", **limits)
    _apply_schedules(workflows)


def _apply_schedules(workflows: dict[str, Callable[..., None]]) -> None:
    dbos = import_dbos()
    wanted = {name: job for name, job in jobs_by_name.items() if job.schedule}
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
        job = jobs_by_name[name]
        assert _database is not None
        # A schedule hands over the moment it fired at, which no job of ours needs.
        given = () if job.schedule else args
        me = object()
        _under_way.add(me)
        try:
            job.function(_database, *given, **kwargs)
        except Exception:
            log.exception("job.failed", job=name)
            raise
        finally:
            _under_way.discard(me)

    workflow: Callable[..., None] = import_dbos().DBOS.workflow(name=name)(run)
    return workflow
