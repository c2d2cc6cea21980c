"""`python -m tests.benchmarks.reading`: how long files take from upload to answers, and what their process takes.

All inputs are made here. Where a library is named, both are measured in turn in the same run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlsxwriter

from services.reading.recognise import read_disclosure
from services.reading.sandbox import propose_columns, read_workbook
from services.reading.sandbox import read_disclosure as read_in_child
from services.reading.template_files import list_templates
from services.reading.templates import pack_template
from services.reading.xlsx import read_xlsx
from tests.benchmarks.serving import ROOT
from tests.services.reading.forms import mds2, write_mds2
from tests.services.reading.papers import table, write_paper

ROUNDS = int(os.environ.get("PORTAL_BENCH_ROUNDS", "15"))

_PEAK = """
import json, re, sys
sys.path.insert(0, sys.argv[1])
from services.reading.child import READERS
request = json.load(sys.stdin)
with open(sys.argv[2], "rb") as file:
    READERS["answers"](file, request)
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


def main() -> int:
    """Make the files, measure, print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        form, merged = write_form(folder / "mds2.xlsx"), write_merged(folder / "merged.xlsx")
        sheets, paper = write_sheets(folder / "sheets.xlsx"), write_pages(folder / "mds2.pdf")
        compare_with_library(form)
        tell("read_mds2_in_child", measure(lambda: read_in_child(form, templates=list_templates())))
        tell("read_400_rows_3000_merges", measure(lambda: propose_columns(merged, templates=list_templates())))
        tell("read_15_sheets_300_rows", measure(lambda: read_in_child(sheets, templates=list_templates())))
        tell("cells_15_sheets_300_rows", measure(lambda: read_workbook(sheets)))
        tell("read_pdf_20_pages", measure(lambda: read_in_child(paper, templates=list_templates())))
        peaks = {path.name: peak(path) for path in (form, merged, sheets, paper)}
        print(json.dumps({"name": "memory_of_reading", "mb": max(peaks.values()), **peaks}), flush=True)
    return 0


def compare_with_library(path: Path) -> None:
    """From bytes to answers, beside openpyxl that only loads the cells of the same sheet."""
    templates = list_templates()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours += measure(lambda: read_answers(path), rounds=1)
        theirs += measure(lambda: load_cells(path), rounds=1)
    assert templates
    library = statistics.median(theirs)
    tell("read_mds2", ours, library_ms=round(library, 2), ratio=round(statistics.median(ours) / library, 2))


def read_answers(path: Path) -> None:
    with path.open("rb") as file:
        read_disclosure(read_xlsx(file), list_templates())


def load_cells(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
    for row in book.worksheets[0].iter_rows(max_col=7):
        for cell in row:
            _ = cell.value


def measure(act: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of each round."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return times


def tell(name: str, times: list[float], **more: float) -> None:
    """Print one figure."""
    p95 = statistics.quantiles(times, n=20)[18] if len(times) > 1 else times[0]
    figure = {"name": name, "p50_ms": round(statistics.median(times), 2), "p95_ms": round(p95, 2), **more}
    print(json.dumps(figure), flush=True)


def peak(path: Path) -> float:
    """Megabytes that a process of its own has held at most while it read the file."""
    request = {"file_name": path.name, "templates": [pack_template(template) for template in list_templates()]}
    told = subprocess.run(
        [sys.executable, "-I", "-c", _PEAK, str(ROOT), str(path)],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    return round(float(told.stdout), 1)


def write_form(path: Path) -> Path:
    """All questions of MDS2 answered, with notes."""
    said = ("Yes", "No", "N/A", "Yes, optional")
    answers = {number: said[place % 4] for place, number in enumerate(mds2().questions)}
    cited = {number: f"See Note {place % 8 + 1}" for place, number in enumerate(mds2().questions) if place % 30 == 0}
    return write_mds2(path, answers, cited=cited, notes=[f"備考 {number}" * 20 for number in range(8)])


def write_merged(path: Path) -> Path:
    """400 rows under three rows of headings, with 3,000 merged ranges."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("様式")
        for column, heading in enumerate(("番号", "質問", "回答", "備考")):
            sheet.merge_range(0, column * 2, 2, column * 2 + 1, heading)
        merged = 4
        for row in range(3, 403):
            texts = [f"{row - 2}.1", "この製品では対策をしていますか", *["はい"] * 6]
            for left, text in zip(range(0, 16, 2), texts, strict=True):
                if merged < 3000:
                    sheet.merge_range(row, left, row, left + 1, text)
                    merged += 1
                else:
                    sheet.write_string(row, left, text)
    return path


def write_sheets(path: Path) -> Path:
    """15 sheets of 300 rows, one of which holds the questions."""
    numbers = list(mds2().questions)
    with xlsxwriter.Workbook(str(path)) as book:
        for number in range(15):
            sheet = book.add_worksheet(f"sheet {number}")
            for row in range(300):
                mark = numbers[row] if number == 7 and row < len(numbers) else f"X-{number}-{row}"
                sheet.write_row(
                    row, 0, [mark, f"Is there a measure {row} on sheet {number}?", "Yes", "", "AC-2", "A.9"]
                )
    return path


def write_pages(path: Path) -> Path:
    """MDS2 on 20 pages with ruling lines."""
    rows = [
        [question.id, f"{question.en}? {question.ja}。" * 5, ("Yes", "No", "N/A")[place % 3], "__"]
        for place, question in enumerate(mds2().questions.values())
    ]
    body = "".join(table(rows[start : start + 12]) + "#pagebreak(weak: true)\n" for start in range(0, len(rows), 12))
    return write_paper(path, body)


if __name__ == "__main__":
    sys.exit(main())
