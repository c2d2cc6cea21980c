"""`python -m api.commands read`: what a file says, with a code that scripts can use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api import commands
from tests.services.reading.books import write_book
from tests.services.reading.checklist_books import make_checklist
from tests.services.reading.forms import write_mds2
from tests.services.reading.papers import EMPTY

Capture = pytest.CaptureFixture[str]


def test_answers_are_printed_line_by_line(tmp_path: Path, capsys: Capture) -> None:
    cited, notes = {"ALOF-2": "See Note 1"}, ["来年の版で対応します"]
    path = write_mds2(tmp_path / "a.xlsx", {"ALOF-1": "Yes, optional", "ALOF-2": "No"}, cited=cited, notes=notes)
    assert commands.main(["read", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["a.xlsx: read", "template: mds2-2019, edition 2019, sheet form"]
    assert "answers: yes 1, no 1, unanswered 238" in lines
    assert "ALOF-1\tYes, optional\tyes\toptional\tC51\twith_remark" in lines
    assert "ALOF-2\tNo\tno\t来年の版で対応します\tC52\t" in lines
    assert sum(line.count("\t") == 5 for line in lines) == 240


def test_json_holds_everything(tmp_path: Path, capsys: Capture) -> None:
    path = write_mds2(tmp_path / "a.xlsx", {"ALOF-1": "Perhaps", "AUTH-3": "No"})
    assert commands.main(["read", str(path), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["template_id"], told["edition"]) == ("needs_person", "mds2-2019", "2019")
    assert told["counts"]["needs_person"] == 1
    doubtful = [answer for answer in told["answers"] if answer["value"] == "needs_person"]
    assert [(one["number"], one["raw"], one["reason"]) for one in doubtful] == [("ALOF-1", "Perhaps", "unknown_word")]


def test_a_form_without_a_template_and_a_file_of_another_kind_need_a_person(tmp_path: Path, capsys: Capture) -> None:
    rows = [[f"{number}.1", "この製品では対策をしていますか", "はい"] for number in range(1, 12)]
    path = write_book(tmp_path / "own.xlsx", {"医療情報セキュリティ開示書": rows})
    assert commands.main(["read", str(path), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["kind"]) == ("needs_template", "mds")
    assert told["proposed"] == {"sheet": "医療情報セキュリティ開示書", "questions": 11}
    (tmp_path / "prices.csv").write_text("品名,価格\n端末,120000\n", encoding="utf-8")
    assert commands.main(["read", str(tmp_path / "prices.csv")]) == 3
    assert "template: none fits; the file is of no known kind" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "outcome", "reason"),
    [
        ("a.xlsx", b"PK\x03\x04 cut off", "refused", "workbook_cut_off"),
        ("a.xlsx", b"<html>", "refused", "content_differs"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "refused", "old_workbook"),
        ("a.pdf", EMPTY, "kept_unread", "no_text"),
        ("a.txt", b"x", "refused", "plain_table"),
        ("a.xlsx", b"", "refused", "empty"),
    ],
)
def test_what_is_not_read_is_named(
    tmp_path: Path, capsys: Capture, name: str, content: bytes, outcome: str, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert commands.main(["read", str(tmp_path / name), "--json"]) == 4
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["reason"]) == (outcome, reason)
    assert commands.main(["read", str(tmp_path / name)]) == 4
    assert capsys.readouterr().out.startswith(f"{name}: {outcome}: {reason}\n{told['sentence']}")


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capsys: Capture) -> None:
    assert commands.main(["read", str(tmp_path / "none.xlsx")]) == 2
    assert "There is no file" in capsys.readouterr().err


def test_an_official_checklist_is_recognised_and_said_so(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "様式.xlsx"
    path.write_bytes(make_checklist(form="vendor", family="cells"))
    assert commands.main(["read", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["様式.xlsx: official checklist", "form: vendor, fiscal year: 2026, sheet 事業者確認用"]
    assert "known as the official file: no" in lines
    assert "items: 5, needs a person: 0" in lines
    assert any(line.split("\t")[1:3] == ["item", "2-④"] for line in lines)


def test_an_official_checklist_with_a_misprint_needs_a_person(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "様式.xlsx"
    items = [("①", "担当を決めている。"), ("②", "台帳をつくっている。"), ("②", "記録を残している。")]
    path.write_bytes(make_checklist(rows=[("１　体制", "", items)]))
    assert commands.main(["read", str(path), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["form"], told["fiscal_year"]) == ("official_checklist", "institution", 2026)
    assert [row["doubts"] for row in told["rows"] if row["kind"] == "item"] == [[], [], ["number_twice"]]
    assert told["rows"][0]["said"]["answer"].startswith("はい・いいえ")
    assert told["columns"]["answer"] == "D"
