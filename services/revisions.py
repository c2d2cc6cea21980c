"""Revisions read back: what a vendor submitted on each item, from the frozen copy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from models import AnswerOrigin, AnswerValue, Responsibility, Revision
from services.differences import Difference, read_differences


@dataclass(frozen=True, slots=True)
class SubmittedAnswer:
    """One item of a revision; it can no longer change."""

    item_key: str
    value: AnswerValue | None
    is_conditional: bool = False
    condition: str = ""
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = ""
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    responsibility: Responsibility | None = None
    responsibility_note: str = ""
    answered_by: str = ""
    differences: tuple[Difference, ...] = ()
    origin: AnswerOrigin = AnswerOrigin.TYPED
    origin_details: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def standing(self) -> AnswerValue | None:
        """What holds now: the second check where there was one, else the first; いいえ for one system is いいえ."""
        # Asked of each vendor on each item of the own check, where nearly no answer has differences.
        if self.differences and any(difference.value is AnswerValue.NO for difference in self.differences):
            return AnswerValue.NO
        return self.second_value or self.value

    @property
    def says_no(self) -> bool:
        """Whether いいえ was said at first, for all systems together or for one."""
        return self.value is AnswerValue.NO or any(each.value is AnswerValue.NO for each in self.differences)

    @property
    def last_target(self) -> date | None:
        """By when all of it will be done."""
        own = [] if self.target_on is None else [self.target_on]
        return max([*own, *(each.target_on for each in self.differences if each.target_on)], default=None)

    @property
    def told_remark(self) -> str:
        """The remark, and what is said of single systems, each with its name."""
        own = [self.remark] if self.remark else []
        systems = [f"{each.system_name}: {each.remark or each.condition}" for each in self.differences]
        return "\n".join([*own, *systems])

    @property
    def told_condition(self) -> str:
        """The condition, and those of single systems, each with its name."""
        own = [self.condition] if self.condition else []
        return "\n".join(
            [*own, *(f"{each.system_name}: {each.condition}" for each in self.differences if each.condition)]
        )

    @property
    def is_plain_yes(self) -> bool:
        """Whether it is a はい without any condition."""
        return self.standing is AnswerValue.YES and not self.is_conditional


def read_answers(revision: Revision) -> dict[str, SubmittedAnswer]:
    """What was submitted, by item."""
    return read_frozen(revision.answers)


def read_frozen(answers: Sequence[Mapping[str, Any]]) -> dict[str, SubmittedAnswer]:
    """The answers of a revision as they lie in its column, by item."""
    return {answer["item_key"]: _read_answer(answer) for answer in answers}


@lru_cache(maxsize=1024)
def read_column(answers: str) -> Mapping[str, SubmittedAnswer]:
    """The same from the column's text. A revision never changes, so what was read is kept for the next reader."""
    return MappingProxyType(read_frozen(json.loads(answers)))


class Noteworthy(NamedTuple):
    """What a reader wants to know of a revision before opening it."""

    no: int
    conditional: int


def count_noteworthy(answers: Sequence[Mapping[str, Any]]) -> Noteworthy:
    """How many frozen answers are いいえ, and how many are はい under a condition only."""
    given = [_read_answer(answer) for answer in answers]
    return Noteworthy(
        no=sum(answer.standing is AnswerValue.NO for answer in given),
        conditional=sum(answer.standing is AnswerValue.YES and answer.is_conditional for answer in given),
    )


def _read_answer(frozen: Mapping[str, Any]) -> SubmittedAnswer:
    responsibility = frozen.get("responsibility")
    differences = read_differences(frozen.get("differences", ()))
    return SubmittedAnswer(
        item_key=frozen["item_key"],
        value=_read_value(frozen.get("value")),
        is_conditional=frozen.get("is_conditional", False) or any(each.condition for each in differences),
        condition=frozen.get("condition", ""),
        checked_on=_read_date(frozen.get("checked_on")),
        target_on=_read_date(frozen.get("target_on")),
        remark=frozen.get("remark", ""),
        second_value=_read_value(frozen.get("second_value")),
        second_checked_on=_read_date(frozen.get("second_checked_on")),
        responsibility=Responsibility(responsibility) if responsibility else None,
        responsibility_note=frozen.get("responsibility_note", ""),
        answered_by=frozen.get("answered_by", ""),
        differences=differences,
        origin=AnswerOrigin(frozen.get("origin", AnswerOrigin.TYPED)),
        origin_details=frozen.get("origin_details", {}),
    )


def _read_value(text: str | None) -> AnswerValue | None:
    return AnswerValue(text) if text else None


def _read_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
