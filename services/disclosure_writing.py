"""The answers of a disclosure for a blank workbook of its form: each in the words of the form."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from services.disclosures import AnswerLine
from services.reading.filling import Filled, Said
from services.reading.sandbox import write_disclosure
from services.reading.templates import Choice, Template, Value

_NOT_SAID: Final = frozenset({Value.UNANSWERED, Value.NEEDS_PERSON})


def write_into(path: Path, *, template: Template, lines: Iterable[AnswerLine]) -> Filled:
    """The workbook at the path with the answers that are settled; raises NotRead where it is of another form."""
    said = [_say(template, line) for line in lines if is_said(line)]
    return write_disclosure(path, template=template, said=said)


def _say(template: Template, line: AnswerLine) -> Said:
    """The answer, and of its remark what does not stand in the answer's own cell already."""
    text = _text(template, line)
    remarks = [remark for remark in line.remark.splitlines() if remark.strip() not in text]
    return Said(line.number, line.value.value, text, "\n".join(remarks))


def is_said(line: AnswerLine) -> bool:
    """Whether there is an answer that nobody has doubts about."""
    return line.value not in _NOT_SAID


def _text(template: Template, line: AnswerLine) -> str:
    """The word of the form for what a person settled; else what stood in the file."""
    if line.value is line.read_as and line.raw.strip():
        return line.raw.strip()
    choices: dict[str, Choice] = {
        "yes": "yes",
        "no": "no",
        "not_applicable": "not_applicable",
        "see_notes": "see_notes",
    }
    words = template.answers.words.get(choices[line.value.value], ()) if line.value.value in choices else ()
    return _spelled(words[0]) if words else line.raw.strip()


def _spelled(word: str) -> str:
    """A word as forms print it; the template keeps it as it is compared."""
    if not word.isascii():
        return word
    return word.upper() if "/" in word else word.title()
