"""The figure of 300 letters in one PDF: set in portions by child processes and joined, as the job does."""

from __future__ import annotations

import json
import resource
import time

from services.letter_making import PORTION
from services.reports.joining import join_pdfs
from services.reports.letter import render_letters
from tests.services.reports.test_letter import MADE_AT, letter

LETTERS = 300


def main() -> None:
    """Set the letters once and print how long it took and what one child needed at most."""
    wanted = [
        letter(vendor_name=f"会社{number}", link=f"https://portal.example.jp/i/{number:043d}")
        for number in range(LETTERS)
    ]
    began = time.perf_counter()
    portions = [
        render_letters(wanted[start : start + PORTION], made_at=MADE_AT) for start in range(0, LETTERS, PORTION)
    ]
    size = len(join_pdfs(portions))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    figure = {
        "name": "letters_300",
        "seconds": round(time.perf_counter() - began, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "child_mb": used.ru_maxrss // 1024,
        "pdf_mb": round(size / 1024 / 1024, 1),
    }
    print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
