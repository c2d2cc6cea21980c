"""Official checklists are found on their sheets: numbers, headings, columns; what is not clear is never guessed."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reading.checklist_numbers import read_number, section_number, split_number
from services.reading.checklist_rows import Doubt, LineKind
from services.reading.checklist_words import Part, asks_date, asks_yes_or_no, form_in, read_heading, year_in
from services.reading.checklists import (
    Checklist,
    Lack,
    find_checklist,
    is_official,
    pack_checklist,
    read_with,
    unpack_checklist,
)
from services.reading.xlsx import read_xlsx
from tests.services.reading.checklist_books import INSTITUTION, make_checklist

Rows = Sequence[Sequence[str]]
ALL_BUT_DATES = ["no_dates", "no_targets", "no_remarks"]


def find(content: bytes) -> Checklist:
    found = find_checklist(read_xlsx(io.BytesIO(content)))
    assert found is not None
    return found


def sheet_with(rows: Rows, merges: Sequence[str] = ()) -> bytes:
    """A sheet of plain texts; a merge is written as it is in Excel, after the texts."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        for merge in merges:
            sheet.merge_range(merge, "")
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                if text:
                    sheet.write_string(number, column, text)
    return target.getvalue()


def test_every_row_of_the_form_is_found_with_its_number_section_and_scope() -> None:
    found = find(make_checklist())
    wanted = [number for _title, _scope, items in INSTITUTION for number, _label in items]
    assert [line.number.split("-")[1] for line in found.items] == wanted
    assert [line.number for line in found.items] == ["1-①", "2-①", "2-②", "2-③", "2-④", "2-⑤", "3-①", "3-②"]
    assert found.items[4].section == "２ システムの管理・運用"
    assert found.items[5].scope.startswith("サーバについて")
    assert found.items[6].scope == ""
    assert found.gate is not None
    assert found.gate.label == "医療情報システムを導入し、使っている。"
    assert (found.form, found.fiscal_year, is_official(found)) == ("institution", 2026, True)


@pytest.mark.parametrize("form", ["institution", "vendor", "pharmacy"])
@pytest.mark.parametrize("family", ["printed", "cells", "ticks"])
def test_forms_and_families_are_told_apart(form: str, family: str) -> None:
    found = find(make_checklist(form=form, family=family))
    assert found.form == form
    assert (Part.YES in found.columns) == (family == "ticks")
    assert (Part.DATE in found.columns) == (family != "printed")
    assert {Part.TARGET, Part.REMARK} <= set(found.columns)
    assert (Part.SECOND_ANSWER in found.columns or Part.SECOND_YES in found.columns) is True


def test_the_first_question_without_printed_answers_waits_for_a_person() -> None:
    found = find(make_checklist(family="ticks"))
    assert [line.doubts for line in found.doubtful] == [[Doubt.SEEMS_GATE]]
    assert not found.is_complete


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2-④", ("circled", 2, 4, "2-④")),
        ("２－④", ("circled", 2, 4, "2-④")),
        ("2ー④", ("circled", 2, 4, "2-④")),
        ("⑫", ("circled", None, 12, "⑫")),
        ("㉑", ("circled", None, 21, "㉑")),
        ("（４）", ("bracketed", None, 4, "(4)")),
        ("⑷", ("bracketed", None, 4, "(4)")),
        ("2-(4)", ("bracketed", 2, 4, "2-(4)")),
        ("２．４", ("dotted", 2, 4, "2.4")),
        ("４", ("plain", None, 4, "4")),
        ("4.", ("plain", None, 4, "4")),
        ("令和8年度", None),
        ("1回目", None),
        ("", None),
    ],
)
def test_numbers_are_read_in_every_way_they_are_printed(text: str, expected: tuple[object, ...] | None) -> None:
    found = read_number(text)
    assert (tuple(found) if found else None) == expected


def test_a_number_may_stand_before_its_sentence() -> None:
    split = split_number("① 台帳をつくっている。")
    assert split
    assert (split[0].item, split[1]) == (1, "台帳をつくっている。")
    assert split_number("2023年に決めた。") is None
    assert section_number("２　管理・運用") == 2
    assert section_number("2023年") is None


def test_numbers_in_the_cell_of_the_sentence_are_found() -> None:
    rows = [
        ["チェックリスト（サイバーセキュリティ）", "", ""],
        ["チェック項目", "確認結果", "備考"],
        ["１　体制", "", ""],
        ["① 責任者を決めている。", "はい・いいえ", ""],
        ["２　運用", "", ""],
        ["① 台帳をつくっている。", "はい・いいえ", ""],
        ["② 権限を分けている。", "はい・いいえ", ""],
    ]
    found = find(sheet_with(rows))
    assert [(line.number, line.label) for line in found.items] == [
        ("1-①", "責任者を決めている。"),
        ("2-①", "台帳をつくっている。"),
        ("2-②", "権限を分けている。"),
    ]
    assert found.columns == {Part.LABEL: 1, Part.ANSWER: 2, Part.REMARK: 3}


def test_whole_numbers_in_their_own_column_need_no_section() -> None:
    rows = [
        ["項番", "対象", "確認項目", "回答", "確認日", "備考"],
        ["2-④", "サーバ", "権限を分けている。", "", "", ""],
        ["2-④", "端末PC", "権限を分けている。", "", "", ""],
        ["2-⑤", "サーバ", "記録を残している。", "", "", ""],
    ]
    found = find(sheet_with(rows))
    assert [(line.number, line.scope) for line in found.items] == [
        ("2-④", "サーバ"),
        ("2-④", "端末PC"),
        ("2-⑤", "サーバ"),
    ]
    assert found.columns[Part.SCOPE] == 2
    assert found.is_complete


@pytest.mark.parametrize(
    ("numbers", "doubt"),
    [(("①", "②", "②"), Doubt.NUMBER_TWICE), (("①", "③", "②"), Doubt.OUT_OF_ORDER)],
)
def test_misprinted_numbers_wait_for_a_person(numbers: Sequence[str], doubt: Doubt) -> None:
    items = [(number, f"項目その{place}を行っている。") for place, number in enumerate(numbers)]
    found = find(make_checklist(rows=[("１　体制", "", items)]))
    assert doubt in found.items[2].doubts
    assert not found.is_complete


def test_hidden_rows_and_rows_without_a_number_wait_for_a_person() -> None:
    found = find(make_checklist(hidden_rows=[9]))
    assert [line.doubts for line in found.lines if line.row == 10] == [[Doubt.HIDDEN]]
    rows = [
        ["番号", "項目", "回答"],
        ["1-①", "責任者を決めている。", "はい・いいえ"],
        ["", "番号のない項目。", "はい・いいえ"],
        ["1-②", "台帳をつくっている。", "はい・いいえ"],
        ["1-③", "記録を残している。", "はい・いいえ"],
    ]
    unnumbered = find(sheet_with(rows)).lines[1]
    assert (unnumbered.kind, unnumbered.doubts) == (LineKind.ITEM, [Doubt.NO_NUMBER])


def test_a_check_spread_over_columns_that_do_not_tell_is_said_to_be_unclear() -> None:
    rows = [
        ["番号", "項目", "1回目", "", "備考"],
        ["1-①", "責任者を決めている。", "", "", ""],
        ["1-②", "台帳をつくっている。", "", "", ""],
        ["1-③", "記録を残している。", "", "", ""],
    ]
    found = find(sheet_with(rows, merges=["C1:D1"]))
    assert Part.ANSWER not in found.columns
    assert found.unclear_columns == [3, 4]
    assert {Lack.NO_ANSWERS, Lack.UNCLEAR_COLUMN} <= set(found.lacks)
    assert not found.is_complete
    sheet = read_xlsx(io.BytesIO(sheet_with(rows, merges=["C1:D1"]))).sheets[0]
    said = read_with(sheet, found, {**found.columns, Part.ANSWER: 3, Part.DATE: 4})
    assert said.is_complete
    assert [line.number for line in said.items] == ["1-①", "1-②", "1-③"]


def test_footnotes_and_explanations_are_no_items() -> None:
    found = find(make_checklist())
    assert not [line for line in found.items if line.label.startswith(("※", "（注）"))]


def test_a_date_printed_under_its_answer_is_seen() -> None:
    rows = [["項目", "", "1回目", "目標日"]]
    for number, label in (("①", "責任者を決めている。"), ("②", "台帳をつくっている。"), ("③", "記録を残している。")):
        rows += [[number, label, "はい・いいえ", "（　／　）"], ["", "", "（　／　）", ""]]
    found = find(sheet_with([["１　体制", "", "", ""], *rows]))
    assert [(line.row, line.is_dated_below) for line in found.items] == [(3, True), (5, True), (7, True)]
    assert found.columns[Part.TARGET] == 4


@pytest.mark.parametrize("rows", [[["料金表", "円"], ["基本", "100"]], [["あ"]], [["1", "2", "3"]]])
def test_other_sheets_are_no_checklists(rows: Rows) -> None:
    assert find_checklist(read_xlsx(io.BytesIO(sheet_with(rows)))) is None


def test_cells_with_formulas_are_told() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        for column, text in enumerate(("番号", "項目", "回答")):
            sheet.write_string(0, column, text)
        for row in range(1, 4):
            sheet.write_string(row, 0, f"1-({row})")
            sheet.write_string(row, 1, f"項目その{row}を行っている。")
            sheet.write_formula(row, 2, "=D1", None, "")
    found = find(target.getvalue())
    assert Lack.FORMULAS in found.lacks
    assert found.is_complete


def test_what_was_found_survives_being_stored() -> None:
    found = find(make_checklist(family="ticks", hidden_rows=[9]))
    assert unpack_checklist(pack_checklist(found)) == found


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("目標日", Part.TARGET),
        ("対応目標日", Part.TARGET),
        ("備　考", Part.REMARK),
        ("はい", Part.YES),
        ("いいえ", Part.NO),
        ("確認結果", Part.ANSWER),
        ("確認日", Part.DATE),
        ("確認結果（日付）", None),
        ("1回目", None),
        ("（　／　）", None),
    ],
)
def test_headings_say_what_a_column_is(text: str, part: Part | None) -> None:
    assert read_heading(text) is part


def test_years_forms_and_places_to_fill_in_are_known_by_their_words() -> None:
    assert (year_in("令和８年度版"), year_in("令和元年度"), year_in("平成30年度")) == (2026, 2019, None)
    assert [form_in(text) for text in ("医療機関・薬局確認用", "薬局確認用", "事業者確認用", "別紙")] == [
        "institution",
        "pharmacy",
        "vendor",
        "",
    ]
    assert asks_yes_or_no("はい ・ いいえ\n（　／　）")
    assert not asks_yes_or_no("はいと答えたときは理由を書き、" * 10 + "いいえ")
    assert asks_date("（　／　）")
    assert not asks_date("日付を書く")


LABELS = st.text(
    st.sampled_from("端末権限記録管理責任者台帳更新確認体制図手順書保守あいうえお、。（）ABC"), min_size=6, max_size=30
)
CIRCLED = "①②③④⑤⑥⑦⑧"


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(LABELS, min_size=1, max_size=8), min_size=1, max_size=4), st.sampled_from(["printed", "cells"])
)
def test_whatever_the_items_are_they_are_read_back_in_their_order(sections: list[list[str]], family: str) -> None:
    rows = [
        (f"{number}　区分{number}", "", [(CIRCLED[place], f"{label}。") for place, label in enumerate(labels)])
        for number, labels in enumerate(sections, start=1)
    ]
    found = find_checklist(read_xlsx(io.BytesIO(make_checklist(rows=rows, family=family))))
    wanted = [
        (f"{number}-{CIRCLED[place]}", f"{label}。")
        for number, labels in enumerate(sections, start=1)
        for place, label in enumerate(labels)
    ]
    if len(wanted) < 3:
        return
    assert found is not None
    assert [(line.number, line.label) for line in found.items] == wanted
    assert not [line for line in found.items if line.doubts]
