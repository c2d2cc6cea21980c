"""An answer in a disclosure stands as evidence beside an item of the own check, until somebody takes it away."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from models import Disclosure, Document, Evidence, EvidenceKind, Submission
from models.database import Database
from services import assessments, clock
from services.disclosure_reading import read_document
from services.fiscal_years import fiscal_year_of
from tests.browser import Browser
from tests.learning import rows_of_form, teach, write_form
from tests.people import Clerk, Engineer
from tests.services.reading.books import write_book
from tests.stories import answer_everything, upload

YEAR = fiscal_year_of(clock.today())


@pytest.fixture
def read(alice: Clerk, vera: Engineer, asked: Submission, database: Database, tmp_path: Path) -> Document:
    """A document that was read, and an own check that was started."""
    with database.open_writer() as session:
        teach(session, alice.clinic.id, is_no_unwelcome=True)
        assessments.start_assessment(session, clinic=alice.clinic, fiscal_year=YEAR)
        session.commit()
    vera.enters()
    upload(vera, asked, "SDS.xlsx", write_form(tmp_path / "a.xlsx", "はい", answers={"2.1": "いいえ"}).read_bytes())
    answer_everything(vera, asked)
    with database.open_reader() as session:
        document = session.exec(select(Document)).one()
    read_document(database, str(document.id))
    return document


def first_item(database: Database, clerk: Clerk) -> str:
    with database.open_reader() as session:
        sheet = assessments.get_sheet(session, clinic_id=clerk.clinic.id, fiscal_year=YEAR)
    return sheet.form.items[1].key


def test_an_answer_is_linked_stands_beside_the_item_is_printed_and_taken_away(
    bob: Clerk, read: Document, database: Database
) -> None:
    key = first_item(database, bob)
    page = bob.open(f"/documents/{read.id}/answers").follow("2.1")
    linked = page.submit("/evidence", {"item": f"{YEAR}:{key}"})
    assert linked.says("2.1を項目の根拠にしました")
    assert linked.submit("/evidence", {"item": f"{YEAR}:{key}"}).status == 200
    item = bob.open(f"/assessment/items/{key}", year=YEAR)
    assert item.says("SDS.xlsx 2.1")
    assert item.says("C11")
    assert bob.open("/assessment/print", year=YEAR).says("SDS.xlsx 2.1（C11）：いいえ")
    item.submit(f"/assessment/items/{key}", {"value": "yes", "checked_on": clock.today().isoformat()})
    kept = bob.open(f"/assessment/items/{key}", year=YEAR)
    assert kept.says("SDS.xlsx 2.1"), "answering the item takes no such link away"
    with database.open_reader() as session:
        one = session.exec(select(Evidence).where(Evidence.kind == EvidenceKind.DISCLOSURE_ANSWER)).one()
    assert (one.number, one.place, one.said) == ("2.1", "C11", "no")
    gone = kept.submit("/unlink")
    assert gone.says("項目の根拠から外しました")
    assert not gone.says("SDS.xlsx 2.1")


def test_a_link_keeps_what_the_answer_was_when_it_was_linked(alice: Clerk, read: Document, database: Database) -> None:
    key = first_item(database, alice)
    alice.post(f"/documents/{read.id}/answers/2.1/evidence", {"item": f"{YEAR}:{key}"})
    alice.post(f"/documents/{read.id}/answers/2.1/settle", {"value": "yes"})
    page = alice.open(f"/documents/{read.id}/answers/2.1")
    assert page.says("追加したときの回答：いいえ")
    assert page.submit("/unlink").says("項目の根拠から外しました")


def test_only_items_of_the_own_forms_can_be_chosen(alice: Clerk, read: Document, database: Database) -> None:
    address = f"/documents/{read.id}/answers/2.1/evidence"
    assert alice.post(address, {"item": ""}).says("自院のチェックの項目を選んでください")
    assert alice.post(address, {"item": f"{YEAR}:no-such-item"}).status == 404
    assert alice.post(address, {"item": f"{YEAR}:gate"}).status == 404
    assert alice.post(address, {"item": f"2019:{first_item(database, alice)}"}).status == 404


def test_what_is_decided_is_no_longer_counted_as_untreated(alice: Clerk, read: Document, database: Database) -> None:
    assert untreated(database) == 1
    alice.post(f"/documents/{read.id}/answers/2.1", {"risk": "盗み見られる", "way": "accept"})
    assert untreated(database) == 0


def untreated(database: Database) -> int:
    with database.open_reader() as session:
        return session.exec(select(Disclosure)).one().untreated_count


def test_of_two_forms_in_one_file_a_person_chooses_which_is_read(
    alice: Clerk, vera: Engineer, asked: Submission, database: Database, tmp_path: Path
) -> None:
    with database.open_writer() as session:
        teach(session, alice.clinic.id, name="製品の様式")
        teach(session, alice.clinic.id, rows_of_form(word="管理"), name="サービスの様式")
        session.commit()
    vera.enters()
    sheets = {"製品": rows_of_form("はい"), "サービス": rows_of_form("いいえ", word="管理")}
    upload(vera, asked, "both.xlsx", write_book(tmp_path / "b.xlsx", sheets).read_bytes())
    answer_everything(vera, asked)
    with database.open_reader() as session:
        document = session.exec(select(Document)).one()
    read_document(database, str(document.id))
    page = alice.open(f"/documents/{document.id}/answers")
    assert page.says("このファイルには様式が2つ以上あります")
    other = str(page.form("/sheet").fields["sheet"])
    assert page.submit("/sheet", {"sheet": other}).says(f"シート「{other}」を読み取っています")
    read_document(database, str(document.id))
    with database.open_reader() as session:
        found = session.exec(select(Disclosure)).one()
    assert (found.sheet, found.no_count) == (other, 12 if other == "サービス" else 0)
    assert alice.post(f"/documents/{document.id}/sheet", {"sheet": "ない"}).status == 404


def test_a_viewer_links_nothing(carol: Clerk, read: Document, database: Database) -> None:
    page = carol.open(f"/documents/{read.id}/answers/2.1")
    assert not page.offers("根拠にする")
    key = first_item(database, carol)
    assert carol.post(f"{page.path}/evidence", {"item": f"{YEAR}:{key}"}).status == 403


def test_another_clinic_and_strangers_find_nothing(
    charlie: Clerk, alice: Clerk, stranger: Browser, read: Document, database: Database
) -> None:
    key = first_item(database, alice)
    alice.post(f"/documents/{read.id}/answers/2.1/evidence", {"item": f"{YEAR}:{key}"})
    with database.open_reader() as session:
        one = session.exec(select(Evidence).where(Evidence.kind == EvidenceKind.DISCLOSURE_ANSWER)).one()
    assert charlie.post(f"/assessment/evidence/{one.id}/unlink").status == 404
    assert charlie.post(f"/documents/{read.id}/answers/2.1/evidence", {"item": f"{YEAR}:{key}"}).status == 404
    assert stranger.post(f"/assessment/evidence/{one.id}/unlink").status == 401
