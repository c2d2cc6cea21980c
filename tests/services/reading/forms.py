"""Filled forms for the tests, in words of our own: the layout of MDS2, and small forms of both families of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from services.reading.grid import Workbook
from services.reading.readings import Answer, Reading
from services.reading.recognise import read_disclosure
from services.reading.template_files import build_template, list_templates
from services.reading.templates import Template, Value
from services.reading.xlsx import read_xlsx

ISSUED = datetime(2019, 10, 9)  # noqa: DTZ001 - a cell's date has no zone.


def mds2() -> Template:
    """The template of the catalog."""
    return next(template for template in list_templates() if template.id == "mds2-2019")


def write_mds2(
    path: Path,
    answers: Mapping[str, str] | None = None,
    *,
    cited: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    shift: tuple[int, int] = (0, 0),
    default: str = "",
) -> Path:
    """A form laid out as the publisher's: title, formulas, headings, sections, notes below. `shift` moves all of it."""
    template, cited = mds2(), cited or {}
    answers = dict(answers or {})
    down, right = shift
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("form")
        day = book.add_format({"num_format": "d-mmm-yyyy"})
        sheet.merge_range(down, right, down, right + 4, "架空の製品についての見本です")
        for column in range(4):
            sheet.write_formula(down + 2, right + column, f"=C{6 + column}", None, "架空")
        for column, heading in ((0, "Question ID"), (1, "Question"), (3, "See note"), (4, "Other standard")):
            sheet.write_string(down + 4, right + column, heading)
        row = down + 5
        for section in template.sections:
            if section.code != "DOC":
                sheet.write_string(row + 1, right + 1, f"{section.name.en.upper()} ({section.code})")
                sheet.write_string(row + 2, right + 1, f"About {section.name.en}")
                row += 3
            for question in section.questions:
                printed = "SHAD-15" if question.id == "SAHD-15" else question.id
                sheet.write_string(row, right, printed)
                sheet.write_string(row, right + 1, f"{question.en}? ")
                answer = answers.get(question.id, default if question.kind == "choice" else "")
                if question.kind == "date" and answer:
                    sheet.write_datetime(row, right + 2, ISSUED, day)
                elif answer:
                    sheet.write_string(row, right + 2, answer)
                sheet.write_string(row, right + 3, cited.get(question.id, "__"))
                row += 1
            if section.code == "DOC":
                sheet.write_string(row + 1, right + 2, "Yes, No, \nN/A, or \nSee Note")
                sheet.write_string(row + 1, right + 3, "Note #")
                row += 2
        sheet.write_string(row + 1, right + 1, "Notes:")
        for number, note in enumerate(notes, 1):
            sheet.write_string(row + 2 + number, right, f"Note {number}")
            sheet.write_string(row + 2 + number, right + 1, note)
        sheet.write_blank(row, right + 1000, None, day)
    return path


def small_template(
    family: str, ids: Sequence[str], texts: Sequence[str] = (), *, pattern: str = "", edition: str = "1"
) -> Template:
    """A form with these questions, answered in Japanese."""
    words = {
        "yes": ["はい", "ハイ", "○"],
        "no": ["いいえ", "×"],
        "not_applicable": ["対象外", "－"],
        "see_notes": ["備考参照"],
    }
    columns = {"yes": ["はい"], "no": ["いいえ"], "not_applicable": ["対象外"]}
    questions = [
        {"id": number, "ja": "問い", "en": "Question", "text": text}
        for number, text in zip(ids, texts or [""] * len(ids), strict=True)
    ]
    return build_template(
        {
            "id": "small",
            "kind": "mds",
            "edition": edition,
            "numbers": {"pattern": pattern},
            "name": {"ja": "小さな様式", "en": "Small form"},
            "columns": {
                "id": ["番号"],
                "question": ["質問"],
                "answer": ["回答"],
                "remark": ["備考"],
                "offsets": {"question": 1, "answer": 2, "remark": 3},
            },
            "answers": {"family": family, "words": words, "columns": columns},
            "notes": {"headings": ["備考"], "labels": ["備考", "※"], "citations": ["備考", "※"]},
            "sections": [{"code": "A", "name": {"ja": "一", "en": "One"}, "questions": questions}],
        },
        file="small",
    )


def read_path(path: Path, *templates: Template) -> Reading:
    """What is read from a file, without a process of its own."""
    with path.open("rb") as file:
        return read_disclosure(read_xlsx(file), templates or list_templates())


def read_cells(workbook: Workbook, template: Template) -> dict[str, Answer]:
    """The answers of a workbook by number."""
    return by_number(read_disclosure(workbook, [template]))


def by_number(reading: Reading) -> dict[str, Answer]:
    """Answers by the number of their question."""
    return {answer.number: answer for answer in reading.answers}


def values(reading: Reading) -> dict[str, Value]:
    """What each answer comes to."""
    return {answer.number: answer.value for answer in reading.answers}
