"""A table on its way in: the form with its file or pasted lines, read before the transaction begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from models import ImportKind
from models.database import Database
from services.file_names import clean_file_name
from services.imports.given import LARGEST_FILE, read_file
from services.imports.grids import Grid, read_text
from services.imports.refusals import TableRefused
from services.languages import _
from services.refusals import NotAllowed, Refusal, SignInNeeded
from services.sessions import find_viewer
from settings import MEGABYTE
from web.access import get_database
from web.cookies import MEMBER, read_cookie
from web.forms import Submitted
from web.keeping import LARGEST

BODY_LIMIT: Final = LARGEST_FILE + MEGABYTE
"""Largest body of the form; pasted lines may take as much as a file."""


@dataclass(frozen=True, slots=True)
class GivenTable:
    """The form as it came, and the cells where they could be read."""

    submitted: Submitted[Any]
    kind: ImportKind
    grid: Grid | None = None
    file_name: str = ""


async def receive_table(request: Request, database: Annotated[Database, Depends(get_database)]) -> GivenTable:
    """The table that was given, or the form with a sentence.

    Comes before the session in the parameters of a page: reading takes a while, and nobody should wait for it.
    """
    size = request.headers.get("content-length", "")
    # A form that is too large to be carried along while somebody signs in is not read at all then.
    request.state.is_upload = not size.isdigit() or int(size) > LARGEST
    await run_in_threadpool(refuse_unwelcome, request, database)
    typed = await request.form(max_files=1, max_fields=10, max_part_size=BODY_LIMIT)
    kind = ImportKind.SYSTEMS if typed.get("kind") == ImportKind.SYSTEMS else ImportKind.VENDORS
    file, pasted = typed.get("file"), typed.get("lines")
    text = pasted if isinstance(pasted, str) else ""
    content, name = b"", ""
    if isinstance(file, UploadFile) and file.filename:
        content, name = await file.read(), clean_file_name(file.filename)
    await typed.close()
    submitted = Submitted[Any](values={"kind": kind.value, "lines": text})
    return await run_in_threadpool(read_table, submitted, kind, content, name)


def read_table(submitted: Submitted[Any], kind: ImportKind, content: bytes, file_name: str) -> GivenTable:
    """The cells of the file, or where there is none of the pasted lines."""
    text = submitted.values["lines"]
    try:
        if file_name:
            return GivenTable(submitted, kind, read_file(content, file_name=file_name, kind=kind), file_name)
        if text.strip():
            return GivenTable(submitted, kind, read_text(text))
        submitted.errors["file"] = _("Please choose a file, or paste the lines of a table.")
    except TableRefused as refusal:
        submitted.errors["file" if file_name else "lines"] = str(refusal)
    except Refusal as refusal:
        submitted.errors["form"] = str(refusal)
    return GivenTable(submitted, kind)


def refuse_unwelcome(request: Request, database: Database) -> None:
    """Raise where this browser may not import anything, before the first byte of a file is read."""
    with database.open_reader() as session:
        viewer = find_viewer(session, token=read_cookie(request, MEMBER) or "")
    if viewer is None:
        raise SignInNeeded
    if not viewer.may_edit:
        raise NotAllowed


GivenTableDep = Annotated[GivenTable, Depends(receive_table)]
