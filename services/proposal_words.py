"""How findings are told: names in a list that stays readable, what each stand is called, vendors' own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from services.formats import format_date, format_short_date
from services.languages import _, language, marked
from services.options import name_of
from services.statements import LedgerSystem, Stand, Statement

MOST_NAMES: Final = 5
LONGEST_QUOTE: Final = 120

_STANDS: Final[Mapping[Stand, str]] = {
    Stand.NO: marked("No: %(names)s."),
    Stand.DECLINED: marked("Ended without an answer: %(names)s."),
    Stand.RETURNED: marked("Returned for correction: %(names)s."),
    Stand.UNANSWERED: marked("No answer yet: %(names)s."),
    Stand.UNASKED: marked("Not asked yet: %(names)s."),
    Stand.CONDITIONAL: marked("Yes with a condition: %(names)s."),
    Stand.PLANNED: marked("Planned: %(names)s."),
}


def say_stand(stand: Stand, names: Iterable[str]) -> str:
    """Who stands so, as a sentence."""
    return _(_STANDS[stand], names=list_names(names))


def list_names(names: Iterable[str], most: int = MOST_NAMES) -> str:
    """The first names and how many more there are."""
    known = list(dict.fromkeys(names))
    listed = _(", ").join(known[:most])
    return _("%(names)s and %(count)s more", names=listed, count=len(known) - most) if len(known) > most else listed


def join_sentences(sentences: Iterable[str]) -> str:
    """Sentences one after the other; Japanese has no space between them."""
    return (" " if language.get() == "en" else "").join(sentence for sentence in sentences if sentence)


def name_system(system: LedgerSystem) -> str:
    """A system with its vendor."""
    return _in_brackets(system.name, system.vendor_name)


def quote_conditions(statement: Statement) -> str:
    """A vendor with the conditions of its はい."""
    return _quote(statement, [answer.told_condition for answer in statement.answers])


def quote_plans(statement: Statement) -> str:
    """A vendor with the dates it plans for."""
    return _quote(statement, _targets(statement))


def quote_reasons(statement: Statement) -> str:
    """A vendor with what it says about its いいえ, and by when."""
    return _quote(statement, [*(answer.told_remark for answer in statement.answers), *_targets(statement)])


def quote_silence(statement: Statement) -> str:
    """A vendor without an answer: how it ended, and when it was asked."""
    request = statement.request
    if request is None:
        return statement.vendor_name
    ended = name_of(request.outcome) if request.outcome else ""
    asked = _("asked on %(day)s", day=format_short_date(request.sent_at)) if request.sent_at else ""
    return _in_brackets(statement.vendor_name, _(", ").join(part for part in (ended, asked) if part))


def cut(text: str, length: int) -> str:
    """The text on one line and no longer than this."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _targets(statement: Statement) -> list[str]:
    days = (answer.last_target for answer in statement.answers)
    return [_("by %(date)s", date=format_date(day)) for day in days if day]


def _quote(statement: Statement, texts: Iterable[str]) -> str:
    said = [cut(text, LONGEST_QUOTE).rstrip("。.") for text in texts if text.strip()]
    return _in_brackets(statement.vendor_name, _(", ").join(said))


def _in_brackets(name: str, words: str) -> str:
    return _("%(name)s (%(words)s)", name=name, words=words) if words else name
