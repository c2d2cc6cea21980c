"""Carry-over: what last year's own form says about this year's items; shown, and proposed again, never copied."""

from __future__ import annotations

from collections.abc import Collection

from models import AnswerValue
from services import editions
from services.assessments import Sheet
from services.edition_forms import CarryOver, Item
from services.own_answers import OwnAnswer


def keys_to_carry_over(sheet: Sheet) -> frozenset[str]:
    """The items for which last year's はい may be proposed again: of the same edition, or by this one's carry-over."""
    if sheet.last is None:
        return frozenset()
    said_yes = {key for key, answer in sheet.last.answers.items() if answer.standing is AnswerValue.YES}
    if sheet.last.edition_id == sheet.edition_id:
        return frozenset(said_yes)
    lines = _lines(sheet)
    if not lines:
        return frozenset()
    return frozenset(editions.targets_to_propose(sheet.form, lines, said_yes=said_yes))


def answers_of_last_year(sheet: Sheet, item: Item) -> tuple[OwnAnswer, ...]:
    """What last year's rows said that went into this item; several where they were gathered into one."""
    if sheet.last is None:
        return ()
    keys: Collection[str] = (item.key,)
    if sheet.last.edition_id != sheet.edition_id:
        keys = next((line.sources for line in _lines(sheet) if line.target == item.key), ())
    found = (sheet.last.answers.get(key) for key in keys)
    return tuple(answer for answer in found if answer is not None and answer.value is not None)


def _lines(sheet: Sheet) -> tuple[CarryOver, ...]:
    """What this year's edition says about the edition used last year; nothing where it speaks of another one."""
    lines = editions.carried_into(sheet.form)
    return tuple(line for line in lines if sheet.last is not None and line.edition_id == sheet.last.edition_id)
