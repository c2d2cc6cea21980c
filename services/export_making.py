"""Making everything of a clinic into one workbook: table by table, so that whoever waits sees how far it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col

from models import Export
from models.database import Database
from services import clock, storage
from services.everything import bind, list_parts
from services.exports import workbook_bytes
from services.history import record
from services.jobs import enqueue, job
from services.kept_files import keep_content
from services.languages import speaking
from services.reports.tables import Table
from settings import get_settings

log = structlog.get_logger(__name__)

KEPT: Final = timedelta(hours=24)
LOST_AFTER: Final = timedelta(minutes=10)


@job()
def make_export(database: Database, export_id: str) -> None:
    """Make a workbook, if it is still to be made; harmless when run twice."""
    with database.open_reader() as session:
        export = session.get_one(Export, UUID(export_id))
    if not export.is_under_way:
        return
    try:
        with speaking(export.language):
            stored = keep_content(_make(database, export))
    except Exception as failure:
        # Whoever waits is told, whatever it was; trying for ever would make nothing of it.
        log.warning("export.not_made", export=export_id, why=str(failure), exc_info=True)
        _note_failure(database, export.id)
        return
    _publish(database, export.id, stored)


def enqueue_lost_exports(database: Database) -> None:
    """Enqueue workbooks again whose job is nowhere; a job looks first whether its work is done."""
    lost = sa.select(col(Export.id)).where(
        col(Export.made_at).is_(None),
        col(Export.failed_at).is_(None),
        col(Export.ordered_at) <= clock.now() - LOST_AFTER,
    )
    with database.open_reader() as session:
        export_ids = session.execute(lost).scalars().all()
    if export_ids:
        with database.open_writer() as session:
            for export_id in export_ids:
                enqueue(session, make_export, str(export_id))
            session.commit()


def _make(database: Database, export: Export) -> bytes:
    """The workbook as of one moment; after each table it is written down how far it is."""
    with database.open_reader() as session:
        parts = list_parts(session, clinic_id=export.clinic_id)
        tables: list[Table] = []
        for part in parts:
            _note_progress(database, export.id, done=len(tables), of=len(parts) + 1)
            tables.append(part())
    # Writing the sheets is the last part: it takes about as long as all reading.
    _note_progress(database, export.id, done=len(tables), of=len(parts) + 1)
    return workbook_bytes(bind(tables))


def _note_progress(database: Database, export_id: UUID, *, done: int, of: int) -> None:
    with database.open_writer() as session:
        session.execute(sa.update(Export).where(col(Export.id) == export_id).values(done_count=done, part_count=of))
        session.commit()


def _publish(database: Database, export_id: UUID, stored: storage.StoredFile) -> None:
    """Make the workbook known; where another run was quicker, its bytes go again."""
    is_known = False
    try:
        with database.open_writer() as session:
            export = session.get_one(Export, export_id, with_for_update=True)
            if export.is_under_way:
                export.storage_key, export.size, export.sha256 = stored.key, stored.size, stored.sha256
                export.done_count, export.made_at = export.part_count, clock.now()
                export.expires_at = export.made_at + KEPT
                session.add(export)
                session.commit()
                is_known = True
    finally:
        if not is_known:
            storage.delete_file(get_settings().files_folder, stored.key)


def _note_failure(database: Database, export_id: UUID) -> None:
    with database.open_writer() as session:
        export = session.get_one(Export, export_id)
        export.failed_at = clock.now()
        session.add(export)
        _record_failure(session, export)
        session.commit()


def _record_failure(session: Session, export: Export) -> None:
    record(session, "clinic.export_failed", clinic_id=export.clinic_id, subject=("export", export.id))
