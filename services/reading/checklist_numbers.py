"""The numbers of an official checklist: 2-④, 2-(4), ④, (4), 2-4 or 4, alone in a cell or before the sentence."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

_CIRCLED: Final = re.compile("[①-⑳㉑-㉟]")
_DASHES: Final = re.compile("[‐‑‒–—―−ー－]")
_BLANKS: Final = re.compile(r"\s+")
_LONGEST: Final = 12
_FAMILIES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("circled", re.compile(r"(?:(\d{1,2})-?)?([①-⑳㉑-㉟])")),
    ("bracketed", re.compile(r"(?:(\d{1,2})-?)?(\(\d{1,2}\))")),
    ("dotted", re.compile(r"(\d{1,2})[-.](\d{1,2})")),
    ("plain", re.compile(r"()(\d{1,2})[.)、:]?")),
)
"""The kinds of numbers, the surest first; a form counts its items with one of them."""

FAMILIES: Final = tuple(name for name, _pattern in _FAMILIES)
_LEADING: Final[dict[str, re.Pattern[str]]] = {
    "circled": re.compile(r"(?:\d{1,2}-?)?[①-⑳㉑-㉟]"),
    "bracketed": re.compile(r"(?:\d{1,2}-?)?\(\d{1,2}\)"),
    "dotted": re.compile(r"\d{1,2}[-.]\d{1,2}(?=[\s.、:])"),
    "plain": re.compile(r"\d{1,2}(?=[\s.)、:])[.)、:]?"),
}


class Number(NamedTuple):
    """A number as it is printed, and what it counts: the section where it names one, and the item in it."""

    family: str
    section: int | None
    item: int
    printed: str


def half_width(text: str) -> str:
    """Full-width digits, brackets and dashes as half-width ones; circled numbers stay what they are."""
    kept = "".join(sign if _CIRCLED.match(sign) else unicodedata.normalize("NFKC", sign) for sign in text)
    return _DASHES.sub("-", kept)


def read_number(text: str) -> Number | None:
    """The number that a cell consists of; None for any other text."""
    if not text or len(text) > _LONGEST:
        return None
    plain = _BLANKS.sub("", half_width(text))
    for family, pattern in _FAMILIES:
        if found := pattern.fullmatch(plain):
            section = int(found[1]) if found[1] else None
            return Number(family, section, _count(found[2]), plain.rstrip(".)、:") if family == "plain" else plain)
    return None


def split_number(text: str) -> tuple[Number, str] | None:
    """A number that stands before its sentence, and the sentence; None where the text begins otherwise."""
    plain = half_width(text.strip()[: _LONGEST * 2])
    for family in FAMILIES:
        found = _LEADING[family].match(plain)
        number = read_number(found[0]) if found else None
        if found and number:
            rest = text.strip()[found.end() :].lstrip(" \u3000.．、:：\n\t")
            return (number, rest) if rest else None
    return None


def section_number(text: str) -> int | None:
    """The number of a section before its title, as in "２　管理・運用" or "2. …"; also alone."""
    found = re.match(r"\s*(?:第\s*)?(\d{1,2})(?!\d)", half_width(text[:_LONGEST]))
    return int(found[1]) if found else None


def _count(item: str) -> int:
    return int(unicodedata.normalize("NFKC", item).strip("()"))
