"""Jobs for tests, and `python -m tests.services.working`, a process that runs them until it is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from models.database import Database, connect_database
from services import jobs
from services.jobs import job
from settings import get_settings

done: list[str] = []
seen = threading.Condition()


@job()
def note_down(database: Database, word: str) -> None:
    """Remember a word in this process."""
    with seen:
        done.append(word)
        seen.notify_all()


@job()
def linger(database: Database) -> None:
    """Take a second, and say when it begins and ends."""
    note_down(database, "begun")
    time.sleep(1)
    note_down(database, "ended")


@job()
def stumble(database: Database) -> None:
    """Fail."""
    raise ValueError("This job always fails.")


@job(queue=jobs.MAILS)
def write_line(database: Database, path: str, word: str, deadly: bool) -> None:
    """Add a line to a file; a deadly one kills its process after it has begun, the first time."""
    with Path(path).open("a") as file:
        file.write(f"begun {word}\n")
    marker = Path(f"{path}.{word}.dead")
    if deadly and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    with Path(path).open("a") as file:
        file.write(f"ended {word}\n")


def wait_for(count: int, seconds: float = 10) -> list[str]:
    """The words noted down, once there are so many."""
    with seen:
        seen.wait_for(lambda: len(done) >= count, seconds)
        return list(done)


def work() -> None:
    """Run jobs until the process is asked to end."""
    settings = get_settings()
    database = connect_database(settings.database)
    jobs.start_jobs(database, settings)
    print("working" if jobs.are_running(20) else "standing by", flush=True)
    jobs.wait_for_signal()
    jobs.stop_jobs()
    database.dispose()


if __name__ == "__main__":
    work()
