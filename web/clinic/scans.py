"""Files that a clinic sends: the same limits and the same look into each file as for what vendors send."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from models import Submission
from models.database import Database
from services import documents, submissions
from services.entered_documents import can_enter
from services.refusals import AlreadySubmitted, NotAllowed, Refusal, SignInNeeded, refuse_if
from services.sessions import find_viewer
from services.submission_refusals import NotChangeable
from services.transcripts import can_type_in
from web.access import get_database
from web.cookies import MEMBER, read_cookie
from web.uploads import Arrival, receiving


async def receive_scans(
    request: Request, submission_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[list[Arrival]]:
    """The files sent by somebody who may type in answers here, kept or refused.

    Comes before the session in the parameters of a page, so that a slow sender never holds the write lock.
    """
    request.state.is_upload = True
    await run_in_threadpool(refuse_unwelcome, request, database, submission_id, can_type_in, AlreadySubmitted())
    async with receiving(request) as arrivals:
        yield arrivals


async def receive_for_vendor(
    request: Request, submission_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[list[Arrival]]:
    """The same for documents that reached the clinic another way."""
    request.state.is_upload = True
    await run_in_threadpool(refuse_unwelcome, request, database, submission_id, can_enter, NotChangeable())
    async with receiving(request) as arrivals:
        yield arrivals


def refuse_unwelcome(
    request: Request, database: Database, submission_id: UUID, rule: Callable[[Submission], bool], refusal: Refusal
) -> None:
    """Raise where this browser may not send files here, or the rule says no, before the first byte of them is read."""
    with database.open_reader() as session:
        token = read_cookie(request, MEMBER)
        viewer = find_viewer(session, token=token) if token else None
        if viewer is None:
            raise SignInNeeded
        if viewer.clinic_id is None or not viewer.may_edit:
            raise NotAllowed
        submission = submissions.get_submission(session, clinic_id=viewer.clinic_id, submission_id=submission_id)
        refuse_if(not rule(submission), refusal)
        documents.refuse_over_quota(session, submission=submission, size=0)


ForVendorDep = Annotated[list[Arrival], Depends(receive_for_vendor)]
ScansDep = Annotated[list[Arrival], Depends(receive_scans)]
