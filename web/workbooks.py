"""Workbooks that are read and not kept: they arrive on disk, are read in a process of their own, and are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from models.database import Database
from services.languages import _
from services.offline_answers import Understood
from services.offline_layout import HEADINGS
from services.reading.grid import Workbook
from services.reading.reasons import NotRead
from services.reading.sandbox import read_workbook
from services.reading.words import sentence_for
from services.refusals import NotAllowed, SignInNeeded
from services.sessions import find_viewer
from settings import MEGABYTE
from web.access import get_database
from web.cookies import MEMBER, read_cookie
from web.uploads import Arrival, arriving, refuse_unwelcome

FILE_LIMIT: Final = 10 * MEGABYTE
"""Largest body of an uploaded form: an empty one has 15 KB."""


@dataclass(frozen=True, slots=True)
class ReadWorkbook:
    """What became of the file: its cells, or a sentence that says why there are none."""

    file_name: str = ""
    workbook: Workbook | None = None
    sentence: str = ""


def read_arrival(arrival: Arrival) -> ReadWorkbook:
    """The cells of a file that has arrived; it stays where it is."""
    if arrival.refusal is not None or arrival.incoming is None:
        refusal = arrival.refusal
        return ReadWorkbook(arrival.file_name, sentence=f"{refusal} {refusal.say(refusal.advice)}" if refusal else "")
    try:
        return ReadWorkbook(arrival.file_name, read_workbook(arrival.incoming.path, file_name=arrival.file_name))
    except NotRead as refused:
        return ReadWorkbook(arrival.file_name, sentence=sentence_for(refused))


async def receive_workbook(
    request: Request, submission_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[ReadWorkbook]:
    """The first file sent by somebody who may answer, read; before the session, because reading takes its time."""
    request.state.is_upload = True
    await run_in_threadpool(refuse_unwelcome, request, database, submission_id)
    async with reading(request) as read:
        yield read


async def receive_members_workbook(
    request: Request, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[ReadWorkbook]:
    """The same from a member who may work in a clinic."""
    request.state.is_upload = True
    await run_in_threadpool(refuse_readers, request, database)
    async with reading(request) as read:
        yield read


@asynccontextmanager
async def reading(request: Request) -> AsyncIterator[ReadWorkbook]:
    """The first file of the form, read; it is gone afterwards."""
    async with arriving(request) as receiver:
        request.state.body_is_read = True
        yield await run_in_threadpool(read_arrival, receiver.arrivals[0]) if receiver.arrivals else ReadWorkbook()


def refuse_readers(request: Request, database: Database) -> None:
    """Raise where this browser's member may not change anything, before the first byte of a file is read."""
    with database.open_reader() as session:
        viewer = find_viewer(session, token=read_cookie(request, MEMBER) or "")
    if viewer is None:
        raise SignInNeeded
    if not viewer.may_edit:
        raise NotAllowed


def preview_values(found: Sequence[Understood], *, total: int, file_name: str) -> dict[str, Any]:
    """Each item that would change, items with unclear cells, and how many say the same already or nothing."""
    return {
        "file_name": file_name,
        "changed": [one for one in found if one.differs],
        "doubtful": [one for one in found if one.doubts],
        "same": sum(bool(one.fields) and not one.differs for one in found),
        "silent": total - len(found),
        "names": {name: _(word) for name, word in HEADINGS.items()},
    }


WorkbookDep = Annotated[ReadWorkbook, Depends(receive_workbook)]
MembersWorkbookDep = Annotated[ReadWorkbook, Depends(receive_members_workbook)]
