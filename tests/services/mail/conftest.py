"""A mail server and the settings that lead to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from models.database import Database
from services.jobs import prepare_jobs
from settings import Settings, get_settings
from tests.services.mail.servers import Post, running

Configure = Callable[..., Settings]


@pytest.fixture
def configure(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Change settings for the rest of the test: configure(smtp_host="…", smtp_port=25)."""

    def change(**values: object) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(f"PORTAL_{name.upper()}", str(value))
        get_settings.cache_clear()
        return get_settings()

    return change


@pytest.fixture
def post_office(database: Database, configure: Configure) -> Iterator[Post]:
    """A mail server that the portal is set to use."""
    prepare_jobs(database)
    post = Post()
    with running(post) as port:
        configure(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", smtp_timeout=5)
        yield post
