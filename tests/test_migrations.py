"""Migrations: up, down, up again, and in the end exactly what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import api.migrations
from models import ClinicKind
from models.database import connect_database
from services.history import record
from tests import factories, postgresql
from tests.conftest import ON_POSTGRESQL
from tests.migrating import config, migrate


@pytest.fixture
def empty_url(tmp_path: Path, empty_database: str) -> Iterator[str]:
    """Address of a database without tables."""
    if ON_POSTGRESQL:
        server = postgresql.Server(int(empty_database.rsplit("/", 1)[0].rsplit(":", 1)[1]))
        yield server.create_database("migrating")
        server.drop_database("migrating")
    else:
        yield f"sqlite:///{tmp_path / 'migrating.sqlite'}"


def tables_of(url: str) -> set[str]:
    database = connect_database(url)
    names = set(sa.inspect(database.writer).get_table_names())
    database.dispose()
    return names


def test_every_migration_goes_up_and_down(empty_url: str) -> None:
    for script in reversed(list(ScriptDirectory.from_config(config()).walk_revisions())):
        migrate(empty_url, script.revision)
        migrate(empty_url, "-1", down=True)
        migrate(empty_url, script.revision)
    assert set(SQLModel.metadata.tables) <= tables_of(empty_url)
    migrate(empty_url, "base", down=True)
    assert tables_of(empty_url) == {"alembic_version"}


def test_migrations_go_down_with_data_in_the_tables(empty_url: str) -> None:
    migrate(empty_url, "head")
    database = connect_database(empty_url)
    with database.open_writer() as session:
        clinic = factories.make_clinic(session, "移行医院", ClinicKind.HOSPITAL)
        member = factories.make_member(session, clinic)
        vendor, _contact = factories.make_vendor(session, clinic)
        system = factories.make_system(session, clinic, vendor)
        factories.make_submission(session, clinic, vendor, [system], created_by=member.id)
        session.commit()
    database.dispose()
    migrate(empty_url, "base", down=True)
    assert tables_of(empty_url) == {"alembic_version"}


def test_models_and_migrations_agree(empty_url: str) -> None:
    migrate(empty_url, "head")
    database = connect_database(empty_url)
    with database.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        differences = compare_metadata(context, SQLModel.metadata)
    database.dispose()
    assert not differences


def test_start_up_recognises_the_newest_revision(empty_url: str) -> None:
    assert api.migrations.newest_revision() == ScriptDirectory.from_config(config()).get_current_head()
    database = connect_database(empty_url)
    assert api.migrations.present_revision(database) is None
    database.dispose()
    migrate(empty_url, "head")
    database = connect_database(empty_url)
    assert api.migrations.present_revision(database) == api.migrations.newest_revision()
    database.dispose()


@pytest.mark.parametrize("statement", ["UPDATE events SET verb = 'x'", "DELETE FROM events"])
def test_the_database_refuses_to_change_events(empty_url: str, statement: str) -> None:
    migrate(empty_url, "head")
    database = connect_database(empty_url)
    with database.open_writer() as session:
        record(session, "portal.tested", clinic_id=None)
        session.commit()
    with database.writer.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.execute(sa.text(statement))
    database.dispose()
