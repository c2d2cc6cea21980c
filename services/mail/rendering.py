"""How a mail is written: its templates in the reader's language, with people's text made harmless."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from models import Clinic
from services import formats
from services.fiscal_years import name_of
from services.languages import sentences, speaking
from services.links import desk_link
from settings import get_settings

HERE: Final = Path(__file__).resolve().parent
LONGEST_SUBJECT: Final = 300
MULTILINE: Final = frozenset({"clinic_message", "note"})
"""The only values whose line breaks are kept; all others are read as one line."""

LINKS: Final = frozenset({"link", "off"})
"""The only values that may be links, and only to the portal itself."""

_CLICKABLE: Final = re.compile(
    r"(?P<address>[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+(?![\w/:@.-]))"
    r"|(?<=[A-Za-z0-9+.-]):(?=//|\\\\)"
    r"|(?<=\w)\.(?=[A-Za-z]{2})"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be read: one line of subject, the text and the same as HTML."""

    subject: str
    text: str
    html: str


def write_letter(
    message: str, *, language: str, name: str = "", clinic: Clinic | None = None, **values: object
) -> Letter:
    """A message in a language; raises UndefinedError where a template asks for a value that is missing."""
    settings = get_settings()
    harmless = {
        "recipient_name": one_line(inert(name)),
        "clinic": _sender(clinic),
        "portal": settings.portal_name(language),
        "company": "",
        "desk_link": desk_link(),
        **{key: _harmless(key, value) for key, value in values.items()},
    }
    with speaking(language):
        return Letter(
            subject=_cut(one_line(_render(language, f"{message}/subject.txt", harmless))),
            text=_without_gaps(_render(language, f"{message}/body.txt", harmless)),
            html=_render(language, f"{message}/body.html", harmless),
        )


def inert(text: str) -> str:
    """Text in which no mail program finds a link: https://example.jp becomes https[:]//example[.]jp.

    Mail addresses stay as they are, because writing to the clinic is what they are for.
    """
    return _CLICKABLE.sub(lambda found: found["address"] or f"[{found[0]}]", text)


def one_line(text: str) -> str:
    """Text without line breaks and control characters, so that it fits a header."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _harmless(key: str, value: object) -> object:
    if isinstance(value, str):
        if key in LINKS:
            if value and not value.startswith(get_settings().base_url + "/"):
                raise ValueError("A link in a mail leads to this portal.")
            return value
        return inert(value.strip()) if key in MULTILINE else one_line(inert(value))
    if isinstance(value, Mapping):
        return {name: _harmless(name, part) if part else part for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_harmless("", part) for part in value]
    return value


def _sender(clinic: Clinic | None) -> Mapping[str, str] | None:
    if clinic is None:
        return None
    told = ("name", "phone", "contact_name", "contact_hours")
    return {field: one_line(inert(getattr(clinic, field))) for field in told}


def _without_gaps(text: str) -> str:
    """What templates leave between their blocks, reduced to one empty line."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _cut(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1] + "…"


def _render(language: str, template: str, values: Mapping[str, object]) -> str:
    return _environment(language).get_template(template).render(values)


@lru_cache
def _environment(spoken: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.policies["ext.i18n.trimmed"] = True
    install: Any = made
    install.install_gettext_translations(sentences(spoken), newstyle=True)
    made.globals["language"] = spoken
    made.filters.update(
        date=lambda day: formats.format_date(day, spoken),
        moment=lambda moment: formats.format_moment(moment, spoken),
        fiscal_year=lambda year: name_of(year, spoken),
    )
    return made
