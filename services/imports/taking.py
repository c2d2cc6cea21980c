"""Taking a table over: everything that was shown, in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from models import Contact, Import, System, Vendor
from services import clock
from services.history import Deed, record, record_all
from services.imports.drafts import cells_of
from services.imports.entries import Entry, Known
from services.imports.planning import Plan, plan_import
from services.imports.refusals import ImportIncomplete, ImportOutdated
from services.imports.row_planner import Verdict
from services.refusals import refuse_if

_STEP: Final = timedelta(microseconds=1)


def take_import(session: Session, *, given: Import, seen: str) -> None:
    """Enter what the plan with the fingerprint `seen` says, and forget the cells.

    Raises ImportTaken at a second press, ImportIncomplete without a column for the name, ImportOutdated where by now
    anything else would happen.
    """
    grid = cells_of(given)
    refuse_if("name" not in given.columns, ImportIncomplete())
    plan = plan_import(session, given=given, grid=grid)
    refuse_if(plan.fingerprint != seen, ImportOutdated())
    try:
        with session.begin_nested():
            deeds = write_all(session, plan.known, clinic_id=given.clinic_id)
    except IntegrityError as error:
        # Somebody entered the same name between the look at what is known and this moment.
        raise ImportOutdated from error
    record_all(session, deeds, clinic_id=given.clinic_id)
    finish(session, given, plan)


def write_all(session: Session, known: Known, *, clinic_id: UUID) -> list[Deed]:
    """Write vendors, then contacts, then systems; gives the deeds, which are told as if done one by one."""
    moment = clock.now()
    choose_main_contacts(known)
    return [
        *write(session, Vendor, list(known.vendors.values()), clinic_id=clinic_id, moment=moment),
        *write(session, Contact, list(known.contacts.values()), clinic_id=clinic_id, moment=moment),
        *write(session, System, list(known.systems.values()), clinic_id=clinic_id, moment=moment),
    ]


def choose_main_contacts(known: Known) -> None:
    """The first contact of a vendor that has no main one becomes it."""
    with_main = {contact.vendor for contact in known.contacts.values() if contact.present("is_main") is True}
    for contact in known.contacts.values():
        if contact.is_new and contact.vendor not in with_main:
            contact.changes["is_main"] = True
            with_main.add(contact.vendor)


def write(
    session: Session, table: type[SQLModel], entries: Sequence[Entry], *, clinic_id: UUID, moment: datetime
) -> Iterator[Deed]:
    """Insert and update the rows of one table, many at once."""
    noun = table.__name__.lower()
    added = [entry for entry in entries if entry.is_new]
    changed = [entry for entry in entries if entry.changes and not entry.is_new]
    if added:
        # One row is made with every default; a thousand more only differ from it.
        usual = table(clinic_id=clinic_id, created_at=moment).model_dump()
        rows = [
            usual | _fields(entry) | {"id": entry.id, "created_at": moment + number * _STEP}
            for number, entry in enumerate(added)
        ]
        session.execute(sa.insert(table), rows)
    for entry in changed:
        columns = SQLModel.metadata.tables[str(table.__tablename__)].c
        statement = sa.update(table).where(columns.id == entry.id, columns.clinic_id == clinic_id)
        session.execute(statement.values(_fields(entry)))
    for entry in added:
        yield Deed(f"{noun}.added", (noun, entry.id), _told(noun, entry, name=entry.present("name")))
    for entry in changed:
        yield Deed(f"{noun}.changed", (noun, entry.id), _told(noun, entry, fields=sorted(_fields(entry))))


def finish(session: Session, given: Import, plan: Plan) -> None:
    """Note what became of the table, and forget its cells."""
    counts = plan.counts
    outcome: dict[str, Any] = {verdict.value: counts[verdict] for verdict in Verdict}
    given.cells, given.outcome, given.taken_at = b"", outcome, clock.now()
    session.add(given)
    record(
        session,
        "import.taken",
        clinic_id=given.clinic_id,
        subject=("import", given.id),
        kind=given.kind.value,
        name=given.file_name,
        **outcome,
    )


def _fields(entry: Entry) -> dict[str, Any]:
    """What is to be written of an entry, by the names of the table's columns."""
    fields = {key: value for key, value in entry.changes.items() if key != "vendor"}
    if entry.vendor is not None and (entry.is_new or "vendor" in entry.changes):
        fields["vendor_id"] = entry.vendor.id
    return fields


def _told(noun: str, entry: Entry, **details: Any) -> dict[str, Any]:
    """As the deeds of one contact by hand are told: with its vendor, without its name."""
    if noun != "contact":
        return details
    assert entry.vendor is not None
    return {"vendor": str(entry.vendor.id)} | {key: value for key, value in details.items() if key != "name"}
