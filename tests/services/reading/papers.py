"""PDFs for the tests: tables with and without lines, scans, locked and broken ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typst
from noto_cjk_sans_jp_regular import FONT_PATH

SETUP = '#set page(paper: "a4", margin: 15mm)\n#set text(font: "Noto Sans CJK JP", size: 9pt)\n'


def write_paper(path: Path, body: str) -> Path:
    """A PDF of what typst makes of this."""
    source = path.with_suffix(".typ")
    source.write_text(SETUP + body, encoding="utf-8")
    fonts = [str(Path(str(FONT_PATH)).parent)]
    path.write_bytes(typst.compile(str(source), font_paths=fonts, ignore_system_fonts=True))
    return path


def table(rows: Sequence[Sequence[str]], *, columns: str = "22mm, 1fr, 18mm, 30mm", stroke: str = "0.5pt") -> str:
    """A table with these texts; a text that begins with `table.cell(` spans cells as it says."""
    cells = [text if text.startswith("table.cell(") else words(text) for row in rows for text in row]
    return f"#table(columns: ({columns}), stroke: {stroke}, inset: 4pt,\n{', '.join(cells)})\n"


def words(text: str) -> str:
    """Text that typst takes as it is."""
    return json.dumps(text, ensure_ascii=False)


LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/P -44/O(" + b"o" * 32 + b")/U(" + b"u" * 32 + b")>>endobj\n"
    b"trailer<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[(a)(a)]>>\nstartxref\n0\n%%EOF\n"
)
"""A PDF that opens with a password nobody knows."""
EMPTY = LOCKED.replace(b"/Encrypt 4 0 R", b"")
"""A PDF with one page and nothing on it, as a scanner makes them before its picture."""
LONG = EMPTY.replace(b"/Kids[3 0 R]/Count 1", b"/Kids[" + b"3 0 R " * 101 + b"]/Count 101")
