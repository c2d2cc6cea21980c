"""The items of official workbooks on their way into an edition: their keys, what they look at, and their likes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from models import OfficialForm
from services.edition_forms import GATE, NO_ITEM, Form, Item
from services.reading.checklist_numbers import read_number
from services.reading.checklist_rows import Line
from services.reading.checklists import Checklist
from services.reading.normal import squeezed

LIKE: Final = 0.5
LIKE_WITH_NUMBER: Final = 0.25
_ALMOST: Final = 0.08
_LITTLE_WORDS: Final = re.compile("[\u3040-\u309f\\s、。，．・「」（）()]+")
_BEHIND: Final = re.compile(r"(?:について|に関して).*$")


@dataclass(frozen=True, slots=True)
class Subject:
    """One item of a workbook: its key, and the number, section and scope that it is known by."""

    form: OfficialForm
    key: str
    base: str
    scope_key: str
    line: Line

    @property
    def number(self) -> str:
        """The number as it is printed."""
        return self.line.number

    @property
    def label(self) -> str:
        """The sentence of the form."""
        return self.line.label


@dataclass(frozen=True, slots=True)
class Match:
    """Items of the edition before that an item may take over from, and why they were proposed."""

    sources: tuple[str, ...]
    likeness: float
    has_same_number: bool


def list_subjects(checklist: Checklist, form: OfficialForm, scopes: Mapping[str, str]) -> list[Subject]:
    """Every item of a form with its key; the same number under several headings has the heading in its key.

    `scopes` are the keys that `scope_keys` made of all headings of the edition.
    """
    items = checklist.items
    bases = [_base(line) for line in items]
    counts = Counter(bases)
    subjects: list[Subject] = []
    taken: set[str] = {GATE}
    for line, base in zip(items, bases, strict=True):
        scope = scopes[squeezed(line.scope)]
        key = base if counts[base] == 1 else f"{base}.{scope}"
        while key in taken:
            key += "x"
        taken.add(key)
        subjects.append(Subject(form, key, base, scope, line))
    return subjects


def scope_keys(items: Iterable[Line]) -> dict[str, str]:
    """A key for each heading that says what items look at: a known one where it is one of the known words."""
    keys: dict[str, str] = {}
    for line in items:
        words = squeezed(line.scope)
        if words not in keys:
            known = _known_scope(words)
            keys[words] = known if known and known not in keys.values() else f"scope-{len(keys) + 1}"
    return keys


def scope_name(text: str) -> str:
    """What a heading looks at, without the words that only lead to the items."""
    return _BEHIND.sub("", text).strip(" 、。:：") or text.strip()


def propose_link(subject: Subject, institution: Sequence[Subject]) -> str:
    """The institution's item on the same subject, by number and heading; NO_ITEM where that is not clear."""
    same = [one for one in institution if one.base == subject.base]
    narrower = [one for one in same if one.scope_key == subject.scope_key]
    found = narrower if len(narrower) == 1 else same
    return found[0].key if len(found) == 1 else NO_ITEM


def propose_match(subject: Subject, older: Form | None) -> Match | None:
    """What an item may take over: the likest item of the edition before, and others of its number that are as like."""
    if older is None:
        return None
    likes = {item.key: likeness(subject.label, item.label.ja) for item in older.items}
    same = {item.key for item in older.items if _base_of(item) == subject.base}
    best = max(likes, key=lambda key: (likes[key] + (0.2 if key in same else 0), key in same), default="")
    if not best or likes[best] < (LIKE_WITH_NUMBER if best in same else LIKE):
        return None
    base = next(_base_of(item) for item in older.items if item.key == best)
    alike = [
        item.key
        for item in older.items
        if item.key == best or (_base_of(item) == base and likes[item.key] >= likes[best] - _ALMOST)
    ]
    return Match(tuple(alike), likes[best], best in same)


@lru_cache(maxsize=4096)
def likeness(one: str, other: str) -> float:
    """How much two sentences share of what they speak of, from 0 to 1; particles and endings do not count."""
    first, second = _pairs(one), _pairs(other)
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def _pairs(text: str) -> Counter[str]:
    words = [word for word in _LITTLE_WORDS.split(squeezed(text)) if word]
    return Counter(word[at : at + 2] for word in words for at in range(max(1, len(word) - 1)))


def _base(line: Line) -> str:
    number = read_number(line.number)
    if number is None:
        return f"row-{line.row}"
    return f"{number.section}-{number.item}" if number.section is not None else str(number.item)


def _base_of(item: Item) -> str:
    number = read_number(item.number)
    return f"{number.section}-{number.item}" if number else item.number


def _known_scope(words: str) -> str:
    has = {name: word in words for name, word in (("server", "サーバ"), ("pc", "端末"), ("network", "ネットワーク"))}
    if "全般" in words or all(has.values()):
        return "all"
    if has["server"] and has["pc"]:
        return "server_pc"
    return next((name for name, is_named in has.items() if is_named), "")
