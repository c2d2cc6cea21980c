"""The own form in words: what states and stands are called, and the first few of many vendors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from models import AnswerValue, DocumentKind, Responsibility, Source
from services import clock
from services.assessments import Sheet
from services.disclosure_words import value_names
from services.edition_forms import Section
from services.editions import UnknownEdition, get_edition
from services.fiscal_years import first_day, last_day
from services.formats import format_short_date
from services.languages import _, language, marked
from services.options import names_of
from services.own_answers import Draft, State
from services.own_form import Overview, Row, Show
from services.proposal_words import cut, list_names
from services.proposals import is_second_check
from services.reports.assessment_table import tell_links, tell_statements
from services.statements import Material, Received, Request, Stand, Statement
from services.years import explain_year_of_form

MOST_CHIPS: Final = 4
MOST_ON_PAPER: Final = 8
LONGEST_NAME: Final = 14


class Look(NamedTuple):
    """How something stands: meaning and shape of its chip, and its words."""

    meaning: str
    shape: str
    text: str


_STANDS: Final[Mapping[Stand, Look]] = {
    Stand.NO: Look("attention", "attention", marked("No")),
    Stand.DECLINED: Look("trouble", "declined", marked("Declined")),
    Stand.RETURNED: Look("attention", "returned", marked("Returned")),
    Stand.UNANSWERED: Look("quiet", "invited", marked("No answer yet")),
    Stand.UNASKED: Look("quiet", "draft", marked("Not asked yet")),
    Stand.CONDITIONAL: Look("attention", "attention", marked("Yes, with a condition")),
    Stand.PLANNED: Look("waiting", "waiting", marked("Planned")),
    Stand.YES: Look("done", "done", marked("Yes")),
}
_STATES: Final[Mapping[State, Look]] = {
    State.OPEN: Look("quiet", "quiet", marked("No answer yet")),
    State.LATE: Look("trouble", "overdue", marked("Target date has passed")),
    State.NO: Look("attention", "attention", marked("No")),
    State.YES: Look("done", "done", marked("Yes")),
    State.EMPTY: Look("quiet", "withdrawn", marked("May stay empty")),
}
_SHOWS: Final[Mapping[Show, str]] = {
    Show.ALL: marked("All"),
    Show.OPEN: marked("Still open"),
    Show.NO: marked("No"),
    Show.CONTRADICTIONS: marked("Contradictions"),
}


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the overview as it is shown."""

    row: Row
    look: Look
    facts: str
    is_second: bool
    chips: Sequence[Look]
    more: int
    files: Sequence[Received]
    more_files: int


@dataclass(frozen=True, slots=True)
class VendorLine:
    """A vendor's form in the table on paper."""

    request: Request
    said_yes: int
    conditional: int
    said_no: int
    files: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to filter the rows."""

    show: Show
    label: str
    count: int
    is_current: bool


def look_of_stand(stand: Stand) -> Look:
    """How a vendor's stand is shown."""
    return _STANDS[stand]._replace(text=_(_STANDS[stand].text))


def look_of_state(state: State) -> Look:
    """How the state of an item is shown."""
    return _STATES[state]._replace(text=_(_STATES[state].text))


def view_sections(overview: Overview, show: Show) -> list[tuple[Section, list[RowView]]]:
    """The rows that a filter shows, by section; sections without any are left out."""
    stands = {stand: look_of_stand(stand) for stand in Stand}
    states = {state: look_of_state(state) for state in State}
    sections = []
    for section in overview.sheet.form.sections:
        rows = [overview.rows[item.key] for item in section.items]
        views = [_view(row, states, stands) for row in rows if row.is_shown(show)]
        if views:
            sections.append((section, views))
    return sections


def view_tabs(overview: Overview, current: Show) -> list[Tab]:
    """The filters with how many rows each shows."""
    counts = overview.counts()
    return [Tab(show, _(label), counts[show], show is current) for show, label in _SHOWS.items()]


def describe(answer: Draft | None) -> str:
    """The dates and the owner of an own answer on one line."""
    if answer is None or answer.value is None:
        return ""
    day = answer.second_checked_on or answer.checked_on
    said_no = answer.standing is AnswerValue.NO
    parts = [
        _("checked %(day)s", day=format_short_date(day)) if day else "",
        _("target %(day)s", day=format_short_date(answer.target_on)) if answer.target_on and said_no else "",
        _("owner: %(name)s", name=answer.owner_name) if answer.owner_name and said_no else "",
    ]
    return " · ".join(part for part in parts if part)


def days_to_inspection(sheet: Sheet) -> int | None:
    """How many days are left; None where no day is known or it has passed."""
    if sheet.inspection_on is None or sheet.inspection_on < clock.today():
        return None
    return (sheet.inspection_on - clock.today()).days


def provenance_of(sheet: Sheet) -> str:
    """How far the edition was compared with the official form; empty where the catalog no longer has it."""
    if sheet.form.note is not None:
        return sheet.form.note.in_language(language.get())
    try:
        return get_edition(sheet.edition_id).provenance.note.in_language(language.get())
    except UnknownEdition:
        return ""


def neighbours(sheet: Sheet, key: str) -> dict[str, Any]:
    """The items before and after one."""
    items = sheet.form.items
    place = next(place for place, item in enumerate(items) if item.key == key)
    return {
        "previous": items[place - 1] if place else None,
        "next": items[place + 1] if place + 1 < len(items) else None,
    }


def words_of_item(sheet: Sheet, row: Row, material: Material) -> dict[str, Any]:
    """What the page of one item says beside the answer."""
    today, known = clock.today(), {str(statement.revision_id) for statement in row.statements}
    return {
        "look": look_of_state(row.state),
        "stands": {stand: look_of_stand(stand) for stand in Stand},
        "duties": names_of(Responsibility),
        "sources": names_of(Source),
        "kinds": names_of(DocumentKind),
        "said_names": value_names(),
        "year_sentence": explain_year_of_form(fiscal_year=sheet.fiscal_year, form=sheet.form),
        "is_second": is_second_check(row.answer),
        "older_links": [link for link in row.links if link.revision_id and str(link.revision_id) not in known],
        "other_files": [
            file for file in material.documents if file not in row.documents and not is_earlier(file, sheet)
        ],
        "systems": material.supplied_systems if row.item.rule == "remote_maintenance" else (),
        "first_day": first_day(sheet.fiscal_year),
        "last_day": last_day(sheet.fiscal_year),
        "last_plan": last_day(row.item.plan_counts_until) if row.item.plan_counts_until else None,
        "today": today,
        **neighbours(sheet, row.item.key),
    }


def is_earlier(file: Received, sheet: Sheet) -> bool:
    """Whether a document was handed over in an earlier year."""
    return file.fiscal_year < sheet.fiscal_year


def words_on_paper(overview: Overview) -> dict[str, Any]:
    """What only the printed form says: evidence and vendors in a few words."""
    rows = overview.rows.values()
    return {
        "links": {row.item.key: tell_links(row.links, most=MOST_ON_PAPER) for row in rows},
        "statements": {row.item.key: tell_statements(row.statements, most=MOST_ON_PAPER) for row in rows},
        "states": {state: look_of_state(state) for state in State},
        "vendors": [summarise(request, overview) for request in overview.material.requests],
    }


def summarise(request: Request, overview: Overview) -> VendorLine:
    """One vendor of the table on paper."""
    said = list(request.answers.values())
    return VendorLine(
        request=request,
        said_yes=sum(answer.is_plain_yes for answer in said),
        conditional=sum(answer.standing is AnswerValue.YES and answer.is_conditional for answer in said),
        said_no=sum(answer.standing is AnswerValue.NO for answer in said),
        files=list_names(file.file_name for file in overview.material.disclosures_from(request)),
    )


def split_statements(statements: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Those to read, and the plain はい that fold away where there are many."""
    plain = [statement for statement in statements if statement.stand is Stand.YES]
    if len(plain) <= MOST_CHIPS:
        return list(statements), []
    return [statement for statement in statements if statement.stand is not Stand.YES], plain


def _view(row: Row, states: Mapping[State, Look], stands: Mapping[Stand, Look]) -> RowView:
    shown = row.statements[:MOST_CHIPS]
    return RowView(
        row=row,
        look=states[row.state],
        facts=describe(row.answer),
        is_second=is_second_check(row.answer),
        chips=[
            stands[said.stand]._replace(text=f"{cut(said.vendor_name, LONGEST_NAME)}: {stands[said.stand].text}")
            for said in shown
        ],
        more=len(row.statements) - len(shown),
        files=row.documents[:MOST_CHIPS],
        more_files=max(0, len(row.documents) - MOST_CHIPS),
    )
