"""Everything of a clinic: each table that people see as one sheet of a workbook, gathered part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from sqlmodel import Session

from services import (
    api_tokens,
    assessments,
    clock,
    contacts,
    deeds,
    groups,
    handed_over,
    members,
    outbox,
    progress,
    systems,
    vendors,
    webhooks,
)
from services.exports import Cell, SheetOf
from services.fiscal_years import fiscal_year_of
from services.formats import format_moment
from services.languages import _
from services.own_form import read_overview
from services.reports.assessment_table import assessment_table
from services.reports.office_tables import (
    deliveries_table,
    groups_table,
    log_table,
    mails_table,
    tokens_table,
    webhooks_table,
)
from services.reports.progress_table import progress_table
from services.reports.tables import (
    Table,
    contacts_table,
    documents_table,
    members_table,
    systems_table,
    vendors_table,
)
from services.year_tables import YearTable, make_table

MOST_DEEDS: Final = 10_000
"""A sheet with more would take minutes to write and nobody reads it; the page of the history gives all of them."""

Part = Callable[[], Table]


def list_parts(session: Session, *, clinic_id: UUID) -> list[Part]:
    """What makes the sheets, one after the other; entries that were put away are among them."""
    return [*_ledger(session, clinic_id), *_requests(session, clinic_id), *_office(session, clinic_id)]


def bind(tables: Sequence[Table]) -> list[SheetOf]:
    """The sheets of the workbook, with a first one that lists them."""
    contents: list[list[Cell]] = [[table.title, len(table.rows)] for table in tables]
    contents += [
        ["", ""],
        [_("Taken along on %(moment)s", moment=format_moment(clock.now())), ""],
        [_("The history holds the newest %(count)s deeds; all of them are on its page.", count=f"{MOST_DEEDS:,}"), ""],
        [_("The files that vendors handed over are downloaded one by one."), ""],
    ]
    return [
        SheetOf(_("Contents"), [_("Sheet"), _("Rows")], contents),
        *(SheetOf(table.title, table.head, table.rows) for table in tables),
    ]


def _ledger(session: Session, clinic_id: UUID) -> Iterator[Part]:
    """Vendors, contacts, systems and documents."""
    for is_archived in (False, True):
        yield partial(_vendors, session, clinic_id, is_archived)
        yield partial(_systems, session, clinic_id, is_archived)
    yield lambda: contacts_table(contacts.list_contact_lines(session, clinic_id=clinic_id))
    yield lambda: documents_table(handed_over.list_handed_over(session, clinic_id=clinic_id))


def _vendors(session: Session, clinic_id: UUID, is_archived: bool) -> Table:
    year = fiscal_year_of(clock.today())
    found = vendors.list_vendors(session, clinic_id=clinic_id, fiscal_year=year, is_archived=is_archived)
    return _named(vendors_table(found), is_archived)


def _systems(session: Session, clinic_id: UUID, is_archived: bool) -> Table:
    return _named(
        systems_table(systems.list_systems(session, clinic_id=clinic_id, is_archived=is_archived)), is_archived
    )


def _named(table: Table, is_archived: bool) -> Table:
    title = _("%(table)s (archived)", table=table.title) if is_archived else table.title
    return Table(title, table.head, table.rows)


def _requests(session: Session, clinic_id: UUID) -> Iterator[Part]:
    """Where every request stands, what was answered, said and noted, and the clinic's own forms."""
    for year in progress.list_years(session, clinic_id=clinic_id):
        yield partial(_progress, session, clinic_id, year)
    for table in YearTable:
        yield partial(make_table, session, clinic_id=clinic_id, table=table)
    for year in assessments.list_assessed_years(session, clinic_id=clinic_id):
        yield partial(_assessment, session, clinic_id, year)


def _progress(session: Session, clinic_id: UUID, year: int) -> Table:
    return progress_table(progress.list_progress(session, clinic_id=clinic_id, fiscal_year=year), fiscal_year=year)


def _assessment(session: Session, clinic_id: UUID, year: int) -> Table:
    sheet = assessments.get_sheet(session, clinic_id=clinic_id, fiscal_year=year)
    return assessment_table(read_overview(session, sheet=sheet, with_links=True))


def _office(session: Session, clinic_id: UUID) -> Iterator[Part]:
    """Mails, members, groups, tokens, webhooks and the log of deeds."""
    yield lambda: mails_table(outbox.list_all_mails(session, clinic_id=clinic_id))
    yield lambda: members_table(members.list_members(session, clinic_id=clinic_id))
    yield lambda: groups_table(groups.list_consents(session, clinic_id=clinic_id))
    yield lambda: tokens_table(api_tokens.list_tokens(session, clinic_id=clinic_id))
    yield lambda: webhooks_table(webhooks.list_webhooks(session, clinic_id=clinic_id))
    yield lambda: deliveries_table(webhooks.list_all_deliveries(session, clinic_id=clinic_id))
    yield partial(_log, session, clinic_id)


def _log(session: Session, clinic_id: UUID) -> Table:
    events = deeds.list_newest_deeds(session, clinic_id=clinic_id, most=MOST_DEEDS)
    return log_table(events, deeds.name_subjects(session, clinic_id=clinic_id, events=events))
