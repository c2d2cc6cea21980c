"""Logs: one JSON object per line on standard error, in UTC, without tokens, addresses of links or answers."""

from __future__ import annotations

import logging
import re
import sys
from typing import Final

import structlog
from structlog.tracebacks import ExceptionDictTransformer

_SECRET_PATHS: Final = re.compile(r"^/(address|calendar|i|join|n|reset)/[^/]+")


def redact_path(path: str) -> str:
    """The path without the token it may hold (ASVS 16.2.5)."""
    return _SECRET_PATHS.sub(r"/\1/<redacted>", path)


def set_up_logs(level: int = logging.INFO) -> None:
    """Write structured lines for our own log and plain warnings of libraries."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without local variables: they hold tokens and answers (ASVS 16.2.5).
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=20)),
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format='{"level":"%(levelname)s","event":"%(name)s"}')
