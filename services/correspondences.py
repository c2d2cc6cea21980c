"""Correspondences: tables by which answers of two different forms are compared; people enter them, texts propose."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Session, select

from models import Correspondence
from services import clock
from services.history import record
from services.reading.normal import normal_id, squeezed
from services.reading.templates import Question, Template

LIKE: Final = 0.6
"""From which share of common pairs of letters two questions are shown as alike."""
LONGEST: Final = 40_000
_MOST_LINES: Final = 3000
_ARROW: Final = re.compile(r"\s*(?:→|⇒|->|=>|=|＝|\t|,|、|:|：|\s)\s*")

Pairs = Mapping[str, str]


class Likeness(NamedTuple):
    """Two questions that could be the same; `is_same_number` where the numbers are, `share` how alike the texts are."""

    before: Question
    after: Question
    share: float
    is_same_number: bool


class Table(NamedTuple):
    """What people entered, and what tells this state of it from the next."""

    pairs: Pairs
    version: str


class Typed(NamedTuple):
    """A table as typed: what each line says, and the lines that name no two questions or a question named before."""

    pairs: dict[str, str]
    wrong: list[str]


def find_table(session: Session, *, clinic_id: UUID, before_id: str, after_id: str) -> Table:
    """By number of one form, the number of the other; empty where nobody has entered any."""
    kept = _find(session, clinic_id, before_id, after_id)
    if kept is None:
        return Table({}, "")
    is_turned = kept.first_id != before_id
    return Table(dict((two, one) if is_turned else (one, two) for one, two in kept.pairs), kept.saved_at.isoformat())


def save_pairs(
    session: Session, *, clinic_id: UUID, before: Template, after: Template, pairs: Pairs, seen: str, person: str
) -> bool:
    """Keep a table in the place of the one that was seen; False, and nothing is saved, where that was changed since."""
    first_id, second_id = sorted((before.id, after.id))
    kept = _find(session, clinic_id, before.id, after.id)
    if (kept.saved_at.isoformat() if kept else "") != seen:
        return False
    kept = kept or Correspondence(clinic_id=clinic_id, first_id=first_id, second_id=second_id, saved_at=clock.now())
    turned = first_id != before.id
    kept.pairs = [[two, one] if turned else [one, two] for one, two in pairs.items()]
    kept.saved_by, kept.saved_at = person, clock.now()
    session.add(kept)
    session.flush()
    record(
        session,
        "form.correspondence_saved",
        clinic_id=clinic_id,
        subject=("correspondence", kept.id),
        name=f"{before.name.ja} / {after.name.ja}",
        count=len(pairs),
    )
    return True


def read_lines(text: str, before: Template, after: Template) -> Typed:
    """A table as people paste it: one pair a line, "1.1 → 2.1", also from two columns of a spreadsheet."""
    pairs: dict[str, str] = {}
    wrong: list[str] = []
    for line in text[:LONGEST].splitlines()[:_MOST_LINES]:
        plain = unicodedata.normalize("NFKC", line).strip()
        if not plain:
            continue
        numbers = [normal_id(part) for part in _ARROW.split(plain) if part]
        known = len(numbers) == 2 and numbers[0] in before.questions and numbers[1] in after.questions
        if known and numbers[0] not in pairs and numbers[1] not in pairs.values():
            pairs[numbers[0]] = numbers[1]
        else:
            wrong.append(line.strip()[:80])
    return Typed(pairs, wrong)


def propose_pairs(before: Template, after: Template, *, known: Pairs) -> list[Likeness]:
    """Questions that could be the same, each at most once, the likeliest first; only a person takes them over.

    The same number alone is proposed only where a form holds no wording: numbers move between editions.
    """
    ones = [question for number, question in before.questions.items() if number not in known]
    others = [question for number, question in after.questions.items() if number not in set(known.values())]
    found = sorted(_alike(ones, others), key=lambda one: (-one.share, not one.is_same_number))
    taken_one, taken_other, chosen = set(), set(), []
    for one in found:
        if one.before.id not in taken_one and one.after.id not in taken_other:
            taken_one.add(one.before.id)
            taken_other.add(one.after.id)
            chosen.append(one)
    order = {number: place for place, number in enumerate(before.questions)}
    return sorted(chosen, key=lambda one: (-round(one.share, 1), order[one.before.id]))


def _alike(ones: Iterable[Question], others: Sequence[Question]) -> Iterable[Likeness]:
    texts = [(other, _letters(_wording(other))) for other in others]
    for one in ones:
        letters = _letters(_wording(one))
        for other, others_letters in texts:
            is_same_number = one.id == other.id
            both = len(letters & others_letters)
            share = both / (len(letters) + len(others_letters) - both) if both else 0.0
            if share >= LIKE or (is_same_number and not (letters and others_letters)):
                yield Likeness(one, other, share, is_same_number)


def _wording(question: Question) -> str:
    return squeezed(question.text or question.ja or question.en)


def _letters(text: str) -> frozenset[str]:
    """Every two letters that stand beside each other: enough to tell texts apart, and quick for hundreds of them."""
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))


def _find(session: Session, clinic_id: UUID, before_id: str, after_id: str) -> Correspondence | None:
    first_id, second_id = sorted((before_id, after_id))
    statement = select(Correspondence).where(
        Correspondence.clinic_id == clinic_id,
        Correspondence.first_id == first_id,
        Correspondence.second_id == second_id,
    )
    return session.exec(statement).first()
