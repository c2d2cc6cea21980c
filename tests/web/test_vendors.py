"""The vendors' pages: a clerk enters a company and whom to write to, and sees where its answers stand."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models import Clinic, Contact, Submission, System, Vendor
from models.database import Database
from services import clock, vendors
from services.fiscal_years import fiscal_year_of, name_of
from services.history import list_events
from tests import factories
from tests.naughty import NAUGHTY
from tests.people import Clerk
from tests.queries import recorded

MIDORI = {
    "name": "みどり電子カルテ",
    "name_kana": "みどりでんしかるて",
    "corporate_number": "５８３５６７８２５６２４６",
    "postal_code": "〒１００－０００１",
    "address": "東京都千代田区1-1",
    "phone": "０３ー００００ー００００",
    "fax": "03-0000-0001",
    "note": "平日のみ",
}


@pytest.fixture
def vendor(database: Database, clinic: Clinic) -> Vendor:
    """A vendor of Alice's clinic, with one contact."""
    with database.open_writer() as session:
        made, _ = factories.make_vendor(session, clinic, name="みどり電子カルテ", email="support@midori.example")
        session.commit()
    return made


@pytest.fixture
def contact(database: Database, vendor: Vendor) -> Contact:
    with database.open_reader() as session:
        return session.exec(select(Contact).where(Contact.vendor_id == vendor.id)).one()


def ask(database: Database, clerk: Clerk, vendor: Vendor, fiscal_year: int) -> Submission:
    with database.open_writer() as session:
        system = factories.make_system(session, clerk.clinic, vendor)
        asked = factories.make_submission(
            session, clerk.clinic, vendor, [system], created_by=clerk.member.id, fiscal_year=fiscal_year
        )
        session.commit()
    return asked


def test_a_clerk_enters_a_vendor_and_whom_to_write_to(alice: Clerk, database: Database) -> None:
    page = alice.open("/vendors/new").submit("/vendors/new", MIDORI)
    assert page.heading == "みどり電子カルテ"
    assert page.says("続けて連絡先の担当者を登録してください")
    assert page.says("〒100-0001 東京都千代田区1-1")
    assert page.says("5835678256246")
    page = page.submit("/contacts", {"name": "サポート窓口", "email": "support@midori.example"})
    assert page.says("担当者に登録しました")
    listed = alice.open("/vendors")
    for sentence in ("みどり電子カルテ", "みどりでんしかるて", "サポート窓口", "support@midori.example", "未依頼"):
        assert listed.says(sentence)
    with database.open_reader() as session:
        assert session.exec(select(Vendor)).one().phone == "03-0000-0000"
        verbs = [event.verb for event in list_events(session, clinic_id=alice.clinic.id)[:2]]
    assert verbs == ["contact.added", "vendor.added"]


def test_an_empty_list_says_what_to_do_first(alice: Clerk) -> None:
    page = alice.open("/vendors")
    assert page.says("まず、ベンダーを1社登録しましょう")
    assert page.follow("最初のベンダーを登録する").heading == "ベンダーを登録する"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "入力してください"),
        ("name", "\u200b \u3000", "入力してください"),
        ("name", "あ" * 201, "200文字以内"),
        ("corporate_number", "583567825624", "13桁"),
        ("corporate_number", "5835678256247", "組み合わせが合いません"),
        ("postal_code", "100-001", "7桁"),
        ("phone", "0" * 41, "40文字以内"),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(
    alice: Clerk, database: Database, field: str, typed: str, sentence: str
) -> None:
    page = alice.post("/vendors/new", {**MIDORI, field: typed})
    assert page.status == 422
    assert sentence in page.tree.xpath(f"string(//p[@id='error-{field}'])")
    assert page.form("/vendors/new").fields[field] == typed
    assert page.form("/vendors/new").fields["address"] == MIDORI["address"]
    with database.open_reader() as session:
        assert session.exec(select(Vendor)).all() == []


def test_a_name_taken_is_told_beside_the_field(alice: Clerk, vendor: Vendor, database: Database) -> None:
    page = alice.post("/vendors/new", MIDORI)
    assert page.status == 422
    assert "すでに登録されています" in page.tree.xpath("string(//p[@id='error-name'])")
    alice.post(f"/vendors/{vendor.id}/archive")
    assert "保管" in alice.post("/vendors/new", MIDORI).tree.xpath("string(//p[@id='error-name'])")
    with database.open_reader() as session:
        assert vendors.count_vendors(session, clinic_id=alice.clinic.id) == (0, 1)


def test_a_vendor_is_changed(alice: Clerk, vendor: Vendor, database: Database) -> None:
    page = alice.open(f"/vendors/{vendor.id}/edit").submit("/edit", {"name": "みどりシステム", "fax": "03-9999-9999"})
    assert page.heading == "みどりシステム"
    with database.open_reader() as session:
        event = list_events(session, clinic_id=alice.clinic.id)[0]
    assert (event.verb, event.details) == ("vendor.changed", {"fields": ["fax", "name"]})


def test_who_saves_a_vendor_or_contact_second_sees_what_the_first_one_wrote(
    alice: Clerk, bob: Clerk, vendor: Vendor, contact: Contact
) -> None:
    for path, name in ((f"/vendors/{vendor.id}/edit", "phone"), (f"/contacts/{contact.id}/edit", "department")):
        first, second = alice.open(path), bob.open(path)
        first.submit("/edit", {name: "03-1111-1111"})
        told = second.submit("/edit", {name: "03-2222-2222"})
        assert told.status == 422
        assert told.says("ほかの人が先に保存しました: 03-1111-1111")
        assert told.submit("/edit").says("変更を保存しました")


def test_the_page_of_a_vendor_shows_all_that_belongs_to_it(alice: Clerk, vendor: Vendor, database: Database) -> None:
    year = fiscal_year_of(clock.today())
    ask(database, alice, vendor, year - 1)
    asked = ask(database, alice, vendor, year)
    page = alice.open(f"/vendors/{vendor.id}")
    assert [name_of(year), name_of(year - 1)] == page.tree.xpath("//td[@data-label='段階']/../th/a/text()")
    assert page.tree.xpath(f"//a[@href='/submissions/{asked.id}']")
    assert page.says("KarteNova")
    assert not page.offers("削除する"), "it has a history now"
    assert alice.open("/vendors").says("送信前")


def test_contacts_are_added_changed_made_main_and_removed(alice: Clerk, vendor: Vendor, database: Database) -> None:
    page = alice.open(f"/vendors/{vendor.id}").submit("/contacts", {"name": "営業", "phone": "０３-１"})
    with database.open_reader() as session:
        second = session.exec(select(Contact).where(Contact.name == "営業")).one()
    assert (second.is_main, second.phone) == (False, "03-1")
    page = page.submit(f"/contacts/{second.id}/main")
    assert page.says("「営業」を主な担当者にしました")
    assert alice.open("/vendors").says("営業")
    form = alice.open(f"/contacts/{second.id}/edit")
    page = form.submit("/edit", {"email": "sales@midori.example", "language": "en"})
    assert page.says("sales@midori.example")
    assert page.says("メールは英語")
    page = page.submit(f"/contacts/{second.id}/archive")
    assert page.says("担当者から外しました")
    assert not page.says("sales@midori.example")
    assert page.tree.xpath("count(//li[.//*[contains(., '主な担当者')]])") == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "窓口"}, "email"),
        ({"name": "窓口", "email": "support@"}, "email"),
        ({"name": "", "email": "a@vendor.example"}, "name"),
        ({"name": "窓口", "phone": "1", "language": "fr"}, "language"),
    ],
)
def test_a_contact_that_cannot_be_written_to_is_asked_again(
    alice: Clerk, vendor: Vendor, contact: Contact, typed: dict[str, object], field: str
) -> None:
    for path in (f"/vendors/{vendor.id}/contacts", f"/contacts/{contact.id}/edit"):
        page = alice.post(path, typed)
        assert page.status == 422
        assert page.tree.xpath(f"//p[@id='error-{field}' and not(@hidden)]")
        form = page.form("/contacts" if path.endswith("contacts") else "/edit")
        assert form.fields["name"] == typed["name"]


def test_a_vendor_is_archived_and_comes_back(alice: Clerk, vendor: Vendor) -> None:
    page = alice.open(f"/vendors/{vendor.id}").submit(f"/vendors/{vendor.id}/archive")
    assert page.says("保管しました")
    assert not alice.open("/vendors").says("みどり電子カルテ")
    assert alice.open("/vendors?archived=1").says("みどり電子カルテ")
    assert "みどり電子カルテ" not in alice.open("/systems/new").response.text
    assert page.submit("/restore").says("使用中に戻しました")
    assert alice.open("/vendors").says("みどり電子カルテ")


def test_a_mistake_is_deleted_and_what_was_asked_is_not(alice: Clerk, vendor: Vendor, database: Database) -> None:
    with database.open_writer() as session:
        asked, _ = factories.make_vendor(session, alice.clinic)
        session.commit()
    ask(database, alice, asked, 2026)
    assert alice.open(f"/vendors/{vendor.id}").submit("/delete").says("削除しました")
    assert alice.open(f"/vendors/{vendor.id}").status == 404
    assert alice.post(f"/vendors/{asked.id}/delete").status == 409
    assert alice.open(f"/vendors/{asked.id}").status == 200


def test_the_list_is_searched_and_sorted_by_its_address(alice: Clerk, vendor: Vendor, database: Database) -> None:
    with database.open_writer() as session:
        aoba = vendors.add_vendor(session, clinic_id=alice.clinic.id, name="青葉", name_kana="アオバ")
        session.commit()
    ask(database, alice, aoba, fiscal_year_of(clock.today()))

    def shown(address: str) -> list[str]:
        return [name.strip() for name in alice.open(address).tree.xpath("//tbody/tr/th/a/text()")]

    assert shown("/vendors") == ["青葉", "みどり電子カルテ"]
    assert shown("/vendors?sort=-name") == ["みどり電子カルテ", "青葉"]
    assert shown("/vendors?search=あおば") == ["青葉"]
    assert shown("/vendors?search=SUPPORT@midori") == ["みどり電子カルテ"]
    assert shown("/vendors?sort=stage") == ["みどり電子カルテ", "青葉"]
    assert shown("/vendors?sort=--name") == ["青葉", "みどり電子カルテ"]
    assert alice.open("/vendors?search=zzz").says("条件に合うベンダーがありません")


def test_the_vendors_are_taken_along(alice: Clerk, vendor: Vendor, database: Database) -> None:
    answer = alice.browser.client.get("/vendors.csv")
    assert answer.headers["content-disposition"].startswith("attachment;")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))
    assert (told["会社名"], told["担当者のメールアドレス"]) == ("みどり電子カルテ", "support@midori.example")
    workbook = load_workbook(io.BytesIO(alice.browser.client.get("/vendors.xlsx").content))
    assert workbook.active is not None
    assert workbook.active["A2"].value == "みどり電子カルテ"
    with database.open_reader() as session:
        assert [event.verb for event in list_events(session, clinic_id=alice.clinic.id)[:2]] == ["vendors.exported"] * 2


@pytest.mark.parametrize("text", NAUGHTY)
def test_a_strange_text_comes_back_as_it_was_typed(alice: Clerk, database: Database, text: str) -> None:
    typed = {"name": text, "name_kana": text, "address": text, "phone": text[:40], "note": text}
    page = alice.post("/vendors/new", typed)
    assert page.status == 200
    with database.open_reader() as session:
        kept = session.exec(select(Vendor)).one()
    assert {name: getattr(kept, name) for name in typed} == typed
    page = page.submit("/contacts", {"name": text, "department": text, "phone": "1"})
    with database.open_reader() as session:
        person = session.exec(select(Contact)).one()
    assert (person.name, person.department) == (text, text)
    assert alice.open(f"/contacts/{person.id}/edit").form("/edit").fields["department"] == text
    assert alice.open("/vendors", search=text).tree.xpath("//tbody/tr/th/a/text()") == [text]


def test_the_number_of_queries_does_not_grow_with_the_list(alice: Clerk, vendor: Vendor, database: Database) -> None:
    year = fiscal_year_of(clock.today())
    ask(database, alice, vendor, year)
    alice.open("/vendors")
    with recorded(database) as few:
        alice.open("/vendors")
    for _ in range(49):
        with database.open_writer() as session:
            another, _contact = factories.make_vendor(session, alice.clinic)
            session.commit()
        ask(database, alice, another, year)
    with recorded(database) as many:
        assert alice.open("/vendors").tree.xpath("count(//tbody/tr)") == 50
    assert len(many) == len(few) <= 14
    with recorded(database) as few:
        alice.open(f"/vendors/{vendor.id}")
    with database.open_writer() as session:
        for _ in range(49):
            factories.make_system(session, alice.clinic, vendor)
        session.commit()
    with recorded(database) as many:
        alice.open(f"/vendors/{vendor.id}")
    assert len(many) == len(few) <= 14


def test_a_viewer_reads_and_changes_nothing(carol: Clerk, vendor: Vendor, contact: Contact) -> None:
    assert carol.open("/vendors").says("みどり電子カルテ")
    page = carol.open(f"/vendors/{vendor.id}")
    assert page.says("support@midori.example")
    for label in ("変更する", "保管する", "担当者を追加する", "主な担当者にする"):
        assert not page.offers(label)
    for path in ("/vendors/new", f"/vendors/{vendor.id}/edit", f"/contacts/{contact.id}/edit"):
        assert carol.open(path).status == 403
        assert carol.post(path, MIDORI).status == 403
    deeds = [f"/vendors/{vendor.id}/{deed}" for deed in ("archive", "restore", "delete", "contacts")]
    deeds += [f"/contacts/{contact.id}/{deed}" for deed in ("main", "archive")]
    for deed in deeds:
        assert carol.post(deed, {"name": "x", "phone": "1"}).status == 403


def test_another_clinic_finds_nothing(charlie: Clerk, vendor: Vendor, contact: Contact, database: Database) -> None:
    never = uuid4()
    for path in ("/vendors/{}", "/vendors/{}/edit", "/contacts/{}/edit"):
        known = contact.id if "contacts" in path else vendor.id
        foreign, absent = charlie.open(path.format(known)), charlie.open(path.format(never))
        assert (foreign.status, absent.status) == (404, 404)
        assert foreign.response.text.replace(str(known), str(never)) == absent.response.text
    deeds = [f"/vendors/{vendor.id}/{deed}" for deed in ("edit", "archive", "restore", "delete", "contacts")]
    deeds += [f"/contacts/{contact.id}/{deed}" for deed in ("edit", "main", "archive")]
    for deed in deeds:
        assert charlie.post(deed, {"name": "x", "phone": "1"}).status == 404
    assert not charlie.open("/vendors").says("みどり電子カルテ")
    assert "みどり".encode() not in charlie.browser.client.get("/vendors.csv").content
    assert charlie.open(f"/systems/new?vendor_id={vendor.id}").says("みどり電子カルテ") is False
    with database.open_reader() as session:
        assert session.exec(select(System)).all() == []
