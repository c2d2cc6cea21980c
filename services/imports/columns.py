"""Which column is which: the columns that can be taken in, the words people write above them, and the first guess."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from models import ImportKind
from services.imports import cells
from services.imports.cells import Reader, plain, words
from services.imports.grids import Grid
from services.languages import LANGUAGES, _, marked, speaking

SEARCHED_ROWS: Final = 20
"""Among so many rows at the beginning one may name the columns; titles and dates may stand above it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that a table may tell: its name in the tables of the portal, and how its cells are read."""

    key: str
    label: str
    read: Reader


VENDOR_COLUMNS: Final = (
    Column("name", marked("Name of the company"), cells.name(200)),
    Column("name_kana", marked("Reading in kana"), cells.line(200)),
    Column("corporate_number", marked("Corporate number"), cells.corporate_number),
    Column("contact_name", marked("Main contact"), cells.name(100)),
    Column("department", marked("Department"), cells.line(100)),
    Column("email", marked("E-mail of the contact"), cells.email),
    Column("contact_phone", marked("Telephone of the contact"), cells.phone),
    Column("language", marked("Language of mails"), cells.language),
    Column("postal_code", marked("Postal code"), cells.postal_code),
    Column("address", marked("Address"), cells.line(300)),
    Column("phone", marked("Telephone"), cells.phone),
    Column("fax", marked("Fax"), cells.phone),
    Column("note", marked("Note"), cells.lines(2000)),
)
SYSTEM_COLUMNS: Final = (
    Column("name", marked("Name of the system"), cells.name(200)),
    Column("kind", marked("Kind"), cells.kind_of_system),
    Column("vendor", marked("Vendor"), cells.name(200)),
    Column("provision", marked("Where it runs"), cells.provision),
    Column("version", marked("Version"), cells.line(60)),
    Column("place", marked("Place"), cells.line(100)),
    Column("server_count", marked("Servers"), cells.number),
    Column("pc_count", marked("PCs and tablets"), cells.number),
    Column("network_device_count", marked("Network devices"), cells.number),
    Column("has_remote_maintenance", marked("Remote maintenance"), cells.yes_or_no),
    Column("remote_maintenance_method", marked("How it is maintained from outside"), cells.lines(500)),
    Column("update_duty", marked("Who applies security updates"), cells.update_duty),
    Column("update_clause", marked("Clause that says so"), cells.lines(500)),
    Column("note", marked("Note"), cells.lines(2000)),
)
COLUMNS: Final[Mapping[ImportKind, tuple[Column, ...]]] = {
    ImportKind.VENDORS: VENDOR_COLUMNS,
    ImportKind.SYSTEMS: SYSTEM_COLUMNS,
}
_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>|【[^【】]*】")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def labels_of(kind: ImportKind) -> dict[str, str]:
    """What the columns are called in the language now spoken."""
    return {column.key: _(column.label) for column in COLUMNS[kind]}


def find_head(kind: ImportKind, grid: Grid) -> tuple[int, list[str]]:
    """The row that names the columns, counted from 1 (0 where none does), and what each column holds ("" for nothing).

    Without such a row columns are guessed from what is in them.
    """
    guesses = [guess_columns(kind, row) for row in grid[:SEARCHED_ROWS]]
    scores = [sum(map(bool, keys)) + ("name" in keys) for keys in guesses]
    best = max(range(len(scores)), key=scores.__getitem__)
    if scores[best] >= 2:
        return best + 1, _padded(guesses[best], grid)
    return 0, guess_from_cells(kind, grid)


def guess_columns(kind: ImportKind, heads: Sequence[str]) -> list[str]:
    """What columns with these heads hold; each key is given once, to the first column that asks for it."""
    known, given = _known_heads(kind), set[str]()
    keys = []
    for head in heads:
        key = next((key for key in known.get(_plain_head(head), ()) if key not in given), "")
        given.add(key)
        keys.append(key)
    return keys


def guess_from_cells(kind: ImportKind, grid: Grid) -> list[str]:
    """What columns without heads hold: the first column of words is the name; addresses and numbers speak for
    themselves."""
    keys = [""] * width_of(grid)
    for place in range(len(keys)):
        found = [row[place] for row in grid[:SEARCHED_ROWS] if place < len(row) and row[place]]
        key = _key_from(found, kind)
        if key and key not in keys:
            keys[place] = key
    return keys


def width_of(grid: Grid) -> int:
    """How many columns the table has."""
    return max(map(len, grid), default=0)


def _key_from(found: Sequence[str], kind: ImportKind) -> str:
    if not found:
        return ""
    if kind is ImportKind.VENDORS:
        for key, fits in (("email", _EMAIL.fullmatch), ("corporate_number", _is_corporate_number)):
            if sum(bool(fits(text)) for text in found) * 2 > len(found):
                return key
    return "name" if any(letter.isalpha() for text in found for letter in text) else ""


def _is_corporate_number(text: str) -> bool:
    try:
        cells.corporate_number(text)
    except cells.CellRefused:
        return False
    return True


@lru_cache
def _known_heads(kind: ImportKind) -> dict[str, list[str]]:
    """Every word for a column, with the columns it may mean, the likeliest first."""
    known: dict[str, list[str]] = {}
    # The portal's own labels come first, so that what it gave out is read without doubt.
    for spoken in LANGUAGES:
        with speaking(spoken):
            for column in COLUMNS[kind]:
                known.setdefault(_plain_head(_(column.label)), []).append(column.key)
    for key, listed in words()[kind.value].items():
        for word in listed:
            keys = known.setdefault(_plain_head(word), [])
            if key not in keys:
                keys.append(key)
    return known


def _plain_head(text: str) -> str:
    word = plain(text)
    bare, whole = ("".join(letter for letter in part if letter.isalnum()) for part in (_BRACKETS.sub("", word), word))
    return bare or whole or word


def _padded(keys: list[str], grid: Grid) -> list[str]:
    return keys + [""] * (width_of(grid) - len(keys))
