"""Reuse: answers given before, offered item by item as “still so?”; nothing is taken over until a person says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from models import Answer, AnswerOrigin, AnswerValue, Responsibility, Submission
from services import answers, clock, comparison, completeness, editions
from services.answers import Given, Origin, Saved, Worksheet
from services.comparison import Numbered
from services.completeness import Lack
from services.edition_forms import Form, Item, Section
from services.revisions import SubmittedAnswer, read_answers
from services.submissions import list_covered_systems

LAST_YEAR: Final = "last-year"
LONGEST_CONDITION: Final = 2000
LONGEST_REMARK: Final = 4000


@dataclass(frozen=True, slots=True)
class Earlier:
    """Answers given before, on whatever way they come: what they rest on, the form they answered, about what."""

    key: str
    origin: Origin
    form: Form
    answers: Mapping[str, SubmittedAnswer]
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One item with what was said before, and what confirming it would save.

    `said` holds several answers where items became one; `now` is the answer that stands in the form already.
    """

    item: Item
    said: Numbered
    given: Given
    now: Answer | None

    @property
    def is_open(self) -> bool:
        """Whether there is something to confirm: it was answered then and is not answered now."""
        return bool(self.said) and self.now is None

    @property
    def is_no(self) -> bool:
        """Whether it was いいえ, so that a new date has to be written."""
        return self.given.get("value") is AnswerValue.NO


@dataclass(frozen=True, slots=True)
class OfferedSection:
    """A section of the form with its offers."""

    section: Section
    offers: tuple[Offer, ...]

    @property
    def open_offers(self) -> tuple[Offer, ...]:
        """Those that can be confirmed."""
        return tuple(offer for offer in self.offers if offer.is_open)


def find_last_year(session: Session, *, submission: Submission) -> Earlier | None:
    """What the same vendor submitted to the same clinic a year before; None if nothing, or only about other systems."""
    before = comparison.find_last_year(session, submission=submission)
    if before is None:
        return None
    now, then = (list_covered_systems(session, submission=each) for each in (submission, before.submission))
    if now and then and not {system.id for system in now} & {system.id for system in then}:
        return None
    revision = before.revision
    details = {
        "fiscal_year": before.submission.fiscal_year,
        "revision_id": str(revision.id),
        "number": revision.number,
        "submitted_on": clock.local_date(revision.submitted_at).isoformat(),
    }
    form = editions.read_form(before.submission.asked)
    about = tuple(system.name for system in then)
    return Earlier(LAST_YEAR, Origin(AnswerOrigin.LAST_YEAR, details), form, read_answers(revision), about)


def list_offers(sheet: Worksheet, earlier: Earlier) -> list[OfferedSection]:
    """Every item that can be answered now, with what was said on it before."""
    sources = comparison.sources_by_item(sheet.form, earlier.form.edition_id)

    def offer(item: Item) -> Offer:
        said = comparison.find_said(earlier.form, earlier.answers, sources.get(item.key, ()))
        # What differed by system is answered anew: the systems may be others now.
        known = tuple(pair for pair in said if pair[1].standing is not None and not pair[1].differences)
        is_whole = bool(known) and len(known) == len(sources.get(item.key, ()))
        stored = sheet.answers.get(item.key)
        now = stored if stored is not None and stored.value is not None else None
        return Offer(item, known if is_whole else (), _gather(sheet.submission, item, known), now)

    return [
        OfferedSection(section, tuple(offer(item) for item in sheet.items_of(section))) for section in sheet.sections()
    ]


def count_open(sections: Sequence[OfferedSection]) -> int:
    """How many items can be confirmed."""
    return sum(len(section.open_offers) for section in sections)


def find_faults(submission: Submission, offer: Offer, edited: Given) -> dict[str, str]:
    """Sentences for what keeps the answer from being confirmed as it is, by field; a いいえ needs its new date."""
    wanted: Given = {**offer.given, **edited}
    dates = {"checked_on": wanted["checked_on"], "target_on": wanted["target_on"]}
    faults = completeness.find_faults(submission, offer.item, value=wanted["value"], dates=dates)
    lacks = {
        Lack.TARGET_ON: offer.is_no and not wanted["target_on"],
        Lack.REMARK: offer.is_no and not wanted["remark"],
        Lack.CONDITION: wanted["is_conditional"] and not wanted["condition"],
    }
    return {lack.value: completeness.sentence_for(lack) for lack, is_missing in lacks.items() if is_missing} | faults


def confirm(session: Session, *, sheet: Worksheet, offer: Offer, edited: Given, earlier: Earlier, person: str) -> Saved:
    """Save an answer that a person says still holds, checked today; `edited` are the words that were changed.

    Raises what save_answer raises; the words of an unanswered item were already there when the offer was read.
    """
    stored = sheet.answers.get(offer.item.key)
    return answers.save_answer(
        session,
        submission=sheet.submission,
        item=offer.item,
        given={**offer.given, **edited},
        version=stored.version if stored else 0,
        person=person,
        origin=earlier.origin,
    )


def _gather(submission: Submission, item: Item, said: Numbered) -> Given:
    """What confirming would save: はい only where every answer that went into the item was はい, checked today."""
    if not said:
        return {}
    given = [answer for _number, answer in said]
    is_yes = all(answer.standing is AnswerValue.YES for answer in given)
    decisive = [answer for answer in given if is_yes or answer.standing is AnswerValue.NO]
    conditions = [answer.condition for answer in given if answer.is_conditional] if is_yes else []
    value = AnswerValue.YES if is_yes else AnswerValue.NO
    duties = {answer.responsibility for answer in decisive}
    window = completeness.target_window(submission, item, value=value, checked_on=clock.today())
    targets = [answer.target_on for answer in decisive if answer.target_on and answer.target_on in window]
    return {
        "value": value,
        "is_conditional": bool(conditions),
        "condition": _join(conditions, LONGEST_CONDITION),
        "checked_on": clock.today(),
        "target_on": max(targets) if targets else None,
        "remark": _join([answer.remark for answer in decisive], LONGEST_REMARK),
        "second_value": None,
        "second_checked_on": None,
        "responsibility": _only(duties),
        "responsibility_note": _join([answer.responsibility_note for answer in decisive], 1000),
    }


def _only(duties: set[Responsibility | None]) -> Responsibility | None:
    return next(iter(duties)) if len(duties) == 1 else None


def _join(texts: Sequence[str], longest: int) -> str:
    """Different texts one below the other, as far as the field takes them."""
    different = list(dict.fromkeys(text for text in texts if text))
    while different and len("\n".join(different)) > longest:
        different.pop()
    return "\n".join(different)
