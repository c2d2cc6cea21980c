"""Editions on their way in: workbooks given one by one, understood, corrected by a person, and published by a press."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from models import ImportedEdition, OfficialForm, OfficialWorkbook
from services import clock, imported_editions, storage
from services.edition_forms import Edition
from services.edition_making import Material, Plan, make_content, make_plan
from services.edition_refusals import EditionIncomplete, EditionPublished, FormThere
from services.history import record
from services.official_files import find_official_file
from services.reading.checklist_rows import Line, LineKind
from services.reading.checklist_words import Part
from services.reading.checklists import Checklist, pack_checklist, read_with, unpack_checklist
from services.reading.grid import Sheet, Workbook, pack_workbook, unpack_workbook
from services.refusals import EditedMeanwhile, NotFound, StorageUnavailable, refuse_if
from services.storage import StoredFile
from settings import get_settings

WANTED: Final = (OfficialForm.INSTITUTION, OfficialForm.VENDOR)
"""The forms without which there is no edition."""


def list_imported(session: Session, *, clinic_id: UUID | None) -> list[ImportedEdition]:
    """Every edition that a clinic imported for itself, or an operator for all; drafts first, then the newest."""
    statement = select(ImportedEdition).where(col(ImportedEdition.clinic_id) == clinic_id)
    order = (col(ImportedEdition.published_at).is_not(None), col(ImportedEdition.fiscal_year).desc())
    return list(session.exec(statement.order_by(*order, col(ImportedEdition.revision).desc())))


def get_imported(session: Session, *, imported_id: UUID, clinic_id: UUID | None, is_operator: bool) -> ImportedEdition:
    """An edition that this person may look after: its clinic's, or as an operator everybody's; raises NotFound."""
    found = session.get(ImportedEdition, imported_id)
    if found is None or not (is_operator if found.clinic_id is None else found.clinic_id == clinic_id):
        raise NotFound
    return found


def list_workbooks(session: Session, *, imported: ImportedEdition) -> list[OfficialWorkbook]:
    """The workbooks of an edition, the institution's first."""
    found = session.exec(select(OfficialWorkbook).where(OfficialWorkbook.imported_edition_id == imported.id))
    return sorted(found, key=lambda one: list(OfficialForm).index(one.form))


def get_workbook(session: Session, *, imported: ImportedEdition, workbook_id: UUID) -> OfficialWorkbook:
    """One workbook of an edition; raises NotFound."""
    found = session.get(OfficialWorkbook, workbook_id)
    if found is None or found.imported_edition_id != imported.id:
        raise NotFound
    return found


def sheet_of(workbook: OfficialWorkbook) -> Sheet:
    """The cells of the sheet that holds the form."""
    return unpack_workbook(json.loads(zlib.decompress(workbook.cells))).sheets[0]


def open_original(workbook: OfficialWorkbook) -> Iterator[bytes]:
    """The workbook as it was given; raises StorageUnavailable where it is not to be found."""
    try:
        return storage.open_file(get_settings().files_folder, workbook.storage_key, sha256=workbook.sha256)
    except storage.FileMissing as error:
        raise StorageUnavailable from error


def understand(workbook: OfficialWorkbook) -> Checklist:
    """The columns and rows, with what a person said of single rows in place of what was found."""
    checklist = unpack_checklist(workbook.found)
    for line in checklist.lines:
        if said := workbook.settled.get(str(line.row)):
            line.kind, line.doubts = LineKind(said["kind"]), []
            line.number = said["number"]
    return checklist


def read_materials(session: Session, *, imported: ImportedEdition) -> list[Material]:
    """All workbooks of an edition as they are understood now."""
    return [
        Material(one.form, understand(one), one.file_name, one.sha256, is_known(session, sha256=one.sha256))
        for one in list_workbooks(session, imported=imported)
    ]


def read_plan(session: Session, *, imported: ImportedEdition, materials: Sequence[Material]) -> Plan:
    """What links where and what carries over, proposed and decided."""
    return make_plan(materials, older=find_older(session, imported=imported), choices=imported.choices)


def find_older(session: Session, *, imported: ImportedEdition) -> Edition | None:
    """The edition of an earlier year that this one takes over from."""
    known = imported_editions.list_editions_of(session, clinic_id=imported.clinic_id)
    return next((edition for edition in known if edition.fiscal_year < imported.fiscal_year), None)


def is_known(session: Session, *, sha256: str) -> bool:
    """Whether these bytes are the official file: by the catalog, or by what an operator has published."""
    return find_official_file(sha256) is not None or _known_workbook(session, sha256) is not None


def add_workbook(
    session: Session,
    *,
    clinic_id: UUID | None,
    member_id: UUID,
    form: OfficialForm,
    fiscal_year: int,
    stored: StoredFile,
    file_name: str,
    found: tuple[Checklist, Sheet],
) -> OfficialWorkbook:
    """Put a workbook into the year's draft, which is begun where there is none. Raises FormThere."""
    imported = _draft_of(session, clinic_id, member_id, fiscal_year)
    forms = {one.form for one in list_workbooks(session, imported=imported)}
    refuse_if(form in forms, FormThere())
    checklist, sheet = found
    known = _known_workbook(session, stored.sha256)
    packed = json.dumps(pack_workbook(Workbook("xlsx", [sheet])), ensure_ascii=False).encode("utf-8", "surrogatepass")
    workbook = OfficialWorkbook(
        imported_edition_id=imported.id,
        form=form,
        file_name=file_name,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        cells=zlib.compress(packed),
        found=known.found if known else pack_checklist(checklist),
        settled=known.settled if known else {},
        uploaded_by=member_id,
        uploaded_at=clock.now(),
    )
    session.add(workbook)
    session.flush()
    _record(session, "edition.workbook_added", imported, form=form.value, name=file_name, sha256=stored.sha256)
    return workbook


def choose_columns(
    session: Session,
    *,
    imported: ImportedEdition,
    workbook: OfficialWorkbook,
    columns: Mapping[Part, int],
    version: int,
) -> None:
    """Read the sheet with these columns from now on; what was said of rows stays."""
    _open(session, imported, workbook, version)
    before = unpack_checklist(workbook.found)
    workbook.found = pack_checklist(read_with(sheet_of(workbook), before, columns))
    session.add(workbook)
    session.flush()
    _record(session, "edition.workbook_corrected", imported, form=workbook.form.value)


def settle_rows(
    session: Session, *, imported: ImportedEdition, workbook: OfficialWorkbook, said: Mapping[int, Line], version: int
) -> None:
    """Keep what a person says of rows: what they are, and their numbers."""
    _open(session, imported, workbook, version)
    workbook.settled = {str(row): {"kind": line.kind.value, "number": line.number} for row, line in said.items()}
    session.add(workbook)
    session.flush()
    _record(session, "edition.workbook_corrected", imported, form=workbook.form.value)


def choose_subjects(
    session: Session,
    *,
    imported: ImportedEdition,
    links: Mapping[str, str],
    carried: Mapping[str, Sequence[str]],
    version: int,
) -> None:
    """Keep what links where, and what each item takes over."""
    session.refresh(imported, with_for_update=True)
    refuse_if(imported.published_at is not None, EditionPublished())
    refuse_if(imported.version != version, EditedMeanwhile())
    imported.choices = {"links": dict(links), "carried": {key: list(sources) for key, sources in carried.items()}}
    imported.version += 1
    session.add(imported)
    session.flush()
    _record(session, "edition.subjects_chosen", imported)


def remove_workbook(session: Session, *, imported: ImportedEdition, workbook: OfficialWorkbook) -> None:
    """Take a workbook out of a draft; its file is swept away later. Raises EditionPublished."""
    session.refresh(imported, with_for_update=True)
    refuse_if(imported.published_at is not None, EditionPublished())
    session.delete(workbook)
    session.flush()
    _record(session, "edition.workbook_removed", imported, form=workbook.form.value, name=workbook.file_name)


def discard(session: Session, *, imported: ImportedEdition) -> None:
    """Throw a draft away; its files are swept away later. Raises EditionPublished."""
    session.refresh(imported, with_for_update=True)
    refuse_if(imported.published_at is not None, EditionPublished())
    for workbook in list_workbooks(session, imported=imported):
        session.delete(workbook)
    session.flush()
    session.delete(imported)
    session.flush()
    _record(session, "edition.discarded", imported)


def is_ready(materials: Sequence[Material]) -> bool:
    """Whether nothing needs a person any more."""
    return {*WANTED} <= {one.form for one in materials} and all(one.checklist.is_complete for one in materials)


def publish(session: Session, *, imported: ImportedEdition, member_id: UUID) -> Edition:
    """Make the edition one to ask and answer with; it never changes again.

    Raises EditionPublished, EditionIncomplete, and BrokenEdition where its parts do not hold together.
    """
    session.refresh(imported, with_for_update=True)
    refuse_if(imported.published_at is not None, EditionPublished())
    materials = read_materials(session, imported=imported)
    refuse_if(not is_ready(materials), EditionIncomplete())
    plan = read_plan(session, imported=imported, materials=materials)
    content = make_content(imported, materials, plan)
    imported.content, imported.edition_id = content, content["id"]
    imported.published_at, imported.published_by = clock.now(), member_id
    session.add(imported)
    for workbook in list_workbooks(session, imported=imported):
        checklist = understand(workbook)
        rows = {subject.key: subject.line.row for subject in plan.subjects[workbook.form]}
        rows |= {"gate": checklist.gate.row} if checklist.gate else {}
        columns = {part.value: column for part, column in checklist.columns.items()}
        below = {line.row for line in checklist.lines if line.is_dated_below}
        dated_below = [key for key, row in rows.items() if row in below]
        workbook.places = {"sheet": checklist.sheet, "columns": columns, "rows": rows, "dated_below": dated_below}
        session.add(workbook)
    session.flush()
    _record(session, "edition.published", imported, edition=imported.edition_id)
    return imported_editions.build(json.dumps(content))


def _draft_of(session: Session, clinic_id: UUID | None, member_id: UUID, fiscal_year: int) -> ImportedEdition:
    rows = [one for one in list_imported(session, clinic_id=clinic_id) if one.fiscal_year == fiscal_year]
    draft = next((one for one in rows if one.published_at is None), None)
    if draft is None:
        draft = ImportedEdition(
            clinic_id=clinic_id,
            fiscal_year=fiscal_year,
            revision=max((one.revision for one in rows), default=0) + 1,
            created_by=member_id,
            created_at=clock.now(),
        )
        session.add(draft)
        session.flush()
        _record(session, "edition.begun", draft)
    return draft


def _open(session: Session, imported: ImportedEdition, workbook: OfficialWorkbook, version: int) -> None:
    session.refresh(imported, with_for_update=True)
    refuse_if(imported.published_at is not None, EditionPublished())
    session.refresh(workbook)
    refuse_if(workbook.version != version, EditedMeanwhile())
    workbook.version += 1


def _known_workbook(session: Session, sha256: str) -> OfficialWorkbook | None:
    """The same file as an operator has published it for all."""
    statement = (
        select(OfficialWorkbook)
        .join(ImportedEdition, col(ImportedEdition.id) == col(OfficialWorkbook.imported_edition_id))
        .where(
            OfficialWorkbook.sha256 == sha256,
            col(ImportedEdition.clinic_id).is_(None),
            col(ImportedEdition.published_at).is_not(None),
        )
        .order_by(col(ImportedEdition.published_at).desc())
    )
    return session.exec(statement.limit(1)).first()


def _record(session: Session, verb: str, imported: ImportedEdition, **details: Any) -> None:
    record(
        session,
        verb,
        clinic_id=imported.clinic_id,
        subject=("edition", imported.id),
        fiscal_year=imported.fiscal_year,
        **details,
    )
