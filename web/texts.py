"""Kinds of text that people type into forms: what is tidied without a word, and what is asked about."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, EmailStr, Field
from pydantic_core import PydanticCustomError

from services.languages import marked

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp", "Zs"})
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
_NUMBER_LIKE: Final = re.compile(r"[0-9+()#*. -]+")


def has_visible_letter(text: str) -> bool:
    """Whether a reader would see anything."""
    return any(unicodedata.category(letter) not in _INVISIBLE for letter in text)


def _refuse_invisible(text: str) -> str:
    if not has_visible_letter(text):
        raise PydanticCustomError("missing", "Nothing can be seen.")
    return text


def plain_digits(text: object) -> object:
    """Full-width digits and signs as plain ones, where the text is a number; anything else stays as it is."""
    if not isinstance(text, str):
        return text
    plain = unicodedata.normalize("NFKC", text.translate(_DASHES)).strip()
    return plain if _NUMBER_LIKE.fullmatch(plain) else text


def _tidy_address(text: object) -> object:
    return unicodedata.normalize("NFKC", text).strip() if isinstance(text, str) else text


def normal_postal_code(text: str) -> str:
    """123-4567; raises ValueError with a sentence for anything that has not seven digits."""
    digits = text.removeprefix("〒").strip().replace("-", "")
    if not re.fullmatch(r"[0-9]{7}", digits):
        raise ValueError(marked("A postal code has seven digits, such as 100-0001."))
    return f"{digits[:3]}-{digits[3:]}"


def _strip_sign(text: object) -> object:
    return plain_digits(text.replace("〒", "")) if isinstance(text, str) else text


_TIDY: Final = BeforeValidator(str.strip)
_SEEN: Final = AfterValidator(_refuse_invisible)

Name = Annotated[str, Field(max_length=200), _TIDY, _SEEN]
"""What a thing or a company is called: the white space around it goes, and something must be left."""

PersonName = Annotated[str, Field(max_length=100), _TIDY, _SEEN]
"""What a person or desk is called."""

Number = Annotated[int, Field(ge=0, le=99_999), BeforeValidator(plain_digits)]
"""How many there are."""

Phone = Annotated[str, Field(max_length=40), BeforeValidator(plain_digits)]
PostalCode = Annotated[str, BeforeValidator(_strip_sign), AfterValidator(normal_postal_code)]
Email = Annotated[EmailStr, BeforeValidator(_tidy_address)]
