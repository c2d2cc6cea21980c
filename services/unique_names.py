"""Names that occur once per clinic, kept so by the database even when two people save at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from models import System, Vendor
from services.refusals import ArchivedNameTaken, NameTaken


@contextmanager
def keeping_names_unique(
    session: Session, kind: type[System] | type[Vendor], *, clinic_id: UUID, name: str
) -> Iterator[None]:
    """Write an entry under this name inside the block; raises NameTaken, or ArchivedNameTaken for one put away.

    Whatever was written in the block is undone then, and nothing that was written before it.
    """
    try:
        with session.begin_nested():
            yield
            session.flush()
    except IntegrityError as error:
        archived_at = session.execute(
            sa.select(col(kind.archived_at)).where(col(kind.clinic_id) == clinic_id, col(kind.name) == name)
        ).scalar_one_or_none()
        raise (ArchivedNameTaken() if archived_at else NameTaken()) from error
