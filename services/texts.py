"""What counts as the same text however it was typed: visible letters, digits and signs of any width, postal codes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from services.languages import marked

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp", "Zs"})
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
_NUMBER_LIKE: Final = re.compile(r"[0-9+()#*. -]+")


def has_visible_letter(text: str) -> bool:
    """Whether a reader would see anything."""
    return any(unicodedata.category(letter) not in _INVISIBLE for letter in text)


def plain_digits(text: str) -> str:
    """Full-width digits and signs as plain ones, where the text is a number; anything else stays as it is."""
    plain = unicodedata.normalize("NFKC", text.translate(_DASHES)).strip()
    return plain if _NUMBER_LIKE.fullmatch(plain) else text


def normal_postal_code(text: str) -> str:
    """123-4567; raises ValueError with a sentence for anything that has not seven digits."""
    digits = text.removeprefix("〒").strip().replace("-", "")
    if not re.fullmatch(r"[0-9]{7}", digits):
        raise ValueError(marked("A postal code has seven digits, such as 100-0001."))
    return f"{digits[:3]}-{digits[3:]}"
