"""Importing through the pages: give, look, correct, take over, or nothing; a stranger gets 404."""

from __future__ import annotations

import pytest
from sqlmodel import select

from models import Import, ImportKind, Vendor
from models.database import Database
from services.exports import csv_bytes
from services.imports.templates import template_table
from tests.browser import Page
from tests.naughty import NAUGHTY
from tests.people import Clerk
from tests.queries import recorded

TABLE = "会社名\tメール\t電話\nみどり電子カルテ\ta@vendor.example\t03-1\nあおい画像\tnot an address\t\n"


def gives(clerk: Clerk, lines: str = "", *, kind: str = "vendors", file: tuple[str, bytes] | None = None) -> Page:
    """Send the form as a browser does; file forms are multipart even without a file."""
    name, content = file or ("", b"")
    return clerk.browser.post(
        "/imports/new", {"kind": kind, "lines": lines}, files={"file": (name, content, "application/octet-stream")}
    )


def names(database: Database) -> set[str]:
    with database.open_reader() as session:
        return set(session.exec(select(Vendor.name)))


def test_pasted_lines_are_looked_at_and_taken_over_with_one_press(alice: Clerk, database: Database) -> None:
    start = alice.open("/vendors").follow("一覧表から取り込む")
    assert start.heading == "一覧表から取り込む"
    seen = gives(alice, TABLE)
    assert seen.heading == "取り込む内容の確認"
    assert seen.says("みどり電子カルテ")
    assert seen.says("ベンダー・担当者を登録します")
    assert seen.says("「not an address」：メールアドレスは")
    assert names(database) == set()
    done = seen.submit("/take")
    assert done.heading == "取り込みました"
    assert names(database) == {"みどり電子カルテ"}
    assert alice.open("/log").says("一覧表を取り込みました")


def test_giving_it_again_says_that_nothing_is_new(alice: Clerk) -> None:
    lines = TABLE.replace("not an address", "b@vendor.example")
    assert gives(alice, lines).submit("/take").heading == "取り込みました"
    again = gives(alice, lines)
    assert again.says("この表の内容はすべて登録済みです")
    assert not again.offers("行を取り込む")


def test_columns_are_corrected_by_hand(alice: Clerk, database: Database) -> None:
    seen = gives(alice, "いろは\tにほへ\nみどり\tあおい")
    assert seen.says("どの列が何か、まだわかりません") or seen.says("みどり")
    again = seen.submit("/columns", {"head_row": "1", "column": ["note", "name"]})
    assert again.says("選んだ列で読み直しました")
    again.submit("/take")
    with database.open_reader() as session:
        assert [(vendor.name, vendor.note) for vendor in session.exec(select(Vendor))] == [("あおい", "みどり")]


def test_a_column_for_the_name_is_asked_for(alice: Clerk) -> None:
    seen = gives(alice, "会社名\tメール\nみどり\ta@vendor.example").submit("/columns", {"column": ["", "email"]})
    assert seen.says("どの列が何か、まだわかりません")
    assert not seen.offers("行を取り込む")
    taken = alice.post(seen.path + "/take", {"seen": ""})
    assert taken.says("まだ何も取り込んでいません")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("一覧.csv", "会社名,メール\nみどり,a@vendor.example".encode("euc_jp"), "Shift_JIS"),
        ("一覧.xlsx", b"no workbook", "xlsx"),
        ("一覧.csv", b"", "何も書かれていません"),
        ("一覧.csv", ("x," * 200).encode() + b"x", "より多くの列"),
    ],
)
def test_a_file_that_cannot_be_read_comes_back_with_a_sentence(
    alice: Clerk, database: Database, name: str, content: bytes, sentence: str
) -> None:
    refused = gives(alice, "貼り付けた行", file=(name, content))
    assert refused.status == 422
    assert refused.says(sentence)
    assert refused.says("貼り付けた行")
    with database.open_reader() as session:
        assert session.exec(select(Import)).first() is None


def test_nothing_given_is_asked_for(alice: Clerk) -> None:
    assert gives(alice).says("ファイルを選ぶか、表の行を貼り付けてください")


def test_a_shift_jis_file_is_read_and_its_rows_that_are_wrong_are_taken_along(alice: Clerk) -> None:
    seen = gives(alice, file=("取引先.csv", "会社名,電話\n髙橋電機,03-1\n,03-2\n".encode("cp932")))
    assert seen.says("取引先.csv")
    assert seen.says("髙橋電機")
    left_out = alice.browser.client.get(seen.path + "/left-out.csv").content.decode("utf-8-sig")
    assert "03-2" in left_out
    assert "会社の名前がありません" in left_out
    assert "髙橋" not in left_out
    again = gives(alice, file=("直した.csv", left_out.replace('""', '"みどり"', 1).encode()))
    assert again.says("みどり")


def test_rows_of_a_kind_are_shown_alone(alice: Clerk) -> None:
    seen = gives(alice, TABLE)
    new, refused = "ベンダー・担当者を登録します", "「not an address」：メールアドレスは"
    for shown, says, hides in (("new", new, refused), ("refused", refused, new)):
        page = alice.open(seen.path, show=shown)
        assert page.says(says)
        assert not page.says(hides)


def test_a_long_table_is_shown_in_pages_with_as_many_statements(alice: Clerk, database: Database) -> None:
    few, many = (
        "会社名\tメール\n" + "\n".join(f"会社{n}\tn{n}@vendor.example" for n in range(size)) for size in (2, 300)
    )
    first = gives(alice, few)
    with recorded(database) as statements:
        alice.open(first.path)
        small = len(statements)
    second = gives(alice, many)
    with recorded(database) as statements:
        page = alice.open(second.path, page=3)
        assert len(statements) == small
    assert page.says("会社299")
    assert not page.says("会社100 ")


def test_naughty_strings_come_through_the_pages_as_they_are(alice: Clerk, database: Database) -> None:
    content = csv_bytes(["会社名", "メモ"], [[text, text] for text in NAUGHTY])
    gives(alice, file=("naughty.csv", content)).submit("/take")
    assert names(database) == set(NAUGHTY)


def test_a_list_is_discarded_without_a_trace(alice: Clerk, database: Database) -> None:
    seen = gives(alice, TABLE)
    assert seen.submit("/discard").says("何も登録していません")
    assert alice.open(seen.path).status == 404
    assert names(database) == set()


def test_a_second_press_leads_to_what_the_first_one_did(alice: Clerk, database: Database) -> None:
    seen = gives(alice, TABLE)
    first = seen.submit("/take")
    second = seen.submit("/take")
    assert second.status == 409
    assert second.says("すでに取り込み済み")
    assert alice.open(first.path).heading == "取り込みました"


def test_templates_are_downloaded_in_both_forms(alice: Clerk) -> None:
    for kind in ImportKind:
        csv_file = alice.browser.client.get(f"/imports/templates/{kind.value}.csv")
        assert template_table(kind).head[0] in csv_file.content.decode("utf-8-sig")
        workbook = alice.browser.client.get(f"/imports/templates/{kind.value}.xlsx")
        assert workbook.content.startswith(b"PK")


def test_a_template_as_it_was_downloaded_enters_nothing(alice: Clerk) -> None:
    workbook = alice.browser.client.get("/imports/templates/systems.xlsx").content
    seen = gives(alice, kind="systems", file=("ひな形.xlsx", workbook))
    assert seen.says("ひな形の例は取り込まれません")
    assert not seen.offers("行を取り込む")


def test_nobody_without_the_role_gives_a_table(alice: Clerk, carol: Clerk, charlie: Clerk, bob: Clerk) -> None:
    assert gives(carol, TABLE).status == 403
    assert not carol.open("/vendors").offers("一覧表から取り込む")
    seen = gives(alice, TABLE)
    for stranger in (bob, charlie):
        assert stranger.open(seen.path).status == 404
        assert stranger.post(seen.path + "/take", {"seen": ""}).status == 404
        assert stranger.post(seen.path + "/discard").status == 404
