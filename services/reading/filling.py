"""What is asked of the child that fills in a workbook, and what comes back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to stand at a place: an answer (yes, no), a tick, a day (2026-12-05) or a text.

    `day` is that of an answer whose date has no cell of its own: it is written where the form has a place for it.
    """

    row: int
    column: int
    kind: str
    value: str
    day: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of a disclosure: its value, the words for it, and its remark."""

    number: str
    value: str
    text: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """The workbook, and what could not be written: addresses with a formula, or numbers without a free place."""

    content: bytes
    left_out: tuple[str, ...]


def pack_entry(entry: Entry) -> dict[str, Any]:
    """The entry as JSON can hold it."""
    return asdict(entry)
