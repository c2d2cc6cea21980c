"""What a command prints, and the code it ends with, for scripts to act on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

READ: Final = 0
NEEDS_PERSON: Final = 3
REFUSED: Final = 4


@dataclass(frozen=True, slots=True)
class Report:
    """The text to print and the code to end with."""

    text: str
    code: int


def one_line(text: str) -> str:
    """A text without line breaks, for columns that a program splits at tabs."""
    return " ".join(text.split())


def as_json_text(told: dict[str, Any]) -> str:
    """Everything, for programs."""
    return json.dumps(told, ensure_ascii=False, indent=1)
