"""Files that jobs make and rows speak of: kept, looked for, and removed only once the row says so for good."""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa
from sqlmodel import Session

from services import storage
from services.refusals import StorageUnavailable
from services.storage import StoredFile
from settings import get_settings


def keep_content(content: bytes) -> StoredFile:
    """Put what a job has made aside, durably. Raises DiskFull and StorageUnavailable."""
    settings = get_settings()
    with storage.receive(settings.files_folder, limit=len(content), reserve=settings.disk_reserve) as incoming:
        incoming.write(content)
        return incoming.keep()


def check_kept(key: str) -> None:
    """Raise StorageUnavailable where the file of a row is not to be found."""
    try:
        storage.file_path(get_settings().files_folder, key)
    except storage.FileMissing as error:
        raise StorageUnavailable from error


def delete_after_commit(session: Session, *, key: str) -> None:
    """Remove a file when this transaction is through, never where it is taken back; the daily sweep takes the rest."""

    def delete(_session: Session) -> None:
        with suppress(StorageUnavailable):
            storage.delete_file(get_settings().files_folder, key)

    sa.event.listen(session, "after_commit", delete, once=True)
