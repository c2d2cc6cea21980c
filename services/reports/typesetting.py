"""Papers are set by typst in a child process: it has limits, no secrets, no network, and no way to run data."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

CHILD: Final = Path(__file__).with_name("typeset.py")
SECONDS: Final = 20
ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}


class PaperNotMade(Exception):
    """The typesetter failed or took too long; what stood in the paper is not told here, because logs are read."""


def render_pdf(template: Path, data: Mapping[str, Any], *, made_at: datetime, seconds: int = SECONDS) -> bytes:
    """A PDF from a typst template, which finds the data as JSON in `sys.inputs.data`: text, never markup.

    The same data and moment give the same bytes. The PDF is accessible and made for archives (PDF/UA-1, PDF/A-2a),
    unless the data holds letters that no font has. Raises PaperNotMade.
    """
    order = {
        "template": str(template),
        "data": json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode(),
        "made_at": int(made_at.timestamp()),
        "seconds": seconds,
    }
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and our own file.
            [sys.executable, "-I", str(CHILD)],
            input=json.dumps(order).encode(),
            capture_output=True,
            check=False,
            timeout=seconds,
            cwd=template.parent,
            env=ENVIRONMENT,
        )
    except subprocess.TimeoutExpired:
        raise PaperNotMade(f"{template.name}: not ready after {seconds} seconds") from None
    if child.returncode or not child.stdout.startswith(b"%PDF-"):
        last_words = child.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise PaperNotMade(f"{template.name}: exit {child.returncode}, {last_words}")
    return child.stdout
