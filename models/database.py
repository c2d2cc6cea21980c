"""Connections: one engine that writes and one that only reads, on SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel

BUSY_WAIT_MILLISECONDS = 15_000

# Rows are never validated, so that what would validate them is not built at the start (half a second).
SQLModel.model_config["defer_build"] = True

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def choice_of(options: type[StrEnum]) -> sa.Enum:
    """Column type that stores an option by its value as text, so that a new option needs no migration."""
    return sa.Enum(
        options,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=40,
    )


def of_clinic(table: str, column: str) -> sa.ForeignKeyConstraint:
    """Foreign key to a row of the same clinic: a reference into another clinic's rows cannot be written."""
    return sa.ForeignKeyConstraint(["clinic_id", column], [f"{table}.clinic_id", f"{table}.id"])


@dataclass(frozen=True, slots=True)
class Database:
    """The two engines of a process."""

    writer: sa.Engine
    reader: sa.Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.writer.dialect.name == "sqlite"

    def open_writer(self) -> Session:
        """A session that may write; it holds SQLite's write lock from its first statement to its end."""
        return Session(self.writer, expire_on_commit=False)

    def open_reader(self) -> Session:
        """A session that the database itself refuses to let write."""
        return Session(self.reader, expire_on_commit=False, autoflush=False)

    def dispose(self) -> None:
        """Close all connections."""
        self.reader.dispose()
        self.writer.dispose()


def connect_database(url: str) -> Database:
    """Engines for an address; nothing is opened before the first use."""
    if url.startswith("sqlite"):
        return _connect_sqlite(url)
    return _connect_postgresql(url)


def _connect_sqlite(url: str) -> Database:
    # The library's own transaction handling loses updates, so the driver is put in autocommit and BEGIN is ours.
    writer = sa.create_engine(url, hide_parameters=True, pool_size=4, max_overflow=40)
    reader = sa.create_engine(url, hide_parameters=True, pool_size=20, max_overflow=40)
    for engine in (writer, reader):
        event.listen(engine, "connect", prepare_sqlite)
    event.listen(writer, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(reader, "connect", lambda connection, _entry: connection.execute("PRAGMA query_only = ON"))
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return Database(writer=writer, reader=reader)


def prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry | None) -> None:
    """Set one SQLite connection up: durable commits, foreign keys, patience, and no checkpoints of its own.

    SQLite before 3.51.3 can corrupt its log when two connections checkpoint at once, so ordinary connections never
    do; `checkpoint_sqlite` is the one place that does.
    """
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_WAIT_MILLISECONDS}",
        "wal_autocheckpoint = 0",
    ):
        connection.execute(f"PRAGMA {pragma}")


def quiet_checkpoints(connection: Any, _entry: ConnectionPoolEntry | None) -> None:
    """Keep a connection that another library opened (the job queue's) durable and from checkpointing by itself."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")


def checkpoint_sqlite(database: Database) -> None:
    """Move what is in SQLite's log into the database file; called from one thread of one process only."""
    if not database.is_sqlite:
        return
    with database.writer.connect() as connection:
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _connect_postgresql(url: str) -> Database:
    address = sa.make_url(url).set(drivername="postgresql+psycopg")
    options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}
    writer = sa.create_engine(address, isolation_level="READ COMMITTED", **options)
    reader = sa.create_engine(address, isolation_level="REPEATABLE READ", **options)
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("SET TRANSACTION READ ONLY"))
    return Database(writer=writer, reader=reader)
