"""Links of a request: to whom each went, handed on by whom, and what became of it; never the link itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.v1.access import SubmissionsReader
from api.v1.endpoint import make_router
from api.v1.shapes import Listed, Told
from api.v1.submissions import find
from models import Channel
from services import holders, link_states
from services.link_states import LinkState
from web.access import SessionDep

router = make_router("links")


class SentLinkTold(Told):
    """One link."""

    id: UUID
    email: str
    name: str
    channel: Channel = Field(description="How it went: by mail, handed over, by letter, handed on by a colleague.")
    is_reminder: bool
    forwarded_by: str = Field(description="Who at the vendor handed it on; empty where the clinic sent it.")
    section_keys: list[str] | None = Field(description="The sections it opens; null: the whole form.")
    is_present: bool = Field(description="Whether its holder has the form, or these sections, in hand now.")
    state: LinkState
    is_working: bool = Field(description="Whether it would let somebody in.")
    created_at: datetime
    expires_at: datetime
    delivered_at: datetime | None = Field(description="When the mail server took the mail.")
    opened_at: datetime | None = Field(description="When somebody came in with it first.")
    last_error: str = Field(description="The mail server's words, where the mail did not arrive.")


@router.get("/submissions/{submission_id}/links")
def list_links(session: SessionDep, caller: SubmissionsReader, submission_id: UUID) -> Listed[SentLinkTold]:
    """Every link of the request, the newest first, those handed on to colleagues among them."""
    submission = find(session, caller, submission_id)
    people = holders.name_people(session, submission=submission)
    present = {one.invitation_id for one in holders.present_holders(session, submission=submission)}
    own = SentLinkTold.model_fields.keys() - {"is_present", "forwarded_by"}
    told = [
        SentLinkTold(
            **{name: getattr(link, name) for name in own},
            forwarded_by=people.get(link.forwarded_by, link.forwarded_by),
            is_present=link.id in present,
        )
        for link in link_states.list_links(session, submission=submission)
    ]
    return Listed(items=told, next_cursor=None)
