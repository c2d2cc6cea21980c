"""Exports: everything of a clinic, ordered as one workbook, made by a job, kept for a day."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlmodel import Session, col, select

from models import Clinic, Export
from services import clock, storage
from services.export_making import make_export
from services.history import record
from services.jobs import enqueue
from services.kept_files import check_kept, delete_after_commit
from services.refusals import NotFound, refuse_if
from settings import get_settings


def get_export(session: Session, *, clinic_id: UUID, export_id: UUID) -> Export:
    """A workbook of this clinic; raises NotFound for a foreign one as for one that never was."""
    export = session.exec(select(Export).where(Export.id == export_id, Export.clinic_id == clinic_id)).first()
    if export is None:
        raise NotFound
    return export


def find_present(session: Session, *, clinic_id: UUID) -> Export | None:
    """The newest workbook that is being made or can be taken; None where there is none."""
    statement = select(Export).where(
        Export.clinic_id == clinic_id, col(Export.failed_at).is_(None), col(Export.removed_at).is_(None)
    )
    return session.exec(statement.order_by(col(Export.ordered_at).desc()).limit(1)).first()


def order_export(session: Session, *, clinic: Clinic, member_id: UUID, language: str) -> Export:
    """Have the workbook made after this transaction; the one that is being made where somebody was quicker."""
    session.exec(select(Clinic).where(Clinic.id == clinic.id).with_for_update()).one()
    present = find_present(session, clinic_id=clinic.id)
    if present is not None and present.is_under_way:
        return present
    export = Export(clinic_id=clinic.id, language=language, ordered_by=member_id, ordered_at=clock.now())
    session.add(export)
    session.flush()
    _record(session, "clinic.export_ordered", export)
    enqueue(session, make_export, str(export.id))
    return export


def remove_export(session: Session, *, export: Export) -> None:
    """Remove the workbook, because it was taken or its day is over."""
    if export.is_here:
        delete_after_commit(session, key=export.storage_key)
        export.removed_at = clock.now()
        session.add(export)
        _record(session, "clinic.export_removed", export)


def check_export(export: Export) -> None:
    """Raise NotFound where the workbook is not there (any more), StorageUnavailable where it cannot be opened."""
    refuse_if(not export.is_here, NotFound())
    check_kept(export.storage_key)


def open_export(export: Export) -> Iterator[bytes]:
    """The workbook in pieces, after `check_export`."""
    return storage.open_file(get_settings().files_folder, export.storage_key, sha256=export.sha256)


def list_expired(session: Session) -> list[Export]:
    """Every workbook whose day is over and that is still here."""
    statement = select(Export).where(col(Export.removed_at).is_(None), col(Export.expires_at) <= clock.now())
    return list(session.exec(statement))


def remove_expired(session: Session) -> int:
    """Remove them; says how many."""
    expired = list_expired(session)
    for export in expired:
        remove_export(session, export=export)
    return len(expired)


def _record(session: Session, verb: str, export: Export) -> None:
    record(session, verb, clinic_id=export.clinic_id, subject=("export", export.id))
