"""Answers beside earlier ones, as the pages of a request show them: all of them, or only those worth a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models import AnswerValue, Responsibility
from services.comparison import ComparedSection, Pair
from services.languages import _, marked

SELECTIONS: Final[Mapping[str, tuple[str, Callable[[Pair], bool]]]] = {
    "all": (marked("All"), lambda pair: True),
    "no": (marked("Only no"), lambda pair: pair.now.standing is AnswerValue.NO),
    "conditional": (marked("Only conditional yes"), lambda pair: pair.is_conditional),
    "changed": (marked("Only changed"), lambda pair: pair.is_changed),
}
RESPONSIBILITIES: Final[Mapping[Responsibility, str]] = {
    Responsibility.VENDOR: marked("Done by the vendor"),
    Responsibility.CLINIC: marked("Done by the clinic"),
    Responsibility.SHARED: marked("Done by both"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """One way to look at the answers; the style sheet hides what it leaves out, so nothing typed is lost."""

    key: str
    label: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Answers to show, the ways to look at them, and what goes with each."""

    sections: Sequence[ComparedSection]
    selections: Sequence[Selection]
    marks: Mapping[str, str]
    responsibilities: Mapping[Responsibility, str]


def view_answers(sections: Sequence[ComparedSection], *, shown: str = "all") -> AnswerView:
    """All answers, with the selections that have anything to show."""
    pairs = [pair for section in sections for pair in section.pairs]
    current = shown if shown in SELECTIONS else "all"
    selections = [
        Selection(key, _(label), sum(map(fits, pairs)), is_current=key == current)
        for key, (label, fits) in SELECTIONS.items()
    ]
    return AnswerView(
        sections=sections,
        selections=selections,
        marks={pair.item.key: _mark(pair) for pair in pairs},
        responsibilities={duty: _(name) for duty, name in RESPONSIBILITIES.items()},
    )


def _mark(pair: Pair) -> str:
    """The classes by which a selection finds an item."""
    return " ".join(f"pair--{key}" for key, (_label, fits) in SELECTIONS.items() if key != "all" and fits(pair))
