"""Files that rows speak of: removed only once the row says for good that it is gone."""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa
from sqlmodel import Session

from services import storage
from services.refusals import StorageUnavailable
from settings import get_settings


def delete_after_commit(session: Session, *, key: str) -> None:
    """Remove a file when this transaction is through, never where it is taken back; the daily sweep takes the rest."""

    def delete(_session: Session) -> None:
        with suppress(StorageUnavailable):
            storage.delete_file(get_settings().files_folder, key)

    sa.event.listen(session, "after_commit", delete, once=True)
