"""Completeness: which dates an answer may bear, what it still lacks, and where a form contradicts itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from models import DISCLOSURES, Answer, AnswerValue, DocumentKind, Submission
from services import clock, editions
from services.edition_forms import Form, Item
from services.fiscal_years import first_day, fiscal_year_of, last_day
from services.formats import format_date
from services.languages import _, marked

Dates = Mapping[str, date | None]


class Lack(StrEnum):
    """What an answer still needs, by the field it belongs to."""

    VALUE = "value"
    CHECKED_ON = "checked_on"
    TARGET_ON = "target_on"
    REMARK = "remark"
    CONDITION = "condition"
    SECOND_VALUE = "second_value"
    SECOND_CHECKED_ON = "second_checked_on"


_LACKS: Final[Mapping[Lack, str]] = {
    Lack.VALUE: marked("Please answer yes or no."),
    Lack.CHECKED_ON: marked("Please enter the day on which you checked this."),
    Lack.TARGET_ON: marked("A no needs a date by which it will be done."),
    Lack.REMARK: marked("A no needs a word on why it is not done yet and how it will be."),
    Lack.CONDITION: marked("Please write the condition under which the yes holds."),
    Lack.SECOND_VALUE: marked("Please say what the second check found, or empty its date."),
    Lack.SECOND_CHECKED_ON: marked("Please enter the day of the second check, or empty its answer."),
}


class Contradiction(StrEnum):
    """What does not fit together; the vendor is told, and may submit all the same."""

    NO_DISCLOSURE = "no_disclosure"
    UNSAID_DISCLOSURE = "unsaid_disclosure"
    UNTOUCHED = "untouched"


_CONTRADICTIONS: Final[Mapping[Contradiction, str]] = {
    Contradiction.NO_DISCLOSURE: marked("You answered that MDS/SDS were handed over, but no MDS/SDS is uploaded here."),
    Contradiction.UNSAID_DISCLOSURE: marked("An MDS/SDS is uploaded here, but the answer to this item is no."),
    Contradiction.UNTOUCHED: marked("The clinic asked to look at this item again; it has not been changed yet."),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something an item lacks."""

    item: Item
    lack: Lack

    def __str__(self) -> str:
        return sentence_for(self.lack)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something about an item that does not fit."""

    item: Item
    contradiction: Contradiction

    def __str__(self) -> str:
        return _(_CONTRADICTIONS[self.contradiction])


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a date may fall on."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def sentence_for(lack: Lack) -> str:
    """What is missing, as a request in the language now spoken."""
    return _(_LACKS[lack])


def check_window(submission: Submission) -> Window:
    """When the check may have been made: in the fiscal year asked for, or from the day of an earlier request."""
    asked_on = clock.local_date(submission.created_at)
    return Window(min(first_day(submission.fiscal_year), asked_on), clock.today())


def target_window(submission: Submission, item: Item, *, value: AnswerValue | None, checked_on: date | None) -> Window:
    """When something may be planned for: from the check to the end of the fiscal year.

    An answer given after the year has ended is late but welcome, so it may use the year it was checked in; and where
    a plan counts as はい, the plan may reach as far as the edition says.
    """
    earliest = max(first_day(submission.fiscal_year), checked_on or date.min)
    year = max(submission.fiscal_year, fiscal_year_of(checked_on or clock.today()))
    if value is AnswerValue.YES and item.plan_counts_until:
        year = max(year, item.plan_counts_until)
    return Window(earliest, last_day(year))


def find_faults(submission: Submission, item: Item, *, value: AnswerValue | None, dates: Dates) -> dict[str, str]:
    """Sentences for dates that cannot be, by field; what is merely missing is no fault."""
    faults: dict[str, str] = {}
    checked_on, target_on, second_on = (dates.get(name) for name in ("checked_on", "target_on", "second_checked_on"))
    when = check_window(submission)
    if checked_on and checked_on not in when:
        faults["checked_on"] = outside(when)
        checked_on = None
    until = target_window(submission, item, value=value, checked_on=checked_on)
    if target_on and target_on not in until:
        faults["target_on"] = outside(until)
    again = Window(checked_on or when.first, when.last)
    if second_on and second_on not in again:
        faults["second_checked_on"] = outside(again)
    return faults


def outside(window: Window) -> str:
    """What is wrong with a day outside the window."""
    return _(
        "Please enter a date from %(first)s to %(last)s.",
        first=format_date(window.first),
        last=format_date(window.last),
    )


def may_be_empty(item: Item) -> bool:
    """Whether the edition's data let the item stay without an answer."""
    return item.reference_only or item.empty_without_vendors


def lacks_of(item: Item, answer: Answer | None) -> tuple[Lack, ...]:
    """What the answer needs before it can be submitted; a stored answer never holds a date that cannot be."""
    if answer is None or answer.value is None:
        return () if may_be_empty(item) else (Lack.VALUE,)
    said_no = answer.value is AnswerValue.NO
    missing = {
        Lack.CHECKED_ON: answer.checked_on is None,
        Lack.TARGET_ON: said_no and answer.target_on is None,
        Lack.REMARK: said_no and not answer.remark,
        Lack.CONDITION: answer.is_conditional and not answer.condition,
        Lack.SECOND_VALUE: answer.second_checked_on is not None and answer.second_value is None,
        Lack.SECOND_CHECKED_ON: answer.second_value is not None and answer.second_checked_on is None,
    }
    return tuple(lack for lack, is_missing in missing.items() if is_missing)


def find_gaps(items: Collection[Item], answers: Mapping[str, Answer]) -> list[Gap]:
    """Everything that stands in the way of submitting, in the order of the form."""
    return [Gap(item, lack) for item in items for lack in lacks_of(item, answers.get(item.key))]


def find_contradictions(
    submission: Submission, form: Form, answers: Mapping[str, Answer], kinds: Collection[DocumentKind]
) -> list[Mismatch]:
    """Where what is said about MDS/SDS and what is uploaded differ."""
    found = []
    for item in _items_on_disclosures(submission, form):
        answer = answers.get(item.key)
        has_file = any(kind in DISCLOSURES for kind in kinds)
        if answer is not None and answer.value is AnswerValue.YES and not has_file:
            found.append(Mismatch(item, Contradiction.NO_DISCLOSURE))
        if answer is not None and answer.value is AnswerValue.NO and has_file:
            found.append(Mismatch(item, Contradiction.UNSAID_DISCLOSURE))
    return found


def _items_on_disclosures(submission: Submission, form: Form) -> list[Item]:
    """The items linked to that item of the institution which follows from documents received."""
    told = [item for item in form.items if item.rule == "documents"]
    if told:
        return told
    try:
        edition = editions.get_edition(submission.edition_id)
    except editions.UnknownEdition:
        return []
    keys = {item.key for own in edition.institution_forms() for item in own.items if item.rule == "documents"}
    return [item for item in form.items if item.linked_key in keys]
