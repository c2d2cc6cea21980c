"""Revisions read back: what a vendor submitted on each item, from the frozen copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models import AnswerValue, Responsibility, Revision


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

    @property
    def standing(self) -> AnswerValue | None:
        """What holds now: the second check where there was one, else the first."""
        return self.second_value or self.value

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


def _read_answer(frozen: Mapping[str, Any]) -> SubmittedAnswer:
    responsibility = frozen.get("responsibility")
    return SubmittedAnswer(
        item_key=frozen["item_key"],
        value=_read_value(frozen.get("value")),
        is_conditional=frozen.get("is_conditional", False),
        condition=frozen.get("condition", ""),
        checked_on=_read_date(frozen.get("checked_on")),
        target_on=_read_date(frozen.get("target_on")),
        remark=frozen.get("remark", ""),
        second_value=_read_value(frozen.get("second_value")),
        second_checked_on=_read_date(frozen.get("second_checked_on")),
        responsibility=Responsibility(responsibility) if responsibility else None,
        responsibility_note=frozen.get("responsibility_note", ""),
        answered_by=frozen.get("answered_by", ""),
    )


def _read_value(text: str | None) -> AnswerValue | None:
    return AnswerValue(text) if text else None


def _read_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
