"""Which language is spoken, and every sentence in it: gettext over the files of web/locale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("ja", "en")
LOCALE_FOLDER: Final = Path(__file__).resolve().parent.parent / "web" / "locale"

language: ContextVar[str] = ContextVar("language", default="ja")


class Sentences(NullTranslations):
    """Translations of one language, from one `.po` file per room; English sentences are their own translation."""

    def __init__(self, spoken: str) -> None:
        # Loaded when a language is first spoken: the process that reads files from strangers speaks none.
        from polib import pofile

        super().__init__()
        self.spoken = spoken
        self.is_strict = False
        self._texts: dict[str, str] = {}
        self._plurals: dict[str, tuple[str, ...]] = {}
        for path in sorted((LOCALE_FOLDER / spoken).glob("*.po")):
            for entry in pofile(str(path)):
                forms = tuple(entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural))
                if forms and all(forms):
                    self._plurals[entry.msgid] = forms
                elif entry.msgstr:
                    self._texts[entry.msgid] = entry.msgstr

    def gettext(self, message: str) -> str:
        """The sentence in this language; the English one where it has no translation."""
        if self.spoken == "en":
            return message
        found = self._texts.get(message)
        if found is None and self.is_strict and message.strip():
            raise LookupError(f"No {self.spoken} translation of {message!r}: run python -m web.locale")
        return found or message

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The sentence for a count; Japanese has one form."""
        if self.spoken == "en":
            return singular if count == 1 else plural
        found = self._plurals.get(singular)
        if found is None:
            if self.is_strict:
                raise LookupError(f"No {self.spoken} translation of {singular!r}: run python -m web.locale")
            return singular if count == 1 else plural
        return found[0] if count == 1 else found[-1]


@lru_cache
def sentences(spoken: str) -> Sentences:
    """All sentences of a language, read once."""
    return Sentences(spoken)


@contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Speak a language inside the block: for mails and papers, whose reader is not the person asking."""
    token = language.set(spoken)
    try:
        yield
    finally:
        language.reset(token)


def _(message: str, /, **values: object) -> str:
    """The sentence in the language now spoken, with `%(name)s` filled in."""
    text = sentences(language.get()).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, count: int, /, **values: object) -> str:
    """The sentence for a count in the language now spoken; `%(count)s` is filled in with the others."""
    return sentences(language.get()).ngettext(singular, plural, count) % {"count": count, **values}


def marked(message: str) -> str:
    """Mark a sentence for translation where it is defined; whoever shows it calls `_` on it."""
    return message


def choose_language(accepted: str, *, default: str) -> str:
    """The first language of an Accept-Language header that is spoken here, or the default."""
    for part in accepted.split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return default
