"""docker-compose.yml, Dockerfile and .env.example fit the settings, the commands and each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.commands import COMMANDS
from settings import Settings

ROOT = Path(__file__).resolve().parent.parent
KNOBS = {f"PORTAL_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture
def compose() -> dict[str, Any]:
    parsed = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(parsed, dict)
    return parsed


def example_lines() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=(.*)$", text, re.MULTILINE))


def test_the_portal_is_given_only_knobs_that_exist(compose: dict[str, Any]) -> None:
    given = {name for name in compose["services"]["portal"]["environment"] if name.startswith("PORTAL_")}
    assert given
    assert given <= KNOBS


def test_the_portal_runs_a_command_that_exists(compose: dict[str, Any]) -> None:
    *start, name = compose["services"]["portal"]["command"]
    assert start == ["python", "-m", "api.commands"]
    assert name in COMMANDS


def test_values_of_the_compose_file_are_accepted_by_the_settings(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in compose["services"]["portal"]["environment"].items():
        plain = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:\?[^}]*\}", "secret", plain))
    settings = Settings(_env_file=None)
    assert settings.database.startswith("postgresql://")
    assert settings.smtp_host in compose["services"]


def test_every_volume_and_dependency_is_declared(compose: dict[str, Any]) -> None:
    used = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith((".", "/"))
    }
    assert used == set(compose["volumes"])
    assert set(compose["services"]["portal"]["depends_on"]) <= set(compose["services"])
    assert "healthcheck" in compose["services"]["database"]


def test_every_variable_of_the_compose_file_stands_in_the_example(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) <= set(example_lines())


def test_the_example_names_every_knob_with_its_default_and_nothing_else() -> None:
    lines = example_lines()
    assert {name for name in lines if name.startswith("PORTAL_")} == KNOBS
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if hasattr(field.default, "get_secret_value") else field.default
        told = str(default).lower() if isinstance(default, bool) else str(default)
        assert lines[f"PORTAL_{name.upper()}"] == told, name


def test_every_knob_is_explained() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for field in Settings.model_fields.values():
        assert field.description
        assert field.description in text


def test_the_image_holds_every_room_and_the_lock() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for name in ("api", "web", "services", "models", "catalog", "alembic", "settings.py", "requirements.lock"):
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", text, re.MULTILINE), name
    assert "--require-hashes" in text
    assert "USER portal" in text
