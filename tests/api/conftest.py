"""Fixtures of the API: every test counts calls anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.v1.endpoint import forget_calls
from web.limits import forget_counts


@pytest.fixture(autouse=True)
def counted_anew() -> Iterator[None]:
    forget_calls()
    forget_counts()
    yield
    forget_calls()
    forget_counts()
