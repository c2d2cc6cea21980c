"""Answers of a disclosure written into a blank workbook of the same form: its own numbers say where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from services.reading.filling import Entry, Filled, Said
from services.reading.layout import Layout, is_same_wording
from services.reading.normal import normal_text
from services.reading.numbering import Numbering
from services.reading.reasons import NotRead, NotReadReason
from services.reading.recognise import find_matches
from services.reading.templates import Template, Value
from services.reading.xlsx import read_xlsx
from services.reading.xlsx_filling import fill_in

_BLANK: Final = frozenset({"", "_", "__", "___", "-", "－", "—"})


@dataclass(frozen=True, slots=True)
class _Place:
    row: int
    said: Said


def write_answers(file: BinaryIO, template: Template, said: list[Said]) -> Filled:
    """The workbook with the answers; what has no clear, empty place is left out and told by its number.

    Raises NotRead where the workbook is not of this form.
    """
    matches = [one for one in find_matches(read_xlsx(file), [template]) if is_same_wording(one.layout)]
    match = max(matches, key=lambda one: one.likeness, default=None)
    if match is None:
        raise NotRead(NotReadReason.OTHER_FORM)
    layout, numbering = match.layout, Numbering(match.layout, template)
    entries: list[Entry] = []
    left_out: list[str] = []
    for one in said:
        found = numbering.rows_of(one.number)
        columns = _columns(layout, one)
        if len(found.rows) != 1 or found.doubt or not columns or not _is_free(layout, template, found.rows[0], columns):
            left_out.append(one.number)
        else:
            entries += _entries(layout, _Place(found.rows[0], one))
    file.seek(0)
    filled = fill_in(file, sheet_name=layout.sheet.name, entries=entries)
    return Filled(filled.content, tuple(left_out))


def _columns(layout: Layout, said: Said) -> list[int]:
    """The cells that the answer goes into; none where the form has no place for it."""
    if not layout.mark_columns:
        return [layout.answer_column] if layout.answer_column else []
    column = layout.mark_columns.get(Value(said.value))
    return [column] if column else []


def _is_free(layout: Layout, template: Template, row: int, columns: list[int]) -> bool:
    """Whether nothing stands there yet, so that no answer of somebody else is written over."""
    placeholders = _BLANK | {normal_text(one) for one in template.answers.placeholders}
    places = columns if not layout.mark_columns else [*layout.mark_columns.values()]
    unmarked = placeholders | {normal_text(one) for one in template.answers.unmarked}
    return all(normal_text(layout.sheet.text(row, column)) in unmarked for column in places)


def _entries(layout: Layout, place: _Place) -> Iterator[Entry]:
    said = place.said
    for column in _columns(layout, said):
        text = _offered(layout, place.row, column, said.text)
        yield Entry(place.row, column, "tick" if layout.mark_columns else "text", text)
    if said.remark and layout.remark_columns:
        yield Entry(place.row, layout.remark_columns[0], "text", said.remark)


def _offered(layout: Layout, row: int, column: int, text: str) -> str:
    """The text as the cell's own list spells it, where it has one."""
    lists = (one for one in layout.sheet.dropdowns if any(area.covers(row, column) for area in one.ranges))
    choices = (choice for one in lists for choice in one.choices)
    return next((choice for choice in choices if normal_text(choice) == normal_text(text)), text)
