"""Reading of documents that were uploaded: queued with the upload, done later in a process of its own, then stored."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import DISCLOSURES, Disclosure, DisclosureAnswer, DisclosureTemplate, Document, DocumentKind, ReadState
from models.database import Database
from services import clock, storage
from services.disclosure_templates import list_templates_of
from services.disclosures import count_anew, find_disclosure, list_other_sheets
from services.file_names import file_extension
from services.history import record
from services.jobs import enqueue, job
from services.reading.readings import Answer, Outcome, Reading
from services.reading.reasons import NotRead
from services.reading.sandbox import read_disclosure
from services.reading.templates import Template
from services.refusals import NotFound, refuse_if
from settings import get_settings

READABLE: Final = frozenset({".xlsx", ".pdf"})
_STATES: Final = {
    Outcome.READ: ReadState.READ,
    Outcome.NEEDS_PERSON: ReadState.NEEDS_PERSON,
    Outcome.NEEDS_TEMPLATE: ReadState.NEEDS_TEMPLATE,
    Outcome.OTHER: ReadState.OTHER,
}
_LONGEST: Final = 4000
_LONGEST_REMARK: Final = 8000


def queue_reading(session: Session, *, document: Document) -> Disclosure | None:
    """Have a document read after this transaction, for the first time or once more; None for kinds nobody can read."""
    if file_extension(document.file_name) not in READABLE:
        return None
    disclosure = session.exec(
        select(Disclosure).where(Disclosure.document_id == document.id, Disclosure.clinic_id == document.clinic_id)
    ).first()
    if disclosure is None:
        disclosure = Disclosure(clinic_id=document.clinic_id, document_id=document.id, queued_at=clock.now())
    disclosure.state, disclosure.queued_at = ReadState.WAITING, clock.now()
    session.add(disclosure)
    session.flush()
    enqueue(session, read_document, str(document.id))
    return disclosure


def choose_sheet(session: Session, *, document: Document, disclosure: Disclosure, sheet: str) -> None:
    """Have another sheet of a file with several forms read; raises NotFound where no form was found on it."""
    refuse_if(sheet not in list_other_sheets(disclosure), NotFound())
    disclosure.chosen_sheet = sheet
    session.add(disclosure)
    record(
        session,
        "document.sheet_chosen",
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
    )
    queue_reading(session, document=document)


def queue_waiting(session: Session, *, learned: DisclosureTemplate) -> int:
    """Have the clinic's documents read again that waited for somebody to show their form; tells how many.

    Where the form is for all, those of the other clinics follow in a job of its own.
    """
    waiting = session.exec(_waiting().where(Document.clinic_id == learned.clinic_id)).all()
    for document in waiting:
        queue_reading(session, document=document)
    if learned.is_for_all:
        enqueue(session, read_waiting, str(learned.id))
    return len(waiting)


@job()
def read_waiting(database: Database, template_id: str) -> None:
    """Have the documents of all clinics read again that wait for a form, since there is a new one for all."""
    with database.open_writer() as session:
        learned = session.get(DisclosureTemplate, UUID(template_id))
        if learned is not None and learned.is_for_all and learned.retired_at is None:
            for document in session.exec(_waiting()):
                queue_reading(session, document=document)
        session.commit()


def _waiting() -> SelectOfScalar[Document]:
    return (
        select(Document)
        .join(Disclosure, col(Disclosure.document_id) == col(Document.id))
        .where(col(Disclosure.state) == ReadState.NEEDS_TEMPLATE, col(Document.removed_at).is_(None))
    )


@job()
def read_document(database: Database, document_id: str) -> None:
    """Read one document, outside of any transaction, and remember what it says; harmless when run twice."""
    with database.open_reader() as session:
        document = session.get(Document, UUID(document_id))
        if document is None or document.removed_at is not None:
            return
        templates = list_templates_of(session, clinic_id=document.clinic_id)
        before = find_disclosure(session, document=document)
        sheet = before.chosen_sheet if before else ""
    try:
        path = storage.file_path(get_settings().files_folder, document.storage_key)
        found: Reading | NotRead = read_disclosure(
            path, templates=templates.values(), file_name=document.file_name, sheet=sheet
        )
    except NotRead as refused:
        found = refused
    except storage.FileMissing:
        found = NotRead("file_missing")
    with database.open_writer() as session:
        document = session.get_one(Document, document.id)
        store_reading(session, document=document, found=found, templates=templates)
        session.commit()


def store_reading(
    session: Session, *, document: Document, found: Reading | NotRead, templates: dict[str, Template]
) -> Disclosure:
    """Put what was read in the place of what was read before; what people settled stays with its question."""
    statement = select(Disclosure).where(
        Disclosure.document_id == document.id, Disclosure.clinic_id == document.clinic_id
    )
    disclosure = session.exec(statement.with_for_update()).first()
    if disclosure is None:
        disclosure = Disclosure(clinic_id=document.clinic_id, document_id=document.id, queued_at=clock.now())
        session.add(disclosure)
        session.flush()
    disclosure.read_at = clock.now()
    if isinstance(found, NotRead):
        disclosure.state, disclosure.refused = ReadState.UNREAD, found.reason
        _replace_answers(session, disclosure, [])
    else:
        _take_over(session, disclosure, found, templates.get(found.template_id))
        if document.submitted_at is None:
            _tell_kind(session, document, found)
    count_anew(session, disclosure=disclosure)
    record(
        session,
        "document.read",
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
        state=disclosure.state.value,
        count=disclosure.answer_count,
    )
    return disclosure


def _tell_kind(session: Session, document: Document, found: Reading) -> None:
    """The kind by its form; where that is not known, by the titles in the file, unless its name told one."""
    is_guess = not found.template_id
    if found.kind in DISCLOSURES and not (is_guess and document.kind is not DocumentKind.OTHER):
        document.kind = DocumentKind(found.kind)
        session.add(document)


def _take_over(session: Session, disclosure: Disclosure, found: Reading, template: Template | None) -> None:
    disclosure.state, disclosure.refused = _STATES[found.outcome], ""
    disclosure.kind, disclosure.template_id, disclosure.edition = found.kind, found.template_id, found.edition
    disclosure.source, disclosure.sheet = found.source, found.sheet[:200]
    disclosure.fields = {name: {"value": one.value, "place": one.place} for name, one in found.fields.items()}
    disclosure.findings = [
        {"reason": one.reason.value, "place": one.place, "text": one.text[:_LONGEST]} for one in found.findings
    ]
    rows = [
        _make_row(disclosure, template, answer, position) for position, answer in enumerate(found.answers) if template
    ]
    _replace_answers(session, disclosure, rows)


def _make_row(disclosure: Disclosure, template: Template, answer: Answer, position: int) -> DisclosureAnswer:
    question, area = template.questions.get(answer.number), template.area_of(answer.number)
    return DisclosureAnswer(
        clinic_id=disclosure.clinic_id,
        disclosure_id=disclosure.id,
        position=position,
        number=answer.number,
        value=answer.value.value,
        place=answer.place,
        reason=answer.reason.value if answer.reason else "",
        closed_by=answer.closed_by,
        area=area.value if area else "",
        welcome=question.welcome if question else "any",
        is_appendix=bool(question and question.is_appendix),
        confidence=answer.confidence,
        raw=answer.raw[:_LONGEST],
        remark=answer.remark[:_LONGEST_REMARK],
        asked=answer.asked[:_LONGEST],
    )


def _replace_answers(session: Session, disclosure: Disclosure, rows: list[DisclosureAnswer]) -> None:
    mine = col(DisclosureAnswer.disclosure_id) == disclosure.id
    settled = {
        answer.number: answer
        for answer in session.exec(select(DisclosureAnswer).where(mine, DisclosureAnswer.settled_value != ""))
    }
    for answer in settled.values():
        session.expunge(answer)
    session.execute(sa.delete(DisclosureAnswer).where(mine))
    for row in rows:
        before = settled.get(row.number)
        if before and before.raw == row.raw:
            row.settled_value, row.settled_by = before.settled_value, before.settled_by
            row.settled_at = before.settled_at
    session.add_all(rows)
    session.flush()
