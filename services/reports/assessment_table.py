"""The clinic's own form as a table to take away, and its evidence in a few words, for the table and on paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from models import AnswerValue, EvidenceKind
from services.disclosure_words import say_value
from services.edition_forms import Item
from services.evidence import Link
from services.exports import Cell
from services.fiscal_years import name_of
from services.formats import format_moment
from services.languages import _, language, marked
from services.own_answers import OwnAnswer
from services.own_form import Overview, Row
from services.proposal_words import cut, list_names
from services.reports.tables import Table
from services.statements import Stand, Statement

LONGEST_NOTE: Final = 200

_STANDS: Final[Mapping[Stand, str]] = {
    Stand.YES: marked("Yes"),
    Stand.PLANNED: marked("Planned"),
    Stand.CONDITIONAL: marked("Yes, with a condition"),
    Stand.NO: marked("No"),
    Stand.RETURNED: marked("Returned"),
    Stand.UNANSWERED: marked("No answer yet"),
    Stand.UNASKED: marked("Not asked yet"),
    Stand.DECLINED: marked("Declined"),
}


def assessment_table(overview: Overview) -> Table:
    """One item a row, the first question on top, with everything that was answered and what it leans on."""
    gate = overview.sheet.form.gate
    rows = [_cells(row.item, _section_title(overview, row.item), row.answer, row) for row in overview.rows.values()]
    if gate is not None:
        rows.insert(0, _cells(gate, "", overview.sheet.answers.get(gate.key), None))
    return Table(_("Own check, %(year)s", year=name_of(overview.sheet.fiscal_year)), _head(), rows)


def name_answer(value: AnswerValue | None) -> str:
    """はい, いいえ or nothing."""
    return "" if value is None else _("Yes") if value is AnswerValue.YES else _("No")


def tell_links(links: Sequence[Link], *, most: int | None = None) -> str:
    """What an answer leans on: vendors by name and version, files by name, the note."""
    names = [_name_link(link) for link in links if link.kind is not EvidenceKind.NOTE]
    notes = [_("Note: %(words)s", words=cut(link.note, LONGEST_NOTE)) for link in links if link.note]
    listed = [list_names(names, len(names) if most is None else most)] if names else []
    return " / ".join([*listed, *notes])


def tell_statements(statements: Sequence[Statement], *, most: int | None = None) -> str:
    """Who said what, はい first."""
    stands: defaultdict[Stand, list[str]] = defaultdict(list)
    for statement in statements:
        stands[statement.stand].append(_name_vendor(statement))
    return " / ".join(
        f"{_(word)}: {list_names(stands[stand], len(stands[stand]) if most is None else most)}"
        for stand, word in _STANDS.items()
        if stands[stand]
    )


def _head() -> list[str]:
    return [
        _("No."),
        _("Section"),
        _("Item"),
        _("Answer"),
        _("Checked on"),
        _("Target date"),
        _("Remark"),
        _("Owner"),
        _("Second check"),
        _("Second check on"),
        _("Leans on"),
        _("Vendors' answers"),
        _("Proposal taken over"),
        _("Saved by"),
        _("Saved at"),
    ]


def _cells(item: Item, section: str, answer: OwnAnswer | None, row: Row | None) -> list[Cell]:
    known = answer or OwnAnswer()
    return [
        item.number,
        section,
        item.label.in_language(language.get()),
        name_answer(known.value),
        *(day.isoformat() if day else "" for day in (known.checked_on, known.target_on)),
        known.remark,
        known.owner_name,
        name_answer(known.second_value),
        known.second_checked_on.isoformat() if known.second_checked_on else "",
        tell_links(row.links) if row else "",
        tell_statements(row.statements) if row else "",
        known.proposal,
        known.saved_by_name,
        format_moment(known.saved_at) if known.saved_at else "",
    ]


def _name_vendor(statement: Statement) -> str:
    """The vendor, and whether the clinic typed its answer in."""
    if statement.request is None or statement.request.source is None or not statement.answers:
        return statement.vendor_name
    return _("%(vendor)s (typed in by the clinic)", vendor=statement.vendor_name)


def _section_title(overview: Overview, item: Item) -> str:
    return overview.sheet.form.section_of(item.key).title.in_language(language.get())


def _name_link(link: Link) -> str:
    if link.is_disclosure_answer:
        words = {"file": link.file_name, "number": link.number, "place": link.place, "said": say_value(link.said)}
        return _("%(file)s %(number)s (%(place)s): %(said)s", **words)
    if link.kind is EvidenceKind.DOCUMENT:
        return link.file_name
    return _("%(vendor)s (version %(number)s)", vendor=link.vendor_name, number=link.revision_number)
