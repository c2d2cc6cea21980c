"""Logs tell what happened without telling what was said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.logs import redact_path

ROOT = Path(__file__).resolve().parent.parent


CRASH = """
import structlog
from api.logs import set_up_logs
set_up_logs()
def sign_in(token):
    raise RuntimeError("broken")
try:
    sign_in("canary-" + "token-0123456789")
except RuntimeError:
    structlog.get_logger("tests").exception("crash", path="/dashboard")
"""


def test_a_crash_is_logged_without_local_variables() -> None:
    done = subprocess.run([sys.executable, "-c", CRASH], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "canary-token" not in done.stderr
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["event"] == "crash"
    assert told["exception"][0]["exc_type"] == "RuntimeError"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/i/abc", "/i/<redacted>"),
        ("/i/abc/renew", "/i/<redacted>/renew"),
        ("/join/abc", "/join/<redacted>"),
        ("/dashboard", "/dashboard"),
    ],
)
def test_tokens_in_paths_are_redacted(path: str, shown: str) -> None:
    assert redact_path(path) == shown
