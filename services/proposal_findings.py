"""Findings: what the ledger, vendors' answers and documents say on an item, by the rule that the edition gives it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from models import AnswerValue, Provision
from services.edition_forms import Item
from services.languages import _, ngettext
from services.proposal_words import (
    join_sentences,
    list_names,
    name_system,
    quote_conditions,
    quote_plans,
    quote_reasons,
    quote_silence,
    say_stand,
)
from services.statements import MISSING, LedgerSystem, Material, Stand, Statement, worst_of


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found and what follows from it; without a value a person has to decide."""

    value: AnswerValue | None
    text: str
    reason: str = ""
    advice: str = ""
    planned_for: date | None = None
    contradictions: tuple[str, ...] = ()
    documents: tuple[UUID, ...] = ()


def find_in_ledger(material: Material) -> Finding:
    """はい where every system that stands on the premises has its devices counted."""
    if not material.systems:
        return Finding(None, _("The ledger is still empty."), advice=_("Please enter your systems first."))
    text = _(
        "The ledger holds %(systems)s systems with %(servers)s servers, %(pcs)s PCs and %(network)s network devices.",
        systems=len(material.systems),
        servers=sum(system.server_count for system in material.systems),
        pcs=sum(system.pc_count for system in material.systems),
        network=sum(system.network_device_count for system in material.systems),
    )
    empty = [system for system in material.systems if _is_uncounted(system)]
    if not empty:
        return Finding(AnswerValue.YES, text)
    missing = _("Without any number of devices: %(names)s.", names=list_names(map(name_system, empty)))
    return Finding(None, join_sentences([text, missing]), advice=_("Please complete the ledger, or decide yourself."))


def find_in_vendors(item: Item, material: Material, statements: Sequence[Statement]) -> Finding | None:
    """はい where every vendor says so without a condition; one いいえ or one silence is enough for いいえ."""
    stands = _worst_by_vendor(statements)
    count = sum(map(len, stands.values()))
    if not count:
        return None
    said_yes = len(stands[Stand.YES]) + len(stands[Stand.PLANNED])
    told = ngettext(
        "%(yes)s of %(count)s vendor answered yes.", "%(yes)s of %(count)s vendors answered yes.", count, yes=said_yes
    )
    text = join_sentences([told, *_say_others(stands)])
    if stands[Stand.NO] or any(stands[stand] for stand in MISSING):
        return Finding(AnswerValue.NO, text, reason=_say_reasons(stands))
    if stands[Stand.CONDITIONAL]:
        return Finding(None, text, advice=_decide())
    planned = stands[Stand.PLANNED]
    days = [answer.target_on for statement in planned for answer in statement.answers if answer.target_on]
    reason = say_stand(Stand.PLANNED, map(quote_plans, planned)) if planned else ""
    return Finding(AnswerValue.YES, text, reason=reason, planned_for=max(days, default=None))


def find_in_systems(item: Item, material: Material, statements: Sequence[Statement]) -> Finding:
    """はい where for every system with a vendor the ledger or the vendor says whether it is maintained from outside."""
    if not material.supplied_systems:
        return _no_vendor(material)
    by_request = {statement.request.submission_id: statement for statement in statements if statement.request}
    stands: defaultdict[Stand, list[str]] = defaultdict(list)
    contradictions = []
    for system in material.supplied_systems:
        stand = worst_of([by_request[request.submission_id].stand for request in material.requests_about(system)])
        if system.has_remote_maintenance is not None:
            if stand is Stand.NO:
                contradictions.append(_contradicts_ledger(system))
            else:
                stand = Stand.YES
        stands[stand].append(name_system(system))
    count = len(material.supplied_systems)
    told = ngettext(
        "Remote maintenance is clear for %(yes)s of %(count)s system.",
        "Remote maintenance is clear for %(yes)s of %(count)s systems.",
        count,
        yes=len(stands[Stand.YES]),
    )
    others = [say_stand(stand, stands[stand]) for stand in Stand if stands[stand] and stand is not Stand.YES]
    text, problems = join_sentences([told, *others]), tuple(contradictions)
    if any(stands[stand] for stand in (Stand.NO, *MISSING)):
        return Finding(AnswerValue.NO, text, reason=join_sentences(others), contradictions=problems)
    if stands[Stand.CONDITIONAL]:
        return Finding(None, text, advice=_decide(), contradictions=problems)
    return Finding(AnswerValue.YES, text, contradictions=problems)


def find_in_documents(item: Item, material: Material, statements: Sequence[Statement]) -> Finding:
    """はい where an MDS or SDS about every system with a vendor was handed over this year."""
    if not material.supplied_systems:
        return _no_vendor(material)
    received: list[UUID] = []
    missing: list[LedgerSystem] = []
    outdated: list[LedgerSystem] = []
    for system in material.supplied_systems:
        documents = material.disclosures_of(system)
        this_year = [document for document in documents if document.fiscal_year == material.fiscal_year]
        received += (document.id for document in this_year or documents)
        if not this_year:
            (outdated if documents else missing).append(system)
    count = len(material.supplied_systems)
    told = ngettext(
        "An MDS or SDS is here for %(yes)s of %(count)s system.",
        "An MDS or SDS is here for %(yes)s of %(count)s systems.",
        count,
        yes=count - len(missing) - len(outdated),
    )
    lacking = _("Not received: %(names)s.", names=list_names(map(name_system, missing))) if missing else ""
    old = _("Only from an earlier year: %(names)s.", names=list_names(map(name_system, outdated))) if outdated else ""
    value = AnswerValue.NO if missing else None if outdated else AnswerValue.YES
    return Finding(
        value,
        join_sentences([told, lacking, old]),
        reason=join_sentences([lacking, old]) if missing else "",
        advice=_("Please ask whether they still hold, and decide yourself."),
        contradictions=_contradictions_on_documents(material, statements),
        documents=tuple(dict.fromkeys(received)),
    )


def _contradictions_on_documents(material: Material, statements: Sequence[Statement]) -> tuple[str, ...]:
    """Vendors who say that they handed something over which is not here, and the other way round."""
    found = []
    for statement in statements:
        request = statement.request
        if request is None or statement.stand in MISSING:
            continue
        if statement.stand is Stand.NO:
            files = [file.file_name for file in material.disclosures_from(request)]
            if files:
                found.append(
                    _(
                        "%(vendor)s answered no, but handed over: %(files)s.",
                        vendor=statement.vendor_name,
                        files=list_names(files),
                    )
                )
        elif absent := material.systems_without_disclosure(request):
            found.append(
                _(
                    "%(vendor)s answered that the MDS or SDS was handed over, but no file is here for: %(names)s.",
                    vendor=statement.vendor_name,
                    names=list_names(absent),
                )
            )
    return tuple(found)


def _worst_by_vendor(statements: Sequence[Statement]) -> defaultdict[Stand, list[Statement]]:
    """The least favourable statement of each vendor, by its stand; statements come in that order."""
    worst: dict[str, Statement] = {}
    for statement in statements:
        worst.setdefault(statement.vendor_name, statement)
    stands: defaultdict[Stand, list[Statement]] = defaultdict(list)
    for statement in worst.values():
        stands[statement.stand].append(statement)
    return stands


def _say_others(stands: Mapping[Stand, Sequence[Statement]]) -> list[str]:
    """Every stand but a plain はい with the vendors' names, conditions and plans in brackets."""
    return [
        say_stand(stand, [_QUOTES.get(stand, _vendor_name)(statement) for statement in stands[stand]])
        for stand in Stand
        if stands.get(stand) and stand is not Stand.YES
    ]


def _say_reasons(stands: Mapping[Stand, Sequence[Statement]]) -> str:
    """Why it is not done yet, in the vendors' own words."""
    return join_sentences(
        say_stand(stand, map(quote_reasons if stand is Stand.NO else _QUOTES.get(stand, _vendor_name), stands[stand]))
        for stand in (Stand.NO, *MISSING)
        if stands.get(stand)
    )


_QUOTES: Final[Mapping[Stand, Callable[[Statement], str]]] = {
    Stand.CONDITIONAL: quote_conditions,
    Stand.PLANNED: quote_plans,
    Stand.DECLINED: quote_silence,
    Stand.UNANSWERED: quote_silence,
}


def _vendor_name(statement: Statement) -> str:
    return statement.vendor_name


def _no_vendor(material: Material) -> Finding:
    if not material.systems:
        return Finding(None, _("The ledger is still empty."), advice=_("Please enter your systems first."))
    if material.without_contract:
        text = _("For the systems in the ledger there is no contract with a vendor.")
    else:
        text = _("No system in the ledger has a vendor.")
    return Finding(None, text, advice=_("Without a contract with a vendor this item may stay empty."))


def _contradicts_ledger(system: LedgerSystem) -> str:
    return _(
        "The ledger says whether %(system)s is maintained from outside, but its vendor answered no.",
        system=name_system(system),
    )


def _is_uncounted(system: LedgerSystem) -> bool:
    """Whether devices that must stand somewhere are not counted; a pure cloud service may have none."""
    counted = system.server_count + system.pc_count + system.network_device_count
    return not counted and system.provision is not Provision.CLOUD


def _decide() -> str:
    return _("A yes with a condition is no plain yes. Please read the conditions and decide yourself.")
