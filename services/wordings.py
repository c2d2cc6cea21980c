"""Ready wordings for asking again, by cause: proposed while asking, changed as one likes, in the vendor's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models import OutcomeKind
from services.languages import _, marked, speaking


class Cause(StrEnum):
    """Why a vendor is asked once more."""

    SILENCE = "silence"
    SECOND = "second"
    LAST = "last"
    OUTSIDE_CONTRACT = "outside_contract"
    DECLINED = "declined"
    OWN_STATEMENT = "own_statement"
    UNREACHABLE = "unreachable"
    NO_DISCLOSURE = "no_disclosure"


@dataclass(frozen=True, slots=True)
class Wording:
    """A proposal to begin from."""

    cause: Cause
    title: str
    text: str


_TITLES: Final[Mapping[Cause, str]] = {
    Cause.SILENCE: marked("No answer so far"),
    Cause.SECOND: marked("No answer to a first reminder"),
    Cause.LAST: marked("No answer to several reminders"),
    Cause.OUTSIDE_CONTRACT: marked("“Outside the contract”"),
    Cause.DECLINED: marked("Declined"),
    Cause.OWN_STATEMENT: marked("Points to its own statement"),
    Cause.UNREACHABLE: marked("Could not be reached"),
    Cause.NO_DISCLOSURE: marked("MDS or SDS is missing"),
}
_TEXTS: Final[Mapping[Cause, str]] = {
    Cause.SILENCE: marked(
        "We wrote to you some time ago and have not heard from you yet. We know that you are asked by many. Even a"
        " part of the answers helps us: what you cannot say yet may be answered with “no” and “being checked”. If "
        "another desk is responsible, please tell us which one."
    ),
    Cause.SECOND: marked(
        "We are writing once more because we have not received your answers. If the form is with a colleague, "
        "please hand it on on its first page. If you need more time, tell us the day; if some items cannot be "
        "answered, leave a remark there and submit the rest."
    ),
    Cause.LAST: marked(
        "We have asked several times and are sorry to trouble you again. At the inspection we have to show when we "
        "asked and what became of it. Please let us have your answers, or else one sentence that says why they are "
        "not possible; it is put on record as your reply."
    ),
    Cause.OUTSIDE_CONTRACT: marked(
        "Thank you for telling us that answering is not part of our contract. We are not asking for additional "
        "work on the system, only for what you already know about it: the authorities ask us whether we have put "
        "these questions to the vendors of our systems. If an answer costs a fee, please send us a quotation; if "
        "it is not possible, a short reply that says so, with name and date, is of use to us as well."
    ),
    Cause.DECLINED: marked(
        "Thank you for your reply. We would like to ask once more whether at least a part can be answered, because"
        " we have to show at the inspection how the systems we use are protected. A “no” or “cannot be said”, with"
        " the reason as a remark, is a full answer for us."
    ),
    Cause.OWN_STATEMENT: marked(
        "Thank you for pointing us to your published statement. So that we can match it with the items of the "
        "official form, may we ask you to name the part of your statement at each item, or to send us the document"
        " itself (MDS or SDS) with its date of issue?"
    ),
    Cause.UNREACHABLE: marked(
        "We could not reach you at the contacts we know. If this has come to the right place, please tell us the "
        "name, telephone number and e-mail address of the desk that answers questions on the security of our "
        "system."
    ),
    Cause.NO_DISCLOSURE: marked(
        "We are still missing the MDS or SDS of your product. If there is one, please upload it or send it to us; "
        "if none is issued, please tell us so, and by when one is planned."
    ),
}

_OF_OUTCOMES: Final[Mapping[OutcomeKind, Cause]] = {
    OutcomeKind.OUTSIDE_CONTRACT: Cause.OUTSIDE_CONTRACT,
    OutcomeKind.DECLINED: Cause.DECLINED,
    OutcomeKind.OWN_STATEMENT: Cause.OWN_STATEMENT,
    OutcomeKind.UNREACHABLE: Cause.UNREACHABLE,
}


def cause_of(kind: OutcomeKind) -> Cause | None:
    """Which wording asks again after an ending; None where nothing is left to be asked."""
    return _OF_OUTCOMES.get(kind)


def cause_by_count(reminders: int) -> Cause:
    """Which wording fits a vendor that was reminded so many times already."""
    return (Cause.SILENCE, Cause.SECOND, Cause.LAST)[min(reminders, 2)]


def text_of(cause: Cause, *, language: str) -> str:
    """The words of a cause in a vendor's language."""
    with speaking(language):
        return _(_TEXTS[cause])


def list_wordings(language: str) -> list[Wording]:
    """Every wording in a vendor's language, with its title in the reader's."""
    titles = {cause: _(title) for cause, title in _TITLES.items()}
    with speaking(language):
        return [Wording(cause, titles[cause], _(text)) for cause, text in _TEXTS.items()]


def propose_wording(asked_for: str, *, language: str) -> str:
    """The text of a cause or of an ending as the address names it; empty where it names neither."""
    cause = cause_of(OutcomeKind(asked_for)) if asked_for in set(OutcomeKind) else None
    if cause is None and asked_for in set(Cause):
        cause = Cause(asked_for)
    return text_of(cause, language=language) if cause else ""
