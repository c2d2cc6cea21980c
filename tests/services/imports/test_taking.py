"""A table is taken over whole or not at all, once, and only as it was looked at; then its cells are gone."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlmodel import Session, select

from models import Clinic, Import, Vendor
from services import clock, vendors
from services.imports.drafts import choose_columns, forget_imports, get_import, has_expired_imports
from services.imports.refusals import ImportIncomplete, ImportOutdated, ImportTaken
from services.imports.taking import take_import
from services.refusals import NotFound
from tests.services.imports.importing import Desk

TABLE = "会社名\tメール\nみどり\ta@vendor.example\nあおい\tb@vendor.example"


def names(session: Session) -> set[str]:
    return set(session.exec(select(Vendor.name)))


def test_what_changed_since_the_look_is_looked_at_again(session: Session, clinic: Clinic, desk: Desk) -> None:
    given = desk.gives(TABLE)
    seen = desk.plans(given).fingerprint
    vendors.add_vendor(session, clinic_id=clinic.id, name="みどり")
    with pytest.raises(ImportOutdated):
        take_import(session, given=given, seen=seen)
    assert names(session) == {"みどり"}
    take_import(session, given=given, seen=desk.plans(given).fingerprint)
    assert names(session) == {"みどり", "あおい"}


def test_another_choice_of_columns_is_another_plan(session: Session, desk: Desk) -> None:
    given = desk.gives(TABLE)
    seen = desk.plans(given).fingerprint
    choose_columns(session, given=given, head_row=1, columns=["name", "note"])
    with pytest.raises(ImportOutdated):
        take_import(session, given=given, seen=seen)


def test_a_second_press_takes_nothing_twice_and_the_cells_are_gone(session: Session, desk: Desk) -> None:
    given = desk.gives(TABLE)
    seen = desk.plans(given).fingerprint
    take_import(session, given=given, seen=seen)
    assert (given.cells, given.outcome["new"]) == (b"", 2)
    with pytest.raises(ImportTaken):
        take_import(session, given=given, seen=seen)


def test_without_a_name_nothing_is_taken(session: Session, desk: Desk) -> None:
    given = desk.gives("メール\tFAX\na@vendor.example\t03-1")
    with pytest.raises(ImportIncomplete):
        take_import(session, given=given, seen="")


def test_columns_are_chosen_once_each_and_unknown_ones_left_out(session: Session, desk: Desk) -> None:
    given = desk.gives("あ\tい\tう\n1\t2\t3")
    choose_columns(session, given=given, head_row=99, columns=["name", "name", "passwords", "note", "fax"])
    assert (given.columns, given.head_row) == (["name", "", ""], 20)


def test_a_table_is_seen_by_nobody_else_and_for_a_day(session: Session, clinic: Clinic, desk: Desk) -> None:
    given = desk.gives(TABLE)
    own = {"clinic_id": clinic.id, "member_id": desk.member.id, "import_id": given.id}
    assert get_import(session, **own) is given
    for name in own:
        with pytest.raises(NotFound):
            get_import(session, **{**own, name: uuid4()})
    assert not has_expired_imports(session)
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        with pytest.raises(NotFound):
            get_import(session, **own)
        assert has_expired_imports(session)
        forget_imports(session)
    assert not session.exec(select(Import)).all()


def test_a_new_table_replaces_the_one_that_was_not_taken(session: Session, desk: Desk) -> None:
    desk.gives(TABLE)
    second = desk.gives(TABLE)
    assert session.exec(select(Import.id)).all() == [second.id]
