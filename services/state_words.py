"""State words: what the words of the dashboard about mails and links mean, and what they do not say."""

from __future__ import annotations

from typing import Final

from services.languages import _, marked

_MEANINGS: Final = (
    (
        marked("Mail is on its way"),
        marked("The mail waits for the mail server to take it; usually that takes seconds."),
    ),
    (
        marked("Mail delayed, being tried again"),
        marked("The mail server did not take it yet. The portal tries again by itself for two days."),
    ),
    (
        marked("The mail could not be delivered"),
        marked(
            "The mail server refused it, or did not take it for two days. Its words stand on the page of the request."
        ),
    ),
    (
        marked("The mail came back"),
        marked("It had left, but the vendor's mail server says that the address does not take mails."),
    ),
    (
        marked("Link sent, not opened"),
        marked(
            "The mail server took the mail. Nobody has come in with the link yet; whether the mail was read is unknown."
        ),
    ),
    (marked("Link handed over, not opened"), marked("You made a link to hand over; nobody has come in with it yet.")),
    (
        marked("Opened, nothing entered"),
        marked("Somebody came in with link and code. Merely looking at a link is not noted."),
    ),
    (marked("Last saved"), marked("The vendor is answering; this is when something was saved last.")),
)


def explain_states() -> list[tuple[str, str]]:
    """Each word with its meaning, in the order in which a request passes through them."""
    return [(_(word), _(meaning)) for word, meaning in _MEANINGS]
