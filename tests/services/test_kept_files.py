"""Claims about removing files together with their rows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.database import Database
from services import storage
from services.kept_files import delete_after_commit
from services.storage import StoredFile
from settings import Settings


@pytest.fixture
def stored(settings: Settings) -> StoredFile:
    with storage.receive(settings.files_folder, limit=100) as incoming:
        incoming.write(b"content")
        return incoming.keep()


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_a_file_goes_with_the_transaction_and_stays_without_it(
    database: Database, settings: Settings, stored: StoredFile, ends: str
) -> None:
    with database.open_writer() as session:
        session.execute(sa.text("SELECT 1"))
        delete_after_commit(session, key=stored.key)
        assert storage.file_path(settings.files_folder, stored.key)
        getattr(session, ends)()
    assert storage.delete_file(settings.files_folder, stored.key) is (ends == "rollback")
