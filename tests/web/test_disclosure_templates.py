"""Forms that somebody shows: pointed at on the real grid, stored, and from then on recognised."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from sqlmodel import col, select

from models import (
    Disclosure,
    DisclosureTemplate,
    Document,
    DocumentKind,
    FormSample,
    Member,
    ReadState,
    SampleSheet,
    Submission,
)
from models.database import Database
from services import clock
from services.disclosure_reading import read_document, read_waiting
from services.form_samples import forget_samples
from services.jobs import prepare_jobs
from tests.browser import BASE, Browser, Page
from tests.learning import rows_of_form, teach, write_form
from tests.people import Clerk, Engineer
from tests.services.reading.books import Row, write_book
from tests.stories import answer_everything, upload


def give(clerk: Clerk, path: Path) -> Page:
    """Choose a file on the page of forms and press the button."""
    address = "/disclosure-templates/samples"
    with path.open("rb") as file:
        response = clerk.browser.client.post(
            address, files={"file": (path.name, file)}, headers={"Sec-Fetch-Site": "same-origin", "Origin": BASE}
        )
    return clerk.browser._arrive(response)


def document_named(database: Database, name: str) -> Document:
    with database.open_reader() as session:
        return session.exec(select(Document).where(Document.file_name == name)).one()


def reading_of(database: Database, document: Document) -> Disclosure:
    with database.open_reader() as session:
        return session.exec(select(Disclosure).where(Disclosure.document_id == document.id)).one()


@pytest.fixture
def unknown(vera: Engineer, asked: Submission, database: Database, tmp_path: Path) -> Document:
    """A filled form that nobody has shown yet, handed over by a vendor; another of its kind is not read yet."""
    vera.enters()
    path = write_form(tmp_path / "SDS.xlsx", "はい", answers={"2.1": "いいえ", "2.2": "検討中"})
    upload(vera, asked, "SDS.xlsx", path.read_bytes())
    upload(vera, asked, "next.xlsx", write_form(tmp_path / "next.xlsx", "いいえ").read_bytes())
    answer_everything(vera, asked)
    document = document_named(database, "SDS.xlsx")
    read_document(database, str(document.id))
    return document


def test_a_form_that_waited_is_shown_once_and_then_read_for_good(
    alice: Clerk, unknown: Document, database: Database
) -> None:
    assert reading_of(database, unknown).state is ReadState.NEEDS_TEMPLATE
    pointed = alice.open(f"/documents/{unknown.id}/answers").submit("/learn")
    assert pointed.says("質問12問")
    assert pointed.says("このファイルでの回答12問")
    fields = pointed.form("/learn").fields
    assert (fields["role.1"], fields["role.2"], fields["role.3"], fields["role.4"]) == (
        *("number", "question", "answer"),
        "remark",
    )
    assert fields["heading"] == "4"
    assert pointed.says("検討中")
    saved = pointed.submit("/learn", {"name": "みどりのSDS", "kind": "sds", "edition": "5.0"})
    assert saved.says("様式「みどりのSDS」を登録しました")
    assert saved.says("書類1件を読み取り直しています")
    read_document(database, str(unknown.id))
    page = alice.open(f"/documents/{unknown.id}/answers")
    assert page.says("12項目を読み取りました")
    assert page.says("要確認1件")
    assert page.follow("みどりのSDS").says("SDS.xlsx")
    newer = document_named(database, "next.xlsx")
    read_document(database, str(newer.id))
    assert reading_of(database, newer).no_count == 12


def test_what_is_pointed_at_is_tried_out_without_being_stored(alice: Clerk, database: Database, tmp_path: Path) -> None:
    rows: list[Row] = [["No", "内容", "前回", "今回"], ["1", "体制の項目についての見出し", None, None]]
    rows += [[f"1.{one}", f"{one}番目の対策をしていますか", "はい", "実施済"] for one in range(1, 8)]
    sample = give(alice, write_book(tmp_path / "own.xlsx", {"様式": rows, "別紙": [["x"]]}))
    assert sample.form("/learn").fields["role.3"] == "answer"
    asked = {"sheet": "0", "heading": "1", "role.1": "number", "role.2": "question", "role.4": "answer"}
    tried = alice.open(sample.path, **asked, left_out="１")
    assert tried.says("質問7問")
    assert tried.says("除いた番号1件")
    meanings = tried.form("/learn").fields
    assert (meanings["word"], meanings["meaning"]) == ("実施済", "")
    tried = alice.open(sample.path, **asked, left_out="1", word="実施済", meaning="yes")
    assert tried.says("はい 7")
    with database.open_reader() as session:
        assert session.exec(select(DisclosureTemplate)).all() == []


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        ({"role.1": "number", "role.2": "question"}, "回答がある列を選んでください"),
        ({"role.1": "number", "role.2": "number", "role.3": "answer"}, "A、B列が同じ種類になっています"),
        ({"role.1": "number", "role.2": "question", "role.3": "yes"}, "「はい」の列と「いいえ」の列を両方"),
        ({"role.2": "question", "role.3": "answer"}, "質問の番号がある列"),
        ({"role.4": "number", "role.2": "question", "role.3": "answer"}, "質問の番号が十分に見つかりません"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    alice: Clerk, tmp_path: Path, roles: dict[str, str], sentence: str
) -> None:
    sample = give(alice, write_form(tmp_path / "own.xlsx"))
    assert alice.open(sample.path, sheet="1", **roles).says(sentence)
    refused = alice.post(
        f"{sample.path}/learn", {"sheet": "1", "name": "様式", "kind": "mds", "language": "ja", **roles}
    )
    assert refused.status == 422
    assert refused.says(sentence)
    assert refused.form("/learn").fields["name"] == "様式"


def test_one_column_for_each_answer_is_pointed_at_with_merged_cells_as_they_are(alice: Clerk, tmp_path: Path) -> None:
    rows: list[Row] = [["項番", "確認項目", "回答", None, None, "備考"], [None, None, "はい", "いいえ", "対象外", None]]
    rows += [[f"A-{one}", f"{one}つ目の対策がありますか", None, "○", None, None] for one in range(1, 41)]
    merges = {"様式": ["C1:E1", "A1:A2", "B1:B2", "F1:F2"]}
    sample = give(alice, write_book(tmp_path / "marks.xlsx", {"様式": rows}, merges))
    assert sample.tree.xpath("string(//td[@title='C1:E1']/@colspan)") == "3"
    assert sample.tree.xpath("string(//td[@title='A1:A2']/@rowspan)") == "2"
    fields = sample.form("/learn").fields
    assert [fields[f"role.{column}"] for column in (3, 4, 5, 6)] == ["yes", "no", "not_applicable", "remark"]
    assert sample.says("いいえ 40")
    assert sample.says("2ページ中1ページ")
    later = alice.open(
        sample.path, **{name: value for name, value in fields.items() if "." in name}, heading="1", page="2"
    )
    assert later.tree.xpath("//td[@title='B30']")
    assert later.says("いいえ 40"), "the row with the names counts also where it is not shown"


def test_the_same_form_is_not_learned_twice_but_corrected(alice: Clerk, database: Database, tmp_path: Path) -> None:
    with database.open_writer() as session:
        first = teach(session, alice.clinic.id, name="初版")
        session.commit()
    again = give(alice, write_form(tmp_path / "same.xlsx", "はい")).submit("/learn", {"name": "二度目"})
    assert again.status == 422
    assert again.says("「初版」という名前で、すでに読み取れるようになっています")
    corrected = alice.open(f"/disclosure-templates/{first.id}").follow("読み取り方を修正")
    fields = corrected.form("/learn").fields
    assert (fields["replaces"], fields["name"]) == (str(first.id), "初版")
    done = corrected.submit("/learn", {"name": "第2版", "free_text": "1.1", "role.4": ""})
    assert done.says("様式「第2版」を登録しました")
    with database.open_reader() as session:
        old, new = session.exec(select(DisclosureTemplate).order_by(col(DisclosureTemplate.learned_at))).all()
    assert (old.retired_at is not None, new.replaces_id, new.retired_at) == (True, old.id, None)
    kinds = {one["id"]: one["kind"] for section in new.content["sections"] for one in section["questions"]}
    assert (kinds["1.1"], kinds["1.2"]) == ("text", "choice")


def test_a_form_is_renamed_put_out_of_use_and_used_again(alice: Clerk, database: Database) -> None:
    with database.open_writer() as session:
        learned = teach(session, alice.clinic.id)
        session.commit()
    page = alice.open(f"/disclosure-templates/{learned.id}")
    wrong = page.submit(f"/{learned.id}", {"name": ""})
    assert wrong.status == 422
    assert wrong.submit(f"/{learned.id}", {"name": "新しい名前", "edition": "5.1"}).says("新しい名前")
    gone = alice.open(f"/disclosure-templates/{learned.id}").submit("/retire")
    assert gone.says("今後この様式では読み取りません")
    assert alice.open("/disclosure-templates").says("使っていません")
    assert gone.submit("/restore").says("再び読み取ります")
    built_in = alice.open("/disclosure-templates").follow("MDS2（2019年版）")
    assert built_in.says("質問240問")
    assert not built_in.offers("使用をやめる")


def test_an_operator_teaches_all_clinics_and_their_waiting_documents_are_read(
    alice: Clerk, charlie: Clerk, unknown: Document, database: Database, tmp_path: Path
) -> None:
    assert not give(charlie, write_form(tmp_path / "a.xlsx")).says("全医療機関で使う")
    with database.open_writer() as session:
        operator = session.get_one(Member, charlie.member.id)
        operator.is_operator = True
        session.commit()
    sample = give(charlie, write_form(tmp_path / "b.xlsx"))
    sample.submit("/learn", {"name": "共通のSDS", "kind": "sds", "is_for_all": "true"})
    with database.open_reader() as session:
        learned = session.exec(select(DisclosureTemplate)).one()
    assert (learned.is_for_all, learned.clinic_id) == (True, charlie.clinic.id)
    prepare_jobs(database)
    read_waiting(database, str(learned.id))
    assert reading_of(database, unknown).state is ReadState.WAITING
    read_document(database, str(unknown.id))
    assert reading_of(database, unknown).no_count == 1
    listed = alice.open("/disclosure-templates")
    assert listed.says("全医療機関で使用")
    theirs = listed.follow("共通のSDS")
    assert not theirs.offers("使用をやめる")
    assert alice.post(f"/disclosure-templates/{learned.id}/retire").status == 403
    assert alice.open(f"/disclosure-templates/samples/{learned.sample_id}").status == 404


def test_a_member_cannot_teach_all_clinics(bob: Clerk, database: Database, tmp_path: Path) -> None:
    give(bob, write_form(tmp_path / "a.xlsx")).submit("/learn", {"name": "様式"})
    sample = give(bob, write_form(tmp_path / "b.xlsx", word="管理"))
    bob.post(
        f"{sample.path}/learn", {"sheet": "1", "name": "共通", "kind": "sds", "language": "ja", "is_for_all": "true"}
    )
    with database.open_reader() as session:
        learned = session.exec(select(DisclosureTemplate)).all()
    assert [one.is_for_all for one in learned] == [False, False]


def test_a_file_that_cannot_be_read_is_told_with_the_reason(alice: Clerk, tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    page = give(alice, path)
    assert page.path == "/disclosure-templates"
    assert page.tree.xpath("//*[@role='status']") or page.says("ファイル")
    nothing = alice.browser.client.post(
        "/disclosure-templates/samples",
        files={"other": ("x.txt", b"x")},
        headers={"Sec-Fetch-Site": "same-origin", "Origin": BASE},
    )
    assert alice.browser._arrive(nothing).says("先にファイルを選んでください")


def test_samples_from_which_nothing_was_learned_are_forgotten(alice: Clerk, database: Database, tmp_path: Path) -> None:
    give(alice, write_form(tmp_path / "a.xlsx"))
    with database.open_writer() as session:
        kept = teach(session, alice.clinic.id, rows_of_form(word="管理"))
        for sample in session.exec(select(FormSample).where(col(FormSample.expires_at).is_not(None))):
            sample.expires_at = clock.now() - timedelta(days=1)
        session.commit()
    with database.open_writer() as session:
        forget_samples(session)
        session.commit()
        left = session.exec(select(FormSample.id)).all()
        assert left == [kept.sample_id]
        assert {one.sample_id for one in session.exec(select(SampleSheet))} == {kept.sample_id}


def test_a_viewer_sees_forms_and_teaches_none(
    carol: Clerk, alice: Clerk, database: Database, unknown: Document
) -> None:
    with database.open_writer() as session:
        learned = teach(session, alice.clinic.id)
        session.commit()
    assert not carol.open("/disclosure-templates").offers("ファイルを見る")
    assert not carol.open(f"/disclosure-templates/{learned.id}").offers("使用をやめる")
    assert carol.post(f"/documents/{unknown.id}/learn").status == 403
    assert carol.open(f"/disclosure-templates/samples/{learned.sample_id}").status == 403


def test_another_clinic_and_strangers_find_nothing(
    charlie: Clerk, alice: Clerk, stranger: Browser, database: Database, unknown: Document
) -> None:
    with database.open_writer() as session:
        learned = teach(session, alice.clinic.id)
        session.commit()
    assert charlie.open(f"/disclosure-templates/{learned.id}").status == 404
    assert charlie.open(f"/disclosure-templates/samples/{learned.sample_id}").status == 404
    assert charlie.open("/disclosure-templates/none-such").status == 404
    assert charlie.post(f"/documents/{unknown.id}/learn").status == 404
    assert charlie.post(f"/disclosure-templates/{learned.id}/retire").status == 404
    assert stranger.open(f"/disclosure-templates/{learned.id}").path.startswith("/sign-in")


def test_a_sheet_made_to_overwhelm_is_drawn_within_limits(alice: Clerk, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "wild.xlsx")) as book:
        sheet = book.add_worksheet("様式")
        for row in range(400):
            sheet.write_string(row, 0, f"1.{row + 1}")
            sheet.write_string(row, 1, f"{row}番目の対策をしていますか。")
            for column in range(2, 60):
                sheet.write_string(row, column, "x" * 50)
        sheet.write_string("XFD1048576", "角")
        for row in range(1000, 4000):
            sheet.merge_range(row, 3, row, 9, "")
    page = give(alice, tmp_path / "wild.xlsx")
    assert page.says("左側の列だけを表示しています")
    assert len(page.tree.xpath("//table[contains(@class, 'grid')]/thead//select")) == 40
    assert len(page.tree.xpath("//table[contains(@class, 'grid')]/tbody/tr")) == 25
    flood = {f"role.{column}": "remark" for column in range(1, 2000)}
    flooded = alice.open(page.path, **flood)
    assert len(flooded.tree.xpath("//table[contains(@class, 'grid')]/thead//select")) <= 200


def test_a_title_in_the_file_tells_the_kind_where_nothing_else_does(
    vera: Engineer, asked: Submission, database: Database, tmp_path: Path
) -> None:
    vera.enters()
    rows = [["サービス事業者による医療情報セキュリティ開示書"], *rows_of_form("はい")[1:]]
    upload(vera, asked, "回答.xlsx", write_book(tmp_path / "a.xlsx", {"様式": rows}).read_bytes())
    document = document_named(database, "回答.xlsx")
    read_document(database, str(document.id))
    assert document_named(database, "回答.xlsx").kind is DocumentKind.SDS
