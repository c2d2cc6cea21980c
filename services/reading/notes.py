"""Numbered remarks that stand elsewhere on the sheets, and the words by which an answer points to them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from services.reading.grid import Cell, Sheet, Workbook
from services.reading.normal import normal_text
from services.reading.readings import Remark
from services.reading.templates import Notes

_NUMBER: Final = r"\s*(?:no\.?|#)?\s*[(\[]?([0-9]{1,3})[)\]]?"
_FOLLOWING: Final = re.compile(r"(?:\s*(?:,|、|and|&|と)\s*[0-9]{1,3}\b)+")


class NoteBook:
    """The numbered remarks of a file: asked by a citation, they give the texts."""

    def __init__(self, rules: Notes) -> None:
        self.by_number: dict[str, Remark] = {}
        self._labels = _pattern(rules.labels, r"[\s.:)、。]*")
        self._citations = re.compile(f"(?:{_words(rules.citations)}){_NUMBER}") if rules.citations else None
        self._headings = {normal_text(one).rstrip(":") for one in rules.headings}

    def collect(self, workbook: Workbook, sheet: Sheet, taken: Collection[int]) -> None:
        """Find the remarks: outside the rows of questions, behind a heading or with a label of their own."""
        for one in (sheet, *(other for other in workbook.sheets if other is not sheet)):
            is_below = False
            for row, cells in one.rows():
                if one is sheet and row in taken:
                    continue
                if any(normal_text(cell.text).rstrip(":") in self._headings for cell in cells):
                    # A heading stands alone; the same word over a column of remarks is none.
                    is_below = len(cells) == 1 and (one is not sheet or row > max(taken, default=0))
                    continue
                number, text = self._numbered(cells, is_below=is_below)
                if number and text and number not in self.by_number:
                    self.by_number[number] = Remark(text, self._place(workbook, one, cells[0]), number)

    def cited(self, text: str, *, bare: bool) -> list[str]:
        """The numbers that a text points to; a bare number counts where `bare` says so."""
        plain = normal_text(text)
        if bare and re.fullmatch(r"[0-9]{1,3}(?:[,、\s]+[0-9]{1,3})*", plain):
            return re.findall(r"[0-9]+", plain)
        if self._citations is None:
            return []
        found: list[str] = []
        for match in self._citations.finditer(plain):
            found.append(match[1])
            # "See Note 4, 5 and 6": the numbers that follow belong to the same word.
            following = _FOLLOWING.match(plain, match.end())
            found += re.findall(r"[0-9]+", following[0]) if following else []
        return list(dict.fromkeys(found))

    def _numbered(self, cells: list[Cell], *, is_below: bool) -> tuple[str, str]:
        first = normal_text(cells[0].text)
        label = self._labels.match(first) if self._labels else None
        if not label and is_below:
            label = re.match(r"[(\[]?([0-9]{1,3})[)\].:、。\s]*", first)
        if not label:
            return "", ""
        if label.end() == len(first):
            return label[1], "\n".join(cell.text.strip() for cell in cells[1:])
        # Number and text in one cell: the raw text behind the same number.
        raw = re.search(rf"{label[1]}[)\]）.．:：、。\s]*", cells[0].text) if label[1] in cells[0].text else None
        behind = cells[0].text[raw.end() :] if raw else first[label.end() :]
        return label[1], "\n".join([behind.strip(), *(cell.text.strip() for cell in cells[1:])]).strip()

    @staticmethod
    def _place(workbook: Workbook, sheet: Sheet, cell: Cell) -> str:
        place = sheet.place(cell.row, cell.column)
        return place if len(workbook.sheets) == 1 else f"{sheet.name}!{place}"


def _pattern(words: tuple[str, ...], behind: str) -> re.Pattern[str] | None:
    return re.compile(f"(?:{_words(words)}){_NUMBER}{behind}") if words else None


def _words(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(normal_text(word)) for word in sorted(words, key=len, reverse=True))
