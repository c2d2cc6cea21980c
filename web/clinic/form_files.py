"""Files from which forms are learned: read in a process of their own before the transaction begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from models import Clinic
from models.database import Database
from services import handed_over, storage
from services.file_names import clean_file_name
from services.languages import _
from services.reading.reasons import NotRead
from services.reading.sandbox import GivenForm, read_form
from services.reading.template_files import list_templates
from services.reading.words import sentence_for
from services.refusals import NotAllowed, Refusal, SignInNeeded, StorageUnavailable
from services.sessions import find_viewer
from settings import MEGABYTE, get_settings
from web.access import SessionDep, get_clinic, get_database
from web.cookies import MEMBER, read_cookie

LARGEST_FORM: Final = 10 * MEGABYTE
BODY_LIMIT: Final = LARGEST_FORM + MEGABYTE


@dataclass(frozen=True, slots=True)
class ReadForm:
    """What became of the file: its cells and where their parts seem to stand, or a sentence that says why not."""

    file_name: str = ""
    form: GivenForm | None = None
    sentence: str = ""


def find_editable_clinic(session: SessionDep, request: Request) -> Clinic:
    """The clinic in which this browser may work, looked up before the page's own session; raises what access raises."""
    viewer = find_viewer(session, token=read_cookie(request, MEMBER) or "")
    if viewer is None:
        raise SignInNeeded
    clinic = get_clinic(viewer, session)
    if not viewer.may_edit:
        raise NotAllowed
    return clinic


async def receive_form(request: Request, database: Annotated[Database, Depends(get_database)]) -> ReadForm:
    """The file that was given, read; nobody's bytes are read who may not teach a form."""
    request.state.is_upload = True
    await run_in_threadpool(refuse_unwelcome, request, database)
    typed = await request.form(max_files=1, max_fields=5)
    file = typed.get("file")
    content, name = b"", ""
    if isinstance(file, UploadFile) and file.filename:
        content, name = await file.read(), clean_file_name(file.filename)
    await typed.close()
    if not name:
        return ReadForm(sentence=_("Please choose a file first."))
    return await run_in_threadpool(read_content, content, name)


def refuse_unwelcome(request: Request, database: Database) -> None:
    """Raise where this browser may not teach forms."""
    with database.open_reader() as session:
        find_editable_clinic(session, request)


def read_content(content: bytes, name: str) -> ReadForm:
    """The form in a file that is gone when it is read."""
    settings = get_settings()
    try:
        with storage.receive(settings.files_folder, limit=LARGEST_FORM, reserve=settings.disk_reserve) as incoming:
            incoming.write(content)
            form = read_form(incoming.path, templates=list_templates(), file_name=name)
    except NotRead as refused:
        return ReadForm(name, sentence=sentence_for(refused))
    except Refusal as refusal:
        return ReadForm(name, sentence=f"{refusal} {refusal.say(refusal.advice)}")
    return ReadForm(name, form)


async def open_document_form(
    request: Request, document_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> ReadForm:
    """The form in a document that a vendor handed over."""
    return await run_in_threadpool(read_kept, request, database, document_id)


def read_kept(request: Request, database: Database, document_id: UUID) -> ReadForm:
    """The same, for a thread of its own; raises NotFound, FileInfected and StorageUnavailable."""
    with database.open_reader() as session:
        clinic = find_editable_clinic(session, request)
        document = handed_over.get_handed_over(session, clinic_id=clinic.id, document_id=document_id)
    handed_over.check_file(document)
    try:
        path = storage.file_path(get_settings().files_folder, document.storage_key)
        form = read_form(path, templates=list_templates(), file_name=document.file_name)
    except storage.FileMissing as error:
        raise StorageUnavailable from error
    except NotRead as refused:
        return ReadForm(document.file_name, sentence=sentence_for(refused))
    return ReadForm(document.file_name, form)


GivenFormDep = Annotated[ReadForm, Depends(receive_form)]
DocumentFormDep = Annotated[ReadForm, Depends(open_document_form)]
