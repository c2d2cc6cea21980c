"""Tables between giving and taking over: kept on the server for a day, seen by nobody but who gave them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Import, ImportKind
from services import clock
from services.imports.columns import COLUMNS, SEARCHED_ROWS, find_head, width_of
from services.imports.grids import Grid
from services.imports.refusals import ImportTaken
from services.refusals import NotFound, refuse_if

KEPT_FOR: Final = timedelta(days=1)
_LIGHT: Final = 1
"""How hard the cells are pressed together: lightly, for they are read at every look."""


def get_import(session: Session, *, clinic_id: UUID, member_id: UUID, import_id: UUID) -> Import:
    """A table that this member gave here within a day; raises NotFound for any other."""
    statement = select(Import).where(
        Import.id == import_id,
        Import.clinic_id == clinic_id,
        Import.member_id == member_id,
        Import.expires_at > clock.now(),
    )
    given = session.exec(statement).first()
    if given is None:
        raise NotFound
    return given


def cells_of(given: Import) -> Grid:
    """The cells of a table that was not taken over yet; raises ImportTaken."""
    refuse_if(given.taken_at is not None, ImportTaken())
    grid: Grid = json.loads(zlib.decompress(given.cells))
    return grid


def start_import(
    session: Session, *, clinic_id: UUID, member_id: UUID, kind: ImportKind, grid: Grid, file_name: str = ""
) -> Import:
    """Keep a table to be looked at; what the same member gave before and did not take over is forgotten."""
    session.execute(
        sa.delete(Import).where(
            col(Import.clinic_id) == clinic_id, col(Import.member_id) == member_id, col(Import.taken_at).is_(None)
        )
    )
    head_row, columns = find_head(kind, grid)
    moment = clock.now()
    given = Import(
        clinic_id=clinic_id,
        member_id=member_id,
        kind=kind,
        file_name=file_name,
        cells=zlib.compress(json.dumps(grid, ensure_ascii=False).encode("utf-8", "surrogatepass"), _LIGHT),
        head_row=head_row,
        columns=columns,
        created_at=moment,
        expires_at=moment + KEPT_FOR,
    )
    session.add(given)
    session.flush()
    return given


def choose_columns(session: Session, *, given: Import, head_row: int, columns: Sequence[str]) -> None:
    """Read the table with these columns from now on; what is unknown or chosen twice is left out."""
    width = width_of(cells_of(given))
    known = {column.key for column in COLUMNS[given.kind]}
    chosen: list[str] = []
    for key in [*columns[:width], *[""] * (width - len(columns))]:
        chosen.append(key if key in known and key not in chosen else "")
    given.columns = chosen
    given.head_row = min(max(head_row, 0), SEARCHED_ROWS)
    session.add(given)


def discard_import(session: Session, *, given: Import) -> None:
    """Forget a table at once."""
    session.delete(given)


def has_expired_imports(session: Session) -> bool:
    """Whether there is any table whose day is over."""
    return bool(session.execute(sa.select(sa.exists().where(col(Import.expires_at) < clock.now()))).scalar_one())


def forget_imports(session: Session) -> None:
    """Forget every table whose day is over."""
    session.execute(sa.delete(Import).where(col(Import.expires_at) < clock.now()))
