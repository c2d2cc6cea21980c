"""Addresses that leave the portal, always under the base URL of the settings, never under a Host header."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from settings import get_settings

WHOLE: Final = "request"
"""What stands in an address for the conversation about a request as a whole."""


def invitation_link(token: str) -> str:
    """The vendor's link; with a base URL of up to 29 characters it fits one line of a mail (75 characters)."""
    return f"{get_settings().base_url}/i/{token}"


def letter_address() -> str:
    """The address printed on letters for typing, without the scheme that browsers add by themselves."""
    return f"{get_settings().base_url}/letter".removeprefix("https://")


def joining_link(token: str) -> str:
    """The link with which a person joins a clinic."""
    return f"{get_settings().base_url}/join/{token}"


def reset_link(token: str) -> str:
    """The link with which a member chooses a new password."""
    return f"{get_settings().base_url}/reset/{token}"


def calendar_link(token: str) -> str:
    """The address that a member gives to its calendar program."""
    return f"{get_settings().base_url}/calendar/{token}.ics"


def assessment_link(fiscal_year: int) -> str:
    """The clinic's own form of a year."""
    return f"{get_settings().base_url}/assessment?year={fiscal_year}"


def follow_ups_link(fiscal_year: int) -> str:
    """What the clinic comes back to in a year."""
    return f"{get_settings().base_url}/follow-ups?year={fiscal_year}"


def address_link(token: str) -> str:
    """The link with which a member confirms a new e-mail address."""
    return f"{get_settings().base_url}/address/{token}"


def submission_link(submission_id: UUID) -> str:
    """The clinic's page of a submission."""
    return f"{get_settings().base_url}/submissions/{submission_id}"


def thread_link(submission_id: UUID, item_key: str) -> str:
    """The clinic's page of a conversation about an item, or about the whole where the key is empty."""
    return f"{submission_link(submission_id)}/threads/{item_key or WHOLE}"


def sign_in_link() -> str:
    """The page to sign in on."""
    return f"{get_settings().base_url}/sign-in"


def dashboard_link() -> str:
    """The clinic's first page."""
    return f"{get_settings().base_url}/dashboard"


def webhook_link(webhook_id: UUID) -> str:
    """The clinic's page of a webhook."""
    return f"{get_settings().base_url}/settings/webhooks/{webhook_id}"


def desk_link() -> str:
    """The page on which a vendor sees all requests to its address."""
    return f"{get_settings().base_url}/desk"


def news_link(token: str) -> str:
    """The page on which a vendor switches off the summary of new requests; as short as an invitation's."""
    return f"{get_settings().base_url}/n/{token}"


def forgotten_link() -> str:
    """The page on which one asks for a link to choose a password."""
    return f"{get_settings().base_url}/forgotten"
