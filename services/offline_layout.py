"""The form as a workbook: which column holds what, shared by the one who writes it and the one who reads it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models import AnswerValue, Responsibility
from services.languages import marked

KEY_COLUMN: Final = "key"
COLUMNS: Final[tuple[str, ...]] = (
    KEY_COLUMN,
    "number",
    "label",
    "answer",
    "condition",
    "checked_on",
    "target_on",
    "remark",
    "responsibility",
    "responsibility_note",
    "second_value",
    "second_checked_on",
)
"""From A on. The first is hidden: rows are known by it, so that they may be sorted or moved."""

OWN_COLUMNS: Final[tuple[str, ...]] = (
    KEY_COLUMN,
    "number",
    "label",
    "answer",
    "checked_on",
    "target_on",
    "remark",
    "owner_name",
    "second_value",
    "second_checked_on",
)
"""The same for the institution's own form."""

FIXED: Final = (KEY_COLUMN, "number", "label")
DATES: Final = frozenset({"checked_on", "target_on", "second_checked_on"})
YES_OR_NO: Final = frozenset({"answer", "second_value"})

HEADINGS: Final[Mapping[str, str]] = {
    KEY_COLUMN: marked("Key (do not change)"),
    "number": marked("No."),
    "label": marked("Item"),
    "answer": marked("Answer"),
    "condition": marked("Condition of the yes"),
    "checked_on": marked("Checked on"),
    "target_on": marked("Done by"),
    "remark": marked("Remark"),
    "owner_name": marked("Who sees to it"),
    "responsibility": marked("Who carries it"),
    "responsibility_note": marked("Who does which part"),
    "second_value": marked("Second check"),
    "second_checked_on": marked("Day of the second check"),
}
WIDTHS: Final[Mapping[str, int]] = {
    KEY_COLUMN: 8,
    "number": 7,
    "label": 52,
    "answer": 9,
    "condition": 28,
    "checked_on": 13,
    "target_on": 13,
    "remark": 40,
    "owner_name": 18,
    "responsibility": 14,
    "responsibility_note": 24,
    "second_value": 11,
    "second_checked_on": 13,
}
VALUES: Final[Mapping[AnswerValue, str]] = {AnswerValue.YES: marked("Yes"), AnswerValue.NO: marked("No")}
CARRIERS: Final[Mapping[Responsibility, str]] = {
    Responsibility.VENDOR: marked("Our company"),
    Responsibility.CLINIC: marked("The clinic"),
    Responsibility.SHARED: marked("Both, each a part"),
}
