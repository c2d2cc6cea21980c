"""The clinic's own form row by row: each item with its answer, what vendors say, what is here, what is proposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from models import AnswerValue
from services.assessments import Sheet
from services.carry_over import answers_of_last_year, keys_to_carry_over
from services.edition_forms import Item
from services.evidence import Link, list_links, list_outdated
from services.languages import _
from services.material import gather_material
from services.own_answers import UNFINISHED, OwnAnswer, State, state_of
from services.proposal_words import list_names
from services.proposals import Proposal, propose
from services.statements import Material, Received, Stand, Statement


class Show(StrEnum):
    """Which rows a reader wants to see."""

    ALL = "all"
    OPEN = "open"
    NO = "no"
    CONTRADICTIONS = "contradictions"


@dataclass(frozen=True, slots=True)
class Row:
    """One item and everything beside it."""

    item: Item
    state: State
    answer: OwnAnswer | None
    last: tuple[OwnAnswer, ...]
    statements: Sequence[Statement]
    documents: Sequence[Received]
    links: Sequence[Link]
    outdated: frozenset[UUID]
    proposal: Proposal | None
    contradictions: tuple[str, ...]

    @property
    def revision_ids(self) -> list[UUID]:
        """The frozen revisions in which vendors speak of this item."""
        return [statement.revision_id for statement in self.statements if statement.revision_id]

    @property
    def is_unfinished(self) -> bool:
        """Whether an inspector would find something missing here."""
        return self.state in UNFINISHED

    @property
    def can_be_taken(self) -> bool:
        """Whether the proposal says anything but what the clinic answered already."""
        if self.proposal is None or self.proposal.value is None:
            return False
        return self.answer is None or self.answer.standing is not self.proposal.value

    @property
    def differs_from_last_year(self) -> bool:
        """Whether this year's answer is another one than last year's."""
        said = {answer.standing for answer in self.last}
        return bool(said) and self.answer is not None and self.answer.standing not in {*said, None}

    def is_shown(self, show: Show) -> bool:
        """Whether the row belongs to a filtered list."""
        return {
            Show.ALL: True,
            Show.OPEN: self.is_unfinished,
            Show.NO: self.state in (State.NO, State.LATE),
            Show.CONTRADICTIONS: bool(self.contradictions),
        }[show]


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole form of a year."""

    sheet: Sheet
    material: Material
    rows: Mapping[str, Row]

    @property
    def unfinished_count(self) -> int:
        """How many things the clinic itself still has to do before the inspection; the first question counts."""
        if self.sheet.is_over:
            return 0
        return self.sheet.has_open_gate + sum(row.is_unfinished for row in self.rows.values())

    @property
    def finished_count(self) -> int:
        """How many items need nothing more."""
        return len(self.rows) if self.sheet.is_over else sum(not row.is_unfinished for row in self.rows.values())

    @property
    def first_unfinished(self) -> Row | None:
        """Where to go on."""
        return next((row for row in self.rows.values() if row.is_unfinished), None)

    def counts(self) -> dict[Show, int]:
        """How many rows each filter shows."""
        found = Counter(show for row in self.rows.values() for show in Show if row.is_shown(show))
        return {show: found[show] for show in Show}


def read_overview(session: Session, *, sheet: Sheet, with_links: bool = False) -> Overview:
    """The form with everything beside it, in five queries more than the sheet took; the links cost one more."""
    clinic_id, assessment_id = sheet.clinic_id, sheet.assessment_id
    material = gather_material(session, clinic_id=clinic_id, fiscal_year=sheet.fiscal_year)
    links = list_links(session, clinic_id=clinic_id, assessment_id=assessment_id) if with_links else {}
    outdated = list_outdated(session, clinic_id=clinic_id, assessment_id=assessment_id)
    carried = keys_to_carry_over(sheet)
    rows = {
        item.key: _build_row(sheet, item, material, carried, links.get(item.key, []), outdated.get(item.key))
        for item in sheet.form.items
    }
    return Overview(sheet, material, rows)


def read_row(session: Session, *, sheet: Sheet, item: Item) -> tuple[Row, Material]:
    """One item with everything beside it."""
    clinic_id, assessment_id = sheet.clinic_id, sheet.assessment_id
    material = gather_material(session, clinic_id=clinic_id, fiscal_year=sheet.fiscal_year)
    links = list_links(session, clinic_id=clinic_id, assessment_id=assessment_id, item_key=item.key).get(item.key, [])
    outdated = list_outdated(session, clinic_id=clinic_id, assessment_id=assessment_id).get(item.key)
    return _build_row(sheet, item, material, keys_to_carry_over(sheet), links, outdated), material


def _build_row(
    sheet: Sheet,
    item: Item,
    material: Material,
    carried: frozenset[str],
    links: Sequence[Link],
    outdated: frozenset[UUID] | None,
) -> Row:
    answer = sheet.answers.get(item.key)
    statements = material.statements_on(item)
    proposal = propose(sheet, item, material, statements, carried)
    return Row(
        item=item,
        state=state_of(item, answer, has_vendors=material.has_vendors),
        answer=answer,
        last=answers_of_last_year(sheet, item),
        statements=statements,
        documents=[file for file in material.documents if file.is_disclosure] if item.rule == "documents" else [],
        links=links,
        outdated=outdated or frozenset(),
        proposal=proposal,
        contradictions=(*(proposal.contradictions if proposal else ()), *_contradiction(item, answer, statements)),
    )


def _contradiction(item: Item, answer: OwnAnswer | None, statements: Sequence[Statement]) -> tuple[str, ...]:
    """The clinic says はい although vendors say いいえ on the same item."""
    if item.rule != "vendors" or answer is None or answer.standing is not AnswerValue.YES:
        return ()
    names = [statement.vendor_name for statement in statements if statement.stand is Stand.NO]
    return (
        (_("Your answer is yes, but these vendors answered no: %(names)s.", names=list_names(names)),) if names else ()
    )
