"""Texts as they are compared: full width, blanks, dashes and case do not make a difference."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_BLANKS: Final = re.compile(r"\s+")
_DASHES: Final = re.compile("[‐‑‒–—―−ｰー－]")
_AROUND: Final = " .:;,、。：()[]【】「」"
MAX_ID: Final = 60
_MAX_KEPT: Final = 200


def normal_text(text: str) -> str:
    """NFKC, single blanks, no case."""
    return _short(text) if len(text) <= _MAX_KEPT else _plain(text)


def squeezed(text: str) -> str:
    """The same without any blanks: for comparing whole sentences that were wrapped in different places."""
    return normal_text(text).replace(" ", "")


@lru_cache(maxsize=8192)
def normal_id(text: str) -> str:
    """A question's number: "AIS- 02.2 " and "ＡＩＳ－０２．２" are AIS-02.2; "" where the text is too long for one."""
    if not text or len(text) > MAX_ID:
        return ""
    plain = _BLANKS.sub("", unicodedata.normalize("NFKC", text))
    return _DASHES.sub("-", plain).strip(_AROUND).upper()


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


# Labels and answers come again and again; long texts do not, and would fill the memory.
_short = lru_cache(maxsize=8192)(_plain)
