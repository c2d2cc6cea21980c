"""Two disclosures of one form side by side: which answers and remarks changed, the ones that matter most first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.reading.normal import squeezed
from services.reading.readings import Answer
from services.reading.templates import Question, Value


class ChangeKind(StrEnum):
    """What is different about a question."""

    ANSWER = "answer"
    REMARK = "remark"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One question that is not the same in both. `before` or `after` is missing where only one of them has it."""

    kind: ChangeKind
    number: str
    before: Answer | None
    after: Answer | None

    @property
    def transition(self) -> tuple[Value, Value] | None:
        """From which answer to which."""
        return (self.before.value, self.after.value) if self.before and self.after else None


# What was promised and is no more comes first; what is merely unclear follows; then everything else as the form has it.
_FIRST: Final = (
    (Value.YES, Value.NO),
    (Value.YES, Value.NOT_APPLICABLE),
    (Value.YES, Value.UNANSWERED),
    (Value.YES, Value.NEEDS_PERSON),
    (Value.NO, Value.NOT_APPLICABLE),
    (Value.NOT_APPLICABLE, Value.NO),
)
_KINDS: Final = (ChangeKind.ANSWER, ChangeKind.REMOVED, ChangeKind.ADDED, ChangeKind.REMARK)


def compare_answers(
    before: Sequence[Answer], after: Sequence[Answer], *, correspondence: Mapping[str, str] | None = None
) -> list[Change]:
    """Every difference, はい→いいえ first, then はい→対象外.

    Numbers mean the same question only within one template. Across two templates `correspondence` says which number of
    the earlier one is which of the later one, as a person entered it; questions without a line in it are left out.
    """
    earlier = {answer.number: answer for answer in before}
    later = {answer.number: answer for answer in after}
    if correspondence is not None:
        later = {old: later[new] for old, new in correspondence.items() if new in later}
        earlier = {old: answer for old, answer in earlier.items() if old in correspondence}
    order = {number: place for place, number in enumerate(dict.fromkeys([*later, *earlier]))}
    changes = [change for number in order if (change := _change(number, earlier.get(number), later.get(number)))]
    return sorted(changes, key=lambda change: (*_rank(change), order[change.number]))


def count_transitions(changes: Iterable[Change]) -> Counter[tuple[Value, Value]]:
    """How many answers went from which value to which."""
    return Counter(change.transition for change in changes if change.kind is ChangeKind.ANSWER and change.transition)


def is_worse(question: Question, change: Change) -> bool:
    """Whether the answer is no longer the one a clinic is glad of."""
    if change.kind is not ChangeKind.ANSWER or not change.before or not change.after or question.welcome == "any":
        return False
    return change.before.value == question.welcome != change.after.value


def _change(number: str, before: Answer | None, after: Answer | None) -> Change | None:
    if before is None or after is None:
        kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED
        return Change(kind, number, before, after)
    if before.value is not after.value or (
        before.value in {Value.TEXT, Value.NEEDS_PERSON} and squeezed(before.raw) != squeezed(after.raw)
    ):
        return Change(ChangeKind.ANSWER, number, before, after)
    if squeezed(before.remark) != squeezed(after.remark):
        return Change(ChangeKind.REMARK, number, before, after)
    return None


def _rank(change: Change) -> tuple[int, int]:
    transition = change.transition
    urgent = change.kind is ChangeKind.ANSWER and transition in _FIRST
    return (0, _FIRST.index(transition)) if urgent and transition else (1, _KINDS.index(change.kind))
