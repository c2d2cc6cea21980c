"""A PDF of a form is read into the same answers as its workbook, each to be confirmed; a scan is kept and said so."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest

from services.reading import sandbox
from services.reading.grid import Workbook
from services.reading.normal import normal_text
from services.reading.pdf import read_pdf
from services.reading.readings import Outcome, Reading, Reason
from services.reading.reasons import NotRead, NotReadReason
from services.reading.recognise import read_disclosure
from services.reading.template_files import list_templates
from services.reading.templates import Template, Value
from tests.services.reading.forms import by_number, mds2, small_template
from tests.services.reading.papers import EMPTY, LOCKED, LONG, table, words, write_paper

SAID = ("Yes", "No", "N/A", "Yes, optional", "")


def read(path: Path) -> Workbook:
    with path.open("rb") as file:
        return read_pdf(file)


def answers(path: Path, *templates: Template) -> Reading:
    return read_disclosure(read(path), templates or list_templates())


@pytest.mark.parametrize("stroke", ["0.5pt", "none"])
def test_a_printed_form_gives_the_answers_of_its_workbook(tmp_path: Path, stroke: str) -> None:
    body, expected = "", {}
    for section in mds2().sections:
        body += f"== #{words(f'{section.name.en} ({section.code})')}\n"
        rows = [["Question ID", "Question", "Answer", "See note"]] if section.code == "DOC" else []
        for number, question in enumerate(section.questions):
            expected[question.id] = SAID[number % 4] if question.kind == "choice" else "架空の値"
            long = f"{question.en}? {question.ja}について、改行されるほど長い文で尋ねています。"
            rows.append([question.id, long, expected[question.id], "__"])
        body += table(rows, stroke=stroke)
    reading = answers(write_paper(tmp_path / "a.pdf", body))
    assert (reading.outcome, reading.template_id, reading.source) == (Outcome.READ, "mds2-2019", "pdf")
    assert {answer.number: normal_text(answer.raw) for answer in reading.answers} == {
        number: normal_text(said) for number, said in expected.items()
    }
    assert reading.is_to_be_confirmed
    assert all(answer.reason for answer in reading.answers)
    assert max(answer.confidence for answer in reading.answers) < 0.8
    assert by_number(reading)["RMOT-3"].place.startswith("p10:C")


def test_merged_cells_and_two_rows_of_headings_are_understood(tmp_path: Path) -> None:
    template = small_template("marks", ["1.1", "1.2", "1.10"])
    over = ["table.cell(rowspan: 2)[番号]", "table.cell(rowspan: 2)[質問]", "table.cell(colspan: 3)[回答]"]
    rows = [
        over,
        ["はい", "いいえ", "対象外"],
        ["1.1", "対策を実施していますか", "○", "", ""],
        ["1.2", "記録を残していますか", "", "○", ""],
        ["1.10", "見直していますか", "", "○", "○"],
    ]
    path = write_paper(tmp_path / "a.pdf", table(rows, columns="18mm, 1fr, 14mm, 14mm, 16mm"))
    found = by_number(answers(path, template))
    assert [answer.value for answer in found.values()] == [Value.YES, Value.NO, Value.NEEDS_PERSON]
    assert found["1.10"].reason is Reason.TWO_MARKS


def test_columns_are_the_same_on_all_pages(tmp_path: Path) -> None:
    rows = [[f"Q-{number}", "長い問い" * 12, "はい" if number % 2 else "いいえ", ""] for number in range(1, 90)]
    path = write_paper(tmp_path / "a.pdf", table([["番号", "質問", "回答", "備考"], *rows]))
    workbook = read(path)
    assert len(workbook.sheets[0].page_starts) > 2
    template = small_template("cell", [row[0] for row in rows])
    reading = read_disclosure(workbook, [template])
    assert [answer.raw for answer in reading.answers] == [row[2] for row in rows]


def test_pages_that_lie_on_their_side_are_turned(tmp_path: Path) -> None:
    rows = [["番号", "質問", "回答", "備考"], *([f"Q-{number}", "問いですか", "はい", ""] for number in range(1, 6))]
    document = pypdfium2.PdfDocument(write_paper(tmp_path / "a.pdf", table(rows)))
    page = document[0]
    width, height = page.get_size()
    for drawn in page.get_objects(max_depth=1):
        # A quarter to the left, and back onto the page; the page itself is then shown a quarter to the right.
        drawn.transform(pypdfium2.PdfMatrix(0, 1, -1, 0, height, 0))
    page.gen_content()
    page.set_mediabox(0, 0, height, width)
    page.set_rotation(90)
    document.save(tmp_path / "b.pdf")
    template = small_template("cell", [row[0] for row in rows[1:]])
    assert [answer.raw for answer in answers(tmp_path / "b.pdf", template).answers] == ["はい"] * 5


@pytest.mark.parametrize(
    ("content", "reason", "is_kept"),
    [
        (EMPTY, NotReadReason.NO_TEXT, True),
        (LOCKED, NotReadReason.PDF_ENCRYPTED, True),
        (b"%PDF-1.7\nnothing at all\n%%EOF\n", NotReadReason.PDF_BROKEN, False),
        (LONG, NotReadReason.TOO_MANY_PAGES, False),
    ],
    ids=["scan", "locked", "broken", "long"],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, reason: str, is_kept: bool) -> None:
    with pytest.raises(NotRead) as refused:
        read_pdf(io.BytesIO(content))
    assert (refused.value.reason, refused.value.is_kept) == (reason, is_kept)
    (tmp_path / "a.pdf").write_bytes(content)
    with pytest.raises(NotRead) as refused:
        sandbox.read_workbook(tmp_path / "a.pdf")
    assert refused.value.reason == reason
