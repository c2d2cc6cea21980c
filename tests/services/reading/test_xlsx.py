"""Every cell comes out with its address and the text that a person sees, whatever the file declares about itself."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from services.file_refusals import FileRefused, RefusedReason
from services.reading.csv_file import read_csv
from services.reading.files import read_file
from services.reading.grid import (
    Flag,
    Kind,
    Sheet,
    Workbook,
    letters_of,
    pack_workbook,
    parse_address,
    parse_range,
    unpack_workbook,
)
from services.reading.reasons import NotRead, NotReadReason
from services.reading.xlsx import read_xlsx
from tests.services.reading.books import Row, parts_of, relations, rows_of, text_cell, write_book, write_parts

MOMENT = datetime(2026, 3, 31, 17, 30)  # noqa: DTZ001 - a cell's date has no zone.


def read(path: Path) -> Workbook:
    with path.open("rb") as file:
        return read_xlsx(file)


def only_sheet(path: Path) -> Sheet:
    return read(path).sheets[0]


def formatted(path: Path, value: float | datetime, code: str) -> Sheet:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        style = book.add_format({"num_format": code})
        if isinstance(value, datetime):
            sheet.write_datetime(0, 0, value, style)
        else:
            sheet.write_number(0, 0, value, style)
    return only_sheet(path)


def test_cells_have_their_text_and_their_address(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "a.xlsx", {"回答": [["番号", "質問"], ["CO-02           ", "管理者は\nいますか"], [None, "はい"]]}
    )
    sheet = only_sheet(path)
    assert sheet.name == "回答"
    assert [cell.address for _number, row in sheet.rows() for cell in row] == ["A1", "B1", "A2", "B2", "B3"]
    assert sheet.text(2, 1) == "CO-02           "
    assert sheet.text(2, 2) == "管理者は\nいますか"
    assert sheet.text(9, 9) == ""


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (4.1, "0.00", "4.10"),
        (4.1, "0.0", "4.1"),
        (3.05, "0.0", "3.1"),
        (2, '"CO-"00', "CO-02"),
        (2.2, '"AIS-"0.0', "AIS-2.2"),
        (7, "000", "007"),
        (1234567, "#,##0", "1,234,567"),
        (0.256, "0.0%", "25.6%"),
        (-3, "0", "-3"),
        (-3, "0;(0)", "(3)"),
        (120, "0-00", "1-20"),
        (0.5, "#.0", ".5"),
        (1200, "0.0,", "1.2"),
        (5, '0"項"', "5項"),
    ],
)
def test_a_number_is_read_as_it_is_shown(tmp_path: Path, value: float, code: str, shown: str) -> None:
    cell = formatted(tmp_path / "a.xlsx", value, code).cells[1, 1]
    assert (cell.text, cell.kind) == (shown, Kind.NUMBER)


def test_a_number_without_a_format_is_told_to_be_doubtful_as_a_name(tmp_path: Path) -> None:
    sheet = only_sheet(write_book(tmp_path / "a.xlsx", {"Q": [[4.1, 4, 1e15, 123456789.125]]}))
    assert [cell.text for cell in sheet.row(1)] == ["4.1", "4", "1000000000000000", "123456789.125"]
    assert sheet.cells[1, 1].flags & Flag.PLAIN_NUMBER
    assert not sheet.cells[1, 2].flags


@pytest.mark.parametrize("code", ["yyyy/m/d", 'ggge"年"m"月"d"日"', "[$-411]ge.m.d", "d-mmm", 'm"月"d"日"'])
def test_a_date_reads_alike_in_every_format(tmp_path: Path, code: str) -> None:
    cell = formatted(tmp_path / "a.xlsx", MOMENT.replace(hour=0, minute=0), code).cells[1, 1]
    assert (cell.text, cell.kind) == ("2026-03-31", Kind.DATE)


def test_dates_of_both_calendars_agree(tmp_path: Path) -> None:
    for number, starts_1904 in enumerate((False, True)):
        path = tmp_path / f"{number}.xlsx"
        with xlsxwriter.Workbook(str(path), {"date_1904": starts_1904}) as book:
            style = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            book.add_worksheet().write_datetime(0, 0, MOMENT, style)
        assert only_sheet(path).text(1, 1) == "2026-03-31 17:30"


@pytest.mark.parametrize("code", ["0.00E+00", "# ?/?"])
def test_a_format_that_is_not_understood_gives_the_bare_number_and_says_so(tmp_path: Path, code: str) -> None:
    cell = formatted(tmp_path / "a.xlsx", 4.5, code).cells[1, 1]
    assert (cell.text, cell.flags) == ("4.5", Flag.UNKNOWN_FORMAT)


def test_formulas_give_their_stored_result_and_say_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_formula("A1", '=IF(1,"はい","")', None, "はい")
    cell = only_sheet(path).cells[1, 1]
    assert (cell.text, cell.flags) == ("はい", Flag.FORMULA)
    book = openpyxl.Workbook()
    book.active["A1"] = "=B1"  # type: ignore[index]
    book.save(path)
    assert only_sheet(path).cells[1, 1].flags == Flag.FORMULA | Flag.NOT_CALCULATED


def test_merged_cells_show_the_text_of_their_first(tmp_path: Path) -> None:
    rows: list[Row] = [["区分", None, "回答"], [None, None, None], ["A-1", None, "はい"]]
    sheet = only_sheet(write_book(tmp_path / "a.xlsx", {"Q": rows}, {"Q": ["A1:B2", "C1:C2"]}))
    assert parse_range("A1:B2") in sheet.merges
    found = sheet.shown(2, 2)
    assert found is not None
    assert found.text == "区分"
    assert sheet.shown(3, 2) is None


def test_what_is_hidden_or_protected_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("見える")
        sheet.write("A2", "はい")
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column("C:D", None, None, {"hidden": True})
        sheet.protect()
        other = book.add_worksheet("隠れる")
        other.write("A1", "x")
        other.hide()
    seen, hidden = read(path).sheets
    assert seen.text(2, 1) == "はい"
    assert seen.hidden_rows == {2}
    assert [seen.is_column_hidden(number) for number in (2, 3, 4, 5)] == [False, True, True, False]
    assert (seen.is_protected, seen.is_hidden, hidden.is_protected, hidden.is_hidden) == (True, False, False, True)


def test_lists_to_choose_from_are_found_wherever_they_stand(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    typed = DataValidation(type="list", formula1='"はい,いいえ,対象外"')
    typed.add("C2:C9")
    pointed = DataValidation(type="list", formula1="選択肢!$A$1:$A$2")
    pointed.add("D2")
    sheet.add_data_validation(typed)
    sheet.add_data_validation(pointed)
    other = book.create_sheet("選択肢")
    other["A1"], other["A2"] = "有", "無"
    sheet["A1"] = "x"
    book.save(tmp_path / "a.xlsx")
    first, second = only_sheet(tmp_path / "a.xlsx").dropdowns
    assert (first.choices, first.ranges[0].address) == (("はい", "いいえ", "対象外"), "C2:C9")
    assert (second.choices, second.is_extension) == (("有", "無"), False)


def test_lists_that_stand_only_in_the_extension_are_found(tmp_path: Path) -> None:
    extension = (
        '<extLst><ext xmlns:x14="urn:x14" xmlns:xm="urn:xm"><x14:dataValidations><x14:dataValidation type="list">'
        "<x14:formula1><xm:f>Q!$F$1:$F$2</xm:f></x14:formula1><xm:sqref>B1:B3</xm:sqref></x14:dataValidation>"
        "</x14:dataValidations></ext></extLst>"
    )
    data = rows_of(text_cell("A1", "1"), text_cell("F1", "Yes"), text_cell("F2", "No"))
    (found,) = only_sheet(write_parts(tmp_path / "a.xlsx", parts_of(data + extension))).dropdowns
    assert (found.choices, found.ranges[0].address, found.is_extension) == (("Yes", "No"), "B1:B3", True)


def test_a_named_list_is_looked_up(tmp_path: Path) -> None:
    data = rows_of(text_cell("F1", "Yes"), text_cell("F2", "No"))
    lists = '<dataValidation type="list" sqref="B1"><formula1>choice</formula1></dataValidation>'
    data += f"<dataValidations>{lists}</dataValidations>"
    names = "<definedNames><definedName name=\"Choice\">'Q'!$F$1:$F$2</definedName></definedNames>"
    (found,) = only_sheet(write_parts(tmp_path / "a.xlsx", parts_of(data, names=names))).dropdowns
    assert found.choices == ("Yes", "No")


def test_tick_boxes_outside_the_cells_are_told_with_their_place(tmp_path: Path) -> None:
    controls = (
        '<mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice Requires="x14"><controls><mc:AlternateContent><mc:Choice>'
        '<control shapeId="1" r:id="rId3" name="Check Box 1"><controlPr><anchor><from>'
        '<xdr:col xmlns:xdr="urn:d">2</xdr:col><xdr:row xmlns:xdr="urn:d">4</xdr:row></from><to>'
        '<xdr:col xmlns:xdr="urn:d">3</xdr:col><xdr:row xmlns:xdr="urn:d">5</xdr:row></to></anchor></controlPr>'
        "</control>"
        '</mc:Choice><mc:Fallback><control shapeId="1" r:id="rId3" name="Check Box 1"/></mc:Fallback>'
        "</mc:AlternateContent></controls></mc:Choice></mc:AlternateContent>"
    )
    parts = parts_of(
        rows_of(text_cell("A1", "x")) + controls,
        sheet_relations=relations(("rId3", "ctrlProp", "../ctrlProps/ctrlProp1.xml")),
        more={"xl/ctrlProps/ctrlProp1.xml": '<formControlPr objectType="CheckBox" checked="Checked" fmlaLink="$Z$5"/>'},
    )
    sheet = only_sheet(write_parts(tmp_path / "a.xlsx", parts))
    (box,) = sheet.tick_boxes
    assert (box.kind, box.is_ticked, box.row, box.column, box.linked_cell) == ("CheckBox", True, 5, 3, "$Z$5")
    assert list(sheet.cells) == [(1, 1)]


def test_tick_boxes_of_old_drawings_are_counted(tmp_path: Path) -> None:
    kinds = ("Checkbox", "Checkbox", "Note")
    drawing = "<xml><br>" + "".join(f'<x:ClientData ObjectType="{kind}"/>' for kind in kinds) + "</xml>"
    parts = parts_of(
        rows_of(text_cell("A1", "x")),
        sheet_relations=relations(("rId3", "vmlDrawing", "../drawings/vmlDrawing1.vml")),
        more={"xl/drawings/vmlDrawing1.vml": drawing},
    )
    assert [box.is_ticked for box in only_sheet(write_parts(tmp_path / "a.xlsx", parts)).tick_boxes] == [None, None]


def test_comments_stand_at_their_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write("C3", "はい")
        sheet.write_comment("C3", "版によります", {"author": ""})
    assert only_sheet(path).comments == {(3, 3): "版によります"}


def test_readings_beside_the_text_are_left_out_and_pieces_joined(tmp_path: Path) -> None:
    strings = (
        '<si><t>対象外</t><rPh sb="0" eb="3"><t>タイショウガイ</t></rPh><phoneticPr fontId="1"/></si>'
        "<si><r><t>は</t></r><r><rPr><b/></rPr><t>い</t></r></si><si><t>a_x000D_\nb&amp;</t></si>"
    )
    data = rows_of('<c r="A1" t="s"><v>0</v></c>', '<c r="A2" t="s"><v>1</v></c>', '<c r="A3" t="s"><v>2</v></c>')
    sheet = only_sheet(write_parts(tmp_path / "a.xlsx", parts_of(data, strings=strings)))
    assert [sheet.text(row, 1) for row in (1, 2, 3)] == ["対象外", "はい", "a\nb&"]


def test_cells_without_addresses_and_prefixed_names_are_placed(tmp_path: Path) -> None:
    first = '<x:row><x:c t="str"><x:v>a</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row>'
    sheet = f'<x:sheetData>{first}<x:row><x:c t="b"><x:v>1</x:v></x:c></x:row></x:sheetData>'
    parts = parts_of("")
    parts["xl/worksheets/sheet1.xml"] = f'<x:worksheet xmlns:x="urn:m">{sheet}</x:worksheet>'
    found = only_sheet(write_parts(tmp_path / "a.xlsx", parts))
    assert {cell.address: cell.text for cell in found.cells.values()} == {"A1": "a", "B1": "2", "A2": "TRUE"}


def test_a_single_cell_in_the_last_corner_costs_what_a_cell_costs(tmp_path: Path) -> None:
    dimension = '<dimension ref="A1:XFD1048576"/>'
    data = rows_of(text_cell("A1", "Yes"), text_cell("XFD1048576", "x"))
    merge = '<mergeCells><mergeCell ref="A2:XFD1048575"/></mergeCells>'
    sheet = only_sheet(write_parts(tmp_path / "a.xlsx", parts_of(dimension + data + merge)))
    assert list(sheet.cells) == [(1, 1), (1_048_576, 16_384)]
    assert sheet.shown(500, 500) is None
    assert len(list(sheet.rows())) == 2


@pytest.mark.parametrize(
    ("part", "content", "reason"),
    [
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", NotReadReason.XML_BROKEN),
        ("xl/worksheets/sheet1.xml", '<a><row r="0"><c><v>1</v></c></row></a>', NotReadReason.XML_BROKEN),
        ("xl/workbook.xml", "<workbook><sheets/></workbook>", NotReadReason.NO_SHEETS),
        ("xl/workbook.xml", "\x00\x01", NotReadReason.XML_BROKEN),
    ],
)
def test_broken_parts_are_refused_by_name(tmp_path: Path, part: str, content: str, reason: str) -> None:
    path = write_parts(tmp_path / "a.xlsx", {**parts_of(rows_of(text_cell("A1", "x"))), part: content})
    with pytest.raises(NotRead) as refused:
        read(path)
    assert refused.value.reason == reason


def test_entities_are_refused_even_far_behind_the_beginning(tmp_path: Path) -> None:
    declared = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'
    bomb = f'<?xml version="1.0"?><!--{"x" * 5000}-->{declared}<worksheet>&c;</worksheet>'
    path = write_parts(tmp_path / "a.xlsx", {**parts_of(""), "xl/worksheets/sheet1.xml": bomb})
    with pytest.raises(NotRead) as refused:
        read(path)
    assert refused.value.reason == NotReadReason.XML_TYPE_DECLARATION


def test_the_container_is_checked_before_anything_is_opened(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"Q": [["x"]]})
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(FileRefused) as refused:
        read(path)
    assert refused.value.reason is RefusedReason.ZIP_TRAILING_DATA


@pytest.mark.parametrize("kind", ["cells", "merges", "strings", "elements"])
def test_more_than_a_questionnaire_needs_is_refused(tmp_path: Path, kind: str) -> None:
    sheets = {
        "cells": "<sheetData>" + f"<row>{'<c><v>1</v></c>' * 100}</row>" * 1_001 + "</sheetData>",
        "merges": "<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 100_001 + "</mergeCells>",
        "strings": rows_of('<c r="A1" t="s"><v>0</v></c>'),
        "elements": "<sheetData><row>" + "<c/>" * 1_500_001 + "</row></sheetData>",
    }
    strings = "<si><t>x</t></si>" * 100_001 if kind == "strings" else ""
    path = write_parts(tmp_path / "a.xlsx", parts_of(sheets[kind], strings=strings))
    with pytest.raises(NotRead) as refused:
        read(path)
    assert refused.value.reason == NotReadReason.TOO_MUCH_CONTENT


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('\ufeff番号,回答\r\n1-1,"はい、\n条件付き"\r\n'.encode(), ["番号", "回答", "1-1", "はい、\n条件付き"]),
        ("番号\t回答\n1-1\tはい\n".encode("cp932"), ["番号", "回答", "1-1", "はい"]),
        ("番号;回答\n".encode("utf-16"), ["番号", "回答"]),
    ],
)
def test_text_files_of_japanese_programs_are_read(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with (tmp_path / "a.csv").open("rb") as file:
        sheet = read_csv(file).sheets[0]
    assert [cell.text for _number, row in sheet.rows() for cell in row] == expected


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\x00\xff\x81\x00")
    with (tmp_path / "a.csv").open("rb") as file, pytest.raises(NotRead) as refused:
        read_file(file, "a.csv")
    assert refused.value.reason == NotReadReason.CSV_ENCODING


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: text.strip()
)
VALUES = st.one_of(TEXTS, st.integers(-(10**12), 10**12), st.dates(date(1901, 1, 1), date(2199, 12, 31)))
PLACES = st.tuples(st.integers(1, 60), st.integers(1, 40))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(PLACES, VALUES, min_size=1, max_size=40))
def test_whatever_another_library_writes_is_read_back_equal(cells: dict[tuple[int, int], str | int | date]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for (row, column), value in cells.items():
        cell = sheet.cell(row, column)
        cell.value = value
        cell.font = Font(bold=row % 2 == 0)
        if isinstance(value, str):
            cell.data_type = "s"
    with tempfile.TemporaryDirectory() as folder:
        book.save(Path(folder) / "a.xlsx")
        found = read(Path(folder) / "a.xlsx")
    assert {place: cell.text for place, cell in found.sheets[0].cells.items()} == {
        place: str(value) for place, value in cells.items()
    }
    assert unpack_workbook(pack_workbook(found)) == found


@given(st.integers(1, 16_384), st.integers(1, 1_048_576))
def test_addresses_lead_back(column: int, row: int) -> None:
    assert parse_address(f"${letters_of(column)}${row}") == (row, column)
