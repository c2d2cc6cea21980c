"""Workbooks that are read and not kept: they arrive on disk, are read in a process of their own, and are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from models.database import Database
from services.reading.grid import Workbook
from services.reading.reasons import NotRead
from services.reading.sandbox import read_workbook
from services.reading.words import sentence_for
from web.access import get_database
from web.uploads import Arrival, arriving, refuse_unwelcome


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
    async with arriving(request) as receiver:
        request.state.body_is_read = True
        yield await run_in_threadpool(read_arrival, receiver.arrivals[0]) if receiver.arrivals else ReadWorkbook()


WorkbookDep = Annotated[ReadWorkbook, Depends(receive_workbook)]
