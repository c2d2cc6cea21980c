"""Official workbooks on their way in: a form with files, read in a process of their own before the transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from models import OfficialForm
from models.database import Database
from services import storage
from services.edition_refusals import NoChecklist
from services.file_names import clean_file_name
from services.file_types import FileType, recognise_file
from services.languages import _
from services.reading.checklists import Checklist
from services.reading.grid import Sheet
from services.reading.reasons import NotRead
from services.reading.sandbox import read_checklist
from services.reading.words import sentence_for
from services.refusals import NotAllowed, Refusal, SecondFactorNeeded, SignInNeeded
from services.sessions import Viewer, find_viewer
from services.storage import StoredFile
from settings import MEGABYTE, get_settings
from web.access import get_database
from web.cookies import MEMBER, read_cookie
from web.forms import Submitted

FILE_LIMIT: Final = 5 * MEGABYTE
"""Largest official workbook: the known ones have 25 KB."""
MOST_FILES: Final = len(OfficialForm)
BODY_LIMIT: Final = MOST_FILES * FILE_LIMIT + MEGABYTE
TYPED: Final = ("audience", "fiscal_year", "form")


@dataclass(frozen=True, slots=True)
class GivenWorkbook:
    """One file that was kept, with what was found in it."""

    file_name: str
    stored: StoredFile
    found: tuple[Checklist, Sheet]


@dataclass(slots=True)
class GivenWorkbooks:
    """The form as it came, with the files in which a checklist was found; sentences stand in `submitted.errors`."""

    submitted: Submitted[Any]
    workbooks: list[GivenWorkbook] = field(default_factory=list)


async def receive_workbooks(request: Request, database: Annotated[Database, Depends(get_database)]) -> GivenWorkbooks:
    """The files of a form, read; before the session, because reading takes its time."""
    request.state.is_upload = True
    await run_in_threadpool(refuse_unwelcome, request, database)
    typed = await request.form(max_files=MOST_FILES, max_fields=10, max_part_size=FILE_LIMIT)
    values = {name: text for name in TYPED if isinstance(text := typed.get(name, ""), str)}
    files = [one for one in typed.getlist("files") if isinstance(one, UploadFile) and one.filename]
    contents = [(clean_file_name(one.filename or ""), await one.read(FILE_LIMIT + 1)) for one in files]
    await typed.close()
    request.state.body_is_read = True
    return await run_in_threadpool(read_all, Submitted[Any](values=values), contents)


def read_all(submitted: Submitted[Any], contents: list[tuple[str, bytes]]) -> GivenWorkbooks:
    """Keep and read each file; the first that cannot be read says why, and the others stay what they are."""
    given = GivenWorkbooks(submitted)
    if not contents:
        submitted.errors["files"] = _("Please choose a file first.")
    for name, content in contents:
        try:
            given.workbooks.append(read_one(name, content))
        except Refusal as refusal:
            submitted.errors["files"] = f"{name}: {refusal} {refusal.say(refusal.advice)}"
        except NotRead as refused:
            submitted.errors["files"] = f"{name}: {sentence_for(refused)}"
    return given


def read_one(name: str, content: bytes) -> GivenWorkbook:
    """A file that holds a checklist, durable on disk. Raises NotRead, NoChecklist and what the type check raises."""
    settings = get_settings()
    with storage.receive(settings.files_folder, limit=FILE_LIMIT, reserve=settings.disk_reserve) as incoming:
        incoming.write(content)
        kind = recognise_file(incoming.path, file_name=name)
        found = read_checklist(incoming.path, file_name=name) if kind is FileType.XLSX else None
        if found is None:
            raise NoChecklist(file=name)
        return GivenWorkbook(name, incoming.keep(), found)


def refuse_unwelcome(request: Request, database: Database) -> None:
    """Raise where this browser may not import anything, before the first byte of a file is read."""
    with database.open_reader() as session:
        refuse_others(find_viewer(session, token=read_cookie(request, MEMBER) or ""))


def refuse_others(viewer: Viewer | None) -> Viewer:
    """The viewer, where it is an owner or an operator; raises SignInNeeded, NotAllowed and SecondFactorNeeded."""
    if viewer is None:
        raise SignInNeeded
    if not (viewer.is_owner or viewer.is_operator):
        raise NotAllowed
    if viewer.must_set_up_factor:
        raise SecondFactorNeeded
    return viewer


GivenWorkbooksDep = Annotated[GivenWorkbooks, Depends(receive_workbooks)]
