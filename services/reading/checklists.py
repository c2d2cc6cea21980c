"""An official checklist: what its columns and rows are, as far as the sheet tells; the rest a person says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from services.reading.checklist_columns import find_columns
from services.reading.checklist_rows import READ_PARTS, Doubt, Line, LineKind, read_lines, yes_or_no_areas
from services.reading.checklist_words import Part, form_in, is_title, year_in
from services.reading.grid import Dropdown, Flag, Sheet, Workbook

FEWEST_ITEMS: Final = 3
MOST_CELLS: Final = 20_000
MOST_MERGES: Final = 5_000
_TITLE_ROWS: Final = 30


class Lack(StrEnum):
    """What a form does not tell."""

    NO_NUMBERS = "no_numbers"
    NO_LABELS = "no_labels"
    NO_ANSWERS = "no_answers"
    NO_DATES = "no_dates"
    NO_TARGETS = "no_targets"
    NO_REMARKS = "no_remarks"
    UNCLEAR_COLUMN = "unclear_column"
    TICK_BOXES = "tick_boxes"
    FORMULAS = "formulas"
    NO_YEAR = "no_year"
    NO_FORM = "no_form"


@dataclass
class Checklist:
    """One sheet as it was understood; `columns` and `lines` may be corrected by a person."""

    sheet: str
    form: str = ""
    """Whose form it seems to be: institution, vendor or pharmacy; "" where the sheet does not say."""
    fiscal_year: int | None = None
    title: str = ""
    columns: dict[Part, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    unclear_columns: list[int] = field(default_factory=list)
    """Columns that belong to a check by their heading, but do not tell what goes into them."""
    tick_boxes: int = 0
    formula_cells: int = 0
    """Cells to be filled in whose value comes from a formula, which is never written over."""

    @property
    def items(self) -> list[Line]:
        """The rows that are asked, without the first question."""
        return [line for line in self.lines if line.kind is LineKind.ITEM]

    @property
    def gate(self) -> Line | None:
        """The question that comes before all others."""
        return next((line for line in self.lines if line.kind is LineKind.GATE), None)

    @property
    def doubtful(self) -> list[Line]:
        """Rows that somebody has to look at."""
        return [line for line in self.lines if line.doubts]

    @property
    def lacks(self) -> list[Lack]:
        """What a person has to know or to say, the gravest first."""
        has = self.columns.keys()
        missing = {
            Lack.NO_NUMBERS: len(self.items) < FEWEST_ITEMS,
            Lack.NO_LABELS: Part.LABEL not in has,
            Lack.NO_ANSWERS: Part.ANSWER not in has and not {Part.YES, Part.NO} <= has,
            Lack.UNCLEAR_COLUMN: bool(self.unclear_columns),
            Lack.TICK_BOXES: bool(self.tick_boxes),
            Lack.FORMULAS: bool(self.formula_cells),
            Lack.NO_DATES: Part.DATE not in has,
            Lack.NO_TARGETS: Part.TARGET not in has,
            Lack.NO_REMARKS: Part.REMARK not in has,
        }
        return [lack for lack, is_missing in missing.items() if is_missing]

    @property
    def is_complete(self) -> bool:
        """Whether an edition can be made of it without anybody guessing."""
        grave = {Lack.NO_NUMBERS, Lack.NO_LABELS, Lack.NO_ANSWERS}
        return not grave & set(self.lacks) and not self.doubtful


def find_checklist(workbook: Workbook) -> Checklist | None:
    """The sheet that is most like an official checklist; None where none has numbered rows or its title."""
    found = [checklist for sheet in workbook.sheets if (checklist := read_sheet(sheet))]
    return max(found, key=lambda one: (len(one.items), bool(one.title)), default=None)


def is_official(checklist: Checklist) -> bool:
    """Whether the sheet says of itself that it is one of the ministry's checklists, and has questions."""
    return bool(checklist.title) and len(checklist.items) >= FEWEST_ITEMS


def read_sheet(sheet: Sheet) -> Checklist | None:
    """What a sheet's columns and rows seem to be; None where it holds nothing like a checklist."""
    if len(sheet.cells) > MOST_CELLS or len(sheet.merges) > MOST_MERGES:
        return None
    title, form, year = _title_of(sheet)
    columns, unclear = find_columns(sheet)
    checklist = Checklist(sheet.name, form, year, title, columns, read_lines(sheet, columns), unclear)
    _count_hindrances(sheet, checklist)
    return checklist if title or len(checklist.items) >= FEWEST_ITEMS else None


def read_with(sheet: Sheet, before: Checklist, columns: Mapping[Part, int]) -> Checklist:
    """The same sheet read again with columns that a person has chosen."""
    chosen = dict(columns)
    checklist = Checklist(
        sheet=before.sheet,
        form=before.form,
        fiscal_year=before.fiscal_year,
        title=before.title,
        columns=chosen,
        lines=read_lines(sheet, chosen),
    )
    _count_hindrances(sheet, checklist)
    return checklist


def _count_hindrances(sheet: Sheet, checklist: Checklist) -> None:
    """What the portal will not be able to write to."""
    rows = {line.row for line in checklist.lines if line.kind in {LineKind.ITEM, LineKind.GATE}}
    filled = [column for part, column in checklist.columns.items() if part not in READ_PARTS]
    places = {sheet.anchor(row, column) for row in rows for column in filled}
    cells = (sheet.cells.get(place) for place in places)
    checklist.formula_cells = sum(bool(cell and cell.flags & Flag.FORMULA) for cell in cells)
    checklist.tick_boxes = sum(not box.row or box.row in rows for box in sheet.tick_boxes)


def without_extras(sheet: Sheet) -> Sheet:
    """The sheet with what reading it again needs: cells, merged ranges, hidden rows, and lists with both answers."""
    areas = yes_or_no_areas(sheet)
    lists = [Dropdown(tuple(areas), ("はい", "いいえ"), "")] if areas else []
    return replace(sheet, dropdowns=lists, comments={})


def pack_checklist(checklist: Checklist) -> dict[str, Any]:
    """The checklist as JSON can hold it."""
    return asdict(checklist)


def unpack_checklist(packed: Mapping[str, Any]) -> Checklist:
    """The checklist again."""
    return Checklist(
        **{
            **packed,
            "columns": {Part(name): column for name, column in packed["columns"].items()},
            "lines": [_unpack_line(one) for one in packed["lines"]],
        }
    )


def _unpack_line(packed: Mapping[str, Any]) -> Line:
    return Line(**{**packed, "kind": LineKind(packed["kind"]), "doubts": [Doubt(one) for one in packed["doubts"]]})


def _title_of(sheet: Sheet) -> tuple[str, str, int | None]:
    """The title, whose form it is and its year, as the first rows say."""
    texts = [cell.text for row, cells in sheet.rows() if row <= _TITLE_ROWS for cell in cells]
    title = next((text for text in texts if is_title(text)), "")
    form = next((said for text in [sheet.name, *texts] if (said := form_in(text))), "")
    year = next((named for text in texts if (named := year_in(text))), None)
    return " ".join(title.split()), form, year
