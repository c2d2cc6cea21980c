"""What a cell may hold, by the same rules as in the forms: a reader takes text and gives a value, or says why not."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import validate_email
from pydantic_core import PydanticCustomError

from models import Provision, SystemKind, UpdateDuty
from services.languages import LANGUAGES, _, speaking
from services.options import names_of
from services.search import folded
from services.texts import has_visible_letter, normal_postal_code, plain_digits
from services.vendors import normal_corporate_number

Reader = Callable[[str], Any]
Option = TypeVar("Option", bound=StrEnum)

WORDS_FILE: Final = Path(__file__).with_name("words.toml")
MOST: Final = 99_999
_SHOWN_OPTIONS: Final = 12


class CellRefused(ValueError):
    """A cell cannot be taken; its text is a sentence in the language now spoken."""


@lru_cache
def words() -> Mapping[str, Any]:
    """What people write for columns and options."""
    return tomllib.loads(WORDS_FILE.read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """A word of a table as it is compared: without width, case, kind of kana and spaces."""
    return "".join(folded(text).split())


def line(most: int) -> Reader:
    """One line of at most so many characters."""
    read = lines(most)
    return lambda text: read(" ".join(text.split("\n")))


def lines(most: int) -> Reader:
    """Text of at most so many characters."""

    def read(text: str) -> str:
        if len(text) > most:
            raise CellRefused(_("Please use at most %(count)s characters.", count=most))
        return text

    return read


def name(most: int) -> Reader:
    """What somebody or something is called: a reader must see something."""
    read_line = line(most)

    def read(text: str) -> str:
        if not has_visible_letter(text):
            raise CellRefused(_("Please fill this in."))
        return str(read_line(text))

    return read


def phone(text: str) -> str:
    """A telephone or fax number with plain digits."""
    return str(line(40)(plain_digits(text)))


def postal_code(text: str) -> str:
    """123-4567."""
    return _asking(normal_postal_code, plain_digits(text.replace("〒", "")))


def corporate_number(text: str) -> str:
    """Thirteen digits of which the first checks the others."""
    return _asking(normal_corporate_number, text)


def email(text: str) -> str:
    """An address that can be written to."""
    try:
        return validate_email(unicodedata.normalize("NFKC", text).strip())[1]
    except PydanticCustomError as error:
        raise CellRefused(_("Please enter an e-mail address such as name@example.jp.")) from error


def number(text: str) -> int:
    """How many there are; “3台” is three."""
    digits = plain_digits(text.rstrip("台本個つ 　")).removesuffix(".0")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise CellRefused(_("Please enter a whole number."))
    if int(digits) > MOST:
        raise CellRefused(_("Please enter a number up to %(count)s.", count=MOST))
    return int(digits)


def yes_or_no(text: str) -> bool | None:
    """はい, いいえ, or that nobody knows yet."""
    return {"yes": True, "no": False, "unknown": None}[_choose(_yes_no_words(), text, [_("Yes"), _("No")])]


def language(text: str) -> str:
    """The language of mails."""
    return _choose(_words_of("Language"), text, ["日本語", "English"])


def option_of(kind: type[Option]) -> Reader:
    """One of the options of the ledger, by its name in either language or by a usual word for it."""

    def read(text: str) -> Option:
        return kind(_choose(option_words(kind), text, list(names_of(kind).values())))

    return read


@lru_cache
def option_words(kind: type[StrEnum]) -> dict[str, str]:
    """Every word for an option, with the option's value."""
    known = _words_of(kind.__name__)
    for spoken in LANGUAGES:
        with speaking(spoken):
            known |= {plain(called): option.value for option, called in names_of(kind).items()}
    return known


kind_of_system: Final = option_of(SystemKind)
provision: Final = option_of(Provision)
update_duty: Final = option_of(UpdateDuty)


@lru_cache
def _yes_no_words() -> dict[str, str]:
    known = _words_of("YesNo")
    for spoken in LANGUAGES:
        with speaking(spoken):
            known[plain(_("Not known yet"))] = "unknown"
    return known


def _words_of(kind: str) -> dict[str, str]:
    return {plain(word): option for option, listed in words()["options"][kind].items() for word in listed}


def _choose(known: Mapping[str, str], text: str, offered: list[str]) -> str:
    found = known.get(plain(text))
    if found is None:
        listed = _(", ").join(offered[:_SHOWN_OPTIONS])
        raise CellRefused(_("This word is not known here. Please use one of: %(words)s", words=listed))
    return found


def _asking(read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except ValueError as error:
        raise CellRefused(_(str(error))) from error
