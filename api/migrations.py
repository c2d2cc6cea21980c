"""Migrations at start-up: run where the database is behind, passed over quickly where it is not."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database, connect_database
from services.jobs import prepare_jobs
from settings import Settings

ROOT = Path(__file__).resolve().parent.parent
LOCK = 7_203_511_246
"""Key of PostgreSQL's advisory lock, so that two processes that start at once migrate one after the other."""


@lru_cache
def newest_revision() -> str:
    """The one revision that no other builds on, read from the files without loading the migration library."""
    made: set[str] = set()
    built_on: set[str] = set()
    for path in (ROOT / "alembic" / "versions").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        made.update(re.findall(r'^revision: str = "(\w+)"', text, re.MULTILINE))
        built_on.update(re.findall(r'^down_revision: .* = "(\w+)"', text, re.MULTILINE))
    (newest,) = made - built_on
    return newest


def present_revision(database: Database) -> str | None:
    """The revision of a database; None where it is empty."""
    try:
        with database.reader.connect() as connection:
            row = connection.execute(sa.text("SELECT version_num FROM alembic_version")).first()
    except SQLAlchemyError:
        return None
    return row[0] if row else None


def migrate_to_head(settings: Settings) -> None:
    """Bring the database of these settings to the newest revision, and the tables of the job queue with it."""
    database = connect_database(settings.database)
    try:
        if present_revision(database) != newest_revision():
            _upgrade(database)
        prepare_jobs(database)
    finally:
        database.dispose()


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(toml_file=ROOT / "pyproject.toml")
    with database.writer.connect() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
