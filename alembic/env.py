"""Runs migrations on the connection handed over, or on the database of the settings."""

from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import models  # noqa: F401  # Fills the metadata.
from models.database import connect_database
from settings import get_settings

OURS = set(SQLModel.metadata.tables)


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leave the tables of the job queue, which live in the same database, alone."""
    return kind != "table" or name in OURS


def migrate(connection: Connection) -> None:
    """Run what was asked for in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        include_object=is_ours,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    database = connect_database(get_settings().database)
    with database.writer.connect() as opened:
        migrate(opened)
        opened.commit()
    database.dispose()
