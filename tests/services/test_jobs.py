"""Claims about jobs: what is committed runs, what is rolled back never does, and one process at a time runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select
from structlog.testing import capture_logs

from models import Throttle
from models.database import Database
from services import clock, job_queue, jobs
from services.jobs import delete_finished_jobs, enqueue, job, prepare_jobs, start_jobs, stop_jobs
from services.jobs_lock import hold_jobs_lock
from settings import Settings
from tests.conftest import ON_POSTGRESQL
from tests.services import working
from tests.services.working import linger, note_down, stumble, wait_for, write_line

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def prepared(database: Database) -> Database:
    """A database with the tables of the queue."""
    prepare_jobs(database)
    working.done.clear()
    return database


@pytest.fixture
def started(prepared: Database, settings: Settings) -> Iterator[Database]:
    """A database whose jobs are run by this process."""
    start_jobs(prepared, settings)
    assert jobs.are_running(60)
    yield prepared
    stop_jobs()


def statuses(database: Database) -> dict[str, str]:
    """How each job of the queue stands, by what it is called."""
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    with database.reader.connect() as connection:
        rows = connection.execute(sa.text(f"SELECT name, status FROM {table}"))  # noqa: S608
        return {row.name: row.status for row in rows}


def wait_until(is_so: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_the_tables_are_those_of_the_installed_library(prepared: Database) -> None:
    migrations = import_module("dbos._migration")
    assert len(migrations.sqlite_migrations) == job_queue.JOB_TABLES
    assert len(migrations.get_dbos_migrations("dbos", True)) == job_queue.JOB_TABLES
    assert job_queue.read_tables_version(prepared) == job_queue.JOB_TABLES


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, services.mail.messages, services.upkeep; "
        "sys.exit('dbos' in sys.modules or 'psycopg' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_committed_jobs_run_and_rolled_back_ones_never_do(started: Database) -> None:
    with started.open_writer() as session:
        enqueue(session, note_down, "rolled back")
        session.rollback()
    with started.open_writer() as session:
        enqueue(session, note_down, "first")
        enqueue(session, note_down, "second")
        session.commit()
    assert sorted(wait_for(2)) == ["first", "second"]
    time.sleep(1.5)
    assert "rolled back" not in working.done


def test_a_job_that_fails_is_told_and_does_not_stop_the_others(started: Database) -> None:
    with capture_logs() as told:
        with started.open_writer() as session:
            enqueue(session, stumble)
            enqueue(session, note_down, "after")
            session.commit()
        assert wait_for(1) == ["after"]
        wait_until(lambda: statuses(started).get("stumble") == "ERROR")
    assert [(entry["event"], entry["job"]) for entry in told] == [("job.failed", "stumble")]


def test_what_was_enqueued_while_nothing_ran_runs_later(prepared: Database, settings: Settings) -> None:
    with prepared.open_writer() as session:
        enqueue(session, note_down, "patient")
        session.commit()
    start_jobs(prepared, settings)
    try:
        assert wait_for(1) == ["patient"]
    finally:
        stop_jobs()
    assert not jobs.are_running()


def test_stopping_waits_for_what_is_under_way(prepared: Database, settings: Settings) -> None:
    with prepared.open_writer() as session:
        enqueue(session, linger)
        session.commit()
    started = threading.Event()
    start_jobs(prepared, settings, when_started=started.set)
    assert wait_for(1) == ["begun"]
    assert started.is_set()
    stop_jobs()
    assert working.done == ["begun", "ended"]
    assert statuses(prepared)["linger"] == "SUCCESS"


def test_a_second_process_stands_by_until_the_first_is_gone(
    prepared: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "STAND_BY_SECONDS", 0.1)
    with hold_jobs_lock(prepared, settings) as confirm:
        assert confirm
        confirm()
        start_jobs(prepared, settings)
        assert not jobs.are_running(0.5)
    try:
        assert jobs.are_running(60)
    finally:
        stop_jobs()
    with hold_jobs_lock(prepared, settings) as confirm:
        assert confirm


def test_starting_twice_in_one_process_is_a_mistake(started: Database, settings: Settings) -> None:
    with pytest.raises(RuntimeError, match="already"):
        start_jobs(started, settings)


def test_schedules_that_no_job_has_any_more_are_forgotten(
    prepared: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(job_queue.jobs_by_name, "greet_the_year", None)

    @job(schedule="0 0 1 1 *")
    def greet_the_year(database: Database) -> None:
        raise AssertionError

    # Which other jobs have a schedule depends on what was imported before.
    for is_there in (True, False):
        start_jobs(prepared, settings)
        assert jobs.are_running(60)
        found = {schedule["schedule_name"] for schedule in import_module("dbos").DBOS.list_schedules()}
        stop_jobs()
        assert "keep_up" in found
        assert ("greet_the_year" in found) is is_there
        job_queue.jobs_by_name.pop("greet_the_year", None)


def test_finished_jobs_are_forgotten_after_days(started: Database) -> None:
    with started.open_writer() as session:
        enqueue(session, note_down, "old")
        session.commit()
    wait_until(lambda: statuses(started).get("note_down") == "SUCCESS")
    delete_finished_jobs(started, older_than=timedelta(days=1))
    assert "note_down" in statuses(started)
    delete_finished_jobs(started, older_than=timedelta(seconds=-5))
    assert "note_down" not in statuses(started)


@pytest.mark.skipif(ON_POSTGRESQL, reason="about SQLite's settings")
def test_the_librarys_own_connections_are_durable_and_never_checkpoint(started: Database) -> None:
    library = import_module("dbos._dbos")._get_dbos_instance()
    with library._sys_db.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "wal_autocheckpoint", "journal_mode", "foreign_keys")
        }
    assert pragmas == {"synchronous": 2, "wal_autocheckpoint": 0, "journal_mode": "wal", "foreign_keys": 1}


@pytest.mark.skipif(ON_POSTGRESQL, reason="about SQLite's log")
def test_the_log_of_sqlite_is_kept_short(
    prepared: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHECKPOINT_SECONDS", 0.1)
    file = settings.data_folder / "portal.sqlite"
    start_jobs(prepared, settings)
    sizes = []
    for number in range(4):
        before = file.stat().st_size
        with prepared.open_writer() as session:
            session.add_all(
                Throttle(subject=f"{number}-{line}-{'x' * 60}", last_failed_at=clock.now()) for line in range(2000)
            )
            session.commit()
        sizes.append(file.with_name("portal.sqlite-wal").stat().st_size)
        wait_until(lambda grown=before: file.stat().st_size > grown)
    stop_jobs()
    assert sizes[3] < 1.5 * sizes[0]


def test_twenty_writers_beside_the_queue_meet_no_locked_database(started: Database) -> None:
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for line in range(10):
                with started.open_writer() as session:
                    session.add(Throttle(subject=f"{writer}-{line}", last_failed_at=clock.now()))
                    enqueue(session, note_down, f"{writer}-{line}")
                    session.commit()
                with started.open_reader() as session:
                    session.exec(select(Throttle)).all()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=[writer]) for writer in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    with started.open_reader() as session:
        assert len(session.exec(select(Throttle)).all()) == 200
    assert set(wait_for(2))


@pytest.mark.slow
def test_after_a_kill_the_rest_runs_once(prepared: Database, settings: Settings, tmp_path: Path) -> None:
    page = tmp_path / "page"
    words = [f"w{number}" for number in range(12)]
    with prepared.open_writer() as session:
        for word in words:
            enqueue(session, write_line, str(page), word, word == "w4")
        session.commit()
    with worker() as first:
        assert first.wait(90) == -signal.SIGKILL
    assert "ended w4" not in page.read_text()
    with worker() as second:
        wait_until(lambda: all(f"ended {word}\n" in page.read_text() for word in words), 90)
        time.sleep(1.5)
        second.terminate()
        assert second.wait(60) == 0
    ended = [line for line in page.read_text().splitlines() if line.startswith("ended")]
    interrupted = {line.removeprefix("begun ") for line in page.read_text().splitlines() if line.startswith("begun")}
    assert interrupted == set(words)
    assert ended.count("ended w4") == 1
    # Jobs that ran beside the deadly one may have been cut off too; all others ran exactly once.
    assert all(ended.count(f"ended {word}") == 1 for word in words[8:])


def worker() -> subprocess.Popen[bytes]:
    """A process that runs the jobs of this database."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.services.working"], cwd=ROOT, env=dict(os.environ)
    )
