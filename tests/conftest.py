"""Fixtures: settings, a migrated database, the application and its people, fresh for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from api.logs import set_up_logs
from api.main import create_app
from models import Clinic, ClinicKind, Role, Submission
from models.database import Database, connect_database
from services import keys, languages, throttles
from services.jobs import prepare_jobs
from settings import Settings, get_settings
from tests import factories, postgresql
from tests.browser import Browser
from tests.migrating import migrate_to_head
from tests.people import Clerk, Engineer, Mailbox, signed_in

SECRET = "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"
ON_POSTGRESQL = os.environ.get("PORTAL_TEST_DATABASE") == "postgresql"

languages.sentences("ja").is_strict = True
set_up_logs()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a migrated database that tests copy."""
    if ON_POSTGRESQL:
        with postgresql.cluster() as server:
            url = server.create_database("template_portal")
            migrate_to_head(url)
            add_job_tables(url)
            yield url
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'portal.sqlite'}"
        migrate_to_head(url)
        add_job_tables(url)
        yield url


def add_job_tables(url: str) -> None:
    """What `serve` does after the migrations, so that deeds can enqueue their jobs."""
    database = connect_database(url)
    prepare_jobs(database)
    database.dispose()


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def database_url(empty_database: str, data_folder: Path) -> Iterator[str]:
    if ON_POSTGRESQL:
        with postgresql.copy_of(empty_database) as url:
            yield url
    else:
        target = data_folder / "portal.sqlite"
        shutil.copyfile(empty_database.removeprefix("sqlite:///"), target)
        yield f"sqlite:///{target}"


@pytest.fixture
def settings(data_folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of this test; whoever calls get_settings() receives them too."""
    values = {
        "PORTAL_DATA_FOLDER": str(data_folder),
        "PORTAL_DATABASE_URL": database_url if ON_POSTGRESQL else "",
        "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_RUN_JOBS": "false",
        "PORTAL_BASE_URL": "http://localhost:8000",
        "PORTAL_DISK_RESERVE": "0",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    keys.forget_keys()
    throttles.forget_networks()
    yield get_settings()
    get_settings.cache_clear()
    keys.forget_keys()
    throttles.forget_networks()


@pytest.fixture
def database(settings: Settings, database_url: str) -> Iterator[Database]:
    connected = connect_database(database_url)
    yield connected
    connected.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session for tests of services; nothing is committed unless the test does."""
    with database.open_writer() as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_app() -> FastAPI:
    """The application, put together once: that takes a third of a second, and only its database differs."""
    return create_app(
        Settings(base_url="http://localhost:8000", run_jobs=False), connect_database("sqlite:///never-opened.sqlite")
    )


@pytest.fixture
def app(settings: Settings, database: Database, shared_app: FastAPI) -> FastAPI:
    """The application on this test's database."""
    assert settings.base_url == "http://localhost:8000"
    shared_app.state.database = database
    return shared_app


@pytest.fixture
def mailbox(database: Database) -> Mailbox:
    return Mailbox(database)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    with database.open_writer() as opened:
        made = factories.make_clinic(opened, "やまもと内科クリニック")
        opened.commit()
    return made


@pytest.fixture
def other_clinic(database: Database) -> Clinic:
    with database.open_writer() as opened:
        made = factories.make_clinic(opened, "さくら調剤薬局", ClinicKind.PHARMACY)
        opened.commit()
    return made


def _clerk(app: FastAPI, database: Database, clinic: Clinic, name: str, role: Role, email: str) -> Clerk:
    with database.open_writer() as opened:
        member = factories.make_member(opened, clinic, name=name, role=role, email=email)
        opened.commit()
    return signed_in(app, database, member, clinic)


@pytest.fixture
def alice(app: FastAPI, database: Database, clinic: Clinic) -> Clerk:
    """Owns the clinic."""
    return _clerk(app, database, clinic, "山本 あかり", Role.OWNER, "alice@clinic.example")


@pytest.fixture
def bob(app: FastAPI, database: Database, clinic: Clinic) -> Clerk:
    """Edits at the clinic."""
    return _clerk(app, database, clinic, "坊野 武", Role.EDITOR, "bob@clinic.example")


@pytest.fixture
def carol(app: FastAPI, database: Database, clinic: Clinic) -> Clerk:
    """Views at the clinic."""
    return _clerk(app, database, clinic, "刈谷 るい", Role.VIEWER, "carol@clinic.example")


@pytest.fixture
def charlie(app: FastAPI, database: Database, other_clinic: Clinic) -> Clerk:
    """Owns another clinic."""
    return _clerk(app, database, other_clinic, "茶谷 理", Role.OWNER, "charlie@other.example")


@pytest.fixture
def vera(app: FastAPI, mailbox: Mailbox) -> Engineer:
    """Answers at the vendor."""
    return Engineer(Browser(app), mailbox, "vera@vendor.example")


@pytest.fixture
def stranger(app: FastAPI) -> Browser:
    """Nobody."""
    return Browser(app)


@pytest.fixture
def asked(database: Database, clinic: Clinic, alice: Clerk, vera: Engineer) -> Submission:
    """What Alice asks of Vera's company: one form for one system, with a link in Vera's mailbox."""
    with database.open_writer() as opened:
        vendor, _ = factories.make_vendor(opened, clinic, name="みどりメディカルシステム", email=vera.email)
        system = factories.make_system(opened, clinic, vendor, name="KarteNova 院内版")
        made = factories.make_submission(opened, clinic, vendor, [system], created_by=alice.member.id)
        opened.commit()
    alice.invites(made, vera.email)
    return made


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, run what touches a database; the rest was run on SQLite and would do the same again."""
    if not ON_POSTGRESQL:
        return
    touching = [item for item in items if "empty_database" in getattr(item, "fixturenames", ()) or uses_own(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in touching])
    items[:] = touching


def uses_own(item: pytest.Item) -> bool:
    """Whether a test looks after a database of its own."""
    return item.get_closest_marker("postgresql") is not None or item.path.name == "test_migrations.py"
