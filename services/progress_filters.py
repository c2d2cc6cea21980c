"""Narrowing down and ordering the requests of a year, as the dashboard and what is taken from it show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from models import SystemKind
from services import clock
from services.activity import find_obstacle, last_moment
from services.progress import STANDINGS, Line
from services.search import finds, folded

STUCK: Final = "stuck"
"""Looked for like a stage: vendors that cannot start."""


class Due(StrEnum):
    """Which due dates are looked for."""

    OVERDUE = "overdue"
    WEEK = "week"
    MONTH = "month"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed down to; empty means everything."""

    search: str = ""
    standing: str = ""
    kind: SystemKind | None = None
    due: Due | None = None
    sort: str = "due"


_ORDER_OF_STANDINGS: Final = {standing: place for place, standing in enumerate(STANDINGS)}
_ORDERS: Final[Mapping[str, Callable[[Line], Any]]] = {
    "vendor": lambda line: folded(line.vendor_kana or line.vendor_name),
    "stage": lambda line: _ORDER_OF_STANDINGS[line.standing],
    "progress": lambda line: line.answered / line.item_count,
    "no": lambda line: (-1 if line.no_count is None else line.no_count, line.conditional_count or 0),
    "due": lambda line: line.due_on,
    "activity": last_moment,
}
SORTS: Final = tuple(_ORDERS)


def narrow_down(lines: Sequence[Line], wanted: Wanted) -> list[Line]:
    """The lines that are wanted, in the wanted order; vendors of the same place by their reading."""
    today = clock.today()
    found = [line for line in lines if _is_wanted(line, wanted, today)]
    found.sort(key=_ORDERS["vendor"])
    found.sort(key=_ORDERS[wanted.sort.removeprefix("-")], reverse=wanted.sort.startswith("-"))
    return found


def _is_wanted(line: Line, wanted: Wanted, today: date) -> bool:
    if wanted.standing == STUCK:
        if not find_obstacle(line):
            return False
    elif wanted.standing and line.standing != wanted.standing:
        return False
    if wanted.kind and wanted.kind not in line.kinds:
        return False
    if wanted.due and not _is_due(line, wanted.due, today):
        return False
    return not wanted.search or finds(wanted.search, line.vendor_name, line.vendor_kana, *line.systems)


def _is_due(line: Line, due: Due, today: date) -> bool:
    if due is Due.OVERDUE:
        return line.is_overdue
    if due is Due.LATE:
        return line.was_late
    days = 7 if due is Due.WEEK else 31
    return line.is_awaited and today <= line.due_on <= today + timedelta(days=days)
