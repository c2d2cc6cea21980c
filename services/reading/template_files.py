"""Template files: read from TOML, checked, and refused with file, place and reason. Not for the child."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from services.reading.normal import normal_id
from services.reading.templates import Template, Value

TEMPLATES_FOLDER: Final = Path(__file__).resolve().parent.parent.parent / "catalog" / "disclosures"
FIELDS: Final = frozenset({"manufacturer", "product", "model", "version", "document", "issued_on"})

_TEMPLATE: Final = TypeAdapter(Template)
Problem = tuple[str, str]


class BrokenTemplate(ValueError):
    """A template that cannot be used; says which file, where in it, and why."""

    def __init__(self, file: str, place: str, reason: str) -> None:
        super().__init__(f"{file}: {place}: {reason}")
        self.file = file
        self.place = place
        self.reason = reason


@lru_cache
def list_templates() -> tuple[Template, ...]:
    """The templates of the catalog; raises BrokenTemplate."""
    return tuple(load_templates().values())


def load_templates(folder: Path = TEMPLATES_FOLDER) -> dict[str, Template]:
    """All templates of a folder by id; raises BrokenTemplate."""
    return {template.id: template for template in map(_read_file, sorted(folder.glob("*.toml")))}


def build_template(content: Mapping[str, Any], *, file: str) -> Template:
    """A template from what a file or a stored one says; raises BrokenTemplate. `file` names the source in refusals."""
    try:
        template = _TEMPLATE.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
        reason = (
            "is not a name that a template uses" if first["type"] == "unexpected_keyword_argument" else first["msg"]
        )
        raise BrokenTemplate(file, steps.removeprefix(".") or "file", reason) from None
    for place, reason in _problems(template):
        raise BrokenTemplate(file, place, reason)
    return template


def _read_file(path: Path) -> Template:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenTemplate(path.name, f"byte {error.start}", "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at ")
        raise BrokenTemplate(path.name, place.rstrip(")"), reason) from None
    template = build_template(content, file=path.name)
    if template.id != path.stem:
        raise BrokenTemplate(path.name, "id", f"must be {path.stem!r}, the name of the file")
    return template


def _problems(template: Template) -> Iterator[Problem]:
    """What is wrong with a template although each of its words is right."""
    try:
        pattern = re.compile(template.numbers.pattern)
    except re.error as error:
        yield "numbers.pattern", f"is no pattern: {error}"
        return
    seen: set[str] = set()
    for place, number in _numbers(template):
        if number != normal_id(number) or not number:
            yield place, f"{number!r} must be written {normal_id(number)!r}"
        if number in seen:
            yield place, f"{number!r} is already the number of another question"
        if template.numbers.pattern and not pattern.fullmatch(number):
            yield place, f"{number!r} does not look like numbers.pattern says"
        seen.add(number)
    for alias, number in template.numbers.aliases.items():
        if number not in seen or alias in seen:
            yield f"numbers.aliases.{alias}", f"must lead from a misprint to a question, not to {number!r}"
    for name, number in template.fields.items():
        if name not in FIELDS or number not in seen:
            yield f"fields.{name}", f"must be one of {', '.join(sorted(FIELDS))} and lead to a question"
    for index, gate in enumerate(template.gates):
        if gate.question not in seen:
            yield f"gates[{index}].question", f"{gate.question!r} is no question"
        if not any(gate in gates for gates in template.closed_by.values()):
            yield f"gates[{index}].closes", "closes no question"
    yield from _problems_with_words(template)


def _problems_with_words(template: Template) -> Iterator[Problem]:
    if template.answers.family == "marks" and template.sections and len(template.answers.columns) < 2:
        yield "answers.columns", "must name the heading of at least two columns"
    if template.answers.family == "cell" and not {Value.YES, Value.NO} <= set(template.answers.words):
        yield "answers.words", "must hold words for yes and no"
    meanings: dict[str, str] = {}
    for value, words in template.answers.words.items():
        for word in words:
            if meanings.setdefault(word.casefold(), value) != value:
                yield f"answers.words.{value}", f"{word!r} also means {meanings[word.casefold()]}"


def _numbers(template: Template) -> Iterator[tuple[str, str]]:
    for index, section in enumerate(template.sections):
        for position, question in enumerate(section.questions):
            yield f"sections[{index}].questions[{position}].id", question.id
