"""Migrations run on a given database address."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from models.database import connect_database

ROOT = Path(__file__).resolve().parent.parent


def config() -> Config:
    """The project's own migration settings."""
    return Config(toml_file=ROOT / "pyproject.toml")


def migrate(url: str, revision: str, *, down: bool = False) -> None:
    """Bring a database up or down to a revision."""
    database = connect_database(url)
    with database.writer.connect() as connection:
        made = config()
        made.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(made, revision)
        connection.commit()
    database.dispose()


def migrate_to_head(url: str) -> None:
    """Bring an empty database to the newest revision."""
    migrate(url, "head")
