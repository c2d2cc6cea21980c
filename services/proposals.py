"""Proposals: answers suggested from what vendors said and the ledger holds; computed for a reader, never answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session

from models import AnswerValue, Assessment
from services import clock, evidence
from services.assessment_refusals import ProposalChanged
from services.assessments import FIELDS, Sheet, answer_item, get_sheet
from services.carry_over import answers_of_last_year, keys_to_carry_over
from services.edition_forms import Item
from services.evidence import Target, targets_of
from services.fiscal_years import last_day, name_of
from services.formats import format_date
from services.languages import _
from services.material import gather_material
from services.own_answers import Draft, OwnAnswer
from services.proposal_findings import Finding, find_in_documents, find_in_ledger, find_in_systems, find_in_vendors
from services.proposal_words import join_sentences
from services.statements import MISSING, Material, Stand, Statement

LEDGER_ITEM: Final = "2-1"
"""The item on the ledger itself; its key is the same in every edition."""

LONGEST_REMARK: Final = 4000

_RULES: Final[Mapping[str, Callable[[Item, Material, Sequence[Statement]], Finding | None]]] = {
    "vendors": find_in_vendors,
    "remote_maintenance": find_in_systems,
    "documents": find_in_documents,
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may be answered and why; without a value the decision is left to the person."""

    value: AnswerValue | None
    finding: str
    advice: str
    target_on: date | None = None
    reason: str = ""
    contradictions: tuple[str, ...] = ()
    revisions: tuple[UUID, ...] = ()
    documents: tuple[UUID, ...] = ()

    @property
    def sentence(self) -> str:
        """Counts and names, then what is proposed."""
        return join_sentences([self.finding, self.advice])

    @property
    def targets(self) -> set[Target]:
        """What it leans on."""
        return targets_of(self.revisions, self.documents)

    @property
    def digest(self) -> str:
        """Changes whenever what is proposed, or what it leans on, does."""
        said = repr((self.value, self.target_on, self.sentence, self.reason)).encode()
        leans_on = sorted(identity.bytes for identity in (*self.revisions, *self.documents))
        return hashlib.sha256(b"".join([said, *leans_on])).hexdigest()[:16]


def propose(
    sheet: Sheet, item: Item, material: Material, statements: Sequence[Statement], carried: Collection[str]
) -> Proposal | None:
    """What the item's rule suggests, or last year's はい where it is still open; None where there is nothing to go by.

    `carried` is what keys_to_carry_over found.
    """
    rule = _RULES.get(item.rule or "")
    if item.key == LEDGER_ITEM:
        return _from_finding(find_in_ledger(material), sheet.fiscal_year, statements)
    if rule is not None:
        finding = rule(item, material, statements)
        return _from_finding(finding, sheet.fiscal_year, statements) if finding else None
    answer = sheet.answers.get(item.key)
    is_open = answer is None or answer.value is None
    return _from_last_year(sheet, item) if is_open and item.key in carried else None


def is_second_check(answer: OwnAnswer | None) -> bool:
    """Whether taking a proposal today would be the second check, because the first was made on an earlier day."""
    return answer is not None and answer.checked_on is not None and answer.checked_on < clock.today()


def take_proposal(
    session: Session,
    *,
    assessment: Assessment,
    item_key: str,
    seen: str,
    version: int,
    taken_by: UUID,
    owner_name: str,
) -> None:
    """Answer as proposed, because a person pressed the button beside the proposal whose digest is `seen`.

    Links what the proposal leans on, and keeps the person's own words. Raises ProposalChanged where another one would
    be made now, and what answer_item raises.
    """
    session.refresh(assessment, with_for_update=True)
    sheet = get_sheet(session, clinic_id=assessment.clinic_id, fiscal_year=assessment.fiscal_year)
    item, stored = sheet.get_item(item_key), sheet.answers.get(item_key)
    material = gather_material(session, clinic_id=assessment.clinic_id, fiscal_year=assessment.fiscal_year)
    proposal = propose(sheet, item, material, material.statements_on(item), keys_to_carry_over(sheet))
    if proposal is None or proposal.value is None or proposal.digest != seen:
        raise ProposalChanged
    present = evidence.list_targets(session, assessment=assessment, item_key=item.key)
    answer_item(
        session,
        assessment=assessment,
        item=item,
        draft=_draft_of(proposal, stored, owner_name),
        targets=proposal.targets | {target for target in present if target.note or is_second_check(stored)},
        version=version,
        answered_by=taken_by,
        proposal=proposal.sentence,
    )


def latest_target(statements: Collection[Statement], fiscal_year: int) -> date:
    """By when an いいえ can be mended: the latest day that vendors name or are asked for, from today to the year's end.

    Where somebody is late, or was not asked at all, nobody knows a day before the last one.
    """
    end, today = last_day(fiscal_year), clock.today()
    days = [today]
    for statement in statements:
        if statement.stand is Stand.NO:
            days += [answer.last_target or end for answer in statement.answers if answer.standing is AnswerValue.NO]
        elif statement.stand in MISSING:
            due_on = statement.request.due_on if statement.request else end
            days.append(due_on if due_on >= today else end)
    return min(max(days), end)


def _from_finding(finding: Finding, fiscal_year: int, statements: Sequence[Statement]) -> Proposal:
    target_on, advice = None, finding.advice
    if finding.value is AnswerValue.YES:
        # A plan whose day has passed is no plan any more; the vendor's word for it stays in the reason.
        target_on = finding.planned_for if finding.planned_for and finding.planned_for >= clock.today() else None
        advice = _("Proposal: yes.")
    elif finding.value is AnswerValue.NO:
        target_on = latest_target(statements, fiscal_year)
        advice = _("Proposal: no, target date %(date)s.", date=format_date(target_on))
    leans_on = (statement.revision_id for statement in statements if statement.stand not in MISSING)
    return Proposal(
        value=finding.value,
        finding=finding.text,
        advice=advice,
        target_on=target_on,
        reason=finding.reason,
        contradictions=finding.contradictions,
        revisions=tuple([revision_id for revision_id in leans_on if revision_id]),
        documents=finding.documents,
    )


def _from_last_year(sheet: Sheet, item: Item) -> Proposal:
    days = [answer.second_checked_on or answer.checked_on for answer in answers_of_last_year(sheet, item)]
    year = name_of(sheet.fiscal_year - 1)
    finding = _("In %(year)s the answer was yes.", year=year)
    if known := [day for day in days if day]:
        finding = _("In %(year)s the answer was yes (checked on %(date)s).", year=year, date=format_date(min(known)))
    return Proposal(AnswerValue.YES, finding, _("If this still holds, you can take it over with today's date."))


def _draft_of(proposal: Proposal, stored: OwnAnswer | None, owner_name: str) -> Draft:
    before = Draft(**{name: getattr(stored, name) for name in FIELDS}) if stored else Draft()
    said_no = proposal.value is AnswerValue.NO
    lines = [before.remark, *([proposal.reason] if proposal.reason not in before.remark else [])]
    noted = replace(
        before,
        target_on=proposal.target_on or before.target_on,
        remark="\n".join(line for line in lines if line)[:LONGEST_REMARK],
        owner_name=before.owner_name or (owner_name if said_no else ""),
    )
    if is_second_check(stored):
        return replace(noted, second_value=proposal.value, second_checked_on=clock.today())
    return replace(noted, value=proposal.value, checked_on=clock.today(), second_value=None, second_checked_on=None)
