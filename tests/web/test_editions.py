"""Official workbooks become this year's edition: read, checked, corrected, published, asked and answered with."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from fastapi import FastAPI
from sqlmodel import col, select

from models import Clinic, ImportedEdition, OfficialForm, OfficialWorkbook, Submission
from models.database import Database
from services import documents, official_files
from services.official_files import OfficialFile
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk, signed_in
from tests.services.reading.checklist_books import make_checklist
from tests.stories import in_days
from web.downloads import XLSX

YEAR = "令和8年度（2026年度）"


def give(clerk: Clerk, *books: tuple[str, bytes], **typed: str) -> Page:
    """Send workbooks as the page's form does."""
    files = [("files", (name, content, XLSX)) for name, content in books]
    return clerk.browser.post("/editions", typed, files=files)


def both(family: str = "printed") -> Sequence[tuple[str, bytes]]:
    return [
        ("医療機関.xlsx", make_checklist(form="institution", family=family)),
        ("事業者.xlsx", make_checklist(form="vendor", family=family)),
    ]


def publish(clerk: Clerk, family: str = "printed") -> Page:
    page = give(clerk, *both(family))
    return page.submit("/publish")


def first_book(page: Page) -> Page:
    """The preview of the first workbook."""
    links = [str(one) for one in page.tree.xpath("//a/@href") if re.search(r"/workbooks/[0-9a-f-]{36}$", str(one))]
    return page.browser.open(links[0])


def imported(database: Database) -> list[ImportedEdition]:
    with database.open_reader() as session:
        return list(session.exec(select(ImportedEdition).order_by(col(ImportedEdition.revision))))


def test_two_workbooks_become_the_form_of_the_year(alice: Clerk, database: Database) -> None:
    assert alice.open("/assessment").says("令和7年度版")
    page = give(alice, *both())
    assert page.heading == f"{YEAR}の版"
    assert page.says("すべて読み取れました")
    assert page.says("8項目のうち8項目は、令和7年度版から引き継ぎます")
    assert page.says("5項目のうち5項目が、医療機関確認用の項目と結びついています")
    done = page.submit("/publish")
    assert done.says(f"{YEAR}の様式として使われています")
    assert imported(database)[0].edition_id.startswith("r8-")
    start = alice.open("/assessment")
    assert not start.says("令和7年度版")
    sheet = start.submit("/assessment")
    assert sheet.says("サーバ、端末、ネットワーク機器の台帳をつくって管理している。")
    assert sheet.says("2-④")
    assert alice.open("/editions").says("令和8年度版")


def test_one_workbook_alone_waits_for_the_other(alice: Clerk) -> None:
    page = give(alice, both()[0])
    assert page.says("事業者確認用がまだありません")
    assert not page.offers("この版を公開する")
    refused = alice.post(f"{page.path}/publish")
    assert refused.status == 422
    assert refused.says("確かめていただくことが残っています")
    assert give(alice, both()[0]).says("この年度の下書きには、この様式がすでに入っています")
    ready = give(alice, both()[1])
    assert ready.path == page.path
    assert ready.offers("この版を公開する")


def test_the_preview_shows_the_grid_with_what_was_understood(alice: Clerk) -> None:
    page = first_book(give(alice, both("cells")[0]))
    assert page.heading == "医療機関確認用"
    assert page.says("サーバ、端末、ネットワーク機器の台帳をつくって管理している。")
    columns = page.form("/columns").fields
    assert (columns["column-2"], columns["column-4"], columns["column-5"]) == ("number", "answer", "date")
    assert page.form("/rows").fields["number-11"] == "2-②"


def test_what_is_not_clear_waits_for_a_person_and_is_never_guessed(alice: Clerk) -> None:
    twice = [("１　体制", "", (("①", "担当を決めている。"), ("②", "記録をとっている。"), ("②", "確かめている。")))]
    page = give(alice, ("医療機関.xlsx", make_checklist(rows=twice)), both()[1])
    assert page.says("要確認 1行")
    assert not page.offers("この版を公開する")
    book = page.follow("読み取りを確かめる")
    assert book.says("同じ見出しの下に、この番号が二つあります")
    row = next(str(name) for name, value in book.form("/rows").fields.items() if name.startswith("kind-") and not value)
    unchanged = book.submit("/rows")
    assert unchanged.says("確かめていただく行がまだあります")
    number = row.replace("kind", "number")
    settled = unchanged.submit("/rows", {row: "item", number: "1-③"})
    assert settled.says("行を確認しました")
    assert settled.offers("この版を公開する")
    published = settled.submit("/publish")
    assert published.status == 200
    assert alice.open("/assessment").submit("/assessment").says("1-③")


def test_a_person_says_what_a_column_is(alice: Clerk) -> None:
    page = first_book(give(alice, both("cells")[0]))
    twice = page.submit("/columns", {"column-9": "date"})
    assert twice.status == 422
    assert twice.says("二つの列を同じものにはできません")
    moved = page.submit("/columns", {"column-9": ""})
    assert moved.form("/columns").fields["column-9"] == ""
    assert moved.says("備考の列がないため")
    stale = page.submit("/columns", {"column-9": ""})
    assert stale.status == 422


def test_what_links_and_what_carries_over_can_be_changed(alice: Clerk, database: Database) -> None:
    page = give(alice, *both())
    subjects = alice.open(f"{page.path}/subjects")
    assert subjects.says("文の近さ")
    fields = subjects.form("/subjects").fields
    assert (fields["carry-2-5"], fields["link-2-4"]) == ("2-11", "2-4")
    after = subjects.submit("/subjects", {"carry-2-5": "", "link-2-4": "none"})
    assert after.says("8項目のうち7項目は")
    after.submit("/publish")
    content = imported(database)[0].content
    assert "2-5" not in content["carry_over"]["items"]
    vendor = {item["key"]: item for part in content["forms"]["vendor"]["sections"] for item in part["items"]}
    assert vendor["2-4"]["institution_item"] == "none"
    assert vendor["2-3"]["rule"] == "documents"


def test_a_published_edition_never_changes_and_a_draft_can_be_thrown_away(alice: Clerk, database: Database) -> None:
    done = publish(alice)
    for step in ("publish", "discard", "subjects"):
        assert alice.post(f"{done.path}/{step}").status in {409, 422}
    with database.open_reader() as session:
        book = session.exec(select(OfficialWorkbook)).first()
    assert book is not None
    assert alice.post(f"{done.path}/workbooks/{book.id}/remove").status == 409
    before = imported(database)[0].content
    draft = give(alice, both("cells")[0])
    assert draft.path != done.path
    draft.submit("/discard")
    assert [one.content for one in imported(database)] == [before]
    again = give(alice, *both("cells"))
    again.submit("/publish")
    assert [one.revision for one in imported(database)] == [1, 2]


def test_the_same_forms_are_the_same_edition_wherever_they_are_imported(
    alice: Clerk, charlie: Clerk, database: Database
) -> None:
    publish(alice)
    publish(charlie, "cells")
    one, other = imported(database)
    assert one.clinic_id != other.clinic_id
    assert one.edition_id == other.edition_id


def test_what_a_clinic_imports_is_not_there_for_others_and_what_an_operator_imports_is(
    alice: Clerk, charlie: Clerk, app: FastAPI, database: Database
) -> None:
    publish(alice)
    assert not charlie.open("/editions").says("令和8年度版")
    with database.open_writer() as session:
        member = factories.make_member(session, None, operator=True, email="op@portal.example")
        session.commit()
    with database.open_reader() as session:
        clinic = session.get_one(Clinic, alice.clinic.id)
    operator = signed_in(app, database, member, clinic)
    page = publish(operator)
    assert page.says("様式として使われています")
    assert page.offers("チェックリストの版")
    assert charlie.open("/editions").says("令和8年度版")
    assert charlie.open("/assessment").submit("/assessment").says("2-④")
    assert operator.open(f"/editions/{imported(database)[0].id}").status == 404


def test_a_vendor_is_asked_with_the_imported_form(alice: Clerk, database: Database) -> None:
    publish(alice)
    with database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, alice.clinic, email="vera@vendor.example")
        factories.make_system(session, alice.clinic, vendor)
        session.commit()
    choice = alice.open("/asking")
    assert not choice.says("令和7年度版")
    message = choice.submit("/asking/message", {"vendor": str(vendor.id)})
    assert message.form("/asking").fields["edition"] == imported(database)[0].edition_id
    message.submit("/asking")
    with database.open_reader() as session:
        asked = session.exec(select(Submission)).one()
    assert (asked.edition_id, asked.item_count) == (imported(database)[0].edition_id, 5)
    assert not alice.open("/dashboard").says("令和7年度版")


def test_a_check_begun_before_goes_over_to_the_years_form_while_nothing_is_answered(alice: Clerk) -> None:
    alice.open("/assessment").submit("/assessment").submit("/assessment/gate", {"gate": "yes"})
    publish(alice)
    sheet = alice.open("/assessment")
    assert sheet.says("この年度の様式があります")
    assert not sheet.says("まだこのポータルにない")
    changed = sheet.submit("/assessment/edition")
    assert changed.says("サーバ、端末、ネットワーク機器の台帳をつくって管理している。")
    assert alice.post("/assessment/edition").says("この年度の様式を使っています")


def test_answers_stay_with_the_form_they_were_given_to(alice: Clerk) -> None:
    alice.open("/assessment").submit("/assessment").submit("/assessment/gate", {"gate": "yes"})
    said = {"value": "yes", "checked_on": in_days(0).isoformat()}
    alice.open("/assessment/items/2-1").submit("/assessment/items/2-1", said)
    publish(alice)
    sheet = alice.open("/assessment")
    assert sheet.says("回答は、その様式のまま残ります")
    assert not sheet.offers("この年度の様式を使う")
    assert alice.post("/assessment/edition").status == 409


def test_known_files_are_said_to_be_official(alice: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    book = make_checklist(form="institution", year="")
    digest = hashlib.sha256(book).hexdigest()
    known = OfficialFile(digest, 2026, OfficialForm.INSTITUTION)
    monkeypatch.setattr(official_files, "_files", lambda: {digest: known})
    page = give(alice, ("001716187.xlsx", book))
    assert page.heading == f"{YEAR}の版"
    assert page.says("公式のファイルと確認済み")


def test_a_file_that_does_not_say_its_year_asks_for_it(alice: Clerk) -> None:
    book = make_checklist(form="institution", year="")
    refused = give(alice, ("様式.xlsx", book))
    assert refused.status == 422
    assert refused.says("どの様式かがはっきりわかりませんでした")
    assert give(alice, ("様式.xlsx", book), fiscal_year="2026").heading == f"{YEAR}の版"


@pytest.mark.parametrize(
    ("name", "content"),
    [("表.xlsx", b""), ("表.pdf", b"%PDF-1.7\n"), ("表.xlsx", b"PK\x03\x04 broken"), ("表.csv", b"1,2,3")],
)
def test_other_files_are_refused_with_a_sentence(alice: Clerk, name: str, content: bytes) -> None:
    refused = give(alice, (name, content))
    assert refused.status == 422
    assert refused.says(name)
    assert give(alice).says("先にファイルを選んでください")


def test_the_original_is_kept_as_it_was_given(alice: Clerk, database: Database) -> None:
    (name, content), _other = both()
    page = give(alice, (name, content))
    with database.open_reader() as session:
        book = session.exec(select(OfficialWorkbook)).one()
        assert book.storage_key in documents.list_kept_keys(session)
    got = alice.open(f"{page.path}/workbooks/{book.id}/original")
    assert got.response.content == content
    assert "attachment" in got.response.headers["content-disposition"]


def test_a_stranger_gets_404_and_members_who_do_not_own_are_refused(
    alice: Clerk, bob: Clerk, charlie: Clerk, stranger: Browser
) -> None:
    page = give(alice, both()[0])
    assert charlie.open(page.path).status == 404
    assert bob.open(page.path).status == 403
    assert bob.open("/editions").status == 403
    assert stranger.open(page.path).path.startswith("/sign-in")


def test_reading_leaves_nothing_behind_where_the_file_is_no_checklist(alice: Clerk, data_folder: Path) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as made:
        made.add_worksheet().write_string(0, 0, "料金表")
    refused = give(alice, ("料金表.xlsx", target.getvalue()))
    assert refused.says("番号つきの項目が見つかりませんでした")
    assert not [path for path in data_folder.rglob("*") if path.is_file() and path.parent.name == "incoming"]
