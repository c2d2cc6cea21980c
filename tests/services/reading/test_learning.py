"""A form that nobody knows is shown once; from then on it is recognised, wherever its columns stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from services.reading import sandbox
from services.reading.compare import compare_answers
from services.reading.grid import Workbook
from services.reading.learn import make_template
from services.reading.proposals import propose
from services.reading.readings import Outcome, Reason
from services.reading.recognise import read_disclosure
from services.reading.template_files import build_template, list_templates
from services.reading.templates import Template, Value, pack_template
from services.reading.xlsx import read_xlsx
from tests.services.reading.books import Row, write_book
from tests.services.reading.forms import by_number

AREAS = ("体制", "接続", "記録")


def rows_of_form(said: str = "", *, first: int = 1, last: int = 4) -> list[Row]:
    """A form of our own with three areas, numbers of two levels, and an answer to each question."""
    rows: list[Row] = [["製造業者による医療情報セキュリティ開示書"], [], ["製品名", "電子カルテ みどり"]]
    rows.append(["番号", "質問", "回答", "備考"])
    for area, name in enumerate(AREAS, 1):
        rows.append([None, name])
        rows += [
            [f"{area}.{number}", f"{name}について、{number}番目の対策をしていますか。", said, "補足" if said else None]
            for number in range(first, last + 1)
        ]
    return rows


def load(path: Path) -> Workbook:
    with path.open("rb") as file:
        return read_xlsx(file)


def learn(workbook: Workbook, **corrected: object) -> Template:
    """The template of the likeliest proposal, as a person confirmed or corrected it."""
    proposal = propose(workbook, list_templates())[0]
    for name, value in corrected.items():
        setattr(proposal, name, value)
    template = make_template(
        workbook, proposal, template_id="own", kind="mds", edition="5.0", name="開示書", templates=list_templates()
    )
    return build_template(pack_template(template), file="learned")


def test_a_blank_form_is_proposed_learned_and_then_read(tmp_path: Path) -> None:
    blank = write_book(tmp_path / "blank.xlsx", {"表紙": [["表紙"]], "開示書": rows_of_form()})
    proposal = propose(load(blank), list_templates())[0]
    assert (proposal.sheet, proposal.count, proposal.family) == ("開示書", 12, "cell")
    places = (proposal.id_column, proposal.question_column, proposal.answer_column, proposal.remark_columns)
    assert places == (1, 2, 3, [4])
    assert 4 in proposal.heading_rows
    template = learn(load(blank))
    assert len(template.questions) == 12
    assert [section.name.ja for section in template.sections] == list(AREAS)
    assert template.questions["2.3"].text == "接続について、3番目の対策をしていますか。"
    filled = write_book(tmp_path / "filled.xlsx", {"開示書": rows_of_form("いいえ")})
    reading = read_disclosure(load(filled), [*list_templates(), template])
    assert (reading.outcome, reading.template_id, reading.counts[Value.NO]) == (Outcome.READ, "own", 12)
    assert by_number(reading)["3.4"].remark == "補足"
    assert reading.fields["product"].value == "電子カルテ みどり"


def test_a_republished_form_with_columns_and_sheets_shifted_has_no_difference(tmp_path: Path) -> None:
    template = learn(load(write_book(tmp_path / "a.xlsx", {"開示書": rows_of_form("はい")})))
    before = read_disclosure(load(tmp_path / "a.xlsx"), [template])
    shifted = [[None, None, row[0], None, *row[1:]] if row else [] for row in [[], [], *rows_of_form("はい")]]
    path = write_book(tmp_path / "b.xlsx", {"はじめに": [["説明"]], "新しい名前": shifted, "終わりに": [["x"]]})
    after = read_disclosure(load(path), [template])
    assert (after.sheet, after.template_id) == ("新しい名前", "own")
    assert compare_answers(before.answers, after.answers) == []
    assert after.answers[0].place == "F8"


def test_another_edition_with_the_same_numbers_is_not_taken_for_this_one(tmp_path: Path) -> None:
    template = learn(load(write_book(tmp_path / "a.xlsx", {"開示書": rows_of_form()})))
    other = [
        [value.replace("対策", "別の管理") if isinstance(value, str) else value for value in row]
        for row in rows_of_form("はい")
    ]
    reading = read_disclosure(load(write_book(tmp_path / "b.xlsx", {"開示書": other})), [template])
    assert (reading.outcome, reading.template_id, reading.answers) == (Outcome.NEEDS_TEMPLATE, "", [])
    assert reading.findings[0].reason is Reason.OTHER_WORDING


def test_columns_with_marks_are_proposed_and_learned(tmp_path: Path) -> None:
    rows: list[Row] = [["項番", "確認項目", "回答", None, None, "備考"], [None, None, "はい", "いいえ", "対象外", None]]
    rows += [[f"A-{number}", f"{number}つ目の対策がありますか", None, "○", None, None] for number in range(1, 9)]
    path = write_book(tmp_path / "a.xlsx", {"様式": rows}, {"様式": ["C1:E1", "A1:A2", "B1:B2", "F1:F2"]})
    proposal = propose(load(path), list_templates())[0]
    assert (proposal.family, proposal.mark_columns) == ("marks", {"yes": 3, "no": 4, "not_applicable": 5})
    assert proposal.remark_columns == [6]
    reading = read_disclosure(load(path), [learn(load(path))])
    assert reading.counts[Value.NO] == 8


def test_a_list_of_answers_shows_the_column_and_its_words(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("Assessment")
        for row in range(10):
            sheet.write_row(row, 0, [f"HLTH-{row + 1}", "Is there a documented process for this?"])
        sheet.data_validation("E1:E10", {"validate": "list", "source": ["Yes", "No", "N/A", "Planned"]})
    proposal = propose(load(tmp_path / "a.xlsx"), list_templates())[0]
    assert proposal.answer_column == 5
    assert proposal.words == {"Yes": "yes", "No": "no", "N/A": "not_applicable"}
    assert proposal.unknown_words == ["Planned"]


def test_a_person_corrects_columns_words_and_headings(tmp_path: Path) -> None:
    rows: list[Row] = [["No", "内容", "前回", "今回"], ["1", "体制の項目についての見出し", None, None]]
    rows += [[f"1.{number}", f"{number}番目の対策をしていますか", "はい", "実施済"] for number in range(1, 8)]
    path = write_book(tmp_path / "a.xlsx", {"様式": rows})
    template = learn(load(path), answer_column=4, words={"実施済": "yes"}, left_out=["1"])
    assert "1" not in template.questions
    reading = read_disclosure(load(path), [template])
    assert (reading.counts[Value.YES], reading.answers[0].raw) == (7, "実施済")
    with pytest.raises(LookupError):
        learn(load(path), sheet="ない")


def test_numbers_kept_as_numbers_are_learned_in_order(tmp_path: Path) -> None:
    rows: list[Row] = [["番号", "質問", "回答"]]
    rows += [[4 + number / 10 if number < 10 else 4.1, f"{number}番目の対策ですか", "はい"] for number in range(1, 11)]
    path = write_book(tmp_path / "a.xlsx", {"様式": rows})
    template = learn(load(path))
    assert list(template.questions)[-2:] == ["4.9", "4.10"]
    reading = read_disclosure(load(path), [template])
    assert reading.counts[Value.YES] == 10
    assert by_number(reading)["4.10"].place == "C11"


def test_fifteen_sheets_and_the_one_with_the_questions_comes_first(tmp_path: Path) -> None:
    sheets: dict[str, list[Row]] = {
        f"参考{number}": [["1", "はじめに読むこと"], ["2", "用語の説明"]] for number in range(14)
    }
    path = write_book(tmp_path / "a.xlsx", {**sheets, "質問": rows_of_form("はい")})
    assert propose(load(path), list_templates())[0].sheet == "質問"


def test_repeated_texts_in_merged_cells_are_no_questions(tmp_path: Path) -> None:
    rows: list[Row] = [
        ["Control Domain", "Control ID", "Question ID", "Control Specification", "Assessment Questions", "Answers"],
        [None, None, None, None, None, "Yes", "No", "N/A", "Notes"],
    ]
    specification = "Interfaces are designed, developed, deployed and tested by leading standards and by law. " * 3
    for control in range(1, 6):
        for number in range(1, 4):
            first = number == 1
            mark = f"AIS- {control:02}.{number}  " if control == 2 else f"AIS-{control:02}.{number}"
            question = f"Do you use standard {control}.{number} to build security in?"
            head: list[str | None] = ["Interfaces", f"AIS-{control:02}", mark] if first else [None, None, mark]
            rows.append([*head, specification if first else None, question, *(["X"] if first else [None, "X"])])
    merges = [f"{letter}{row}:{letter}{row + 2}" for row in range(3, 18, 3) for letter in "ABD"]
    path = write_book(tmp_path / "a.xlsx", {"CAIQ": rows}, {"CAIQ": ["F1:H1", *merges]})
    proposal = propose(load(path), list_templates())[0]
    assert (proposal.id_column, proposal.question_column, proposal.family) == (3, 5, "marks")
    assert (proposal.mark_columns, proposal.remark_columns) == ({"yes": 6, "no": 7, "not_applicable": 8}, [9])
    reading = read_disclosure(load(path), [learn(load(path))])
    assert (reading.counts[Value.YES], reading.counts[Value.NO]) == (5, 10)
    assert by_number(reading)["AIS-02.2"].value is Value.NO


def test_of_two_lists_the_one_with_answers_is_proposed(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("CAIQ")
        sheet.write_row(
            0, 0, ["Question ID", "Question", "CSP CAIQ Reply", "Ownership", "CSP Implementation Description"]
        )
        for row in range(1, 9):
            sheet.write_row(row, 0, [f"A&A-{row:02}.1", "Are audit policies established and reviewed each year?"])
        owners = ["CSP-owned", "CSC-owned", "Shared", "3rd-party", "Both"]
        sheet.data_validation("C2:C9", {"validate": "list", "source": ["Yes", "No", "NA"]})
        sheet.data_validation("D2:D9", {"validate": "list", "source": owners})
    proposal = propose(load(tmp_path / "a.xlsx"), list_templates())[0]
    assert (proposal.id_column, proposal.answer_column, proposal.remark_columns) == (1, 3, [5])
    assert len(learn(load(tmp_path / "a.xlsx")).questions) == 8


def test_numbers_that_became_dates_are_learned_as_they_were_typed(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet, day = book.add_worksheet("様式"), book.add_format({"num_format": "m-d"})
        for row in range(12):
            sheet.write_row(row, 0, [f"1-{row + 1}", f"{row}番目の対策をしていますか", "はい"])
        for row in range(3):
            moment = datetime(2026, 1, row + 1)  # noqa: DTZ001 - a cell's date has no zone.
            sheet.write_datetime(row, 0, moment, day)
    template = learn(load(tmp_path / "a.xlsx"))
    assert list(template.questions)[:4] == ["1-1", "1-2", "1-3", "1-4"]
    assert read_disclosure(load(tmp_path / "a.xlsx"), [template]).counts[Value.YES] == 12


def test_of_two_forms_in_one_file_the_filled_one_is_read_and_the_other_told(tmp_path: Path) -> None:
    mds = learn(load(write_book(tmp_path / "mds.xlsx", {"MDS": rows_of_form()})))
    services = [[str(value).replace("対策", "管理") if value else None for value in row] for row in rows_of_form()]
    sds = replace(learn(load(write_book(tmp_path / "sds.xlsx", {"SDS": services}))), id="sds", kind="sds")
    filled = [[*row[:2], "はい"] if len(row) > 2 and "." in str(row[0]) else row for row in services]
    path = write_book(tmp_path / "both.xlsx", {"MDS": rows_of_form(), "SDS": filled})
    reading = read_disclosure(load(path), [mds, sds])
    assert (reading.template_id, reading.counts[Value.YES]) == ("sds", 12)
    assert [(one.reason, one.place, one.text) for one in reading.findings] == [(Reason.ANOTHER_FORM, "MDS", "own")]
    assert read_disclosure(load(path), [mds]).counts[Value.UNANSWERED] == 12


def test_last_years_answers_beside_are_not_taken_for_this_years(tmp_path: Path) -> None:
    rows: list[Row] = [["番号", "質問", "回答", "回答"]]
    rows += [[f"1.{number}", f"{number}番目の対策をしていますか", "はい", "いいえ"] for number in range(1, 8)]
    path = write_book(tmp_path / "a.xlsx", {"様式": rows})
    assert read_disclosure(load(path), [learn(load(path), answer_column=4)]).counts[Value.NO] == 7


def test_a_form_with_marks_and_numbered_remarks_below_is_learned_without_them(tmp_path: Path) -> None:
    rows: list[Row] = [["サービス事業者による医療情報セキュリティ開示書"], []]
    rows.append(["番号", "チェック項目", "はい", "いいえ", "対象外", "備考番号"])
    for number in range(1, 11):
        marks = ["○", None, None] if number % 2 else [None, "○", None]
        rows.append(
            [f"1.{number}", f"{number}番目の対策を実施していますか。", *marks, None if number % 2 else str(number)]
        )
    rows += [[], ["備考"], *([str(number), f"備考の文 {number}"] for number in range(2, 11, 2))]
    path = write_book(tmp_path / "a.xlsx", {"表紙": [["医療情報セキュリティ開示書"]], "SDS": rows})
    assert read_disclosure(load(path), list_templates()).kind == "sds"
    template = replace(learn(load(path)), kind="sds")
    assert len(template.questions) == 10
    reading = read_disclosure(load(path), [template])
    found = by_number(reading)
    assert reading.findings == []
    assert [answer.value for answer in found.values()] == [Value.YES, Value.NO] * 5
    assert (found["1.2"].remark, found["1.10"].remark, found["1.1"].remark) == ("備考の文 2", "備考の文 10", "")


def test_what_a_person_says_a_word_means_comes_first(tmp_path: Path) -> None:
    rows: list[Row] = [["番号", "質問", "回答"]]
    rows += [[f"1.{number}", f"{number}番目の対策をしていますか", "○"] for number in range(1, 8)]
    path = write_book(tmp_path / "a.xlsx", {"様式": rows})
    assert read_disclosure(load(path), [learn(load(path))]).counts[Value.YES] == 7
    template = learn(load(path), words={"○": "not_applicable"})
    assert read_disclosure(load(path), [template]).counts[Value.NOT_APPLICABLE] == 7


def test_the_child_proposes_the_same(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"開示書": rows_of_form("はい")})
    assert sandbox.propose_columns(path, templates=list_templates()) == propose(load(path), list_templates())
    book = openpyxl.Workbook()
    book.save(tmp_path / "empty.xlsx")
    assert sandbox.propose_columns(tmp_path / "empty.xlsx", templates=list_templates()) == []
