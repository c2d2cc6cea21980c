"""What a disclosure form asks and how it stands in a file: data, from the catalog or learned from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, ClassVar, Final, Literal

_STRICT: Final = {"extra": "forbid"}


class Value(StrEnum):
    """What an answer comes to. Whatever is not clearly one of the others needs a person."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    SEE_NOTES = "see_notes"
    TEXT = "text"
    UNANSWERED = "unanswered"
    NEEDS_PERSON = "needs_person"


class Area(StrEnum):
    """What a question is about, for the measure that is proposed where the answer is unwelcome."""

    RULES = "rules"
    RESPONSIBILITY = "responsibility"
    RISK = "risk"
    FORMATS = "formats"
    TAKING_OUT = "taking_out"
    MAINTENANCE = "maintenance"
    EMERGENCY = "emergency"
    PHYSICAL = "physical"
    NETWORK = "network"
    AUTHENTICATION = "authentication"
    SIGNATURE = "signature"
    AUDIT = "audit"
    ATTACKS = "attacks"

    @property
    def chapters(self) -> tuple[int, ...]:
        """The chapters of the guideline's operation volume (version 6.0) that speak of it."""
        return _CHAPTERS[self]


_CHAPTERS: Final[dict[Area, tuple[int, ...]]] = {
    Area.RULES: (2, 11),
    Area.RESPONSIBILITY: (3,),
    Area.RISK: (4,),
    Area.FORMATS: (5,),
    Area.TAKING_OUT: (7,),
    Area.MAINTENANCE: (10,),
    Area.EMERGENCY: (11,),
    Area.PHYSICAL: (12,),
    Area.NETWORK: (13,),
    Area.AUTHENTICATION: (14,),
    Area.SIGNATURE: (15,),
    Area.AUDIT: (17,),
    Area.ATTACKS: (18,),
}

Family = Literal["cell", "marks"]
Choice = Literal["yes", "no", "not_applicable", "see_notes"]
Welcome = Literal["yes", "no", "any"]
DocumentKind = Literal["mds", "sds", "mds2", "other"]

CHOICES: Final[Mapping[Value, Choice]] = {
    Value.YES: "yes",
    Value.NO: "no",
    Value.NOT_APPLICABLE: "not_applicable",
    Value.SEE_NOTES: "see_notes",
}
"""What a word or a column can mean."""
MARKS: Final = ("○", "〇", "◯", "●", "◎", "■", "☑", "☒", "✓", "✔", "✅", "レ", "x", "v", "1", "true")
UNMARKED: Final = ("□", "☐", "false", "0")


@dataclass(frozen=True, slots=True)
class Text:
    """A short text in both languages."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    ja: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a form. `subject` is ours; `text` is the wording of the file that a template was learned from."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    id: str
    ja: str = ""
    en: str = ""
    text: str = ""
    kind: Literal["choice", "text", "date"] = "choice"
    welcome: Welcome = "any"
    area: Area | None = None
    guideline: str = ""
    is_appendix: bool = False

    def words(self, language: str) -> str:
        """What it asks, in one language if we have words of our own for it."""
        return (self.en if language.startswith("en") else self.ja) or self.text


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that stand together. Its area is that of its questions, where they do not say another."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    code: str
    name: Text
    questions: tuple[Question, ...]
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """An answer that makes other questions pointless. `closes` are numbers, or patterns such as CSUP-2.*"""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    question: str
    answer: Literal["yes", "no"]
    closes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of the columns, and where these stand beside the numbers if no heading tells."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    id: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    remark: tuple[str, ...] = ()
    offsets: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What question numbers look like, and which misprints stand for which of them."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    pattern: str = ""
    aliases: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """One cell with a word (`cell`), or one column per answer with a mark in it (`marks`, headings in `columns`)."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    family: Family = "cell"
    words: dict[Choice, tuple[str, ...]] = field(default_factory=dict)
    columns: dict[Choice, tuple[str, ...]] = field(default_factory=dict)
    offsets: dict[Choice, int] = field(default_factory=dict)
    marks: tuple[str, ...] = MARKS
    unmarked: tuple[str, ...] = UNMARKED
    placeholders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notes:
    """Numbered remarks that stand elsewhere: what is above them, how each begins, and how an answer points to it."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    headings: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """One form in one edition. Without questions it only helps to recognise a kind and to read its words."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    id: str
    kind: DocumentKind
    edition: str
    name: Text
    titles: dict[str, DocumentKind] = field(default_factory=dict)
    sheet: str = ""
    columns: Columns = field(default_factory=Columns)
    numbers: Numbers = field(default_factory=Numbers)
    answers: AnswerRules = field(default_factory=AnswerRules)
    notes: Notes = field(default_factory=Notes)
    fields: dict[str, str] = field(default_factory=dict)
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    sections: tuple[Section, ...] = ()

    @cached_property
    def questions(self) -> dict[str, Question]:
        """All questions by number, in order."""
        return {question.id: question for section in self.sections for question in section.questions}

    @cached_property
    def closed_by(self) -> dict[str, list[Gate]]:
        """The gates over each question that has any."""
        found: dict[str, list[Gate]] = {}
        for gate in self.gates:
            for number in self.questions:
                if number != gate.question and any(fnmatchcase(number, pattern) for pattern in gate.closes):
                    found.setdefault(number, []).append(gate)
        return found

    def section_of(self, number: str) -> Section | None:
        """The section a question stands in."""
        return next((one for one in self.sections if any(question.id == number for question in one.questions)), None)

    def area_of(self, number: str) -> Area | None:
        """What a question is about."""
        section = self.section_of(number)
        return (self.questions[number].area or section.area) if section else None


def pack_template(template: Template) -> dict[str, Any]:
    """The template as JSON can hold it, for a child or for the database."""
    return asdict(template)


def unpack_template(packed: Mapping[str, Any]) -> Template:
    """The template again, from what was packed; a file is read with `template_files.py`, which checks it."""
    return Template(
        id=packed["id"],
        kind=packed["kind"],
        edition=packed["edition"],
        name=Text(**packed["name"]),
        titles=dict(packed["titles"]),
        sheet=packed["sheet"],
        columns=Columns(**{name: _plain(value) for name, value in packed["columns"].items()}),
        numbers=Numbers(**packed["numbers"]),
        answers=AnswerRules(**{name: _plain(value) for name, value in packed["answers"].items()}),
        notes=Notes(**{name: _plain(value) for name, value in packed["notes"].items()}),
        fields=dict(packed["fields"]),
        labels=_plain(packed["labels"]),
        gates=tuple(Gate(one["question"], one["answer"], tuple(one["closes"])) for one in packed["gates"]),
        sections=tuple(_unpack_section(one) for one in packed["sections"]),
    )


def _unpack_section(packed: Mapping[str, Any]) -> Section:
    questions = tuple(Question(**{**one, "area": _area(one["area"])}) for one in packed["questions"])
    return Section(packed["code"], Text(**packed["name"]), questions, _area(packed["area"]))


def _area(name: str | None) -> Area | None:
    return Area(name) if name else None


def _plain(value: Any) -> Any:
    """Lists of JSON as the tuples they were."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value
