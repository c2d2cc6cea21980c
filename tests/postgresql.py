"""A PostgreSQL of the tests' own: started for a run, one copied database per test."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

_numbers = count(1)


@dataclass(frozen=True)
class Server:
    """A running cluster on the loopback address."""

    port: int

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create_database(self, name: str, template: str = "template0") -> str:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def find_programs() -> Path | None:
    """Folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def run_quietly(words: list[str | Path]) -> None:
    """Run a program of PostgreSQL; its chatter is not shown."""
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster() -> Iterator[Server]:
    """Start a cluster in a folder of its own, which pytest does not tidy, and remove it afterwards."""
    programs = find_programs()
    assert programs, "PostgreSQL is not installed: run make setup-full"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="portal-postgresql-"))
    # PostgreSQL refuses to run as root, so the cluster belongs to the user that Debian's package made.
    owner: list[str | Path] = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if owner:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    data = folder / "data"
    new = [*owner, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
    run_quietly(new)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run_quietly([*owner, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"])
    try:
        yield Server(port)
    finally:
        run_quietly([*owner, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"])
        shutil.rmtree(folder)


@contextmanager
def copy_of(template_url: str) -> Iterator[str]:
    """A database of one test, copied from the migrated one."""
    address, template = template_url.rsplit("/", 1)
    server = Server(int(address.rsplit(":", 1)[1]))
    name = f"portal_{next(_numbers)}"
    yield server.create_database(name, template)
    server.drop_database(name)
