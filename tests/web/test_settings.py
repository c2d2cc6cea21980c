"""The clinic's own particulars."""

from __future__ import annotations

import pytest

from models import Clinic
from models.database import Database
from services.history import list_events
from tests.browser import Browser
from tests.people import Clerk

FULL = {
    "name": "みなと内科 <本院> & 透析",
    "kind": "hospital",
    "institution_code": "1312345678",
    "postal_code": "〒１０５ー０００１",
    "address": "東京都港区虎ノ門 1-2-3",
    "phone": "０３－１２３４－５６７８",
    "contact_name": "事務 佐藤",
    "contact_hours": "平日 9–17時",
    "language": "en",
}


def read(database: Database, clinic: Clinic) -> Clinic:
    with database.open_reader() as session:
        return session.get_one(Clinic, clinic.id)


def test_an_owner_changes_the_clinics_particulars(alice: Clerk, database: Database, clinic: Clinic) -> None:
    page = alice.open("/settings")
    assert page.tree.get_element_by_id("field-name").get("value") == clinic.name
    saved = page.submit("/settings", FULL)
    assert saved.path == "/settings"
    assert saved.says("設定を保存しました")
    after = read(database, clinic)
    assert (after.name, after.kind, after.institution_code) == ("みなと内科 <本院> & 透析", "hospital", "1312345678")
    assert (after.postal_code, after.phone) == ("105-0001", "03-1234-5678")
    assert (after.address, after.contact_hours, after.language) == ("東京都港区虎ノ門 1-2-3", "平日 9–17時", "en")
    with database.open_reader() as session:
        event = list_events(session, clinic_id=clinic.id)[0]
    assert event.verb == "clinic.changed"
    assert "address" in event.details["fields"]


def test_what_is_optional_may_be_emptied_again(alice: Clerk, database: Database, clinic: Clinic) -> None:
    alice.open("/settings").submit("/settings", FULL)
    emptied = {"institution_code": "", "postal_code": "", "address": "", "contact_hours": ""}
    assert alice.open("/settings").submit("/settings", emptied).status == 200
    after = read(database, clinic)
    assert {after.institution_code, after.postal_code, after.address, after.contact_hours} == {""}


def test_saving_without_a_change_leaves_no_trace(alice: Clerk, database: Database, clinic: Clinic) -> None:
    alice.open("/settings").submit("/settings")
    with database.open_reader() as session:
        assert list_events(session, clinic_id=clinic.id, verb="clinic.changed") == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", " "),
        ("name", "あ" * 201),
        ("kind", "zoo"),
        ("postal_code", "12"),
        ("phone", ""),
        ("contact_name", ""),
        ("language", "fr"),
        ("address", "\0"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_saved(
    alice: Clerk, database: Database, clinic: Clinic, field: str, typed: str
) -> None:
    answer = alice.open("/settings").submit("/settings", FULL | {field: typed})
    assert answer.status == 422
    assert answer.tree.get_element_by_id(f"error-{field}").text_content().strip()
    assert answer.tree.get_element_by_id("field-contact_hours").get("value") == "平日 9–17時"
    assert read(database, clinic) == clinic


def test_nothing_that_is_not_offered_is_taken(alice: Clerk, database: Database, clinic: Clinic) -> None:
    alice.post("/settings", FULL | {"id": "x", "created_at": "2001-01-01", "clinic_id": "x"})
    assert read(database, clinic).created_at == clinic.created_at


def test_editors_viewers_and_other_clinics_do_not_reach_them(
    bob: Clerk, carol: Clerk, charlie: Clerk, database: Database, clinic: Clinic
) -> None:
    for clerk in (bob, carol):
        assert clerk.open("/settings").status == 403
        assert clerk.post("/settings", FULL).status == 403
    assert charlie.post("/settings", FULL).status == 200
    assert read(database, clinic) == clinic


def test_a_stranger_is_asked_to_sign_in(stranger: Browser) -> None:
    assert stranger.open("/settings").path == "/sign-in?next=%2Fsettings"
    assert stranger.post("/settings", FULL).status == 401
