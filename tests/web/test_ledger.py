"""The ledger's pages: a clerk enters what the clinic uses, finds it again, and takes it along."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models import Clinic, System, SystemKind
from models.database import Database
from services import systems, vendors
from services.history import list_events
from tests import factories
from tests.naughty import NAUGHTY
from tests.people import Clerk
from tests.queries import recorded

KARTE = {
    "name": "KarteNova",
    "kind": "electronic_chart",
    "provision": "both",
    "new_vendor_name": "みどり電子カルテ",
    "version": "5.2",
    "place": "受付",
    "server_count": "1",
    "pc_count": "４",
    "network_device_count": "",
    "has_remote_maintenance": "yes",
    "remote_maintenance_method": "VPN、毎回電話のあと",
    "update_duty": "vendor",
    "update_clause": "保守契約書 第7条",
    "note": "二行の\nメモ",
}


@pytest.fixture
def karte(database: Database, clinic: Clinic) -> System:
    """A system of Alice's clinic."""
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, clinic, name="みどり電子カルテ")
        made = factories.make_system(session, clinic, vendor, name="KarteNova")
        session.commit()
    return made


def add_systems(database: Database, clinic: Clinic, count: int) -> None:
    with database.open_writer() as session:
        for _ in range(count):
            vendor, _ = factories.make_vendor(session, clinic)
            factories.make_system(session, clinic, vendor)
        session.commit()


def stored(database: Database, name: str) -> System:
    with database.open_reader() as session:
        return session.exec(select(System).where(System.name == name)).one()


def test_a_clerk_enters_a_system_and_its_vendor_at_once(alice: Clerk, database: Database) -> None:
    page = alice.open("/systems/new").submit("/systems/new", KARTE)
    assert page.heading == "KarteNova"
    for sentence in (
        "台帳に登録しました",
        "みどり電子カルテ",
        "VPN、毎回電話のあと",
        "保守契約書 第7条",
        "院内とクラウドの両方",
    ):
        assert page.says(sentence)
    kept = stored(database, "KarteNova")
    assert (kept.pc_count, kept.network_device_count, kept.note) == (4, 0, "二行の\nメモ")
    listed = alice.open("/systems")
    assert listed.says("1 / 4 / 0")
    assert listed.says("外からの保守あり 1件")


def test_an_empty_ledger_says_what_to_do_first(alice: Clerk) -> None:
    page = alice.open("/systems")
    assert page.says("まず、お使いのシステムを1つ登録しましょう")
    assert page.follow("最初のシステムを登録する").heading == "システムを登録する"


def test_a_wrong_form_comes_back_with_what_was_typed(alice: Clerk, database: Database) -> None:
    page = alice.open("/systems/new").submit("/systems/new", {**KARTE, "name": " \u3000", "pc_count": "-3"})
    assert page.status == 422
    assert page.says("2 か所をご確認ください")
    assert [link.get("href") for link in page.tree.xpath("//*[@role='alert']//a")] == ["#field-name", "#field-pc_count"]
    assert page.form("/systems/new").fields["new_vendor_name"] == "みどり電子カルテ"
    assert page.form("/systems/new").fields["pc_count"] == "-3"
    with database.open_reader() as session:
        assert session.exec(select(System)).all() == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("kind", ""),
        ("kind", "toaster"),
        ("server_count", "1.5"),
        ("server_count", "100000"),
        ("provision", "moon"),
        ("update_duty", "nobody"),
        ("has_remote_maintenance", "perhaps"),
        ("vendor_id", "x"),
        ("name", "あ" * 201),
        ("note", "あ" * 2001),
        ("note", "a\0b"),
    ],
)
def test_what_cannot_be_stored_is_asked_again(alice: Clerk, field: str, typed: str) -> None:
    page = alice.post("/systems/new", {**KARTE, field: typed})
    assert page.status == 422
    assert page.tree.xpath(f"//p[@id='error-{field}' and not(@hidden)]")


def test_a_name_taken_is_told_beside_the_field_and_makes_no_vendor(
    alice: Clerk, karte: System, database: Database
) -> None:
    page = alice.post("/systems/new", {**KARTE, "new_vendor_name": "別の会社"})
    assert page.status == 422
    assert page.tree.xpath("string(//p[@id='error-name'])").strip()
    with database.open_reader() as session:
        assert vendors.count_vendors(session, clinic_id=alice.clinic.id).active == 1


def test_a_vendor_is_chosen_or_written_not_both(alice: Clerk, karte: System) -> None:
    page = alice.post("/systems/new", {**KARTE, "name": "PACS", "vendor_id": str(karte.vendor_id)})
    assert page.status == 422
    assert page.says("どちらか一方にしてください")


def test_a_system_is_changed(alice: Clerk, karte: System, database: Database) -> None:
    form = alice.open(f"/systems/{karte.id}/edit")
    assert form.form("/edit").fields["vendor_id"] == str(karte.vendor_id)
    page = form.submit("/edit", {"place": "診察室", "has_remote_maintenance": "no", "vendor_id": ""})
    assert page.says("変更を保存しました")
    kept = stored(database, "KarteNova")
    assert (kept.place, kept.has_remote_maintenance, kept.vendor_id) == ("診察室", False, None)
    with database.open_reader() as session:
        newest = list_events(session, clinic_id=alice.clinic.id)[0]
    assert newest.details == {"fields": ["has_remote_maintenance", "place", "vendor_id"]}
    assert (newest.actor_kind, newest.actor_name) == ("member", alice.member.name)


def test_two_people_who_change_one_system_see_each_others_words(alice: Clerk, bob: Clerk, karte: System) -> None:
    first, second = alice.open(f"/systems/{karte.id}/edit"), bob.open(f"/systems/{karte.id}/edit")
    first.submit("/edit", {"place": "診察室", "has_remote_maintenance": "no"})
    told = second.submit("/edit", {"place": "サーバ室", "has_remote_maintenance": "yes"})
    assert told.status == 422
    assert told.says("ほかの人が先に保存しました: 診察室")
    assert told.says("ほかの人が先に保存しました: いいえ")
    assert told.form("/edit").fields["place"] == "サーバ室"
    assert told.submit("/edit").says("変更を保存しました")
    assert bob.open(f"/systems/{karte.id}").says("サーバ室")


def test_a_system_is_archived_and_comes_back(alice: Clerk, karte: System) -> None:
    page = alice.open(f"/systems/{karte.id}").submit("/archive")
    assert page.says("保管しました")
    assert not alice.open("/systems").says("KarteNova")
    assert alice.open("/systems?archived=1").says("KarteNova")
    assert page.submit("/restore").says("使用中に戻しました")
    assert alice.open("/systems").says("KarteNova")


def test_a_mistake_is_deleted_and_what_was_asked_about_is_not(alice: Clerk, karte: System, database: Database) -> None:
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, alice.clinic)
        asked = factories.make_system(session, alice.clinic, name="聞いたもの")
        factories.make_submission(session, alice.clinic, vendor, [asked], created_by=alice.member.id)
        session.commit()
    assert alice.open(f"/systems/{karte.id}").submit("/delete").says("削除しました")
    assert alice.open(f"/systems/{karte.id}").status == 404
    assert not alice.open(f"/systems/{asked.id}").offers("削除する")
    assert alice.post(f"/systems/{asked.id}/delete").status == 409


def test_the_list_is_searched_filtered_and_sorted_by_its_address(alice: Clerk, database: Database) -> None:
    with database.open_writer() as session:
        midori = vendors.add_vendor(session, clinic_id=alice.clinic.id, name="緑", name_kana="みどり")
        factories.make_system(session, alice.clinic, midori, name="カルテ甲", pc_count=9)
        factories.make_system(session, alice.clinic, name="レジ乙", kind=SystemKind.OTHER)
        session.commit()

    def shown(address: str) -> list[str]:
        return [name.strip() for name in alice.open(address).tree.xpath("//tbody/tr/th/a/text()")]

    assert shown("/systems") == ["カルテ甲", "レジ乙"]
    assert shown("/systems?search=ﾐﾄﾞﾘ") == ["カルテ甲"]
    assert shown("/systems?kind=other") == ["レジ乙"]
    assert shown(f"/systems?vendor={midori.id}") == ["カルテ甲"]
    assert shown("/systems?sort=devices") == ["レジ乙", "カルテ甲"]
    assert shown("/systems?sort=nonsense&kind=nonsense&vendor=nonsense") == ["カルテ甲", "レジ乙"]
    page = alice.open("/systems?search=カルテ&sort=-vendor")
    assert page.tree.xpath("//th[@aria-sort='descending']//text()")[0].strip() == "ベンダー"
    assert "search=%E3%82%AB%E3%83%AB%E3%83%86" in page.tree.xpath("//a[.='CSV']/@href")[0]
    assert alice.open("/systems?search=zzz").says("条件に合うシステムがありません")


def test_the_ledger_is_taken_along(alice: Clerk, database: Database) -> None:
    alice.post("/systems/new", {**KARTE, "note": "=1+1"})
    answer = alice.browser.client.get("/systems.csv")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert dict(zip(head, row, strict=True)) | {"メモ": "'=1+1", "パソコン・タブレット": "4"} == dict(
        zip(head, row, strict=True)
    )
    workbook = load_workbook(io.BytesIO(alice.browser.client.get("/systems.xlsx").content))
    assert workbook.active is not None
    assert workbook.active["A2"].value == "KarteNova"
    with database.open_reader() as session:
        told = [(event.verb, event.details) for event in list_events(session, clinic_id=alice.clinic.id)[:2]]
    assert told == [("systems.exported", {"format": "xlsx"}), ("systems.exported", {"format": "csv"})]


@pytest.mark.parametrize("text", NAUGHTY)
def test_a_strange_text_comes_back_as_it_was_typed(alice: Clerk, database: Database, text: str) -> None:
    fields = ("version", "place", "remote_maintenance_method", "update_clause", "note")
    typed = {**KARTE, "name": text, "new_vendor_name": f"社{text}", **dict.fromkeys(fields, text[:60])}
    page = alice.post("/systems/new", typed)
    assert page.status == 200
    kept = stored(database, text)
    assert all(getattr(kept, field) == text[:60] for field in fields)
    edit = alice.open(f"/systems/{kept.id}/edit").form("/edit")
    assert edit.fields["name"] == text
    assert edit.fields["note"].removeprefix("\n") == text[:60]
    assert alice.open("/systems", search=text).tree.xpath("//tbody/tr/th/a/text()") == [text]


def test_the_number_of_queries_does_not_grow_with_the_ledger(alice: Clerk, database: Database) -> None:
    add_systems(database, alice.clinic, 1)
    alice.open("/systems")
    with recorded(database) as few:
        alice.open("/systems")
    add_systems(database, alice.clinic, 49)
    with recorded(database) as many:
        assert alice.open("/systems").tree.xpath("count(//tbody/tr)") == 50
    assert len(many) == len(few) <= 12


def test_a_viewer_reads_and_changes_nothing(carol: Clerk, karte: System) -> None:
    assert carol.open("/systems").says("KarteNova")
    page = carol.open(f"/systems/{karte.id}")
    assert not page.offers("変更する")
    assert not page.offers("保管する")
    for path in ("/systems/new", f"/systems/{karte.id}/edit"):
        assert carol.open(path).status == 403
        assert carol.post(path, KARTE).status == 403
    for deed in ("archive", "restore", "delete"):
        assert carol.post(f"/systems/{karte.id}/{deed}").status == 403


def test_another_clinic_finds_nothing(charlie: Clerk, karte: System, database: Database) -> None:
    never = uuid4()
    for path in ("", "/edit"):
        foreign, absent = charlie.open(f"/systems/{karte.id}{path}"), charlie.open(f"/systems/{never}{path}")
        assert (foreign.status, absent.status) == (404, 404)
        assert foreign.response.text.replace(str(karte.id), str(never)) == absent.response.text
    for deed in ("edit", "archive", "restore", "delete"):
        assert charlie.post(f"/systems/{karte.id}/{deed}", {**KARTE, "new_vendor_name": ""}).status == 404
    stolen = {**KARTE, "new_vendor_name": "", "vendor_id": str(karte.vendor_id)}
    assert charlie.post("/systems/new", stolen).status == 404
    assert not charlie.open("/systems").says("KarteNova")
    assert b"KarteNova" not in charlie.browser.client.get("/systems.csv").content
    with database.open_reader() as session:
        assert systems.count_systems(session, clinic_id=charlie.clinic.id) == (0, 0)
