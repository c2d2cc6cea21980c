"""The page on which a form is pointed at, as its template needs it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from models import FormSample
from services.disclosure_words import say_reason, value_names
from services.form_pointing import MEANINGS, ONCE, Role
from services.languages import _, marked
from services.reading.readings import Answer, Finding, Reading, Reason
from services.reading.sandbox import Trial
from services.reading.templates import Value
from web.clinic.form_grid import draw_grid
from web.clinic.form_trials import Pointed

EXAMPLES: Final = 8
MOST_TOLD: Final = 12

_ROLES: Final[dict[Role, str]] = {
    "number": marked("Number"),
    "question": marked("Question"),
    "answer": marked("Answer"),
    "yes": marked("Mark for Yes"),
    "no": marked("Mark for No"),
    "not_applicable": marked("Mark for Not applicable"),
    "remark": marked("Remark"),
}
_KINDS: Final = {
    "mds": marked("MDS (manufacturer)"),
    "sds": marked("SDS (service provider)"),
    "mds2": marked("MDS2"),
    "other": marked("Another questionnaire"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a form would be read as: its counts, examples, and what a person should look at."""

    questions: int
    answered: int
    counts: list[tuple[str, int]]
    examples: list[Answer]
    told: list[tuple[str, str, str]]
    words: list[tuple[str, str]]
    left_out: int


def pointing_values(pointed: Pointed) -> dict[str, Any]:
    """Grid, roles, result and sheets."""
    grid = draw_grid(pointed.sheet, pointed.pointing, page=pointed.page)
    names = value_names()
    return {
        "sample": pointed.sample,
        "sheets": pointed.sheets,
        "position": pointed.position,
        "replaces": pointed.replaces,
        "pointing": pointed.pointing,
        "grid": grid,
        "wrong": pointed.wrong,
        "result": make_result(pointed.trial, names) if pointed.trial else None,
        "roles": role_names(),
        "once": ONCE,
        "meanings": [(value, names[value]) for value in MEANINGS],
        "kinds": kind_names(),
        "value_names": names,
        "reason_of": say_reason,
        "origin": say_origin(pointed.sample),
    }


def role_names() -> dict[str, str]:
    """What a column can be."""
    return {role: _(name) for role, name in _ROLES.items()}


def kind_names() -> dict[str, str]:
    """What a form can be."""
    return {kind: _(name) for kind, name in _KINDS.items()}


def say_origin(sample: FormSample) -> str:
    """From which file the form is learned."""
    return _("From the file %(name)s", name=sample.file_name)


def make_result(trial: Trial, names: dict[str, str]) -> Result:
    """The trial in words."""
    reading, counts = trial.reading, trial.reading.counts
    answered = len(reading.answers) - counts[Value.UNANSWERED]
    words = [*trial.chosen.words.items(), *((word, "") for word in trial.chosen.unknown_words)]
    return Result(
        questions=len(trial.template.questions),
        answered=answered,
        counts=[(names[value], count) for value, count in counts.items() if count and value is not Value.UNANSWERED],
        examples=choose_examples(reading),
        told=list(tell(reading)),
        words=[(word, str(meaning)) for word, meaning in words] if trial.chosen.family == "cell" else [],
        left_out=len(trial.chosen.left_out),
    )


def choose_examples(reading: Reading) -> list[Answer]:
    """The first questions, then one of each kind of answer that is not among them."""
    chosen = list(reading.answers[:4])
    seen = {answer.value for answer in chosen}
    for answer in reading.answers:
        if len(chosen) < EXAMPLES and answer.value not in seen:
            seen.add(answer.value)
            chosen.append(answer)
    return chosen


def tell(reading: Reading) -> list[tuple[str, str, str]]:
    """What a person should look at: why answers are not clear, each reason once with its places, and findings."""
    told: list[tuple[str, str, str]] = []
    unclear = [answer for answer in reading.answers if answer.needs_person and answer.reason is not None]
    for reason, count in Counter(answer.reason for answer in unclear).most_common():
        places = [answer.number for answer in unclear if answer.reason is reason][:5]
        more = " …" if count > len(places) else ""
        told.append((say_reason(reason.value) if reason else "", ", ".join(places) + more, ""))
    told += [(say_reason(one.reason.value), one.place, one.text) for one in reading.findings if is_telling(one)]
    return told[:MOST_TOLD]


def is_telling(finding: Finding) -> bool:
    """Whether it helps to point better; remarks that nothing cites are of no matter in a blank form."""
    return finding.reason not in {Reason.NOTE_NOT_CITED, Reason.NOTE_MISSING}
