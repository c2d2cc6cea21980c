"""PDFs of our own making joined to one, in a child process: pdfium must not be used by two threads at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.reports.typesetting import ENVIRONMENT, PaperNotMade

CHILD: Final = Path(__file__).with_name("join.py")
SECONDS: Final = 60


def join_pdfs(parts: Sequence[bytes]) -> bytes:
    """The pages of all parts one after the other; raises PaperNotMade."""
    if len(parts) == 1:
        return parts[0]
    sent = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and our own file.
            [sys.executable, "-I", str(CHILD)],
            input=sent,
            capture_output=True,
            check=False,
            timeout=SECONDS,
            env=ENVIRONMENT,
        )
    except subprocess.TimeoutExpired:
        raise PaperNotMade(f"not joined after {SECONDS} seconds") from None
    if child.returncode or not child.stdout.startswith(b"%PDF-"):
        raise PaperNotMade(f"not joined: exit {child.returncode}")
    return child.stdout
