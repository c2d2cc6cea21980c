"""An answer for each question of a template, from the cells of its sheet. What is not clear is left to a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from services.reading.grid import Cell, Flag, Kind, Sheet, Workbook
from services.reading.layout import Layout
from services.reading.meaning import Meaning, Understanding, is_marked, needs_person, understand
from services.reading.normal import normal_id, normal_text
from services.reading.notes import NoteBook
from services.reading.numbering import Numbering
from services.reading.readings import Answer, Finding, Reason, Remark, closing_gate
from services.reading.templates import Question, Template, Value

_LESS_SURE: Final = 0.8
_PDF_SHARE: Final = 0.7
_MOST_PLACES: Final = 5


@dataclass
class _Row:
    """What one row says about one question."""

    meaning: Meaning
    raw: str = ""
    place: str = ""


class AnswerReader:
    """Reads the rows of one layout."""

    def __init__(self, workbook: Workbook, layout: Layout, template: Template, known: Understanding) -> None:
        self._workbook = workbook
        self._layout = layout
        self._sheet: Sheet = layout.sheet
        self._template = template
        self._known = known
        self._numbering = Numbering(layout, template)
        self._notes = NoteBook(template.notes)
        self._cited: set[str] = set()
        self.findings: list[Finding] = []

    def read(self) -> list[Answer]:
        """One answer per question of the template, in its order."""
        taken = {row for rows in self._layout.rows.values() for row in rows} | set(self._layout.heading_rows)
        self._notes.collect(self._workbook, self._sheet, taken)
        answers = [self._answer(question) for question in self._template.questions.values()]
        said = {answer.number: answer.value for answer in answers}
        answers = [self._closed(answer, said) for answer in answers]
        self._tell_about_sheet()
        return answers

    def _answer(self, question: Question) -> Answer:
        found = self._numbering.rows_of(question.id)
        if not found.rows:
            return Answer(question.id, Value.NEEDS_PERSON, confidence=0.0, reason=Reason.MISSING_ROW)
        row = found.rows[0]
        read = self._read_rows(question, found.rows)
        meaning = needs_person(found.doubt) if found.doubt else read.meaning
        asked = self._sheet.shown(row, self._layout.question_column)
        answer = Answer(
            question.id,
            meaning.value,
            read.raw,
            read.place,
            self._remarks(found.rows, meaning),
            meaning.confidence,
            meaning.reason,
            asked.text.strip() if asked else "",
        )
        return self._less_sure(answer, row)

    def _read_rows(self, question: Question, rows: list[int]) -> _Row:
        """The one row that says something; several that say something need a person."""
        read = [self._read_row(question, row) for row in rows]
        saying = [one for one in read if one.meaning.value is not Value.UNANSWERED]
        if len(saying) < 2:
            return saying[0] if saying else read[0]
        raw = "\n".join(one.raw for one in saying)
        numbers = {self._sheet.text(row, self._layout.id_column).strip() for row in rows} - {""}
        twice = len(numbers) and sum(bool(self._sheet.text(row, self._layout.id_column).strip()) for row in rows) > 1
        reason = Reason.NUMBER_TWICE if twice else Reason.SEVERAL_ROWS
        places = [one.place for one in saying]
        more = ["…"] if len(places) > _MOST_PLACES else []
        return _Row(needs_person(reason), raw, ", ".join([*places[:_MOST_PLACES], *more]))

    def _read_row(self, question: Question, row: int) -> _Row:
        if self._template.answers.family == "marks" and question.kind == "choice":
            return self._read_marks(row)
        column = self._layout.answer_column
        if not column:
            return _Row(needs_person(Reason.NO_ANSWER_COLUMN))
        cell = self._sheet.shown(row, column)
        place = self._sheet.place(row, column)
        if cell is None:
            return _Row(self._unless_ticked(Meaning(Value.UNANSWERED), row), "", place)
        if doubt := _doubt_about(cell):
            return _Row(needs_person(doubt), cell.text, place)
        if question.kind != "choice":
            said = normal_text(cell.text)
            is_empty = not said or said in self._known.placeholders
            return _Row(Meaning(Value.UNANSWERED if is_empty else Value.TEXT), cell.text, place)
        meaning = understand(cell.text, self._known)
        several = self._numbering.sharing(row)
        if len(several) > 1:
            meaning = self._share(question, several, cell)
        return _Row(self._unless_ticked(meaning, row), cell.text, place)

    def _read_marks(self, row: int) -> _Row:
        marked: list[tuple[Value, int]] = []
        said: list[str] = []
        is_whole = len(self._layout.mark_columns) == len(self._template.answers.columns)
        doubt: Reason | None = None if is_whole else Reason.NO_ANSWER_COLUMN
        for value, column in self._layout.mark_columns.items():
            cell = self._sheet.shown(row, column)
            if cell is None:
                continue
            said.append(cell.text)
            mark = is_marked(cell.text, value, self._known)
            doubt = doubt or _doubt_about(cell) or (Reason.UNKNOWN_MARK if mark is None else None)
            if mark:
                marked.append((value, column))
        columns = [column for _value, column in marked] or list(self._layout.mark_columns.values())
        place = ", ".join(self._sheet.place(row, column) for column in columns) if marked or said else ""
        place = place or (self._sheet.place(row, columns[0]) if columns else "")
        raw = " ".join(said)
        if doubt or len(marked) > 1:
            return _Row(needs_person(doubt or Reason.TWO_MARKS), raw, place)
        meaning = Meaning(marked[0][0]) if marked else self._unless_ticked(Meaning(Value.UNANSWERED), row)
        if marked and len(self._numbering.sharing(row)) > 1:
            meaning = needs_person(Reason.SEVERAL_QUESTIONS)
        return _Row(meaning, raw, place)

    def _unless_ticked(self, meaning: Meaning, row: int) -> Meaning:
        """Nothing in the cell, but boxes float over the row: the answer may be there, where it cannot be read."""
        if meaning.value is Value.UNANSWERED and any(box.row in {0, row} for box in self._sheet.tick_boxes):
            return needs_person(Reason.TICK_BOX)
        return meaning

    def _share(self, question: Question, several: list[str], cell: Cell) -> Meaning:
        """One line of the answer for each question of the cell, or a person says which is whose."""
        lines = [line for line in cell.text.splitlines() if line.strip()]
        if len(lines) != len(several) or question.id not in several:
            return needs_person(Reason.SEVERAL_QUESTIONS)
        line = lines[several.index(question.id)]
        first, _blank, behind = line.strip().partition(" ")
        if normal_id(first) in several:
            line = behind
        meaning = understand(line, self._known)
        return meaning._replace(confidence=min(meaning.confidence, _LESS_SURE))

    def _remarks(self, rows: list[int], meaning: Meaning) -> tuple[Remark, ...]:
        remarks: list[Remark] = []
        if meaning.rest:
            answer_place = self._sheet.place(rows[0], self._layout.answer_column)
            remarks += self._joined(Remark(meaning.rest, answer_place), bare=False)
        for row in rows:
            for column in self._layout.remark_columns:
                cell = self._sheet.shown(row, column)
                if cell and normal_text(cell.text) and normal_text(cell.text) not in self._known.placeholders:
                    remarks += self._joined(Remark(cell.text.strip(), self._sheet.place(row, column)), bare=True)
            for place in (self._layout.answer_column, *self._layout.mark_columns.values()):
                if comment := self._sheet.comments.get((row, place)):
                    remarks.append(Remark(comment.strip(), self._sheet.place(row, place)))
        return tuple(dict.fromkeys(remarks))

    def _joined(self, remark: Remark, *, bare: bool) -> Iterator[Remark]:
        """The remark, or in its place the texts of the notes that it does nothing but point to."""
        cited = self._notes.cited(remark.text, bare=bare)
        texts = [self._notes.by_number[number] for number in cited if number in self._notes.by_number]
        self._cited.update(note.note for note in texts)
        is_only_citation = bool(texts) and len(texts) == len(cited) and len(remark.text) <= 12 + 8 * len(cited)
        if not is_only_citation:
            yield remark
        yield from texts
        self.findings += [
            Finding(Reason.NOTE_MISSING, remark.place, number)
            for number in cited
            if number not in self._notes.by_number and self._notes.by_number
        ]

    def _less_sure(self, answer: Answer, row: int) -> Answer:
        """Lower what is known about the row's looks: misprinted numbers, hidden rows, pages of a PDF."""
        reason: Reason | None = None
        if row in self._layout.misprinted:
            reason = Reason.MISPRINTED_NUMBER
        if row in self._sheet.hidden_rows or self._sheet.is_column_hidden(self._layout.answer_column):
            reason = Reason.HIDDEN
        if reason and not answer.needs_person:
            answer = replace(answer, confidence=min(answer.confidence, _LESS_SURE), reason=reason)
        if self._workbook.kind == "pdf":
            confidence = round(answer.confidence * _PDF_SHARE, 2)
            answer = replace(answer, confidence=confidence, reason=answer.reason or Reason.FROM_PDF)
        return answer

    def _closed(self, answer: Answer, said: dict[str, Value]) -> Answer:
        gate = closing_gate(self._template, answer.number, said)
        return replace(answer, closed_by=gate.question) if gate else answer

    def _tell_about_sheet(self) -> None:
        sheet = self._sheet
        if sheet.is_hidden:
            self.findings.append(Finding(Reason.SHEET_HIDDEN, text=sheet.name))
        if sheet.tick_boxes:
            self.findings.append(Finding(Reason.TICK_BOX, text=str(len(sheet.tick_boxes))))
        for row, number in self._layout.misprinted.items():
            self.findings.append(Finding(Reason.MISPRINTED_NUMBER, sheet.place(row, self._layout.id_column), number))
        self.findings += self._numbering.unknown()
        for number, note in self._notes.by_number.items():
            if number not in self._cited and len(self._cited) > 0:
                self.findings.append(Finding(Reason.NOTE_NOT_CITED, note.place, f"{number}: {note.text[:200]}"))


def _doubt_about(cell: Cell) -> Reason | None:
    if cell.flags & Flag.NOT_CALCULATED:
        return Reason.NOT_CALCULATED
    return Reason.ERROR_VALUE if cell.kind is Kind.ERROR else None
