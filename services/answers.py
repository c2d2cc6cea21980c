"""Answers: what a vendor writes, item by item; whatever is valid is saved, and nobody overwrites unseen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypedDict

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Answer,
    AnswerOrigin,
    AnswerValue,
    DocumentKind,
    Responsibility,
    Review,
    ReviewRemark,
    Stage,
    Submission,
    Verdict,
)
from services import clock, completeness, editions
from services.edition_forms import Form, Item, Section
from services.history import record
from services.refusals import AlreadySubmitted, EditedMeanwhile, NotFound, refuse_if
from services.submissions import lock_for_answering


class Given(TypedDict, total=False):
    """The fields of an answer as they were sent and could be read; what is left out stays as it is."""

    value: AnswerValue | None
    is_conditional: bool
    condition: str
    checked_on: date | None
    target_on: date | None
    remark: str
    second_value: AnswerValue | None
    second_checked_on: date | None
    responsibility: Responsibility | None
    responsibility_note: str
    differences: list[dict[str, Any]]


FIELDS: Final = tuple(name for name in Given.__annotations__ if name != "differences")
"""What is asked for all systems together."""

_SAVED: Final = (*FIELDS, "differences")
_DATES: Final = ("checked_on", "target_on", "second_checked_on")
_BLANK: Final[Mapping[str, Any]] = {
    name: False if name == "is_conditional" else "" if name in ("condition", "remark", "responsibility_note") else None
    for name in FIELDS
} | {"differences": []}


# Each saved answer runs these, so that they are put together once.
_OF_SUBMISSION: Final = sa.and_(
    col(Answer.submission_id) == sa.bindparam("submission"), col(Answer.clinic_id) == sa.bindparam("clinic")
)
_ANSWER_TO_ITEM: Final = sa.select(Answer).where(_OF_SUBMISSION, col(Answer.item_key) == sa.bindparam("item"))
_COUNT_ANSWERED: Final = sa.select(sa.func.count()).where(_OF_SUBMISSION, col(Answer.value).is_not(None))


@dataclass(frozen=True, slots=True)
class Origin:
    """How an answer comes about, with what the clinic may know of it."""

    kind: AnswerOrigin
    details: Mapping[str, Any] = field(default_factory=dict)


TYPED: Final = Origin(AnswerOrigin.TYPED)


class AnswerEditedMeanwhile(EditedMeanwhile):
    """A colleague saved the same item first; `stored` is what stands there now."""

    def __init__(self, stored: Answer) -> None:
        super().__init__()
        self.stored = stored


@dataclass(frozen=True, slots=True)
class Saved:
    """An answer after saving, with a sentence for each field that could not be taken."""

    answer: Answer | None
    faults: dict[str, str]


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A submission as its vendor works on it: what is asked, what is answered, what came back with which words."""

    submission: Submission
    form: Form
    answers: Mapping[str, Answer]
    returned: Review | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def open_items(self) -> tuple[Item, ...]:
        """The items that can be answered now: all of them, or those that the clinic returned."""
        return tuple(item for item in self.form.items if self.is_open(item.key))

    @property
    def total(self) -> int:
        """How many items are to be answered now."""
        return len(self.open_items)

    @property
    def answered(self) -> int:
        """How many of them are answered; after a return, how many were looked at again."""
        return sum(self.is_answered(item.key) for item in self.open_items)

    def is_open(self, key: str) -> bool:
        """Whether the item can be answered now."""
        return not self.words or key in self.words

    def is_answered(self, key: str) -> bool:
        """Whether the item has its yes or no, given after the clinic returned it where it did."""
        answer = self.answers.get(key)
        if answer is None or answer.value is None:
            return False
        return self.returned is None or key not in self.words or answer.saved_at > self.returned.reviewed_at

    def items_of(self, section: Section) -> tuple[Item, ...]:
        """The items of a section that can be answered now."""
        return tuple(item for item in section.items if self.is_open(item.key))

    def sections(self) -> tuple[Section, ...]:
        """The sections in which something can be answered now."""
        return tuple(section for section in self.form.sections if self.items_of(section))

    def get_section(self, key: str) -> Section:
        """One of these sections; raises NotFound."""
        for section in self.sections():
            if section.key == key:
                return section
        raise NotFound

    def gaps(self) -> list[completeness.Gap]:
        """What stands in the way of submitting; items that did not come back were complete before."""
        return completeness.find_gaps(self.open_items, self.answers)

    def mismatches(self, kinds: Collection[DocumentKind]) -> list[completeness.Mismatch]:
        """What the vendor should look at once more before submitting; `kinds` are those of the files uploaded."""
        untouched = [item for item in self.open_items if item.key in self.words and not self.is_answered(item.key)]
        return [
            *(completeness.Mismatch(item, completeness.Contradiction.UNTOUCHED) for item in untouched),
            *completeness.find_contradictions(self.submission, self.form, self.answers, kinds),
        ]


def list_answers(session: Session, *, submission: Submission) -> dict[str, Answer]:
    """What has been written so far, by item."""
    statement = select(Answer).where(Answer.submission_id == submission.id, Answer.clinic_id == submission.clinic_id)
    return {answer.item_key: answer for answer in session.exec(statement)}


def read_worksheet(session: Session, *, submission: Submission, scope: Collection[str] | None = None) -> Worksheet:
    """Everything the vendor's pages show of the form; a person with some sections in hand sees nothing but those."""
    returned, words = read_return(session, submission=submission)
    form, given = editions.read_form(submission.asked), list_answers(session, submission=submission)
    if scope is not None:
        came_back = {section.key for section in form.sections if any(item.key in words for item in section.items)}
        form = editions.narrow_form(form, came_back.intersection(scope) if words else scope)
        keys = {item.key for item in form.items}
        given = {key: answer for key, answer in given.items() if key in keys}
        words = {key: said for key, said in words.items() if key in keys}
    return Worksheet(submission=submission, form=form, answers=given, returned=returned, words=words)


def read_return(session: Session, *, submission: Submission) -> tuple[Review | None, dict[str, str]]:
    """The clinic's last verdict where it returned the form, and its words by item; nothing while it is not returned."""
    if submission.stage is not Stage.RETURNED:
        return None, {}
    statement = select(Review).where(
        Review.submission_id == submission.id,
        Review.clinic_id == submission.clinic_id,
        Review.verdict == Verdict.RETURNED,
    )
    review = session.exec(statement.order_by(col(Review.reviewed_at).desc()).limit(1)).first()
    if review is None:
        return None, {}
    words = sa.select(col(ReviewRemark.item_key), col(ReviewRemark.words)).where(
        col(ReviewRemark.review_id) == review.id, col(ReviewRemark.clinic_id) == review.clinic_id
    )
    return review, {row.item_key: row.words for row in session.execute(words)}


def count_answered(
    session: Session, *, submission: Submission, scope: Collection[str] | None = None
) -> tuple[int, int]:
    """How many items are answered and how many there are to answer; after a return, only those that came back."""
    if scope is not None:
        sheet = read_worksheet(session, submission=submission, scope=scope)
        return sheet.answered, sheet.total
    returned, words = read_return(session, submission=submission)
    statement = _COUNT_ANSWERED
    if returned is not None and words:
        statement = statement.where(col(Answer.item_key).in_(words), col(Answer.saved_at) > returned.reviewed_at)
    answered = session.execute(statement, {"submission": submission.id, "clinic": submission.clinic_id}).scalar_one()
    return answered, len(words) or submission.item_count


def save_answer(
    session: Session,
    *,
    submission: Submission,
    item: Item,
    given: Given,
    version: int,
    person: str,
    origin: Origin = TYPED,
) -> Saved:
    """Save what is valid of one item; whatever is written over a confirmed answer makes it a written one.

    Raises AnswerEditedMeanwhile where somebody saved it after `version` was read, AlreadySubmitted for an item that is
    not open (any more), and what lock_for_answering raises.
    """
    lock_for_answering(session, submission=submission)
    _, words = read_return(session, submission=submission)
    refuse_if(bool(words) and item.key not in words, AlreadySubmitted())
    stored = _find_answer(session, submission, item)
    before = values_before(stored)
    wanted, faults = weigh(submission, item, before, given)
    if wanted == before:
        return Saved(stored, faults)
    if stored is not None and stored.version != version:
        raise AnswerEditedMeanwhile(stored)
    moment = clock.now()
    answer = stored or Answer(
        clinic_id=submission.clinic_id, submission_id=submission.id, item_key=item.key, version=0, saved_at=moment
    )
    for name, value in wanted.items():
        setattr(answer, name, value)
    answer.version += 1
    answer.saved_at, answer.answered_by = moment, person
    answer.origin, answer.origin_details = origin.kind, dict(origin.details)
    session.add(answer)
    _note_saving(session, submission, item, moment, origin)
    return Saved(answer, faults)


def values_before(stored: Answer | None) -> Mapping[str, Any]:
    """The fields of an answer before something new is typed."""
    return _BLANK if stored is None else {name: getattr(stored, name) for name in _SAVED}


def weigh(
    submission: Submission, item: Item, before: Mapping[str, Any], given: Given
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the answer becomes, and a sentence for each field that could not be taken and stays as it was."""
    wanted = _settle(item, before, given)
    faults = completeness.find_faults(submission, item, value=wanted["value"], dates=wanted)
    wanted |= {name: before[name] for name in faults}
    wanted |= dict.fromkeys(completeness.find_faults(submission, item, value=wanted["value"], dates=wanted))
    return wanted, faults


def _find_answer(session: Session, submission: Submission, item: Item) -> Answer | None:
    values = {"submission": submission.id, "clinic": submission.clinic_id, "item": item.key}
    return session.execute(_ANSWER_TO_ITEM, values).scalar()


def _settle(item: Item, before: Mapping[str, Any], given: Given) -> dict[str, Any]:
    """What the answer will be: the given over the former, without what its はい or いいえ has no use for."""
    wanted = {**before, **given}
    value = wanted["value"]
    if value is None:
        # A remark may be noted before the answer is known; dates belong to an answer.
        without = {"is_conditional": False, "condition": "", "second_value": None, "differences": []}
        return {**wanted, **without, **dict.fromkeys(_DATES)}
    if value is AnswerValue.NO or not wanted["is_conditional"]:
        wanted |= {"is_conditional": False, "condition": ""}
    if value is AnswerValue.YES and not item.plan_counts_until:
        wanted["target_on"] = None
    if wanted["checked_on"] is None and "checked_on" not in given:
        wanted["checked_on"] = clock.today()
    return wanted


def _note_saving(session: Session, submission: Submission, item: Item, moment: datetime, origin: Origin) -> None:
    submission.started_at = submission.started_at or moment
    submission.saved_at = moment
    session.add(submission)
    record(
        session,
        "answer.saved",
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        item=item.key,
        **({} if origin is TYPED else {"origin": origin.kind.value}),
    )
