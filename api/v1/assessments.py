"""The own check: the clinic's form of a fiscal year, read, answered and looked over before the inspection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field

from api.v1.access import AssessmentReader, AssessmentWriter
from api.v1.endpoint import make_router
from api.v1.shapes import Sent, Told
from models import AnswerValue
from services import assessments, evidence
from services.api_refusals import VersionOutdated
from services.assessment_refusals import OwnAnswerEditedMeanwhile
from services.evidence import targets_of
from services.languages import language
from services.own_answers import Draft, State
from services.own_form import Row, read_overview
from services.readiness import Missing, check_readiness
from web.access import SessionDep

router = make_router("assessment")

Year = Annotated[int, Path(ge=2000, le=2999)]


class EvidenceSent(Sent):
    """What an answer leans on; it replaces what was linked before."""

    revision_ids: list[UUID] = Field([], max_length=500)
    document_ids: list[UUID] = Field([], max_length=500)
    note: str = Field("", max_length=2000)


class OwnAnswerSent(Sent):
    """The clinic's answer; a No needs a target date, a reason and somebody who sees to it."""

    version: int = Field(ge=0, le=2**31 - 1, description="The version that was read; 0 for a first answer.")
    value: AnswerValue | None
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = Field("", max_length=4000)
    owner_name: str = Field("", max_length=100)
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    evidence: EvidenceSent | None = Field(None, description="Null: what is linked stays.")


class OwnAnswerTold(Told):
    """One item with the clinic's answer, where it stands and what is proposed."""

    item_key: str
    number: str
    label: str = Field(description="In the language of Accept-Language.")
    state: State
    value: AnswerValue | None = None
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = ""
    owner_name: str = ""
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    version: int = 0
    saved_at: datetime | None = None
    saved_by_name: str = ""
    proposed_value: AnswerValue | None = Field(None, description="What the portal would answer; a person decides.")
    proposal: str = ""
    contradictions: list[str] = Field(default_factory=list)


class AssessmentTold(Told):
    """The form of a year."""

    fiscal_year: int
    edition_id: str
    inspection_on: date | None
    uses_information_systems: AnswerValue | None = Field(description="The answer to the first question.")
    unfinished_count: int
    items: list[OwnAnswerTold]


class MissingTold(Told):
    """One thing to do before the inspection."""

    about: str
    sentence: str
    item_key: str | None
    submission_id: UUID | None
    is_late: bool


class ReadinessTold(Told):
    """What is still missing before the inspection."""

    count: int
    own_form: list[MissingTold]
    vendor_forms: list[MissingTold]
    contradictions: list[MissingTold]
    declined: list[MissingTold]


@router.get("/assessments/{fiscal_year}")
def get_assessment(session: SessionDep, caller: AssessmentReader, fiscal_year: Year) -> AssessmentTold:
    """The form of a year with every answer."""
    sheet = assessments.get_sheet(session, clinic_id=caller.clinic.id, fiscal_year=fiscal_year)
    overview = read_overview(session, sheet=sheet)
    return AssessmentTold(
        fiscal_year=fiscal_year,
        edition_id=sheet.edition_id,
        inspection_on=sheet.inspection_on,
        uses_information_systems=sheet.gate,
        unfinished_count=overview.unfinished_count,
        items=[tell_row(row) for row in overview.rows.values()],
    )


def tell_row(row: Row) -> OwnAnswerTold:
    """One item as it is told."""
    given = asdict(row.answer) if row.answer else {}
    known = {name: given[name] for name in OwnAnswerTold.model_fields.keys() & given.keys()}
    said = {
        "item_key": row.item.key,
        "number": row.item.number,
        "label": row.item.label.in_language(language.get()),
        "state": row.state,
        "proposed_value": row.proposal.value if row.proposal else None,
        "proposal": row.proposal.sentence if row.proposal else "",
        "contradictions": list(row.contradictions),
    }
    return OwnAnswerTold(**(known | said))


@router.post("/assessments/{fiscal_year}")
def start_assessment(session: SessionDep, caller: AssessmentWriter, fiscal_year: Year) -> AssessmentTold:
    """Begin the form of a year; beginning it twice does nothing."""
    assessments.start_assessment(session, clinic=caller.clinic, fiscal_year=fiscal_year)
    return get_assessment(session, caller, fiscal_year)


@router.put("/assessments/{fiscal_year}/answers/{item_key}")
def answer_item(
    session: SessionDep, caller: AssessmentWriter, fiscal_year: Year, item_key: str, sent: OwnAnswerSent
) -> OwnAnswerTold:
    """Answer one item; `edited_meanwhile` with the present answer where somebody was quicker."""
    assessment = assessments.get_assessment(session, clinic_id=caller.clinic.id, fiscal_year=fiscal_year)
    item = assessments.get_sheet(session, clinic_id=caller.clinic.id, fiscal_year=fiscal_year).get_item(item_key)
    targets = (
        targets_of(sent.evidence.revision_ids, sent.evidence.document_ids, sent.evidence.note)
        if sent.evidence
        else evidence.list_targets(session, assessment=assessment, item_key=item_key)
    )
    try:
        assessments.answer_item(
            session,
            assessment=assessment,
            item=item,
            draft=Draft(**sent.model_dump(exclude={"version", "evidence"})),
            targets=targets,
            version=sent.version,
            answered_by=caller.member_id,
        )
    except OwnAnswerEditedMeanwhile as refusal:
        raise VersionOutdated(asdict(refusal.stored)) from refusal
    sheet = assessments.get_sheet(session, clinic_id=caller.clinic.id, fiscal_year=fiscal_year)
    return tell_row(read_overview(session, sheet=sheet).rows[item_key])


@router.get("/assessments/{fiscal_year}/readiness")
def check_before_inspection(session: SessionDep, caller: AssessmentReader, fiscal_year: Year) -> ReadinessTold:
    """What is still missing, each thing in a sentence."""
    sheet = assessments.get_sheet(session, clinic_id=caller.clinic.id, fiscal_year=fiscal_year)
    found = check_readiness(read_overview(session, sheet=sheet))
    lists = ("own_form", "vendor_forms", "contradictions", "declined")
    return ReadinessTold(count=found.count, **{name: tell_missing(getattr(found, name)) for name in lists})


def tell_missing(missing: Iterable[Missing]) -> list[MissingTold]:
    """Things to do as they are told."""
    return [
        MissingTold(
            about=one.about,
            sentence=one.sentence,
            item_key=one.item.key if one.item else None,
            submission_id=one.submission_id,
            is_late=one.is_late,
        )
        for one in missing
    ]
