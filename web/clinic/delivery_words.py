"""The way of a link in words, honest about what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.delivery_steps import Passed, Step
from services.formats import format_moment
from services.languages import _, marked

_SENTENCES: Final[Mapping[Step, str]] = {
    Step.HANDED: marked("You made a link to hand over."),
    Step.LETTER: marked("You had a letter made. When it was posted or faxed, only you know."),
    Step.WRITTEN: marked("The mail was written and put into the outbox."),
    Step.WAITING: marked("It waits there, because no mail server is set."),
    Step.RETRYING: marked("The mail server did not take it yet. It is tried again by itself."),
    Step.CANCELLED: marked("The mail was taken out of the outbox and not sent."),
    Step.FAILED: marked("The mail server refused it for good."),
    Step.ACCEPTED: marked("The mail server took it. Whether somebody has read it, nobody can tell."),
    Step.RETURNED: marked("A mail server reports that it could not be brought there so far, or not to everybody."),
    Step.BOUNCED: marked("It came back: the address does not take mails."),
    Step.OPENED: marked("The vendor came in with its code."),
    Step.STARTED: marked("The vendor began to answer."),
    Step.SAVED: marked("The vendor saved last."),
    Step.SUBMITTED: marked("The vendor submitted its answers."),
    Step.TYPED_IN: marked("Your institution typed the vendor's answers in."),
}


def tell_steps(steps: Sequence[Passed]) -> list[tuple[datetime, str, str]]:
    """Moment, sentence, and the mail server's words with what comes next."""
    return [(passed.at, _(_SENTENCES[passed.step]), _note(passed)) for passed in steps]


def _note(passed: Passed) -> str:
    words = _("The mail server's words: %(words)s", words=passed.words) if passed.words else ""
    next_try = _("Next try: %(moment)s", moment=format_moment(passed.until)) if passed.until else ""
    return f"{words} {next_try}".strip()
