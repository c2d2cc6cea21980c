"""Answers beside earlier ones, as the pages of a request show them: all of them, or only those worth a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from models import AnswerOrigin, AnswerValue, Responsibility
from services.comparison import ComparedSection, Pair
from services.fiscal_years import name_of
from services.formats import format_date
from services.languages import _, marked
from services.options import names_of
from services.revisions import SubmittedAnswer

SELECTIONS: Final[Mapping[str, tuple[str, Callable[[Pair], bool]]]] = {
    "all": (marked("All"), lambda pair: True),
    "no": (marked("Only no"), lambda pair: pair.now.standing is AnswerValue.NO),
    "conditional": (marked("Only conditional yes"), lambda pair: pair.is_conditional),
    "changed": (marked("Only changed"), lambda pair: pair.is_changed),
}


_ORIGINS: Final[Mapping[AnswerOrigin, str]] = {
    AnswerOrigin.TYPED: "",
    AnswerOrigin.LAST_YEAR: marked("Confirmed as still so, from version %(number)s for %(year)s"),
    AnswerOrigin.ELSEWHERE: marked("Confirmed as still so, from what the vendor answered to another request"),
    AnswerOrigin.FILE: marked("Confirmed as still so, from an answer file of %(issuer)s issued on %(day)s"),
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
    origin: Callable[[SubmittedAnswer], str]


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
        responsibilities=names_of(Responsibility),
        origin=origin_words,
    )


def origin_words(answer: SubmittedAnswer) -> str:
    """How an answer came about, where it was not written afresh."""
    words, details = _ORIGINS[answer.origin], answer.origin_details
    if not words:
        return ""
    year, day = details.get("fiscal_year"), details.get("issued_on")
    known = {
        "number": details.get("number", ""),
        "year": name_of(year) if year else "",
        "issuer": details.get("issuer", ""),
        "day": format_date(date.fromisoformat(day)) if day else "",
    }
    return _(words, **known)


def _mark(pair: Pair) -> str:
    """The classes by which a selection finds an item."""
    return " ".join(f"pair--{key}" for key, (_label, fits) in SELECTIONS.items() if key != "all" and fits(pair))
