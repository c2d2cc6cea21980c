"""The file of a vendor's own published statement, handed over after saying that it answers with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from models.database import Database
from services import documents, own_statements, vendor_access
from services.languages import _, ngettext
from services.refusals import refuse_if
from services.submission_refusals import NotChangeable
from services.vendor_refusals import OnlyAPart
from web.access import SessionDep, VendorViewerDep, get_database, vendor_token_of
from web.rendering import see
from web.uploads import BODY_LIMIT, Arrival, enter, receiving
from web.vendor.welcome import welcome_page

router = APIRouter()


async def receive_statement(
    request: Request, submission_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[list[Arrival]]:
    """The files sent by a vendor that publishes its own statement, kept or refused.

    Comes before the session in the parameters of a page, so that a slow sender never holds the write lock.
    """
    request.state.is_upload = True
    await run_in_threadpool(refuse_unwelcome, request, database, submission_id)
    async with receiving(request) as arrivals:
        yield arrivals


def refuse_unwelcome(request: Request, database: Database, submission_id: UUID) -> None:
    """Raise where this browser may not send a statement here, before the first byte of it is read."""
    with database.open_reader() as session:
        viewer = vendor_access.find_vendor(session, token=vendor_token_of(request), submission_id=submission_id)
        refuse_if(viewer.scope is not None, OnlyAPart())
        refuse_if(not own_statements.may_hand_over(session, submission=viewer.submission), NotChangeable())
        documents.refuse_over_quota(session, submission=viewer.submission, size=0)


StatementDep = Annotated[list[Arrival], Depends(receive_statement)]


@router.post("/answer/{submission_id}/statement", name="hand_over_statement", max_body_size=BODY_LIMIT)
def hand_over_statement(
    request: Request, arrivals: StatementDep, session: SessionDep, viewer: VendorViewerDep
) -> Response:
    """Files that have arrived are handed over; one that is not taken does not lose the others."""
    add = partial(own_statements.add_statement, session, submission=viewer.submission, person=viewer.person)
    taken = [document for arrival in arrivals if (document := enter(arrival, add))]
    refused = [arrival for arrival in arrivals if arrival.refusal]
    if refused or not arrivals:
        wrong = " ".join(f"{one.file_name}: {one.refusal}" for one in refused) or _("Please choose a file first.")
        return welcome_page(request, session, viewer, wrong=wrong, status_code=422)
    said = ngettext("%(count)s file has arrived.", "%(count)s files have arrived.", len(taken))
    return see(request, "show_welcome", submission_id=viewer.submission.id, said=said)
