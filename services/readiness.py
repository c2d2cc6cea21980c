"""Readiness: what is still missing before the on-site inspection, each thing with the place where it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from models import AWAITING_VENDOR, OutcomeKind, Stage
from services.edition_forms import Item
from services.formats import format_date
from services.languages import _, marked
from services.options import name_of
from services.own_answers import State
from services.own_form import Overview, Row
from services.statements import Request

AT_HAND: Final = ("3-1", "2-1", "2-3", "3-3", "4-1")
"""Items on what an inspector asks to see: contact chart, ledger, MDS/SDS, continuity plan, operating rules.

Keys are the same in every edition; a form that lacks one of them does not list it.
"""

_WAITING: Final = {
    Stage.DRAFT: marked("The request has not been sent yet."),
    Stage.INVITED: marked("Not answered yet; due %(date)s."),
    Stage.OPENED: marked("Not answered yet; due %(date)s."),
    Stage.IN_PROGRESS: marked("Being answered; due %(date)s."),
    Stage.RETURNED: marked("Returned for correction; the new answer has not arrived."),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing to do: what about, what is the matter, and where; a page is known by item, request or vendor."""

    about: str
    sentence: str
    item: Item | None = None
    submission_id: UUID | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class AtHand:
    """Something that an inspector asks to see, and how the form answers for it."""

    item: Item
    state: State

    @property
    def is_ready(self) -> bool:
        """Whether the form says that it is there."""
        return self.state in (State.YES, State.EMPTY)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Everything between the clinic and its inspection."""

    own_form: tuple[Missing, ...]
    vendor_forms: tuple[Missing, ...]
    contradictions: tuple[Missing, ...]
    at_hand: tuple[AtHand, ...]
    declined: tuple[Missing, ...]

    @property
    def count(self) -> int:
        """How many things are missing; what counts in one list does not count again in another.

        A refusal is no open point: it was asked for, and the record of that is kept.
        """
        listed = {missing.item.key for missing in self.own_form if missing.item}
        promised = sum(not thing.is_ready and thing.item.key not in listed for thing in self.at_hand)
        return len(self.own_form) + len(self.vendor_forms) + len(self.contradictions) + promised


def check_readiness(overview: Overview) -> Readiness:
    """What is missing, from what the overview holds; with いいえ at the first question nothing is."""
    if overview.sheet.is_over:
        return Readiness((), (), (), (), ())
    requests = overview.material.requests
    return Readiness(
        own_form=tuple(_missing_in_own_form(overview)),
        vendor_forms=tuple(_missing_vendor_forms(overview)),
        contradictions=tuple(
            Missing(row.item.number, sentence, row.item)
            for row in overview.rows.values()
            for sentence in row.contradictions
        ),
        at_hand=tuple(AtHand(row.item, row.state) for key in AT_HAND if (row := overview.rows.get(key))),
        declined=tuple(
            _about(request, _say_ending(request)) for request in requests if request.stage is Stage.DECLINED
        ),
    )


def _say_ending(request: Request) -> str:
    """How it ended; that the clinic asked counts all the same."""
    ending = name_of(request.outcome or OutcomeKind.DECLINED)
    return _("Ended without an answer (%(ending)s). The record that you asked is kept.", ending=ending)


def _missing_in_own_form(overview: Overview) -> Iterator[Missing]:
    gate = overview.sheet.form.gate
    if gate is not None and overview.sheet.has_open_gate:
        yield Missing("", _("Please answer the first question: is a medical information system in use?"))
    for row in overview.rows.values():
        if row.state is State.OPEN:
            yield Missing(row.item.number, _("Not answered yet."), row.item)
        elif row.state is State.LATE:
            yield Missing(row.item.number, _late(row), row.item, is_late=True)


def _late(row: Row) -> str:
    target_on = row.answer.target_on if row.answer else None
    when = format_date(target_on) if target_on else ""
    return _("The target date (%(date)s) has passed. Please enter the second check or a new date.", date=when)


def _missing_vendor_forms(overview: Overview) -> Iterator[Missing]:
    for request in overview.material.requests:
        if request.stage in AWAITING_VENDOR:
            is_silent = request.is_overdue and request.stage is not Stage.RETURNED
            sentence = marked("Overdue since %(date)s.") if is_silent else _WAITING[request.stage]
            yield _about(request, _(sentence, date=format_date(request.due_on)), is_late=request.is_overdue)
    for name in overview.material.unasked_vendors.values():
        yield Missing(name, _("Not asked yet this year."))


def _about(request: Request, sentence: str, *, is_late: bool = False) -> Missing:
    return Missing(request.vendor_name, sentence, submission_id=request.submission_id, is_late=is_late)
