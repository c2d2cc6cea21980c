"""Everything of a clinic, gathered: each table that people see as one sheet, and a first one that lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from models import Clinic
from services import assessments, clock, contacts, deeds, fiscal_years, handed_over, members, outbox, progress, systems
from services import vendors as vendor_list
from services.exports import Cell, SheetOf
from services.formats import format_moment
from services.languages import _
from services.own_form import read_overview
from services.reports.answers_table import answers_table, remarks_table
from services.reports.assessment_table import assessment_table
from services.reports.progress_table import progress_table
from services.reports.tables import (
    Table,
    contacts_table,
    documents_table,
    members_table,
    systems_table,
    vendors_table,
)
from services.submitted import list_submitted
from web.access import SessionDep
from web.clinic.log import log_table
from web.clinic.outbox import outbox_table

MOST_DEEDS: Final = 10_000
"""A sheet with more would take minutes to write and nobody reads it; the page of the history gives all of them."""


def gather_everything(session: SessionDep, clinic: Clinic) -> list[SheetOf]:
    """The sheets of the workbook; entries that were put away are among them."""
    tables = [*ledger(session, clinic), *requests(session, clinic), *office(session, clinic)]
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


def ledger(session: SessionDep, clinic: Clinic) -> Iterator[Table]:
    """Vendors, contacts, systems and documents."""
    year = fiscal_years.fiscal_year_of(clock.today())
    for is_archived, name in ((False, "%(table)s"), (True, _("%(table)s (archived)"))):
        vendors = vendor_list.list_vendors(session, clinic_id=clinic.id, fiscal_year=year, is_archived=is_archived)
        found = systems.list_systems(session, clinic_id=clinic.id, is_archived=is_archived)
        for table in (vendors_table(vendors), systems_table(found)):
            yield Table(name % {"table": table.title}, table.head, table.rows)
    yield contacts_table(contacts.list_contact_lines(session, clinic_id=clinic.id))
    yield documents_table(handed_over.list_handed_over(session, clinic_id=clinic.id))


def requests(session: SessionDep, clinic: Clinic) -> Iterator[Table]:
    """Where every request stands, what was answered, what was said about it, and the clinic's own forms."""
    for year in progress.list_years(session, clinic_id=clinic.id):
        yield progress_table(progress.list_progress(session, clinic_id=clinic.id, fiscal_year=year), fiscal_year=year)
    submitted = list_submitted(session, clinic_id=clinic.id)
    yield answers_table(submitted)
    yield remarks_table(submitted)
    for year in assessments.list_assessed_years(session, clinic_id=clinic.id):
        sheet = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=year)
        yield assessment_table(read_overview(session, sheet=sheet, with_links=True))


def office(session: SessionDep, clinic: Clinic) -> Iterator[Table]:
    """Mails, members and the log of deeds."""
    yield outbox_table(outbox.list_all_mails(session, clinic_id=clinic.id))
    yield members_table(members.list_members(session, clinic_id=clinic.id))
    events = deeds.list_newest_deeds(session, clinic_id=clinic.id, most=MOST_DEEDS)
    yield log_table(events, deeds.name_subjects(session, clinic_id=clinic.id, events=events))
