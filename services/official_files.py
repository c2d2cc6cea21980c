"""Official workbooks that are known by their bytes: listed in the catalog, or imported by an operator before."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from models import OfficialForm

FILE: Final = Path(__file__).resolve().parent.parent / "catalog" / "official_files.toml"


@dataclass(frozen=True, slots=True)
class OfficialFile:
    """What a known file is."""

    sha256: str
    fiscal_year: int
    form: OfficialForm


def find_official_file(sha256: str) -> OfficialFile | None:
    """The file of the catalog with these bytes."""
    return _files().get(sha256)


@lru_cache
def _files() -> dict[str, OfficialFile]:
    with FILE.open("rb") as opened:
        listed = tomllib.load(opened)["files"]
    files = [OfficialFile(one["sha256"], one["fiscal_year"], OfficialForm(one["form"])) for one in listed]
    return {file.sha256: file for file in files}
