"""A form that was filled in as a workbook, read back: what is understood of each item, and which cells are not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from models import AnswerValue, Responsibility
from services.edition_forms import Item
from services.formats import format_date
from services.languages import LANGUAGES, _, marked, speaking
from services.offline_layout import CARRIERS, COLUMNS, DATES, FIXED, HEADINGS, VALUES, YES_OR_NO
from services.reading.grid import Cell, Sheet, Workbook
from services.refusals import Refusal

_YES: Final = frozenset({"はい", "ハイ", "yes", "y", "○", "〇", "◯", "レ", "✓"})
_NO: Final = frozenset({"いいえ", "イイエ", "no", "n", "×", "✕"})
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_ERA_DAY: Final = re.compile(r"(?:令和|R|r)\s*(\d{1,2}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_REIWA_BEGAN: Final = 2018
_FEWEST_KEYS: Final = 2


class NotThisForm(Refusal):
    """A workbook, but not the form of this request."""

    status = 422
    code = "not_this_form"
    heading = marked("This workbook is not the form of this request")
    text = marked("None of its rows belong to the items that are asked here. Nothing was changed.")
    advice = marked("Download the form on this page, fill in that file and upload it.")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A cell that was not understood; it is told and never guessed."""

    address: str
    text: str
    sentence: str


@dataclass(slots=True)
class Understood:
    """One item of the workbook: fields as the page of the form names them, and cells that were not understood."""

    item: Item
    stored: Any
    """The saved answer of a vendor or of the institution; None where there is none."""
    fields: dict[str, str] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether taking it over would change what is saved."""
        return any(self.fields[name] != _saved(self.stored, name) for name in self.fields)

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Name, saved words and words of the file, for each field in which the two differ."""
        pairs = [(name, _saved(self.stored, name), value) for name, value in self.fields.items() if name in HEADINGS]
        return [(name, say(name, saved), say(name, value)) for name, saved, value in pairs if saved != value]

    @property
    def version(self) -> int:
        """The version of the saved answer that the reader is shown beside it."""
        return self.stored.version if self.stored else 0


def understand(
    workbook: Workbook, *, items: Iterable[Item], stored: Mapping[str, Any], columns: Sequence[str] = COLUMNS
) -> list[Understood]:
    """Every item for which the workbook says something; raises NotThisForm. Blank cells leave what is saved."""
    wanted = {item.key: item for item in items}
    sheet, column = _find_rows(workbook, set(wanted))
    places = {name: column + place for place, name in enumerate(columns) if name not in FIXED}
    found: dict[str, Understood] = {}
    for number, _cells in sheet.rows():
        key = sheet.text(number, column).strip()
        if key in wanted and key not in found:
            one = Understood(wanted[key], stored.get(key))
            _read_row(sheet, number, places, one)
            if one.fields or one.doubts:
                found[key] = one
    return [found[key] for key in wanted if key in found]


def _find_rows(workbook: Workbook, keys: set[str]) -> tuple[Sheet, int]:
    """The sheet and column that hold most of the items' keys."""
    best: tuple[int, Sheet | None, int] = (0, None, 0)
    for sheet in workbook.sheets:
        counts: dict[int, int] = {}
        for (_row, column), cell in sheet.cells.items():
            if cell.text.strip() in keys:
                counts[column] = counts.get(column, 0) + 1
        for column, count in counts.items():
            if count > best[0]:
                best = (count, sheet, column)
    if best[1] is None or best[0] < min(_FEWEST_KEYS, len(keys)):
        raise NotThisForm
    return best[1], best[2]


def _read_row(sheet: Sheet, row: int, places: Mapping[str, int], one: Understood) -> None:
    for name, column in places.items():
        cell = sheet.cells.get((row, column))
        if cell is None or not cell.text.strip():
            continue
        value = _read_cell(name, cell)
        if value is None:
            one.doubts.append(Doubt(cell.address, cell.text, _why(name)))
        else:
            one.fields[name] = value
    if one.fields.get("condition") and one.fields.get("answer") == AnswerValue.YES:
        one.fields["is_conditional"] = "true"


def _read_cell(name: str, cell: Cell) -> str | None:
    """The field's value as a form sends it; None where the cell is not understood."""
    text = cell.text.strip()
    if name in YES_OR_NO:
        return _read_yes_or_no(text)
    if name in DATES:
        return _read_day(text)
    if name == "responsibility":
        return _read_carrier(text)
    return text


def _read_yes_or_no(text: str) -> str | None:
    plain = _plain(text)
    if plain in _YES:
        return AnswerValue.YES.value
    return AnswerValue.NO.value if plain in _NO else None


def _read_carrier(text: str) -> str | None:
    for spoken in LANGUAGES:
        with speaking(spoken):
            for carrier, word in CARRIERS.items():
                if _plain(_(word)) == _plain(text):
                    return carrier.value
    return None


def _read_day(text: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text)
    found = _DAY.fullmatch(plain) or _ERA_DAY.fullmatch(plain)
    if found is None:
        return None
    year, month, day = found.groups()
    number = int(year) if found.re is _DAY else _REIWA_BEGAN + (1 if year == "元" else int(year))
    try:
        return date(number, int(month), int(day)).isoformat()
    except ValueError:
        return None


def _why(name: str) -> str:
    if name in DATES:
        return _("This is no date. Please write it as 2027-01-15.")
    if name == "responsibility":
        return _("Please choose one of the list.")
    return _("This is neither yes nor no.")


def _saved(stored: Any, name: str) -> str:
    """What is saved, as a form would send it."""
    if stored is None:
        return ""
    value = getattr(stored, "value" if name == "answer" else name)
    if isinstance(value, bool):
        return "true" if value else ""
    return "" if value is None else str(value)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def say(name: str, value: str) -> str:
    """A field's value in words."""
    if not value:
        return ""
    if name in YES_OR_NO:
        return _(VALUES[AnswerValue(value)])
    if name in DATES:
        return format_date(date.fromisoformat(value))
    return _(CARRIERS[Responsibility(value)]) if name == "responsibility" else value
