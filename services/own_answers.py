"""Own answers: what the clinic says on an item of its own form, and what an answer needs to be one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from models import AnswerValue
from services import clock
from services.completeness import Lack, Window, sentence_for
from services.edition_forms import Item
from services.fiscal_years import first_day, last_day
from services.formats import format_date
from services.languages import _


class State(StrEnum):
    """Where an item of the clinic's own form stands."""

    OPEN = "open"
    LATE = "late"
    NO = "no"
    YES = "yes"
    EMPTY = "empty"


UNFINISHED: Final = frozenset({State.OPEN, State.LATE})
"""States in which an inspector would find something missing: no answer, or a target date that has passed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as a person gives it."""

    value: AnswerValue | None = None
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = ""
    owner_name: str = ""
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None

    @property
    def standing(self) -> AnswerValue | None:
        """What holds now: the second check where there was one, else the first."""
        return self.second_value or self.value

    def without_value(self) -> Draft:
        """The words alone, for an answer that is not given yet or taken back."""
        return Draft(remark=self.remark, owner_name=self.owner_name)

    @property
    def said_no(self) -> bool:
        """Whether either check found いいえ, which needs a date, a reason and an owner."""
        return AnswerValue.NO in (self.value, self.second_value)


@dataclass(frozen=True, slots=True)
class OwnAnswer(Draft):
    """An answer as it is stored."""

    item_key: str = ""
    proposal: str = ""
    version: int = 0
    saved_at: datetime | None = None
    saved_by_name: str = ""


def settle(item: Item, draft: Draft) -> Draft:
    """The answer without what its はい or いいえ has no use for; words may be noted before the answer is known."""
    tidied = replace(draft, remark=draft.remark.strip(), owner_name=draft.owner_name.strip())
    if draft.value is None:
        return tidied.without_value()
    return tidied if draft.said_no or item.plan_counts_until else replace(tidied, target_on=None)


def state_of(item: Item, answer: Draft | None, *, has_vendors: bool) -> State:
    """Where an item stands today."""
    standing = answer.standing if answer else None
    if answer is None or standing is None:
        may_stay_empty = item.reference_only or (item.empty_without_vendors and not has_vendors)
        return State.EMPTY if may_stay_empty else State.OPEN
    if standing is AnswerValue.YES:
        return State.YES
    return State.LATE if answer.target_on and answer.target_on < clock.today() else State.NO


def check_window(fiscal_year: int) -> Window:
    """When the check may have been made: from the beginning of the fiscal year until today."""
    return Window(first_day(fiscal_year), clock.today())


def target_window(item: Item, draft: Draft, fiscal_year: int) -> Window:
    """By when something may be planned: in the fiscal year, not before the check; a plan that counts may go further."""
    last = last_day(fiscal_year)
    if draft.standing is AnswerValue.YES and item.plan_counts_until:
        last = last_day(max(fiscal_year, item.plan_counts_until))
    return Window(min(max(first_day(fiscal_year), draft.checked_on or date.min), last), last)


def find_faults(item: Item, draft: Draft, fiscal_year: int) -> dict[str, str]:
    """What is missing or cannot be, as sentences by field; nothing is asked of an item without an answer."""
    if draft.value is None:
        return {}
    faults: dict[str, str] = {}
    if draft.checked_on is None:
        faults["checked_on"] = sentence_for(Lack.CHECKED_ON)
    elif draft.checked_on not in check_window(fiscal_year):
        faults["checked_on"] = _outside(check_window(fiscal_year))
    if draft.said_no:
        faults |= _faults_of_no(draft)
    window = target_window(item, draft, fiscal_year)
    if draft.target_on and draft.target_on not in window and "checked_on" not in faults:
        faults["target_on"] = _outside(window)
    return faults | _faults_of_second_check(draft, fiscal_year)


def _faults_of_no(draft: Draft) -> dict[str, str]:
    faults = {}
    if draft.target_on is None:
        faults["target_on"] = sentence_for(Lack.TARGET_ON)
    if not draft.remark:
        faults["remark"] = sentence_for(Lack.REMARK)
    if not draft.owner_name:
        faults["owner_name"] = _("A no needs somebody who sees to it.")
    return faults


def _faults_of_second_check(draft: Draft, fiscal_year: int) -> dict[str, str]:
    if draft.second_checked_on and draft.second_value is None:
        return {"second_value": sentence_for(Lack.SECOND_VALUE)}
    if draft.second_value and draft.second_checked_on is None:
        return {"second_checked_on": sentence_for(Lack.SECOND_CHECKED_ON)}
    window = Window(draft.checked_on or first_day(fiscal_year), clock.today())
    if draft.second_checked_on and draft.second_checked_on not in window:
        return {"second_checked_on": _outside(window)}
    return {}


def _outside(window: Window) -> str:
    return _(
        "Please enter a date from %(first)s to %(last)s.",
        first=format_date(window.first),
        last=format_date(window.last),
    )
