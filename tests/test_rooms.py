"""The house keeps its rooms: nobody imports across walls, modules and templates stay small, pages stay plain."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("api", "web", "services", "models")
TOP_LEVEL = {
    "api", "web", "services", "models", "catalog", "alembic", "docs", "tests", "settings.py", "pyproject.toml",
    "requirements.lock", "requirements-dev.lock", "Makefile", "Dockerfile", "docker-compose.yml", ".env.example",
    "README.md", "CHANGELOG.md", ".ci", ".gitignore", ".dockerignore",
}  # fmt: skip


def modules(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_imports_follow_the_contracts() -> None:
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_top_level_is_the_one_drawn_on_the_map() -> None:
    assert {path.split("/")[0] for path in tracked()} <= TOP_LEVEL


def test_alembic_folder_does_not_hide_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_migrations_import_nothing_of_ours() -> None:
    for path in (ROOT / "alembic" / "versions").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {*ROOMS, "settings"}, path


def test_modules_and_templates_stay_small() -> None:
    plain_lists = {"refusals.py"}
    too_long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for limit, paths in (
            (300, modules(*ROOMS)),
            (120, sorted((ROOT / "web" / "templates").rglob("*.html"))),
        )
        for path in paths
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > limit
        and "components" not in path.parts
        and path.name not in plain_lists
    ]
    assert not too_long, too_long


def test_functions_stay_short() -> None:
    too_long = []
    for path in modules("web", "services", "api/v1"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                limit = 25 if is_page(node) else 40
                body = [child for child in node.body if not is_docstring(child)]
                length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if length > limit:
                    too_long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines")
    assert not too_long, too_long


def is_page(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("router." in ast.unparse(decorator) for decorator in node.decorator_list)


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path) for path in modules(*ROOMS, "tests") if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent, silent


def test_services_never_commit() -> None:
    # Jobs and delivery run outside requests and therefore own their transactions.
    own_transactions = {
        *("jobs.py", "delivery.py", "upkeep.py", "heads.py", "rounds.py", "mailbox.py"),
        *("letter_making.py", "disclosure_reading.py", "webhook_delivery.py", "export_making.py"),
    }
    for path in modules("services"):
        if path.name not in own_transactions:
            assert ".commit()" not in path.read_text(encoding="utf-8"), path


def test_pages_are_plain_functions_that_say_they_return_a_response() -> None:
    for path in modules("web/clinic", "web/account", "web/vendor"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_page(node):
                assert node.returns is not None, f"{path}: {node.name}"
                assert "Response" in ast.unparse(node.returns), f"{path}: {node.name}"


@pytest.mark.parametrize("forbidden", ["|safe", "| safe", "style=", "onclick=", "javascript:"])
def test_templates_hold_no_markup_from_data_and_no_inline_code(forbidden: str) -> None:
    for path in sorted((ROOT / "web" / "templates").rglob("*.html")):
        if path.name == "icons.html":
            continue  # Drawings of our own, which no data reaches.
        assert forbidden not in path.read_text(encoding="utf-8"), path


def test_nothing_tracked_names_a_machine_a_secret_or_a_registry() -> None:
    registry, home = "py" + "pi.org", "/wo" + "rk/"
    for name in tracked():
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        for word in (registry, home, "files.python" + "hosted", "registry.npm" + "js"):
            assert word.encode() not in content, f"{name} holds {word}"
