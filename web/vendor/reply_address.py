"""Where somebody with a letter or a link handed over wants to be told of messages of the clinic."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services import reply_addresses
from services.languages import _
from web.access import PartViewerDep, SessionDep
from web.forms import Submitted, read
from web.rendering import see
from web.texts import Email
from web.vendor.threads import list_page

router = APIRouter()


class ReplyForm(BaseModel):
    email: Annotated[Email, Field(max_length=254)]


@router.post("/answer/{submission_id}/reply-address", name="set_reply_address")
def set_reply_address(
    request: Request,
    session: SessionDep,
    viewer: PartViewerDep,
    submitted: Annotated[Submitted[ReplyForm], Depends(read(ReplyForm))],
) -> Response:
    """An emptied field ends it."""
    is_emptied = not str(submitted.values.get("email", "")).strip()
    if submitted.form is None and not is_emptied:
        return list_page(request, session, viewer, submitted, status_code=422)
    email = submitted.form.email if submitted.form else ""
    reply_addresses.set_reply_address(session, viewer=viewer, email=email)
    said = _("Messages of the clinic are told to %(email)s.", email=email) if email else _("You are told by no mail.")
    return see(request, "list_own_threads", submission_id=viewer.submission.id, said=said)
