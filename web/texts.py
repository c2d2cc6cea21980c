"""Kinds of text that people type into forms: what is tidied without a word, and what is asked about."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, EmailStr, Field
from pydantic_core import PydanticCustomError

from services import clock
from services.languages import marked
from services.texts import has_visible_letter, normal_postal_code, plain_digits


def _refuse_invisible(text: str) -> str:
    if not has_visible_letter(text):
        raise PydanticCustomError("missing", "Nothing can be seen.")
    return text


def _plain_digits(text: object) -> object:
    return plain_digits(text) if isinstance(text, str) else text


def _tidy_address(text: object) -> object:
    return unicodedata.normalize("NFKC", text).strip() if isinstance(text, str) else text


def _strip_sign(text: object) -> object:
    return plain_digits(text.replace("〒", "")) if isinstance(text, str) else text


def _plain_web_address(text: str) -> str:
    """An address of a page; raises ValueError with a sentence for anything a browser would run or not understand."""
    address = text.strip()
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not address.isprintable() or " " in address:
        raise ValueError(marked("Please enter the address of a page, beginning with https://."))
    return address


def _refuse_future(day: date) -> date:
    if day > clock.today():
        raise ValueError(marked("This day lies in the future. Please enter the day on which it happened."))
    return day


_TIDY: Final = BeforeValidator(str.strip)
_SEEN: Final = AfterValidator(_refuse_invisible)

Name = Annotated[str, Field(max_length=200), _TIDY, _SEEN]
"""What a thing or a company is called: the white space around it goes, and something must be left."""

PersonName = Annotated[str, Field(max_length=100), _TIDY, _SEEN]
"""What a person or desk is called."""

Number = Annotated[int, Field(ge=0, le=99_999), BeforeValidator(_plain_digits)]
"""How many there are."""

WebAddress = Annotated[str, Field(max_length=500), AfterValidator(_plain_web_address)]
"""The address of a page elsewhere, which is shown as text and opened by hand."""

PastDay = Annotated[date, AfterValidator(_refuse_future)]
"""When something was said or done: today or earlier, in Japan."""

Phone = Annotated[str, Field(max_length=40), BeforeValidator(_plain_digits)]
PostalCode = Annotated[str, BeforeValidator(_strip_sign), AfterValidator(normal_postal_code)]
Email = Annotated[EmailStr, BeforeValidator(_tidy_address)]
