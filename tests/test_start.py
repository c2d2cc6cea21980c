"""Starting up takes little: what only some pages need is loaded by the first of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LATER: Final = (
    *("cryptography", "dbos", "icalendar", "jpholiday", "openpyxl", "psycopg", "pyotp", "pypdfium2", "segno"),
    *("typst", "xlsxwriter", "zxcvbn"),
)


def test_heavy_libraries_are_not_loaded_at_the_start() -> None:
    code = f"import sys, api.main; api.main.create_app(); print(*sys.modules.keys() & {set(LATER)!r})"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert told.stdout.split() == []
