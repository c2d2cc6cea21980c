"""Answers come out as they were given, with their place; what is not clear is left to a person, never guessed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.reading.grid import Cell, Flag, Kind, Range, Sheet, TickBox, Workbook
from services.reading.meaning import prepare, understand
from services.reading.normal import normal_text
from services.reading.readings import Outcome, Reason, is_unwelcome, pack_reading, unpack_reading
from services.reading.recognise import read_disclosure
from services.reading.template_files import list_templates
from services.reading.templates import Value
from tests.services.reading.books import write_book
from tests.services.reading.forms import (
    by_number,
    mds2,
    read_cells,
    read_path,
    small_template,
    values,
    write_mds2,
)

YES, NO, NA, SEE, TEXT, EMPTY, PERSON = (
    Value.YES,
    Value.NO,
    Value.NOT_APPLICABLE,
    Value.SEE_NOTES,
    Value.TEXT,
    Value.UNANSWERED,
    Value.NEEDS_PERSON,
)


def sheet_of(*rows: Sequence[str | None], merges: tuple[Range, ...] = ()) -> Workbook:
    """A workbook of one sheet with these texts from A1 on."""
    sheet = Sheet("様式", merges=list(merges))
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            if text is not None:
                sheet.cells[number, column] = Cell(number, column, text)
    return Workbook("xlsx", [sheet])


HEAD: Sequence[str | None] = ["番号", "質問", "回答", "備考"]


def test_a_whole_form_is_read_exactly(tmp_path: Path) -> None:
    choices = [number for number, question in mds2().questions.items() if question.kind == "choice"]
    texts = {number: "架空の値" for number, question in mds2().questions.items() if question.kind != "choice"}
    spread = ["No"] * 112 + ["N/A"] * 90 + ["Yes"] * 29 + ["See Notes"]
    answers = {**texts, **dict(zip(choices, spread, strict=False))}
    cited = {choices[-1]: "See Note 1 ", **{choices[10 * number]: f"See Note {number}" for number in range(2, 9)}}
    notes = [f"備考の文 {number}" for number in range(1, 9)]
    path = write_mds2(tmp_path / "a.xlsx", answers, cited=cited, notes=notes)
    reading = read_path(path)
    assert (reading.outcome, reading.template_id, reading.edition) == (Outcome.READ, "mds2-2019", "2019")
    assert reading.counts == {NO: 112, NA: 90, YES: 29, SEE: 1, TEXT: 7, EMPTY: 1, PERSON: 0}
    found = by_number(reading)
    for number, citation in cited.items():
        assert found[number].remark == f"備考の文 {citation.split()[-1]}"
    assert sum(bool(answer.remarks) for answer in reading.answers) == 8
    assert found["DOC-7"].raw == "2019-10-09"
    assert (found["DOC-1"].place, found["SAHD-15"].reason) == ("C6", Reason.MISPRINTED_NUMBER)
    assert reading.fields["issued_on"].value == "2019-10-09"
    assert unpack_reading(pack_reading(reading)) == reading


@pytest.mark.skipif(not os.environ.get("PORTAL_TEST_SAMPLES"), reason="PORTAL_TEST_SAMPLES names no folder of samples.")
def test_the_publishers_own_example_is_read_exactly() -> None:
    (path,) = Path(os.environ["PORTAL_TEST_SAMPLES"]).glob("*mds2_2019.xlsx")
    reading = read_path(path)
    assert reading.counts == {NO: 112, NA: 90, YES: 29, SEE: 1, TEXT: 7, EMPTY: 1, PERSON: 0}
    cited = [remark for answer in reading.answers for remark in answer.remarks if remark.note]
    assert sorted(remark.note for remark in cited) == list("12345678")
    assert by_number(reading)["SAHD-15"].value is YES


def test_the_same_form_with_everything_shifted_is_the_same(tmp_path: Path) -> None:
    answers = {"ALOF-1": "Yes", "ALOF-2": "No", "DOC-1": "架空", "RMOT-1.3": "Yes, optional"}
    plain = read_path(write_mds2(tmp_path / "a.xlsx", answers))
    shifted = read_path(write_mds2(tmp_path / "b.xlsx", answers, shift=(7, 3)))
    assert values(plain) == values(shifted)
    assert by_number(shifted)["ALOF-1"].place != by_number(plain)["ALOF-1"].place


def test_a_blank_form_is_unanswered_and_not_no(tmp_path: Path) -> None:
    reading = read_path(write_mds2(tmp_path / "a.xlsx"))
    assert reading.outcome is Outcome.READ
    assert set(values(reading).values()) == {EMPTY}


@pytest.mark.parametrize(
    ("raw", "value", "rest"),
    [
        ("Yes", YES, ""),
        (" ＹＥＳ　", YES, ""),
        ("yes.", YES, ""),
        ("Yes, optional", YES, "optional"),
        ("No - planned for next release", NO, "planned for next release"),
        ("N/A: No default accounts", NA, "No default accounts"),
        ("N/A (no accounts)", NA, "(no accounts)"),
        ("Ｎ／Ａ", NA, ""),
        ("Not applicable", NA, ""),
        ("See Note 4", SEE, "See Note 4"),
        ("Yes. See Note 3", YES, "See Note 3"),
        ("はい", YES, ""),
        ("ハイ", YES, ""),
        ("ﾊｲ", YES, ""),
        ("いいえ。来年対応します", NO, "来年対応します"),
        ("はい（条件付き）", YES, "（条件付き）"),
        ("はい ※1", YES, "※1"),
        ("はい\n院内のみ", YES, "院内のみ"),
        ("対象外", NA, ""),
        ("－", NA, ""),
        ("○", YES, ""),
        ("×", NO, ""),
        ("☑はい □いいえ □対象外", YES, ""),
        ("□はい ■いいえ", NO, ""),
        ("□はい □いいえ", EMPTY, ""),
        ("", EMPTY, ""),
        ("　\n", EMPTY, ""),
        ("__", EMPTY, ""),
    ],
)
def test_habits_of_vendors_are_understood(raw: str, value: Value, rest: str) -> None:
    templates = list_templates()
    meanings = [understand(raw, prepare(template.answers)) for template in templates]
    sure = [meaning for meaning in meanings if meaning.value is not PERSON]
    assert [(meaning.value, meaning.rest) for meaning in sure[:1]] == [(value, rest)]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("Yes/No", Reason.TWO_ANSWERS),
        ("Yes, No", Reason.TWO_ANSWERS),
        ("はい・いいえ", Reason.TWO_ANSWERS),
        ("はい　いいえ", Reason.TWO_ANSWERS),
        ("いいえ（対象外）", Reason.TWO_ANSWERS),
        ("はい または 対象外", Reason.TWO_ANSWERS),
        ("☑はい ☑いいえ", Reason.TWO_MARKS),
        ("○はい ○いいえ", Reason.UNKNOWN_MARK),
        ("No default accounts exist", Reason.UNKNOWN_WORD),
        ("Yesterday", Reason.UNKNOWN_WORD),
        ("Nothing", Reason.UNKNOWN_WORD),
        ("△", Reason.UNKNOWN_WORD),
        ("はいえいぎょう", Reason.UNKNOWN_WORD),
        ("検討中", Reason.UNKNOWN_WORD),
        ("2026-03-31", Reason.UNKNOWN_WORD),
        ("-5", Reason.UNKNOWN_WORD),
        ("?", Reason.UNKNOWN_WORD),
    ],
)
def test_what_is_not_clear_needs_a_person(raw: str, reason: Reason) -> None:
    for template in list_templates():
        meaning = understand(raw, prepare(template.answers))
        assert meaning.value is PERSON
        assert meaning.confidence == 0
    meanings = [understand(raw, prepare(template.answers)) for template in list_templates()]
    assert reason in {meaning.reason for meaning in meanings}


@given(st.text(max_size=40))
def test_no_text_without_an_answer_word_ever_becomes_an_answer(raw: str) -> None:
    known = prepare(mds2().answers)
    plain = normal_text(raw)
    assume(not any(word in plain for word in known.words))
    assert understand(raw, known).value in {EMPTY, PERSON}


def test_two_families_of_answers_are_read(tmp_path: Path) -> None:
    template = small_template("marks", ["1", "2", "3", "4", "5", "6"])
    rows: list[list[str | int | float | None]] = [
        ["番号", "質問", "回答", None, None, "備考"],
        [None, None, "はい", "いいえ", "対象外", None],
        ["1", "あ", "○", None, None, "補足"],
        ["2", "い", None, "レ", None, None],
        ["3", "う", None, None, "■", None],
        ["4", "え", None, None, None, None],
        ["5", "お", "○", "○", None, None],
        ["6", "か", "たぶん", None, None, None],
    ]
    path = write_book(tmp_path / "a.xlsx", {"様式": rows}, {"様式": ["A1:A2", "B1:B2", "C1:E1", "F1:F2"]})
    reading = read_path(path, template)
    found = by_number(reading)
    assert values(reading) == {"1": YES, "2": NO, "3": NA, "4": EMPTY, "5": PERSON, "6": PERSON}
    assert (found["5"].reason, found["6"].reason) == (Reason.TWO_MARKS, Reason.UNKNOWN_MARK)
    assert (found["1"].place, found["1"].remark, found["2"].place) == ("C3", "補足", "D4")
    assert (found["5"].place, found["5"].raw) == ("C7, D7", "○ ○")
    assert reading.outcome is Outcome.NEEDS_PERSON


def test_a_column_of_marks_that_is_missing_leaves_every_answer_to_a_person() -> None:
    template = small_template("marks", ["1", "2"])
    book = sheet_of(["番号", "質問", "はい", "いいえ", "該当せず"], ["1", "あ", "○"], ["2", "い", None, None, "○"])
    found = read_cells(book, template)
    assert [answer.reason for answer in found.values()] == [Reason.NO_ANSWER_COLUMN] * 2


@pytest.mark.parametrize("mark", ["○", "〇", "◯", "●", "■", "☑", "✓", "レ", "x", "X", "1", "TRUE", "はい", "Ｘ"])
def test_every_mark_counts_and_an_empty_box_does_not(mark: str) -> None:
    template = small_template("marks", ["1", "2"])
    book = sheet_of(
        ["番号", "質問", "はい", "いいえ", "対象外"], ["1", "あ", mark, "□", None], ["2", "い", "☐", "FALSE", "0"]
    )
    found = read_cells(book, template)
    assert (found["1"].value, found["2"].value) == (YES, EMPTY)


def test_numbers_are_texts_and_padding_and_breaks_do_not_matter() -> None:
    template = small_template("cell", ["CO-02", "AIS-02.2", "3.1", "3.10"])
    book = sheet_of(
        HEAD,
        ["CO-02           ", "あ", "はい", None],
        ["AIS- 02.2", "い", "いいえ", None],
        ["３．１", "う", "対象外", None],
        ["3.10", "え", "はい", None],
    )
    found = read_cells(book, template)
    assert [found[number].value for number in ("CO-02", "AIS-02.2", "3.1", "3.10")] == [YES, NO, NA, YES]
    assert [answer.place for answer in found.values()] == ["C2", "C3", "C4", "C5"]


def with_cells(book: Workbook, *cells: Cell) -> Workbook:
    for cell in cells:
        book.sheets[0].cells[cell.row, cell.column] = cell
    return book


def test_a_number_that_became_a_number_or_a_date_needs_a_person() -> None:
    template = small_template("cell", ["4.1", "4.9", "4.10", "1-2", "5", "6"])
    book = sheet_of(HEAD, *[[None, "問い", answer] for answer in ("はい", "はい", "いいえ", "はい", "はい", "はい")])
    with_cells(
        book,
        Cell(2, 1, "4.1", Kind.NUMBER, Flag.PLAIN_NUMBER),
        Cell(3, 1, "4.9", Kind.NUMBER, Flag.PLAIN_NUMBER),
        Cell(4, 1, "4.1", Kind.NUMBER, Flag.PLAIN_NUMBER),
        Cell(5, 1, "2026-01-02", Kind.DATE),
        Cell(6, 1, "5", Kind.NUMBER),
        Cell(7, 1, "6", Kind.NUMBER),
    )
    found = read_cells(book, template)
    assert {found[number].reason for number in ("4.1", "4.10", "1-2")} == {Reason.DOUBTFUL_NUMBER}
    assert [found[number].value for number in ("4.9", "5", "6")] == [YES, YES, YES]
    assert "いいえ" in found["4.10"].raw


def test_the_wording_settles_which_number_was_meant() -> None:
    numbers, texts = ["4.1", "4.9", "4.10", "1-2"], ["甲ですか", "乙ですか", "丙ですか", "丁ですか"]
    answers = ["はい", "はい", "いいえ", "対象外"]
    book = sheet_of(HEAD, *([None, text, answer] for text, answer in zip(texts, answers, strict=True)))
    for row, number in ((2, "4.1"), (3, "4.9"), (4, "4.1")):
        with_cells(book, Cell(row, 1, number, Kind.NUMBER, Flag.PLAIN_NUMBER))
    with_cells(book, Cell(5, 1, "2026-01-02", Kind.DATE), Cell(6, 1, "5"), Cell(6, 2, "戊ですか"), Cell(6, 3, "はい"))
    template = small_template("cell", [*numbers, "5"], [*texts, "戊ですか"])
    found = read_cells(book, template)
    assert [answer.value for answer in found.values()] == [YES, YES, NO, NA, YES]


def test_a_number_that_stands_twice_or_nowhere_needs_a_person() -> None:
    template = small_template("cell", ["1", "2", "3", "4"], pattern="[0-9]+")
    book = sheet_of(
        HEAD, ["1", "あ", "はい"], ["1", "あ", "いいえ"], ["2", "い", "はい"], ["3", "う", "はい"], ["9", "え", "はい"]
    )
    reading = read_disclosure(book, [template])
    found = by_number(reading)
    assert (found["1"].reason, found["1"].raw, found["1"].place) == (Reason.NUMBER_TWICE, "はい\nいいえ", "C2, C3")
    assert (found["4"].value, found["4"].reason) == (PERSON, Reason.MISSING_ROW)
    assert [(one.reason, one.place) for one in reading.findings] == [(Reason.UNKNOWN_NUMBER, "A6")]


def test_a_number_on_every_row_names_only_the_first_places() -> None:
    template = small_template("cell", ["1", "2"])
    book = sheet_of(HEAD, ["2", "あ", "はい"], *[["1", "あ", "はい"]] * 30)
    found = read_cells(book, template)["1"]
    assert (found.reason, found.place) == (Reason.NUMBER_TWICE, "C3, C4, C5, C6, C7, …")


def test_several_questions_in_one_cell_are_split_or_refused_by_name() -> None:
    template = small_template("cell", ["CO-01", "CO-02A", "CO-02B", "CO-03A", "CO-03B", "CO-04", "CO-05"])
    book = sheet_of(
        HEAD,
        ["CO-01", "あ", "はい"],
        ["CO-02a\nCO-02b", "い\nう", "はい\nいいえ"],
        ["CO-03", "CO-03a 方針はありますか\nCO-03b 手順はありますか", "はい"],
        ["CO-04", "え", "はい"],
        ["CO-05", "お", "はい"],
    )
    reading = read_disclosure(book, [template])
    assert reading.template_id == ""
    wide = small_template("cell", [*template.questions, *(f"ZZ-{number}" for number in range(1, 9))])
    rows = [[f"ZZ-{number}", "か", "はい"] for number in range(1, 9)]
    for number, row in enumerate(rows, 7):
        with_cells(book, *(Cell(number, column, text) for column, text in enumerate(row, 1)))
    found = by_number(read_disclosure(Workbook("xlsx", [replace(book.sheets[0])]), [wide]))
    assert (found["CO-02A"].value, found["CO-02B"].value) == (YES, NO)
    assert {found[number].reason for number in ("CO-03A", "CO-03B")} == {Reason.SEVERAL_QUESTIONS}
    assert found["CO-03A"].place == "C4"


def test_a_merged_number_with_two_answers_needs_a_person() -> None:
    template = small_template("cell", ["1", "2"])
    book = sheet_of(
        HEAD,
        ["1", "あ", "はい"],
        [None, None, "いいえ"],
        ["2", "い", None],
        [None, None, "対象外"],
        merges=(Range(2, 1, 3, 1), Range(4, 1, 5, 1)),
    )
    found = read_cells(book, template)
    assert (found["1"].value, found["1"].reason) == (PERSON, Reason.SEVERAL_ROWS)
    assert (found["2"].value, found["2"].place) == (NA, "C5")


def test_numbered_remarks_elsewhere_are_joined() -> None:
    template = small_template("cell", ["1", "2", "3", "4"])
    book = sheet_of(
        HEAD,
        ["1", "あ", "いいえ", "1"],
        ["2", "い", "はい", "※2、3"],
        ["3", "う", "はい ※2", "導入時に設定"],
        ["4", "え", "備考参照", "備考9"],
        [None],
        ["備考"],
        ["1", "来年に対応します"],
        ["※2 院内のみです"],
        ["備考3：別売りです"],
    )
    reading = read_disclosure(book, [template])
    found = by_number(reading)
    assert found["1"].remark == "来年に対応します"
    assert found["2"].remark == "院内のみです\n別売りです"
    assert found["3"].remark == "院内のみです\n導入時に設定"
    assert (found["4"].value, found["4"].remark) == (SEE, "備考9")
    assert Reason.NOTE_MISSING in {one.reason for one in reading.findings}
    assert found["1"].remarks[0].place == "A8"


def test_formulas_without_result_and_errors_need_a_person() -> None:
    template = small_template("cell", ["1", "2", "3"])
    book = sheet_of(HEAD, ["1", "あ", None], ["2", "い", None], ["3", "う", "はい"])
    with_cells(book, Cell(2, 3, "", Kind.TEXT, Flag.FORMULA | Flag.NOT_CALCULATED), Cell(3, 3, "#REF!", Kind.ERROR))
    found = read_cells(book, template)
    assert [answer.reason for answer in found.values()] == [Reason.NOT_CALCULATED, Reason.ERROR_VALUE, None]


def test_boxes_that_float_over_a_row_need_a_person() -> None:
    template = small_template("cell", ["1", "2"])
    book = sheet_of(HEAD, ["1", "あ", None], ["2", "い", None])
    book.sheets[0].tick_boxes.append(TickBox("CheckBox", True, 2, 3))
    reading = read_disclosure(book, [template])
    assert [(one.value, one.reason) for one in reading.answers] == [(PERSON, Reason.TICK_BOX), (EMPTY, None)]
    assert Reason.TICK_BOX in {one.reason for one in reading.findings}


def test_what_is_hidden_is_read_and_told() -> None:
    template = small_template("cell", ["1", "2"])
    book = sheet_of(HEAD, ["1", "あ", "はい"], ["2", "い", "はい"])
    book.sheets[0].hidden_rows.add(3)
    book.sheets[0].is_hidden = True
    reading = read_disclosure(book, [template])
    assert [answer.reason for answer in reading.answers] == [None, Reason.HIDDEN]
    assert [one.reason for one in reading.findings] == [Reason.SHEET_HIDDEN]


def test_comments_on_an_answer_are_remarks() -> None:
    book = sheet_of(HEAD, ["1", "あ", "はい", "備"], ["2", "い", "はい", None])
    book.sheets[0].comments[2, 3] = "版によります"
    assert read_cells(book, small_template("cell", ["1", "2"]))["1"].remark == "備\n版によります"


def test_one_sheet_of_fifteen_holds_the_questions(tmp_path: Path) -> None:
    path = write_mds2(tmp_path / "a.xlsx", {"ALOF-1": "Yes"})
    book = openpyxl.load_workbook(path)
    for number in range(14):
        other = book.create_sheet(f"other {number}", 0)
        for row in range(1, 30):
            other.append([f"ALOF-{row}", "説明", "No"])
    book.save(path)
    reading = read_path(path)
    assert (reading.sheet, by_number(reading)["ALOF-1"].value) == ("form", YES)


def test_the_edition_is_told_by_its_questions_and_not_by_its_print(tmp_path: Path) -> None:
    texts = [f"問い {number} ですか" for number in range(1, 9)]
    old = small_template("cell", [str(number) for number in range(1, 9)], texts)
    new = replace(old, id="new", edition="2")
    other = small_template("cell", [str(number) for number in range(1, 9)], [f"別の {text}" for text in texts])
    book = sheet_of(HEAD, *([str(number), f"別の 問い{number}\nですか", "はい"] for number in range(1, 9)))
    reading = read_disclosure(book, [old, replace(other, id="other", edition="1")])
    assert (reading.template_id, reading.counts[YES]) == ("other", 8)
    refused = read_disclosure(book, [old, new])
    assert (refused.outcome, refused.template_id) == (Outcome.NEEDS_TEMPLATE, "")
    assert refused.findings[0].reason is Reason.OTHER_WORDING


def test_a_form_nobody_has_shown_and_a_price_list_are_told_apart() -> None:
    form = sheet_of(
        ["製造業者による医療情報セキュリティ開示書"],
        ["製品名", "電子カルテ「みどり」", "作成日：2026年4月1日"],
        HEAD,
        *([f"{number}.1", "この製品は対策をしていますか", "はい"] for number in range(1, 12)),
    )
    reading = read_disclosure(form, list_templates())
    assert (reading.outcome, reading.kind, reading.answers) == (Outcome.NEEDS_TEMPLATE, "mds", [])
    assert {name: one.value for name, one in reading.fields.items()} == {
        "product": "電子カルテ「みどり」",
        "issued_on": "2026年4月1日",
    }
    prices = sheet_of(["品名", "価格"], ["端末", "120,000"], ["保守", "30,000"])
    assert read_disclosure(prices, list_templates()).outcome is Outcome.OTHER


def test_unwelcome_answers_are_not_all_the_no_and_closed_ones_are_none(tmp_path: Path) -> None:
    answers = {"CSUP-1": "No", "CSUP-7": "No", "AUTH-3": "Yes", "MPII-1": "Yes", "ALOF-1": "No", "ALOF-2": "Yes"}
    found = by_number(read_path(write_mds2(tmp_path / "a.xlsx", answers)))
    questions = mds2().questions
    unwelcome = {number for number, answer in found.items() if is_unwelcome(questions[number], answer)}
    assert unwelcome == {"AUTH-3", "ALOF-1"}
    assert found["CSUP-7"].closed_by == "CSUP-1"


NUMBERS = st.lists(
    st.from_regex(r"[A-Z]{2,4}-[1-9][0-9]?(\.[1-9][0-9]?){0,2}", fullmatch=True), min_size=3, max_size=25, unique=True
)
SAYINGS: dict[Value, list[str | None]] = {
    YES: ["はい", "ハイ", "○"],
    NO: ["いいえ", "×"],
    NA: ["対象外", "－"],
    EMPTY: [None],
}


@settings(max_examples=50, deadline=None)
@given(NUMBERS, st.data())
def test_whatever_form_is_written_to_a_file_is_read_back_equal(numbers: list[str], data: st.DataObject) -> None:
    family = data.draw(st.sampled_from(["cell", "marks"]))
    said = [data.draw(st.sampled_from([YES, NO, NA, EMPTY])) for _ in numbers]
    remarks = [data.draw(st.sampled_from([None, "運用で対応します", "別途説明"])) for _ in numbers]
    assume(any(value is not EMPTY for value in said))
    rows: list[list[str | None]] = [[] for _ in range(data.draw(st.integers(0, 9)))]
    answers = ["回答"] if family == "cell" else ["はい", "いいえ", "対象外"]
    rows.append(["番号", "質問", *answers, "備考"])
    for number, value, remark in zip(numbers, said, remarks, strict=True):
        padded = number + " " * data.draw(st.integers(0, 3))
        if family == "cell":
            told = [data.draw(st.sampled_from(SAYINGS[value]))]
        else:
            mark = data.draw(st.sampled_from(["○", "レ", "x", "■"]))
            told = [mark if value is one else None for one in (YES, NO, NA)]
        rows.append([padded, "対策をしていますか", *told, remark])
    right: list[str | None] = [None] * data.draw(st.integers(0, 6))
    with tempfile.TemporaryDirectory() as folder:
        path = write_book(Path(folder) / "a.xlsx", {"様式": [[*right, *row] for row in rows]})
        found = by_number(read_path(path, small_template(family, numbers)))
    assert [found[number].value for number in numbers] == said
    assert [found[number].remark or None for number in numbers] == remarks


def test_columns_of_lists_show_where_answers_go_on_a_blank_form(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row in range(3):
            sheet.write_row(row, 0, [f"Q-{row + 1}", "問いですか"])
        sheet.data_validation("F1:F3", {"validate": "list", "source": ["はい", "いいえ"]})
    template = small_template("cell", ["Q-1", "Q-2", "Q-3"])
    assert by_number(read_path(path, template))["Q-2"].place == "F2"
