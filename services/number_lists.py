"""Lists of question numbers as people paste them: full width, any separator, ranges, and what is not in the form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from services.reading.normal import normal_id

_BETWEEN: Final = re.compile(r"[\s,、，;；・/／|｜]+")
# A blank beside a mark that spans a range does not end the number.
_AROUND_RANGE: Final = re.compile(r"\s*([〜～~]|から|\.\.\.?|…)\s*")
_RANGE: Final = re.compile(r"[〜～~\-‐–—−]|から|\.\.\.?|…")
LONGEST: Final = 20_000
_MAX_TOKEN: Final = 130


class Numbers(NamedTuple):
    """The questions that a list names, in the form's order, and what in it names none."""

    found: list[str]
    missing: list[str]


def read_numbers(text: str, known: Sequence[str]) -> Numbers:
    """The numbers of a pasted list that the form has: "1.1、1.2", "１．１〜１．５", "4.*" or one a line."""
    places = {number: place for place, number in enumerate(known)}
    found: set[str] = set()
    missing: list[str] = []
    plain = unicodedata.normalize("NFKC", _AROUND_RANGE.sub("~", text[:LONGEST]))
    for token in dict.fromkeys(one for one in _BETWEEN.split(plain) if one):
        named = _named(token[:_MAX_TOKEN], known, places)
        found.update(named)
        if not named:
            missing.append(token[:_MAX_TOKEN])
    return Numbers(sorted(found, key=places.__getitem__), missing)


def _named(token: str, known: Sequence[str], places: dict[str, int]) -> list[str]:
    number = normal_id(token)
    if number in places:
        return [number]
    if token.endswith("*") and number.strip(".*-"):
        return [one for one in known if fnmatchcase(one, number)]
    # Numbers hold dashes themselves, so that a range is whatever has a known number on both sides of a mark.
    for mark in _RANGE.finditer(token):
        first, last = normal_id(token[: mark.start()]), normal_id(token[mark.end() :])
        if first in places and last in places and places[first] <= places[last]:
            return list(known[places[first] : places[last] + 1])
    return []
