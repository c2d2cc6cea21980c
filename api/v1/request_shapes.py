"""What is sent and told when a vendor is asked, reminded or judged."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.v1.shapes import Sent, Told
from web.texts import Email, PersonName


class Ask(Sent):
    """One vendor to ask."""

    vendor_id: UUID
    system_ids: list[UUID] | None = Field(None, max_length=500, description="Null: every system of the vendor.")
    delivery: Literal["mail", "link", "later"] = Field(
        "mail", description="By mail; a link to hand over, which the answer holds; or prepared only."
    )
    email: Email | None = Field(None, description="Null: the address of the vendor's main contact.")
    contact_name: Annotated[str, Field(max_length=100)] = ""
    again_after: UUID | None = Field(None, description="Ask once more although this request of the year exists.")


class RequestSent(Sent):
    """A year's form asked of one or many vendors."""

    fiscal_year: int = Field(ge=2020, le=2999, examples=[2026])
    edition_id: str | None = Field(None, max_length=40, description="Null: the edition of that year.")
    due_on: date = Field(examples=["2027-01-15"])
    message_ja: str = Field("", max_length=4000)
    message_en: str = Field("", max_length=4000)
    one_per_system: bool = Field(False, description="A request for each system instead of one for all.")
    asks: list[Ask] = Field(min_length=1, max_length=500)


class LinkTold(Told):
    """A link to hand over, with the code that opens it; both are told this one time."""

    submission_id: UUID
    vendor_name: str
    link: str
    code: str
    expires_at: datetime


class RequestTold(Told):
    """What one call asked."""

    submission_ids: list[UUID]
    mailed: int
    prepared: int
    links: list[LinkTold]
    skipped: list[str] = Field(description="Names of vendors that were asked for all of this before.")


class DueChanged(Sent):
    """Another day."""

    due_on: date


class Withdrawn(Sent):
    """Whether the vendor is told by mail."""

    tell_vendor: bool = False


class Accepted(Sent):
    """The verdict on the version that was read."""

    revision: int = Field(ge=1, le=100_000, description="The number of the revision that was read.")


class ItemReturned(Sent):
    """A word on one item."""

    item_key: str = Field(max_length=40, examples=["2-4"])
    words: str = Field(min_length=1, max_length=2000)


class Returned(Accepted):
    """What the vendor is to look at again."""

    remarks: list[ItemReturned] = Field([], max_length=500)
    words: str = Field("", max_length=4000, description="On the form as a whole.")
    due_on: date | None = None


class InvitationSent(Sent):
    """Whom to send the request to."""

    email: Email
    name: PersonName
    stop_other_links: bool = False


class LinkWanted(Sent):
    """For whom the link is."""

    name: Annotated[str, Field(max_length=100)] = ""
