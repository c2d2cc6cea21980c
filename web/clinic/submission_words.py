"""A request in words: what its stage means for the clinic, and its history as a story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from models import Event, Outcome, OutcomeKind, Stage, Submission
from services.deed_words import sentence_of, who_of
from services.languages import _, language, marked, ngettext
from services.link_states import LinkState, SentLink
from settings import get_settings

Entry = tuple[datetime, str, str]

LOOKS: Final = frozenset({"submission.viewed", "submission.exported", "document.downloaded"})
"""Deeds that only looked; the history of the clinic tells them, the story of a request does not."""

_MEANINGS: Final[Mapping[Stage, str]] = {
    Stage.DRAFT: marked("The request is prepared and not sent yet. Send it by mail, or copy a link and hand it over."),
    Stage.INVITED: marked("The vendor has been asked and has not opened the form yet."),
    Stage.OPENED: marked("The vendor has opened the form and entered nothing yet."),
    Stage.IN_PROGRESS: marked("The vendor is filling in the form."),
    Stage.SUBMITTED: marked("The vendor has answered. Please read the answers, then accept them or ask again."),
    Stage.RETURNED: marked("You returned the answers. The vendor is looking at them again."),
    Stage.ACCEPTED: marked("You accepted the answers. Nothing is left to do."),
    Stage.DECLINED: marked("The vendor will not answer. That you asked stays on record; you can ask once more."),
    Stage.WITHDRAWN: marked("You withdrew the request. The vendor need not answer, and no link works any more."),
}


_ENDINGS: Final[Mapping[OutcomeKind, str]] = {
    OutcomeKind.DECLINED: _MEANINGS[Stage.DECLINED],
    OutcomeKind.OUTSIDE_CONTRACT: marked(
        "The vendor says that answering is outside the contract. That you asked stays on record; you can ask again."
    ),
    OutcomeKind.OWN_STATEMENT: marked(
        "The vendor points to its own published statement. That you asked stays on record; you can ask again."
    ),
    OutcomeKind.NO_CONTRACT: marked(
        "There is no contract with this vendor (any more). Your own check no longer counts it."
    ),
    OutcomeKind.UNREACHABLE: marked(
        "The vendor could not be reached. That you tried stays on record; you can ask again at any time."
    ),
}

_LINKS: Final[Mapping[LinkState, tuple[str, str]]] = {
    LinkState.WAITING: ("waiting", marked("Mail is on its way")),
    LinkState.RETRYING: ("attention", marked("The mail is delayed; it is tried again by itself")),
    LinkState.FAILED: ("trouble", marked("The mail could not be delivered")),
    LinkState.BOUNCED: ("trouble", marked("The mail came back")),
    LinkState.SENT: ("waiting", marked("Sent, not opened")),
    LinkState.COPIED: ("waiting", marked("Handed over, not opened")),
    LinkState.LETTER: ("waiting", marked("Letter made, not opened")),
    LinkState.OPENED: ("done", marked("Opened")),
    LinkState.EXPIRED: ("attention", marked("Expired")),
    LinkState.REPLACED: ("quiet", marked("Replaced by a newer one")),
    LinkState.REVOKED: ("quiet", marked("Stopped")),
}


def name_link_states() -> dict[LinkState, tuple[str, str]]:
    """Meaning and words of what became of a link."""
    words = {state: (meaning, _(text)) for state, (meaning, text) in _LINKS.items()}
    if not get_settings().smtp_host:
        words[LinkState.WAITING] = ("trouble", _("Waits in the outbox: no mail server is set"))
    return words


def describe_obstacle(links: Sequence[SentLink]) -> str:
    """Why the vendor cannot come in and what to do about it; empty where it can, or where its turn is over."""
    whole = [link for link in links if link.section_keys is None]
    newest = next((link for link in whole if link.state not in {LinkState.REPLACED, LinkState.REVOKED}), None)
    if newest is None:
        return _("No link works any more. Send the request to an address, or make a link to hand over.")
    if newest.state is LinkState.FAILED:
        return _(
            "The mail to %(email)s could not be delivered. Send the request to the right address, or hand over a link.",
            email=newest.email,
        )
    if newest.state is LinkState.BOUNCED:
        return _(
            "The mail to %(email)s came back. Please ask the vendor for the right address and send the request there, "
            "or hand over a link.",
            email=newest.email,
        )
    if newest.state is LinkState.WAITING and not get_settings().smtp_host:
        return _(
            "The mail waits in the outbox, because no mail server is set. "
            "Make a link and hand it over; it works at once."
        )
    return ""


def name_sections(submission: Submission) -> dict[str, str]:
    """What the sections of the form are called, by their keys."""
    spoken = language.get()
    return {section["key"]: section["title"][spoken] for section in submission.asked["sections"]}


def describe_stage(submission: Submission, outcome: Outcome | None = None) -> str:
    """What the stage means and what comes next."""
    if submission.stage is Stage.SUBMITTED and submission.is_typed_in:
        return _("You typed the vendor's answers in. Please read them once more, then accept them or ask the vendor.")
    return _(_ENDINGS[outcome.kind] if outcome else _MEANINGS[submission.stage])


def tell_story(events: Sequence[Event], *, name: str) -> list[Entry]:
    """What happened, newest first; savings one after the other are told in one line."""
    entries: list[Entry] = []
    savings = 0
    for event in events:
        if event.verb in LOOKS:
            continue
        names = {str(event.submission_id): name}
        entry = (event.at, sentence_of(event, names), who_of(event))
        savings = savings + 1 if event.verb == "answer.saved" else 0
        if savings > 1:
            told = ngettext("%(count)s answer was saved", "%(count)s answers were saved", savings)
            entries[-1] = (event.at, told, entry[2])
        else:
            entries.append(entry)
    return entries[::-1]
