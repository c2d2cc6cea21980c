"""Limits per network: how many unknown links and wrong codes may come from one place, counted in memory."""

from __future__ import annotations

import math
import time
from typing import Final

from fastapi import Request
from fastapi.responses import Response
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from services.refusals import Refusal, TooManyTries
from services.throttles import network_of

UNKNOWN_LINKS: Final = RateLimitItemPerHour(100, namespace="unknown links")
WRONG_CODES: Final = RateLimitItemPerMinute(30, 10, namespace="wrong codes")

_limiter: Final = MovingWindowRateLimiter(MemoryStorage())


def refuse_over(limit: RateLimitItem, request: Request) -> None:
    """Raise TooManyTries where the network has used up its tries; known and unknown links are told the same."""
    network = _network(request)
    if not _limiter.test(limit, network):
        opens_at = _limiter.get_window_stats(limit, network).reset_time
        raise TooManyTries(retry_after=max(1, math.ceil(opens_at - time.time())))


def count_failure(limit: RateLimitItem, request: Request) -> None:
    """Note one more try in vain from the network."""
    _limiter.hit(limit, _network(request))


def refuse_busy(limit: RateLimitItem, key: str) -> None:
    """Count one more use of something, and raise TooManyTries where it has been used too often."""
    if not _limiter.hit(limit, key):
        opens_at = _limiter.get_window_stats(limit, key).reset_time
        raise TooManyTries(retry_after=max(1, math.ceil(opens_at - time.time())))


def say_when(response: Response, refusal: Refusal | None) -> Response:
    """Tell programs, too, when they may try again; pages tell it in words."""
    if isinstance(refusal, TooManyTries):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def forget_counts() -> None:
    """Start counting anew; between tests."""
    _limiter.storage.reset()


def _network(request: Request) -> str:
    return network_of(request.client.host if request.client else "")
