"""Logs tell what happened without telling what was said."""

from __future__ import annotations

import json

import pytest
import structlog

from api.logs import redact_path, set_up_logs


def test_a_crash_is_logged_without_local_variables(capfd: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    set_up_logs()
    secret = "canary-token-0123456789"
    try:
        if secret:
            raise RuntimeError("broken")
    except RuntimeError:
        structlog.get_logger("tests").exception("crash", path="/dashboard")
    line = capfd.readouterr().err.strip().splitlines()[-1]
    assert secret not in line
    told = json.loads(line)
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
