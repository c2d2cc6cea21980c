"""Assessments: the clinic's own form of a fiscal year, started once, answered by people, item by item."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import AnswerValue, Assessment, AssessmentAnswer, Clinic, Member
from services import clock, editions, evidence
from services.assessment_refusals import AnswerIncomplete, OwnAnswerEditedMeanwhile, YearNotOpen
from services.edition_forms import GATE, Form, Item
from services.evidence import Target
from services.fiscal_years import fiscal_year_of
from services.history import record
from services.imported_editions import edition_for_year, has_imported
from services.own_answers import Draft, OwnAnswer, find_faults, settle
from services.refusals import NotFound, refuse_if

FIELDS: Final = tuple(Draft.__dataclass_fields__)
LONGEST_PROPOSAL: Final = 1000

OwnAnswers = Mapping[str, OwnAnswer]


@dataclass(frozen=True, slots=True)
class LastYear:
    """The form of the year before, as far as this year's looks at it."""

    fiscal_year: int
    edition_id: str
    answers: OwnAnswers


@dataclass(frozen=True, slots=True)
class Sheet:
    """A clinic's own form with its answers, and the year before beside it."""

    assessment_id: UUID
    clinic_id: UUID
    fiscal_year: int
    edition_id: str
    inspection_on: date | None
    form: Form
    answers: OwnAnswers
    last: LastYear | None
    years: tuple[int, ...]
    """The fiscal years whose form was started, the newest first."""
    has_imported_form: bool = False

    @property
    def gate(self) -> AnswerValue | None:
        """Whether a medical information system is in use; None where nobody has said, or the form does not ask."""
        answer = self.answers.get(GATE)
        return answer.value if answer else None

    @property
    def is_over(self) -> bool:
        """Whether the first question ended the check."""
        return self.gate is AnswerValue.NO

    @property
    def has_open_gate(self) -> bool:
        """Whether the first question still waits for its answer."""
        return self.form.gate is not None and self.gate is None

    def get_item(self, key: str) -> Item:
        """An item of the form; raises NotFound for the first question, too, which has no page of its own."""
        item = self.form.find_item(key)
        if item is None or item.key == GATE:
            raise NotFound
        return item


def list_assessed_years(session: Session, *, clinic_id: UUID) -> list[int]:
    """The fiscal years whose form was started, the newest first."""
    year, mine = col(Assessment.fiscal_year), col(Assessment.clinic_id) == clinic_id
    return list(session.execute(sa.select(year).where(mine).order_by(year.desc())).scalars())


def years_to_start() -> list[int]:
    """The years whose form can be started: this fiscal year and the one before."""
    this_year = fiscal_year_of(clock.today())
    return [this_year, this_year - 1]


def get_assessment(session: Session, *, clinic_id: UUID, fiscal_year: int) -> Assessment:
    """The clinic's form of a year; raises NotFound."""
    statement = select(Assessment).where(Assessment.clinic_id == clinic_id, Assessment.fiscal_year == fiscal_year)
    assessment = session.exec(statement).first()
    if assessment is None:
        raise NotFound
    return assessment


def find_sheet(session: Session, *, clinic_id: UUID, fiscal_year: int) -> Sheet | None:
    """The form of a year with the answers of that year and the one before, in two queries; None before the start."""
    found = {row.fiscal_year: row for row in session.execute(_assessments(clinic_id, fiscal_year))}
    this_year, last_year = found.get(fiscal_year), found.get(fiscal_year - 1)
    if this_year is None:
        return None
    compared = [row.id for row in (this_year, last_year) if row]
    answers = _list_answers(session, clinic_id, compared)
    return Sheet(
        assessment_id=this_year.id,
        clinic_id=clinic_id,
        fiscal_year=fiscal_year,
        edition_id=this_year.edition_id,
        inspection_on=this_year.inspection_on,
        form=_read_form(this_year.asked),
        answers=answers[this_year.id],
        last=LastYear(fiscal_year - 1, last_year.edition_id, answers[last_year.id]) if last_year else None,
        years=tuple(found),
        has_imported_form=bool(this_year.has_imported_form),
    )


def get_sheet(session: Session, *, clinic_id: UUID, fiscal_year: int) -> Sheet:
    """The form of a year; raises NotFound where it was not started."""
    sheet = find_sheet(session, clinic_id=clinic_id, fiscal_year=fiscal_year)
    if sheet is None:
        raise NotFound
    return sheet


def start_assessment(session: Session, *, clinic: Clinic, fiscal_year: int) -> Assessment:
    """Copy the form for the clinic's kind, once a year; a second start finds the first. Raises YearNotOpen."""
    refuse_if(fiscal_year not in years_to_start(), YearNotOpen())
    edition = edition_for_year(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
    assessment = Assessment(
        clinic_id=clinic.id,
        fiscal_year=fiscal_year,
        edition_id=edition.id,
        asked=editions.copy_form(editions.form_for_kind(edition, clinic.kind), edition),
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(assessment)
            session.flush()
    except IntegrityError:
        return get_assessment(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
    _record(session, "assessment.started", assessment, edition=edition.id)
    return assessment


def plan_inspection(session: Session, *, assessment: Assessment, inspection_on: date | None) -> None:
    """Note the day of the inspection, or that none is known."""
    if assessment.inspection_on != inspection_on:
        assessment.inspection_on = inspection_on
        session.add(assessment)
        _record(session, "assessment.inspection_planned", assessment)


def answer_gate(session: Session, *, assessment: Assessment, value: AnswerValue, answered_by: UUID) -> None:
    """Say whether a medical information system is in use, as checked today; いいえ ends the check."""
    session.refresh(assessment, with_for_update=True)
    stored = _find_answer(session, assessment, GATE)
    if stored is not None and stored.value is value:
        return
    _write(session, assessment, GATE, stored, Draft(value=value, checked_on=clock.today()), answered_by, "")
    _record(session, "assessment.gate_answered", assessment)


def answer_item(
    session: Session,
    *,
    assessment: Assessment,
    item: Item,
    draft: Draft,
    targets: Collection[Target],
    version: int,
    answered_by: UUID,
    proposal: str | None = None,
) -> None:
    """Save the clinic's answer with what it leans on; `proposal` is the sentence taken over, if it was.

    Raises AnswerIncomplete, OwnAnswerEditedMeanwhile where somebody saved after `version` was read, and NotFound for
    evidence that the clinic does not have.
    """
    session.refresh(assessment, with_for_update=True)
    stored = _find_answer(session, assessment, item.key)
    wanted = settle(item, draft)
    faults = find_faults(item, wanted, assessment.fiscal_year)
    if faults:
        raise AnswerIncomplete(faults)
    changed = _differences(stored, wanted)
    present = evidence.list_targets(session, assessment=assessment, item_key=item.key)
    if not changed and present == set(targets) and proposal is None:
        return
    if version != (stored.version if stored else 0):
        raise OwnAnswerEditedMeanwhile(_read_answer(session, assessment, item.key))
    taken = proposal if proposal is not None else "" if "value" in changed or stored is None else stored.proposal
    _write(session, assessment, item.key, stored, wanted, answered_by, taken)
    evidence.link_evidence(session, assessment=assessment, item_key=item.key, targets=targets, linked_by=answered_by)
    verb = "assessment.answered" if proposal is None else "assessment.proposal_taken"
    _record(session, verb, assessment, item=item.key, fields=changed)


@lru_cache(maxsize=64)
def _read_form(asked: str) -> Form:
    """The form of a copy, which never changes; kept, because every page of the form begins with it."""
    return editions.read_form(json.loads(asked))


def _assessments(clinic_id: UUID, fiscal_year: int) -> sa.Select[*tuple[Any, ...]]:
    """Every form of the clinic, the newest year first; only this year's with what it asks."""
    year, asked = col(Assessment.fiscal_year), col(Assessment.asked)
    return (
        sa.select(
            col(Assessment.id),
            year,
            col(Assessment.edition_id),
            col(Assessment.inspection_on),
            sa.case((year == fiscal_year, sa.cast(asked, sa.Text)), else_=None).label("asked"),
            has_imported(clinic_id, fiscal_year).label("has_imported_form"),
        )
        .where(col(Assessment.clinic_id) == clinic_id)
        .order_by(year.desc())
    )


def _list_answers(session: Session, clinic_id: UUID, assessment_ids: Collection[UUID]) -> dict[UUID, OwnAnswers]:
    own = [getattr(AssessmentAnswer, name) for name in OwnAnswer.__dataclass_fields__ if name != "saved_by_name"]
    statement = (
        sa.select(col(AssessmentAnswer.assessment_id), *map(col, own), col(Member.name).label("saved_by_name"))
        .join(Member, col(Member.id) == col(AssessmentAnswer.saved_by))
        .where(col(AssessmentAnswer.clinic_id) == clinic_id, col(AssessmentAnswer.assessment_id).in_(assessment_ids))
    )
    answers: dict[UUID, dict[str, OwnAnswer]] = {assessment_id: {} for assessment_id in assessment_ids}
    for row in session.execute(statement):
        values = row._asdict()
        of_assessment = answers[values.pop("assessment_id")]
        of_assessment[row.item_key] = OwnAnswer(**values)
    return dict(answers)


def _read_answer(session: Session, assessment: Assessment, item_key: str) -> OwnAnswer:
    return _list_answers(session, assessment.clinic_id, [assessment.id])[assessment.id][item_key]


def _find_answer(session: Session, assessment: Assessment, item_key: str) -> AssessmentAnswer | None:
    statement = select(AssessmentAnswer).where(
        AssessmentAnswer.clinic_id == assessment.clinic_id,
        AssessmentAnswer.assessment_id == assessment.id,
        AssessmentAnswer.item_key == item_key,
    )
    return session.exec(statement).first()


def _differences(stored: AssessmentAnswer | None, wanted: Draft) -> list[str]:
    before = Draft() if stored is None else stored
    return [name for name in FIELDS if getattr(before, name) != getattr(wanted, name)]


def _write(
    session: Session,
    assessment: Assessment,
    item_key: str,
    stored: AssessmentAnswer | None,
    wanted: Draft,
    saved_by: UUID,
    proposal: str,
) -> None:
    moment = clock.now()
    answer = stored or AssessmentAnswer(
        clinic_id=assessment.clinic_id,
        assessment_id=assessment.id,
        item_key=item_key,
        version=0,
        saved_by=saved_by,
        saved_at=moment,
    )
    for name, value in asdict(wanted).items():
        setattr(answer, name, value)
    answer.version += 1
    answer.proposal = proposal[:LONGEST_PROPOSAL]
    answer.saved_by, answer.saved_at = saved_by, moment
    session.add(answer)
    session.flush()


def _record(session: Session, verb: str, assessment: Assessment, **details: Any) -> None:
    record(
        session,
        verb,
        clinic_id=assessment.clinic_id,
        subject=("assessment", assessment.id),
        fiscal_year=assessment.fiscal_year,
        **details,
    )
