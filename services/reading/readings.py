"""What was read from a disclosure: an answer per question with its place, and what a person has to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from services.reading.templates import Gate, Question, Template, Value


class Outcome(StrEnum):
    """How far a file was understood."""

    READ = "read"
    NEEDS_PERSON = "needs_person"
    NEEDS_TEMPLATE = "needs_template"
    """It looks like a questionnaire of a form that nobody has shown yet."""
    OTHER = "other"
    """Nothing in it looks like questions with answers; it is kept as some other file."""


class Reason(StrEnum):
    """Why an answer is not sure, or what is to be known about the file."""

    UNKNOWN_WORD = "unknown_word"
    TWO_ANSWERS = "two_answers"
    TWO_MARKS = "two_marks"
    UNKNOWN_MARK = "unknown_mark"
    MISSING_ROW = "missing_row"
    NUMBER_TWICE = "number_twice"
    SEVERAL_QUESTIONS = "several_questions"
    SEVERAL_ROWS = "several_rows"
    NOT_CALCULATED = "not_calculated"
    ERROR_VALUE = "error_value"
    TICK_BOX = "tick_box"
    DOUBTFUL_NUMBER = "doubtful_number"
    NO_ANSWER_COLUMN = "no_answer_column"
    WITH_REMARK = "with_remark"
    MISPRINTED_NUMBER = "misprinted_number"
    HIDDEN = "hidden"
    FROM_PDF = "from_pdf"

    UNKNOWN_NUMBER = "unknown_number"
    NOTE_MISSING = "note_missing"
    NOTE_NOT_CITED = "note_not_cited"
    OTHER_WORDING = "other_wording"
    SHEET_HIDDEN = "sheet_hidden"
    ANOTHER_FORM = "another_form"


@dataclass(frozen=True, slots=True)
class Remark:
    """A text beside an answer, or one that its note number leads to."""

    text: str
    place: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer. `raw` is the cell as it stands at `place`; `reason` says why it is not sure, if so."""

    number: str
    value: Value
    raw: str = ""
    place: str = ""
    remarks: tuple[Remark, ...] = ()
    confidence: float = 1.0
    reason: Reason | None = None
    asked: str = ""
    """The question as this file words it."""
    closed_by: str = ""
    """The question whose answer makes this one pointless."""

    @property
    def remark(self) -> str:
        """All remarks in one text."""
        return "\n".join(remark.text for remark in self.remarks)

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to say what it means."""
        return self.value is Value.NEEDS_PERSON


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the file that a person should know, and where."""

    reason: Reason
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A value that says what the document is about: product, version, day of issue."""

    value: str
    place: str


@dataclass
class Reading:
    """A whole file. `template_id` is empty where no template fits; then `kind` is what its title looks like."""

    outcome: Outcome
    kind: str = "other"
    template_id: str = ""
    edition: str = ""
    sheet: str = ""
    source: str = "xlsx"
    likeness: float = 0.0
    """The share of the template's questions that stand in the file."""
    answers: list[Answer] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    fields: dict[str, Named] = field(default_factory=dict)

    @property
    def counts(self) -> dict[Value, int]:
        """How many answers there are of each kind, all kinds named."""
        counted = Counter(answer.value for answer in self.answers)
        return {value: counted[value] for value in Value}

    @property
    def is_to_be_confirmed(self) -> bool:
        """Answers from a PDF were put together from places on pages: somebody confirms each."""
        return self.source == "pdf"


def is_unwelcome(question: Question, answer: Answer) -> bool:
    """Whether the clinic has to treat it: not the answer it is glad of, on a question that is not closed by another."""
    if answer.closed_by or question.welcome == "any":
        return False
    return answer.value is (Value.NO if question.welcome == "yes" else Value.YES)


def closing_gate(template: Template, number: str, said: Mapping[str, Value]) -> Gate | None:
    """The gate whose answer makes a question pointless, if there is one."""
    return next((gate for gate in template.closed_by.get(number, ()) if said.get(gate.question) == gate.answer), None)


def pack_reading(reading: Reading) -> dict[str, Any]:
    """The reading as JSON can hold it."""
    return asdict(reading)


def unpack_reading(packed: Mapping[str, Any]) -> Reading:
    """The reading again."""
    return Reading(
        **{
            **packed,
            "outcome": Outcome(packed["outcome"]),
            "answers": [unpack_answer(one) for one in packed["answers"]],
            "findings": [Finding(Reason(one["reason"]), one["place"], one["text"]) for one in packed["findings"]],
            "fields": {name: Named(**one) for name, one in packed["fields"].items()},
        }
    )


def unpack_answer(packed: Mapping[str, Any]) -> Answer:
    """An answer again."""
    remarks: Iterable[Mapping[str, str]] = packed["remarks"]
    return Answer(
        **{
            **packed,
            "value": Value(packed["value"]),
            "remarks": tuple(Remark(**one) for one in remarks),
            "reason": Reason(packed["reason"]) if packed["reason"] else None,
        }
    )
