"""Answers written into somebody else's workbook: only those cells change, and they read back as given."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reading.checklist_words import Part
from services.reading.filling import Entry
from services.reading.reasons import NotRead
from services.reading.sandbox import fill_workbook, read_checklist, read_workbook
from services.reading.xlsx import read_xlsx
from services.reading.xlsx_filling import count_again, fill_in
from services.reading.xlsx_patch import SheetMap, Value
from tests.services.reading.checklist_books import make_checklist

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_part(content: bytes, name: str, change: Mapping[bytes, bytes]) -> bytes:
    """The same workbook with pieces of one part replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for each, part in parts_of(content).items():
            changed = part
            for old, new in change.items() if each == name else ():
                assert old in changed
                changed = changed.replace(old, new)
            made.writestr(each, changed)
    return target.getvalue()


@pytest.mark.parametrize(
    ("family", "answer", "day", "target"),
    [
        ("printed", "はい（12/5）", "はい（12/5）", "（1/15）"),
        ("cells", "はい", "2026-12-05", "2027-01-15"),
        ("ticks", "○", "12月5日", "2027-01-15"),
    ],
)
def test_answers_take_the_form_that_the_workbook_has(
    family: str, answer: str, day: str, target: str, tmp_path: Path
) -> None:
    content = make_checklist(family=family)
    path = tmp_path / "様式.xlsx"
    path.write_bytes(content)
    found = read_checklist(path)
    assert found is not None
    columns, row = found[0].columns, found[0].items[1].row
    first = columns.get(Part.ANSWER) or columns[Part.YES]
    kind = "answer" if Part.ANSWER in columns else "tick"
    entries = [Entry(row, first, kind, "yes", "" if Part.DATE in columns else "2026-12-05")]
    entries += [Entry(row, columns[Part.DATE], "date", "2026-12-05")] if Part.DATE in columns else []
    entries += [
        Entry(row, columns[Part.TARGET], "date", "2027-01-15"),
        Entry(row, columns[Part.REMARK], "text", "予定 <1>"),
    ]
    filled = fill_workbook(path, sheet=found[0].sheet, entries=entries)
    path.write_bytes(filled.content)
    sheet = read_workbook(path).sheets[0]
    assert sheet.text(row, first) == answer
    assert sheet.text(row, columns.get(Part.DATE, first)).strip("\u3000") == day
    assert sheet.text(row, columns[Part.TARGET]) == target
    assert sheet.text(row, columns[Part.REMARK]) == "予定 <1>"
    assert openpyxl.load_workbook(path).worksheets[0].cell(row, columns[Part.REMARK]).value == "予定 <1>"
    before, after = parts_of(content), parts_of(filled.content)
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]


def test_everything_in_the_sheet_but_the_written_cells_stays_byte_for_byte() -> None:
    content = make_checklist(family="cells")
    filled = fill_in(io.BytesIO(content), sheet_name="医療機関・薬局確認用", entries=[Entry(8, 9, "text", "備考")])
    before, after = (parts_of(one)["xl/worksheets/sheet1.xml"].decode() for one in (content, filled.content))
    cell = re.compile(r'<c r="I8"[^>]*?(?:/>|>.*?</c>)')
    assert cell.sub("", before) == cell.sub("", after)
    assert 't="inlineStr"' in cell.search(after)[0]  # type: ignore[index]
    style = re.search(r's="\d+"', cell.search(before)[0])  # type: ignore[index]
    assert style
    assert style[0] in cell.search(after)[0]  # type: ignore[index]


def test_a_formula_is_never_written_over_and_formulas_are_counted_again() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.write_formula(0, 0, '=COUNTIF(B1:B9,"はい")', None, 0)
        sheet.write_blank(0, 1, None, book.add_format({"border": 1}))
    filled = fill_in(target, sheet_name="表", entries=[Entry(1, 1, "text", "x"), Entry(1, 2, "answer", "yes")])
    assert filled.left_out == ("A1",)
    after = parts_of(filled.content)
    assert b"COUNTIF" in after["xl/worksheets/sheet1.xml"]
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]
    assert read_xlsx(io.BytesIO(filled.content)).sheets[0].text(1, 2) == "はい"


@pytest.mark.parametrize(
    ("workbook", "expected"),
    [
        (b'<workbook><calcPr calcId="1"/></workbook>', b'<workbook><calcPr calcId="1" fullCalcOnLoad="1"/></workbook>'),
        (b'<workbook><calcPr fullCalcOnLoad="0"/></workbook>', b'<workbook><calcPr fullCalcOnLoad="1"/></workbook>'),
        (
            b"<x:workbook><x:sheets/></x:workbook>",
            b'<x:workbook><x:sheets/><x:calcPr fullCalcOnLoad="1"/></x:workbook>',
        ),
        (
            b"<workbook><sheets/><extLst/></workbook>",
            b'<workbook><sheets/><calcPr fullCalcOnLoad="1"/><extLst/></workbook>',
        ),
    ],
)
def test_the_word_that_counts_formulas_again_stands_where_it_belongs(workbook: bytes, expected: bytes) -> None:
    assert count_again(workbook) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<sheetData/>", b'<sheetData><row r="2"><c r="B2"><v>1</v></c></row></sheetData>'),
        (b'<sheetData><row r="2"/></sheetData>', b'<sheetData><row r="2"><c r="B2"><v>1</v></c></row></sheetData>'),
        (
            b'<sheetData><row r="1"/><row r="3"/></sheetData>',
            b'<sheetData><row r="1"/><row r="2"><c r="B2"><v>1</v></c></row><row r="3"/></sheetData>',
        ),
        (
            b'<sheetData><row r="2" s="4" customFormat="1"><c r="A2"/><c r="C2"/></row></sheetData>',
            b'<sheetData><row r="2" s="4" customFormat="1"><c r="A2"/><c r="B2" s="4"><v>1</v></c>'
            b'<c r="C2"/></row></sheetData>',
        ),
        (
            b'<cols><col min="2" max="2" style="7"/></cols><sheetData><row><c/></row><row><c/></row></sheetData>',
            b'<cols><col min="2" max="2" style="7"/></cols><sheetData><row><c/></row>'
            b'<row><c/><c r="B2" s="7"><v>1</v></c></row></sheetData>',
        ),
        (
            b'<sheetData><row r="2"><c r="B2" s="3" t="s"><v>0</v></c></row></sheetData>',
            b'<sheetData><row r="2"><c r="B2" s="3"><v>1</v></c></row></sheetData>',
        ),
    ],
)
def test_cells_and_rows_that_are_missing_come_where_they_belong(data: bytes, expected: bytes) -> None:
    made = SheetMap(HEAD + data + b"</worksheet>").write({(2, 2): Value("1", is_number=True)})
    assert made == HEAD + expected + b"</worksheet>"


def test_elements_keep_the_prefix_that_the_file_uses() -> None:
    sheet = (
        b'<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1" s="2"/></x:row></x:sheetData></x:worksheet>'
    )
    made = SheetMap(sheet).write({(1, 1): Value("あ")})
    assert '<x:c r="A1" s="2" t="inlineStr"><x:is><x:t xml:space="preserve">あ</x:t></x:is></x:c>'.encode() in made


@pytest.mark.parametrize(
    "sheet",
    [
        b"<worksheet/>",
        b"<worksheet><sheetData>",
        '<?xml version="1.0" encoding="UTF-16"?><worksheet><sheetData/></worksheet>'.encode("utf-16"),
        b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData/></worksheet>',
    ],
)
def test_a_sheet_that_cannot_be_followed_is_refused_by_name(sheet: bytes) -> None:
    with pytest.raises(NotRead):
        SheetMap(sheet)


WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=["Cs", "Cc", "Cn"]), max_size=40
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.dictionaries(st.tuples(st.integers(1, 30), st.integers(1, 30)), WORDS.filter(bool), min_size=1, max_size=12))
def test_whatever_is_written_reads_back_equal(values: dict[tuple[int, int], str]) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.write_string(4, 4, "そのまま")
        sheet.merge_range(40, 0, 41, 3, "結合")
    entries = [Entry(row, column, "text", text) for (row, column), text in values.items()]
    filled = fill_in(target, sheet_name="表", entries=entries)
    found = read_xlsx(io.BytesIO(filled.content)).sheets[0]
    for (row, column), text in values.items():
        assert found.text(row, column) == text
    if (5, 5) not in values:
        assert found.text(5, 5) == "そのまま"
    assert found.text(41, 1) == "結合"


def test_a_merged_answer_is_written_into_its_first_cell(tmp_path: Path) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.merge_range(1, 1, 2, 3, "はい・いいえ")
    filled = fill_in(target, sheet_name="表", entries=[Entry(3, 3, "answer", "no")])
    assert read_xlsx(io.BytesIO(filled.content)).sheets[0].text(2, 2) == "いいえ"


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("令和　年　月　日", "令和8年12月5日"),
        ("　　年　　月　　日", "2026年12月5日"),
        ("／", "12/5"),
        ("確認日：（　／　）", "確認日：（12/5）"),
        ("", "2026/12/5"),
    ],
)
def test_dates_are_written_as_the_form_prints_them(printed: str, expected: str) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet("表").write_string(0, 0, printed)
    filled = fill_in(target, sheet_name="表", entries=[Entry(1, 1, "date", "2026-12-05")])
    assert read_xlsx(io.BytesIO(filled.content)).sheets[0].text(1, 1).strip("\u3000") == expected


def test_lists_keep_their_own_words_and_boxes_are_ticked() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.data_validation(0, 0, 0, 0, {"validate": "list", "source": ["○", "×"]})
        sheet.write_string(0, 1, "□ はい")
        sheet.write_string(0, 2, "□はい　□いいえ（　／　）")
    entries = [Entry(1, 1, "answer", "no"), Entry(1, 2, "tick", "true"), Entry(1, 3, "answer", "no", "2026-12-05")]
    found = read_xlsx(io.BytesIO(fill_in(target, sheet_name="表", entries=entries).content)).sheets[0]
    assert (found.text(1, 1), found.text(1, 2)) == ("×", "☑ はい")
    assert found.text(1, 3) == "□はい　☑いいえ（12/5）"


def test_buttons_notes_pictures_and_rules_stay_where_they_are() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.write_string(0, 0, "はい・いいえ")
        sheet.write_comment(0, 0, "どちらかに丸をつけます。")
        sheet.insert_button(3, 3, {"caption": "印刷"})
        sheet.insert_checkbox(4, 4, True)
        sheet.conditional_format(0, 0, 0, 0, {"type": "text", "criteria": "containing", "value": "いいえ"})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=表!$B$1:$B$3"})
        sheet.insert_chart(6, 0, chart)
        sheet.set_header("&L&F")
        sheet.protect()
    before = parts_of(target.getvalue())
    after = parts_of(fill_in(target, sheet_name="表", entries=[Entry(1, 1, "answer", "no")]).content)
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]
    tail = before["xl/worksheets/sheet1.xml"].split(b"</sheetData>")[1]
    assert after["xl/worksheets/sheet1.xml"].endswith(tail)
    assert {"xl/drawings/vmlDrawing1.vml", "xl/charts/chart1.xml", "xl/comments1.xml"} <= set(after)
