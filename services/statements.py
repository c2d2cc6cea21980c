"""Statements: what vendors have said and handed over in a fiscal year, as the clinic's own form looks at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple
from uuid import UUID

from models import DISCLOSURES, AnswerValue, DocumentKind, OutcomeKind, Provision, Source, Stage
from services.edition_forms import Item
from services.fiscal_years import fiscal_year_of
from services.revisions import SubmittedAnswer


class Stand(StrEnum):
    """How a vendor stands on an item, the least favourable first: that is how they are listed and how they count."""

    NO = "no"
    DECLINED = "declined"
    RETURNED = "returned"
    UNANSWERED = "unanswered"
    UNASKED = "unasked"
    CONDITIONAL = "conditional"
    PLANNED = "planned"
    YES = "yes"


MISSING: Final = (Stand.DECLINED, Stand.RETURNED, Stand.UNANSWERED, Stand.UNASKED)
"""Stands in which there is no answer to count on; what was returned for correction is not one yet."""

_ORDER: Final = {stand: place for place, stand in enumerate(Stand)}


class LedgerSystem(NamedTuple):
    """A system in use, as the ledger has it, with the requests that ever covered it."""

    id: UUID
    name: str
    vendor_id: UUID | None
    vendor_name: str
    provision: Provision
    has_remote_maintenance: bool | None
    remote_maintenance_method: str
    server_count: int
    pc_count: int
    network_device_count: int
    submission_ids: frozenset[UUID]


class Received(NamedTuple):
    """A document handed over, this year or before."""

    id: UUID
    submission_id: UUID
    vendor_id: UUID
    vendor_name: str
    system_id: UUID | None
    kind: DocumentKind
    product: str
    version: str
    issued_on: date | None
    file_name: str
    fiscal_year: int

    @property
    def is_disclosure(self) -> bool:
        """Whether it is an MDS, SDS or MDS2."""
        return self.kind in DISCLOSURES


class Request(NamedTuple):
    """A request of the year with what was submitted last."""

    submission_id: UUID
    vendor_id: UUID
    vendor_name: str
    edition_id: str
    stage: Stage
    due_on: date
    is_overdue: bool
    system_names: tuple[str, ...]
    revision_id: UUID | None
    revision_number: int | None
    answers: Mapping[str, SubmittedAnswer]
    sent_at: datetime | None = None
    outcome: OutcomeKind | None = None
    source: Source | None = None
    """From what the clinic typed the answers in; None where the vendor gave them itself."""


class Statement(NamedTuple):
    """What one request says on one item of the clinic's form; without a request the vendor was never asked."""

    vendor_id: UUID
    vendor_name: str
    stand: Stand
    request: Request | None = None
    answers: tuple[SubmittedAnswer, ...] = ()

    @property
    def revision_id(self) -> UUID | None:
        """The frozen revision in which it stands, where there is one."""
        return self.request.revision_id if self.request and self.answers else None


@dataclass(frozen=True)
class Material:
    """Everything beside the clinic's own form of a year; gathered once, looked at item by item."""

    fiscal_year: int
    systems: tuple[LedgerSystem, ...]
    requests: tuple[Request, ...]
    documents: tuple[Received, ...]
    links: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Per edition asked: the keys of its vendor form by the key of the institution's item."""
    without_contract: frozenset[UUID] = frozenset()
    """Vendors of which the clinic noted this year that there is no contract (any more)."""
    ended_for_systems: frozenset[UUID] = frozenset()
    """The requests of the year that ended because there is no contract for the systems they name."""
    naming_systems: frozenset[UUID] = frozenset()
    """The requests of any year that name systems; the others are about everything their vendor supplies."""

    @cached_property
    def supplied_systems(self) -> tuple[LedgerSystem, ...]:
        """The systems in use that have a vendor with whom there is, as far as is known, a contract."""
        return tuple(system for system in self.systems if system.vendor_id and self._has_contract(system))

    @property
    def has_vendors(self) -> bool:
        """Whether there is any contract to ask about, as far as the portal can know; an empty ledger tells nothing."""
        return bool(self.supplied_systems or self.requests or not self.systems)

    @cached_property
    def unasked_vendors(self) -> dict[UUID, str]:
        """Vendors of systems in use that nothing was asked of this year."""
        asked = {request.vendor_id for request in self.requests}
        return {
            system.vendor_id: system.vendor_name
            for system in self.supplied_systems
            if system.vendor_id and system.vendor_id not in asked
        }

    def statements_on(self, item: Item) -> list[Statement]:
        """What the vendors say on an item, the least favourable first; empty where vendors are not asked about it."""
        keys_of = {edition_id: keys.get(item.key, ()) for edition_id, keys in self.links.items()}
        if item.rule is None and not any(keys_of.values()):
            return []
        stands: dict[Stand, list[Statement]] = {stand: [] for stand in Stand}
        for request in self.requests:
            keys = keys_of[request.edition_id]
            if keys or item.rule is not None:
                statement = _make_statement(request, keys, item)
                stands[statement.stand].append(statement)
        if item.rule is not None:
            stands[Stand.UNASKED] += [Statement(*vendor, Stand.UNASKED) for vendor in self.unasked_vendors.items()]
        return [statement for statements in stands.values() for statement in statements]

    def disclosures_of(self, system: LedgerSystem) -> list[Received]:
        """The MDS and SDS that are about a system: said to be, or handed over with a request that covers it."""
        return [
            document
            for document in self._disclosures[system.vendor_id]
            if document.system_id == system.id
            or (document.system_id is None and self._covers(document.submission_id, system))
        ]

    def disclosures_from(self, request: Request) -> list[Received]:
        """The MDS and SDS handed over with a request."""
        return [file for file in self._disclosures[request.vendor_id] if file.submission_id == request.submission_id]

    def systems_without_disclosure(self, request: Request) -> list[str]:
        """Names of the systems a request is about for which no MDS or SDS is here; the vendor's where it names none."""
        about = [
            system for system in self._systems_of[request.vendor_id] if self._covers(request.submission_id, system)
        ]
        if not about:
            return [] if self._disclosures[request.vendor_id] else [request.vendor_name]
        return [system.name for system in about if not self.disclosures_of(system)]

    def requests_about(self, system: LedgerSystem) -> list[Request]:
        """The year's requests that cover a system; one that names no system covers all of its vendor."""
        return [
            request for request in self._requests_of[system.vendor_id] if self._covers(request.submission_id, system)
        ]

    @cached_property
    def _disclosures(self) -> defaultdict[UUID | None, list[Received]]:
        found: defaultdict[UUID | None, list[Received]] = defaultdict(list)
        for document in self.documents:
            if document.is_disclosure:
                found[document.vendor_id].append(document)
        return found

    @cached_property
    def _systems_of(self) -> defaultdict[UUID | None, list[LedgerSystem]]:
        found: defaultdict[UUID | None, list[LedgerSystem]] = defaultdict(list)
        for system in self.supplied_systems:
            found[system.vendor_id].append(system)
        return found

    @cached_property
    def _requests_of(self) -> defaultdict[UUID | None, list[Request]]:
        found: defaultdict[UUID | None, list[Request]] = defaultdict(list)
        for request in self.requests:
            found[request.vendor_id].append(request)
        return found

    def _has_contract(self, system: LedgerSystem) -> bool:
        if system.vendor_id in self.without_contract:
            return False
        return not system.submission_ids & self.ended_for_systems or bool(self.requests_about(system))

    def _covers(self, submission_id: UUID, system: LedgerSystem) -> bool:
        return submission_id in system.submission_ids or submission_id not in self.naming_systems


_SETTLED: Final = {Stage.DECLINED: Stand.DECLINED, Stage.RETURNED: Stand.RETURNED, Stage.DRAFT: Stand.UNASKED}
"""Stages that say it all, whatever was answered before."""


def worst_of(stands: Iterable[Stand]) -> Stand:
    """The least favourable of several; without any, nobody was asked."""
    return min(stands, key=_ORDER.__getitem__, default=Stand.UNASKED)


def _make_statement(request: Request, keys: Sequence[str], item: Item) -> Statement:
    """Made for every vendor and item of the form: the usual case of one key takes the short way."""
    if len(keys) == 1:
        answer = request.answers.get(keys[0])
        answers: tuple[SubmittedAnswer, ...] = (answer,) if answer else ()
    else:
        answers = tuple([request.answers[key] for key in keys if key in request.answers])
    stand = _SETTLED.get(request.stage)
    if stand is None:
        stand = _stand_of_answer(answers[0], item) if len(keys) == len(answers) == 1 else _stand_of(answers, keys, item)
    return Statement(request.vendor_id, request.vendor_name, stand, request, answers)


def _stand_of(answers: Sequence[SubmittedAnswer], keys: Sequence[str], item: Item) -> Stand:
    if len(answers) < len(keys):
        return Stand.UNANSWERED
    return worst_of(_stand_of_answer(answer, item) for answer in answers)


def _stand_of_answer(answer: SubmittedAnswer, item: Item) -> Stand:
    standing, until = answer.standing, item.plan_counts_until
    if standing is None:
        return Stand.UNANSWERED
    if until and answer.last_target and not (standing is AnswerValue.YES and answer.second_value):
        # The edition says that a plan up to this fiscal year counts as はい.
        return Stand.PLANNED if fiscal_year_of(answer.last_target) <= until else Stand.NO
    if standing is AnswerValue.NO:
        return Stand.NO
    return Stand.CONDITIONAL if answer.is_conditional else Stand.YES
