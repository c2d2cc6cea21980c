"""Differences: on one sheet for several systems, an answer that holds for all but the systems named here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from models import Answer, AnswerValue, Submission, System
from services import completeness
from services.completeness import Lack
from services.edition_forms import Item
from services.languages import _


@dataclass(frozen=True, slots=True)
class Difference:
    """What holds for one system instead of the answer shared by the others."""

    system_id: UUID
    system_name: str
    value: AnswerValue
    condition: str = ""
    target_on: date | None = None
    remark: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it lies beside the shared answer."""
        return {
            "system_id": str(self.system_id),
            "system_name": self.system_name,
            "value": self.value.value,
            "condition": self.condition,
            "target_on": self.target_on.isoformat() if self.target_on else None,
            "remark": self.remark,
        }


def read_differences(stored: Sequence[Mapping[str, Any]]) -> tuple[Difference, ...]:
    """Those of a stored or frozen answer."""
    return tuple(
        Difference(
            system_id=UUID(one["system_id"]),
            system_name=one["system_name"],
            value=AnswerValue(one["value"]),
            condition=one.get("condition", ""),
            target_on=date.fromisoformat(one["target_on"]) if one.get("target_on") else None,
            remark=one.get("remark", ""),
        )
        for one in stored
    )


def differences_of(answer: Answer) -> dict[UUID, Difference]:
    """Those of an answer, by system."""
    return {one.system_id: one for one in read_differences(answer.differences)}


def find_faults(submission: Submission, item: Item, difference: Difference) -> dict[str, str]:
    """Sentences for what keeps a difference from being saved, by field; it is taken whole or not at all."""
    is_no = difference.value is AnswerValue.NO
    window = completeness.target_window(submission, item, value=difference.value, checked_on=None)
    faults = {
        lack.value: completeness.sentence_for(lack)
        for lack, is_missing in (
            (Lack.TARGET_ON, is_no and difference.target_on is None),
            (Lack.REMARK, is_no and not difference.remark),
        )
        if is_missing
    }
    if is_no and difference.target_on is not None and difference.target_on not in window:
        faults["target_on"] = completeness.outside(window)
    return faults


def tidy(difference: Difference) -> Difference:
    """Without what its はい or いいえ has no use for."""
    is_no = difference.value is AnswerValue.NO
    return Difference(
        system_id=difference.system_id,
        system_name=difference.system_name,
        value=difference.value,
        condition="" if is_no else difference.condition,
        target_on=difference.target_on if is_no else None,
        remark=difference.remark,
    )


def name_covered(systems: Sequence[System]) -> dict[UUID, str]:
    """The systems that may differ: those of the sheet, where there are several."""
    return {system.id: system.name for system in systems} if len(systems) > 1 else {}


def describe(difference: Difference) -> str:
    """What a system's own answer says, in one line with its name."""
    said = _("No") if difference.value is AnswerValue.NO else _("Yes")
    if difference.condition:
        said = _("Yes, on a condition")
    return f"{difference.system_name}: {said}"
