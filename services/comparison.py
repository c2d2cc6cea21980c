"""Comparison: what a vendor says this year beside last year, or in one version beside another, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import AnswerValue, Revision, Submission, SubmissionSystem
from services import editions
from services.edition_forms import Form, Item, Section
from services.languages import language
from services.revisions import SubmittedAnswer, read_answers

COMPARED: Final = (
    "value",
    "is_conditional",
    "condition",
    "target_on",
    "remark",
    "second_value",
    "responsibility",
    "differences",
)
"""What counts as a difference; the date of the check is expected to be another one."""

Numbered = tuple[tuple[str, SubmittedAnswer], ...]
"""Answers with the numbers that their own form printed; more than one where items became one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An item with both answers; `before` is empty where the item is new or nothing was submitted then."""

    item: Item
    now: SubmittedAnswer
    before: Numbered
    changes: frozenset[str]

    @property
    def is_changed(self) -> bool:
        """Whether the answers differ, as far as there are two."""
        return bool(self.changes)

    @property
    def is_conditional(self) -> bool:
        """Whether it is a はい that holds under a condition only."""
        return self.now.standing is AnswerValue.YES and self.now.is_conditional


@dataclass(frozen=True, slots=True)
class ComparedSection:
    """A section of the form with its items."""

    section: Section
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Before:
    """What this year is compared with."""

    submission: Submission
    revision: Revision


def find_last_year(session: Session, *, submission: Submission) -> Before | None:
    """What the same vendor submitted a fiscal year before, best about the same systems; None where it did not."""
    covered = sa.select(col(SubmissionSystem.system_id)).where(col(SubmissionSystem.submission_id) == submission.id)
    shared = (
        sa.select(sa.func.count())
        .where(col(SubmissionSystem.submission_id) == col(Submission.id), col(SubmissionSystem.system_id).in_(covered))
        .scalar_subquery()
    )
    statement = (
        select(Submission, Revision)
        .join(Revision, col(Revision.submission_id) == col(Submission.id))
        .where(
            Submission.clinic_id == submission.clinic_id,
            Submission.vendor_id == submission.vendor_id,
            Submission.fiscal_year == submission.fiscal_year - 1,
        )
        .order_by(shared.desc(), col(Revision.submitted_at).desc())
    )
    found = session.exec(statement.limit(1)).first()
    return Before(*found) if found else None


def compare_years(submission: Submission, revision: Revision, before: Before | None) -> list[ComparedSection]:
    """Every item of this year's form with what was said then, matched by key or by the edition's carry-over."""
    form, now = editions.read_form(submission.asked), read_answers(revision)
    said = read_answers(before.revision) if before else {}
    sources = sources_by_item(form, before.submission.edition_id if before else "")
    earlier = editions.read_form(before.submission.asked) if before else None
    return _compare(form, now, {key: find_said(earlier, said, keys) for key, keys in sources.items()})


def compare_revisions(submission: Submission, newer: Revision, older: Revision | None) -> list[ComparedSection]:
    """Every item with what an earlier version of the same form said."""
    form = editions.read_form(submission.asked)
    said = read_answers(older) if older else {}
    return _compare(form, read_answers(newer), {item.key: find_said(form, said, (item.key,)) for item in form.items})


def sources_by_item(form: Form, edition_id: str) -> dict[str, tuple[str, ...]]:
    """Which items of another edition's form each item is compared with; the same keys within one edition.

    Between editions only the carry-over map counts, because a number may have come to mean something else.
    """
    if form.edition_id == edition_id:
        return {item.key: (item.key,) for item in form.items}
    lines = editions.carried_into(form)
    return {line.target: line.sources for line in lines if line.edition_id == edition_id}


def find_said(form: Form | None, said: Mapping[str, SubmittedAnswer], keys: Sequence[str]) -> Numbered:
    """The answers to these items with the numbers that their own form printed."""
    if form is None:
        return ()
    found = ((form.find_item(key), said.get(key)) for key in keys)
    return tuple((_label(form, item, len(keys) > 1), answer) for item, answer in found if item and answer)


def _label(form: Form, item: Item, is_one_of_several: bool) -> str:
    """The printed number; with what it looks at where several items bear the same one."""
    scope = form.scope_of(item) if is_one_of_several else None
    number = item.number or item.key
    return f"{number} {scope.name.in_language(language.get())}" if scope else number


def _compare(form: Form, now: Mapping[str, SubmittedAnswer], before: Mapping[str, Numbered]) -> list[ComparedSection]:
    def compare(item: Item) -> Pair:
        return _pair(item, now.get(item.key, SubmittedAnswer(item.key, None)), before.get(item.key, ()))

    return [ComparedSection(section, tuple(map(compare, section.items))) for section in form.sections]


def _pair(item: Item, now: SubmittedAnswer, before: Numbered) -> Pair:
    changes = {name for name in COMPARED for _, said in before if getattr(said, name) != getattr(now, name)}
    return Pair(item=item, now=now, before=before, changes=frozenset(changes))
