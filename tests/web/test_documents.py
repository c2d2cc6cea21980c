"""The documents' pages: what vendors handed over is found, taken along, and each look is recorded."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session, col, select

from models import Clinic, Document, DocumentKind, Event, ScanState, Vendor
from models.database import Database
from services import clock, storage
from services.history import find_breaks
from settings import Settings
from tests import factories
from tests.people import Clerk
from tests.queries import recorded

CONTENT = b"%PDF-1.7\n" + b"\x00\xff\r\n" * 200_000


@pytest.fixture
def vendor(database: Database, clinic: Clinic) -> Vendor:
    with database.open_writer() as session:
        made, _ = factories.make_vendor(session, clinic, name="みどり電子カルテ")
        session.commit()
    return made


@pytest.fixture
def document(settings: Settings, database: Database, clinic: Clinic, vendor: Vendor) -> Document:
    """A document that lies in the storage and was handed over to Alice's clinic."""
    with storage.receive(settings.files_folder, limit=10_000_000) as incoming:
        incoming.write(CONTENT)
        stored = incoming.keep()
    return hand_over(database, clinic, vendor, storage_key=stored.key, sha256=stored.sha256, size=stored.size)


def hand_over(
    database: Database, clinic: Clinic, vendor: Vendor, *, fiscal_year: int = 2026, count: int = 1, **values: Any
) -> Document:
    with database.open_writer() as session:
        member = factories.make_member(session, clinic)
        asked = factories.make_submission(session, clinic, vendor, created_by=member.id, fiscal_year=fiscal_year)
        for _ in range(count):
            made = make_document(session, clinic, vendor, submission_id=asked.id, **values)
        session.commit()
    return made


def make_document(session: Session, clinic: Clinic, vendor: Vendor, **values: Any) -> Document:
    told: dict[str, Any] = {
        "kind": DocumentKind.SDS,
        "product": "KarteNova",
        "version": "5.2",
        "issued_on": date(2026, 10, 1),
        "file_name": "SDS 回答.pdf",
        "media_type": "application/pdf",
        "size": len(CONTENT),
        "sha256": sha256(CONTENT).hexdigest(),
        "storage_key": uuid4().hex + "0" * 16,
        "uploaded_by": "vera@vendor.example",
        "uploaded_at": clock.now(),
        "submitted_at": clock.now(),
    } | values
    made = Document(clinic_id=clinic.id, vendor_id=vendor.id, **told)
    session.add(made)
    session.flush()
    return made


def looks(database: Database, clinic: Clinic) -> list[Event]:
    with database.open_reader() as session:
        statement = select(Event).where(Event.chain_id == clinic.id, Event.verb == "document.downloaded")
        return list(session.exec(statement.order_by(col(Event.sequence))))


def test_a_document_is_listed_and_comes_back_whole(alice: Clerk, document: Document) -> None:
    page = alice.open("/documents")
    for sentence in ("SDS 回答.pdf", "みどり電子カルテ", "KarteNova", "5.2", "2026年10月1日", "ウイルス検査なし"):
        assert page.says(sentence)
    answer = alice.browser.client.get(page.tree.xpath("//tbody//th/a/@href")[0])
    assert answer.content == CONTENT
    headers = answer.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(CONTENT))
    assert headers["content-disposition"].startswith("attachment;")
    assert "filename*=UTF-8''SDS%20%E5%9B%9E%E7%AD%94.pdf" in headers["content-disposition"]
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_each_download_is_recorded_before_a_byte_leaves(alice: Clerk, document: Document, database: Database) -> None:
    alice.open("/documents")
    assert looks(database, alice.clinic) == [], "looking at the list is no download"
    with alice.browser.client.stream("GET", f"/documents/{document.id}") as answer:
        assert answer.status_code == 200
        (event,) = looks(database, alice.clinic)
    assert (event.actor_kind, event.actor_id, event.actor_name) == ("member", str(alice.member.id), alice.member.name)
    assert (event.subject_kind, event.subject_id) == ("document", str(document.id))
    assert event.submission_id == document.submission_id
    with database.open_reader() as session:
        assert list(find_breaks(session, clinic_id=alice.clinic.id)) == []


def test_what_cannot_be_recorded_is_not_shown(alice: Clerk, document: Document, database: Database) -> None:
    with database.writer.connect() as connection:
        connection.exec_driver_sql("DROP TABLE event_heads")
        connection.commit()
    answer = alice.browser.client.get(f"/documents/{document.id}")
    assert answer.status_code == 500
    assert CONTENT[:9] not in answer.content


def test_an_infected_file_is_named_and_never_given_out(alice: Clerk, document: Document, database: Database) -> None:
    with database.open_writer() as session:
        session.get_one(Document, document.id).scan_state = ScanState.INFECTED
        session.commit()
    page = alice.open("/documents")
    assert page.says("ウイルスあり")
    assert not page.tree.xpath(f"//a[contains(@href, '{document.id}')]")
    answer = alice.open(f"/documents/{document.id}")
    assert (answer.status, answer.heading) == (403, "このファイルからウイルスが見つかりました")
    assert looks(database, alice.clinic) == []


def test_a_file_lost_on_the_disk_has_its_page(alice: Clerk, vendor: Vendor, database: Database) -> None:
    lost = hand_over(database, alice.clinic, vendor)
    assert alice.open(f"/documents/{lost.id}").status == 503
    assert looks(database, alice.clinic) == []


def test_a_file_damaged_on_the_disk_never_ends_as_a_whole_one(
    alice: Clerk, document: Document, settings: Settings
) -> None:
    path: Path = storage.file_path(settings.files_folder, document.storage_key)
    path.chmod(0o600)
    path.write_bytes(CONTENT[:-1] + b"!")
    answer = alice.browser.client.get(f"/documents/{document.id}")
    assert len(answer.content) < int(answer.headers["content-length"])


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/pdf; x"])
def test_an_unknown_kind_is_only_bytes(alice: Clerk, document: Document, database: Database, media_type: str) -> None:
    with database.open_writer() as session:
        session.get_one(Document, document.id).media_type = media_type
        session.commit()
    answer = alice.browser.client.get(f"/documents/{document.id}")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_only_what_was_submitted_and_not_taken_back_is_listed(alice: Clerk, vendor: Vendor, database: Database) -> None:
    draft = hand_over(database, alice.clinic, vendor, file_name="下書き.pdf", submitted_at=None)
    hand_over(database, alice.clinic, vendor, file_name="取り消し.pdf", removed_at=clock.now())
    page = alice.open("/documents")
    assert page.says("まだ書類は届いていません")
    assert alice.open(f"/documents/{draft.id}").status == 404


def test_the_list_is_filtered_and_sorted_by_its_address(alice: Clerk, vendor: Vendor, database: Database) -> None:
    with database.open_writer() as session:
        aoba, _ = factories.make_vendor(session, alice.clinic, name="青葉")
        session.commit()
    hand_over(database, alice.clinic, vendor, file_name="a.pdf", size=1, issued_on=None)
    hand_over(database, alice.clinic, vendor, file_name="b.pdf", size=3, kind=DocumentKind.MDS, fiscal_year=2025)
    hand_over(database, alice.clinic, aoba, file_name="c.pdf", size=2, product="アオバ")

    def shown(address: str) -> list[str]:
        return [name.strip() for name in alice.open(address).tree.xpath("//tbody//th/a/text()")]

    assert shown("/documents") == ["c.pdf", "b.pdf", "a.pdf"]
    assert shown("/documents?sort=received") == ["a.pdf", "b.pdf", "c.pdf"]
    assert shown("/documents?sort=size") == ["a.pdf", "c.pdf", "b.pdf"]
    assert shown("/documents?sort=-kind") == ["c.pdf", "a.pdf", "b.pdf"]
    assert shown("/documents?sort=issued")[0] == "a.pdf"
    assert shown(f"/documents?vendor={vendor.id}") == ["b.pdf", "a.pdf"]
    assert shown("/documents?kind=mds") == ["b.pdf"]
    assert shown("/documents?year=2025") == ["b.pdf"]
    assert shown("/documents?year=x&kind=x&vendor=x&sort=x") == ["c.pdf", "b.pdf", "a.pdf"]
    assert alice.open("/documents?year=2001").says("条件に合う書類がありません")
    page = alice.open("/documents")
    assert page.tree.xpath("//select[@name='year']/option/@value") == ["", "2026", "2025"]


def test_a_long_list_is_cut_into_pages(alice: Clerk, vendor: Vendor, database: Database) -> None:
    hand_over(database, alice.clinic, vendor, count=101)
    page = alice.open("/documents?kind=sds")
    assert page.tree.xpath("count(//tbody/tr)") == 100
    page = page.follow("次のページ")
    assert page.tree.xpath("count(//tbody/tr)") == 1
    assert page.path == "/documents?kind=sds&page=2"
    for number in ("3", "0", "-1", "99999999999999999999", "x", "²"):
        assert alice.open("/documents", page=number).status == 200


def test_the_number_of_queries_does_not_grow_with_the_list(alice: Clerk, vendor: Vendor, database: Database) -> None:
    hand_over(database, alice.clinic, vendor)
    alice.open("/documents")
    with recorded(database) as few:
        alice.open("/documents")
    hand_over(database, alice.clinic, vendor, count=49)
    with recorded(database) as many:
        assert alice.open("/documents").tree.xpath("count(//tbody/tr)") == 50
    assert len(many) == len(few) <= 12


def test_a_viewer_may_open_documents(carol: Clerk, document: Document, database: Database) -> None:
    assert carol.browser.client.get(f"/documents/{document.id}").content == CONTENT
    assert [event.actor_name for event in looks(database, carol.clinic)] == [carol.member.name]


def test_another_clinic_finds_nothing(charlie: Clerk, document: Document, database: Database) -> None:
    never = uuid4()
    foreign, absent = charlie.open(f"/documents/{document.id}"), charlie.open(f"/documents/{never}")
    assert (foreign.status, absent.status) == (404, 404)
    assert foreign.response.text == absent.response.text
    assert not charlie.open("/documents").says("SDS 回答.pdf")
    assert charlie.open(f"/documents?vendor={document.vendor_id}").says("SDS 回答.pdf") is False
    assert looks(database, charlie.clinic) == []
