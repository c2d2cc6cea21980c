"""Tables over all requests of a year, each under a name of its own: answers, endings, contacts, messages and more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlmodel import Session

from services import year_lists
from services.reports.answers_table import answers_table, remarks_table
from services.reports.request_tables import (
    contact_log_table,
    differences_table,
    letters_table,
    messages_table,
    outcomes_table,
    typed_in_table,
)
from services.reports.tables import Table
from services.submitted import list_submitted, systems_by_request

Maker = Callable[[Session, UUID, int | None], Table]


class YearTable(StrEnum):
    """What can be taken along over all vendors, by its name in addresses."""

    ANSWERS = "answers"
    REMARKS = "remarks"
    DIFFERENCES = "differences"
    TYPED_IN = "typed-in"
    OUTCOMES = "outcomes"
    CONTACTS = "contact-log"
    MESSAGES = "messages"
    LETTERS = "letters"


def make_table(session: Session, *, clinic_id: UUID, table: YearTable, fiscal_year: int | None = None) -> Table:
    """One of these tables, of one year or of all."""
    return _MAKERS[table](session, clinic_id, fiscal_year)


def _answers(session: Session, clinic_id: UUID, year: int | None) -> Table:
    return answers_table(list_submitted(session, clinic_id=clinic_id, fiscal_year=year))


def _remarks(session: Session, clinic_id: UUID, year: int | None) -> Table:
    return remarks_table(list_submitted(session, clinic_id=clinic_id, fiscal_year=year))


def _differences(session: Session, clinic_id: UUID, year: int | None) -> Table:
    return differences_table(list_submitted(session, clinic_id=clinic_id, fiscal_year=year))


def _typed_in(session: Session, clinic_id: UUID, year: int | None) -> Table:
    found = year_lists.list_typed_in(session, clinic_id=clinic_id, fiscal_year=year)
    return typed_in_table(found, systems_by_request(session, clinic_id=clinic_id))


def _outcomes(session: Session, clinic_id: UUID, year: int | None) -> Table:
    found = year_lists.list_outcomes(session, clinic_id=clinic_id, fiscal_year=year)
    return outcomes_table(found, systems_by_request(session, clinic_id=clinic_id))


def _contacts(session: Session, clinic_id: UUID, year: int | None) -> Table:
    found = year_lists.list_contacts(session, clinic_id=clinic_id, fiscal_year=year)
    return contact_log_table(found, systems_by_request(session, clinic_id=clinic_id))


def _messages(session: Session, clinic_id: UUID, year: int | None) -> Table:
    found = year_lists.list_said(session, clinic_id=clinic_id, fiscal_year=year)
    return messages_table(found, systems_by_request(session, clinic_id=clinic_id))


def _letters(session: Session, clinic_id: UUID, year: int | None) -> Table:
    found = year_lists.list_letters(session, clinic_id=clinic_id, fiscal_year=year)
    return letters_table(found, systems_by_request(session, clinic_id=clinic_id))


_MAKERS: Final[Mapping[YearTable, Maker]] = {
    YearTable.ANSWERS: _answers,
    YearTable.REMARKS: _remarks,
    YearTable.DIFFERENCES: _differences,
    YearTable.TYPED_IN: _typed_in,
    YearTable.OUTCOMES: _outcomes,
    YearTable.CONTACTS: _contacts,
    YearTable.MESSAGES: _messages,
    YearTable.LETTERS: _letters,
}
