"""The example edition of catalog/README.md, as a file beside the real ones."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from services.editions import EDITIONS_FOLDER

README = EDITIONS_FOLDER.parent / "README.md"


def example() -> str:
    """The TOML of the example, as the README prints it."""
    [found] = re.findall(r"^```toml\n(.*?)^```$", README.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return str(found)


def folder_with(content: str, folder: Path, *, name: str = "practice.toml") -> Path:
    """A copy of the catalog's editions with one more file."""
    shutil.copytree(EDITIONS_FOLDER, folder, dirs_exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    return folder
