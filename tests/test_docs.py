"""What the documents say exists: links, targets, commands, modules and settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.commands import COMMANDS
from settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "catalog/*.md", "web/**/README.md")
    for path in ROOT.glob(pattern)
    if ".venv" not in path.parts
)
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_links_lead_to_files_that_exist(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_make_targets_and_commands_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^\s*make ([a-z-]+)", text, re.MULTILINE)) <= targets
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    known = {*COMMANDS, "test-mail", "reset-link", "reset-factor", "read", "add-group"}
    assert set(re.findall(r"api\.commands ([a-z-]+)", text)) <= known


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_files_and_settings_named_in_the_text_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    knobs = {f"PORTAL_{name.upper()}" for name in Settings.model_fields}
    for name in re.findall(r"\bPORTAL_[A-Z_]+[A-Z]\b(?!_)", text):
        assert name in knobs or any(knob.startswith(name) for knob in knobs), f"{path.name} names {name}"
    for name in re.findall(r"`((?:api|web|services|models|tests|docs|catalog)/[\w/.-]+\.\w+)`", text):
        assert (ROOT / name).exists(), f"{path.name} names {name}"


def test_readme_fits_two_screens() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 75


def test_the_installation_script_and_the_check_call_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = set(re.findall(r"^make ([a-z-]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"setup-full", "check", "test"} <= called <= targets


def test_every_decision_has_a_number_of_its_own_in_its_name_and_its_title() -> None:
    paths = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in paths]
    assert len(set(numbers)) == len(numbers)
    for path, number in zip(paths, numbers, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. "), path.name


def test_the_tests_that_show_each_wish_exist() -> None:
    text = (ROOT / "docs" / "wishes.md").read_text(encoding="utf-8")
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", text)
    assert len(named) == 20
    assert [name for name in named if f"def {name}(" not in written] == []
