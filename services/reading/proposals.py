"""A form that nobody has shown yet: where its numbers, questions, answers and remarks seem to stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from services.reading.grid import Cell, Flag, Kind, Sheet, Workbook
from services.reading.layout import HEADING_ROWS, columns_of, headings_of, row_of_notes
from services.reading.meaning import Understanding, prepare, understand
from services.reading.normal import normal_id, normal_text
from services.reading.templates import CHOICES, Choice, Family, Template, Value

NUMBER: Final = re.compile(r"(?:[^\W\d_](?:[^\W\d_]|&){0,7}[-.]?)?[0-9]{1,4}(?:[.\-][0-9]{1,4})*[A-Z]?")
_FEWEST: Final = 3
MAX_LABEL: Final = 80
_MAX_SAMPLES: Final = 20


@dataclass
class Proposal:
    """Where a form's parts seem to stand. A person corrects it by pointing; the same object is then what was chosen."""

    sheet: str
    heading_rows: list[int]
    first_row: int
    last_row: int
    id_column: int
    question_column: int
    family: Family = "cell"
    answer_column: int = 0
    mark_columns: dict[Choice, int] = field(default_factory=dict)
    remark_columns: list[int] = field(default_factory=list)
    words: dict[str, Choice] = field(default_factory=dict)
    """Answers that stand in the file or are offered there, with their meaning where it is known."""
    unknown_words: list[str] = field(default_factory=list)
    """Answers whose meaning a person has to give."""
    left_out: list[str] = field(default_factory=list)
    """Numbers that are headings and no questions."""
    free_text: list[str] = field(default_factory=list)
    """Numbers of questions that are answered in one's own words."""
    count: int = 0
    score: float = 0.0


def looks_like_questions(workbook: Workbook) -> bool:
    """Whether anything in the file could be a form with numbered questions and places for answers."""
    return any(_column_of_numbers(sheet)[1] >= _FEWEST * 2 for sheet in workbook.sheets)


def propose(workbook: Workbook, templates: Sequence[Template]) -> list[Proposal]:
    """One proposal per sheet that could hold the questions, the likeliest first."""
    known = {id(template): prepare(template.answers) for template in templates}
    proposals = [
        proposal for sheet in workbook.sheets if (proposal := _propose_sheet(sheet, templates, [*known.values()]))
    ]
    return sorted(proposals, key=lambda proposal: -proposal.score)


def complete(sheet: Sheet, chosen: Proposal, templates: Sequence[Template]) -> list[str]:
    """Fill in what follows from the places that a person pointed at; returns all numbers, also those left out.

    The first of `heading_rows` is what was pointed at; questions stand below it, up to `last_row` where that is given.
    """
    heading = chosen.heading_rows[0] if chosen.heading_rows else 0
    numbered = numbered_rows(sheet, chosen.id_column, heading + 1, chosen.last_row or 10**9)
    rows = [row for row, _number in numbered]
    numbers = list(dict.fromkeys(number for _row, number in numbered))
    chosen.first_row, chosen.last_row = (rows[0], rows[-1]) if rows else (heading + 1, heading + 1)
    above = [row for row, _cells in sheet.rows() if heading <= row < chosen.first_row]
    chosen.heading_rows = above[:HEADING_ROWS] if heading else []
    chosen.count = len([number for number in numbers if number not in chosen.left_out])
    chosen.unknown_words = []
    if chosen.family == "cell" and chosen.answer_column:
        known = [prepare(template.answers) for template in templates]
        _fill_words(chosen, sheet, rows, _offered(sheet, rows, set()), known)
    return numbers


def pack_proposal(proposal: Proposal) -> dict[str, Any]:
    """The proposal as JSON can hold it."""
    return asdict(proposal)


def unpack_proposal(packed: Mapping[str, Any]) -> Proposal:
    """The proposal again."""
    return Proposal(**packed)


def _propose_sheet(sheet: Sheet, templates: Sequence[Template], known: list[Understanding]) -> Proposal | None:
    id_column, count = _column_of_numbers(sheet)
    if count < _FEWEST:
        return None
    notes_from = row_of_notes(sheet, [word for template in templates for word in template.notes.headings])
    numbered = numbered_rows(sheet, id_column, 0, notes_from) or numbered_rows(sheet, id_column, 0)
    rows, count = [row for row, _number in numbered], len({number for _row, number in numbered})
    headings = [row for row, _cells in sheet.rows() if row < rows[0]][-HEADING_ROWS:]
    columns = [column for column in columns_of(sheet, [*rows, *headings]) if column != id_column]
    titles = {column: headings_of(sheet, column, headings) for column in columns}
    proposal = Proposal(sheet.name, headings, rows[0], rows[-1], id_column, 0, count=count)
    _propose_marks(proposal, titles, known)
    taken = {id_column, *proposal.mark_columns.values()}
    proposal.question_column = _question_column(sheet, rows, columns, titles, templates, taken)
    taken.add(proposal.question_column)
    if proposal.family == "cell":
        _propose_answers(proposal, sheet, rows, columns, titles, templates, known, taken)
    labelled = _labelled(titles, [word for template in templates for word in template.columns.remark])
    proposal.remark_columns = [column for column in labelled if column not in {*taken, proposal.answer_column}]
    has_answers = bool(proposal.answer_column or proposal.mark_columns)
    surety = 0.3 + 0.4 * has_answers + 0.2 * bool(proposal.words) + 0.1 * (not sheet.is_hidden)
    proposal.score = round(surety * count / (count + 5), 3)
    return proposal


def _column_of_numbers(sheet: Sheet) -> tuple[int, int]:
    """The column with the most different question numbers that have a text beside them, and how many."""
    found: dict[int, set[str]] = {}
    for row, cells in sheet.rows():
        if any(len(cell.text) > 5 for cell in cells):
            for cell in cells:
                number = normal_id(cell.text)
                if number and NUMBER.fullmatch(number) and row:
                    found.setdefault(cell.column, set()).add(number)
    best = max(found, key=lambda column: (len(found[column]), -column), default=0)
    return best, len(found.get(best, ()))


def numbered_rows(sheet: Sheet, column: int, first: int, last: int = 10**9) -> list[tuple[int, str]]:
    """Rows with a number, which is written out where the file keeps 4.10 as the number 4.1."""
    found: list[tuple[int, str]] = []
    for row, _cells in sheet.rows():
        cell = sheet.cells.get((row, column))
        number = normal_id(_written(cell)) if cell and first <= row <= last else ""
        if not cell or not number or not NUMBER.fullmatch(number):
            continue
        before = found[-1][1] if found else ""
        if cell.flags & Flag.PLAIN_NUMBER and number.endswith(".1") and before == f"{number[:-2]}.9":
            number += "0"
        found.append((row, number))
    return found


def _written(cell: Cell) -> str:
    """What was typed: a program that makes a date of 1-2 keeps the second of January."""
    if cell.kind is not Kind.DATE or len(cell.text) != 10:
        return cell.text
    return f"{int(cell.text[5:7])}-{int(cell.text[8:])}"


def _propose_marks(proposal: Proposal, titles: Mapping[int, list[str]], known: list[Understanding]) -> None:
    found: dict[Choice, int] = {}
    for column, texts in titles.items():
        for text in texts:
            value = next((one.words[text] for one in known if len(text) > 1 and text in one.words), None)
            if value is not None and value in CHOICES and value is not Value.SEE_NOTES:
                found.setdefault(CHOICES[value], column)
    if len(set(found.values())) >= 2 and {"yes", "no"} <= set(found):
        proposal.family = "marks"
        proposal.mark_columns = found


def _question_column(
    sheet: Sheet,
    rows: list[int],
    columns: list[int],
    titles: Mapping[int, list[str]],
    templates: Sequence[Template],
    taken: set[int],
) -> int:
    # Texts that are repeated over many rows, as merged cells show them, are no questions.
    texts = {column: {cell.text for row in rows if (cell := sheet.shown(row, column))} for column in columns}
    lengths = Counter(
        {
            column: sum(min(len(text), MAX_LABEL) for text in different)
            for column, different in texts.items()
            if column not in taken
        }
    )
    labelled = _labelled(titles, [word for template in templates for word in template.columns.question])
    for column in labelled:
        if column not in taken and lengths[column] > 3 * len(rows):
            return column
    return lengths.most_common(1)[0][0] if lengths else 0


def _propose_answers(
    proposal: Proposal,
    sheet: Sheet,
    rows: list[int],
    columns: list[int],
    titles: Mapping[int, list[str]],
    templates: Sequence[Template],
    known: list[Understanding],
    taken: set[int],
) -> None:
    said = {column: _said(sheet, rows, column) for column in columns if column not in taken}
    understood = {
        column: sum(count for word, count in texts.items() if _meaning(word, known)) for column, texts in said.items()
    }
    labelled = [
        column
        for column in _labelled(titles, [word for template in templates for word in template.columns.answer])
        if column not in taken
    ]
    offered = _offered(sheet, rows, taken)
    most = max(understood, key=lambda column: (understood[column], -column), default=0)
    if labelled:
        proposal.answer_column = labelled[0]
    elif most and understood[most] >= max(_FEWEST, len(rows) // 4):
        proposal.answer_column = most
    elif offered:
        proposal.answer_column = max(
            offered, key=lambda column: (sum(_meaning(word, known) is not None for word in offered[column]), -column)
        )
    _fill_words(proposal, sheet, rows, offered, known)


def _fill_words(
    proposal: Proposal,
    sheet: Sheet,
    rows: list[int],
    offered: Mapping[int, tuple[str, ...]],
    known: Sequence[Understanding],
) -> None:
    """The answers that the file offers or holds, with their meaning where it is known and nobody has given another."""
    given = {normal_text(word): value for word, value in proposal.words.items()}
    proposal.words = {}
    words = [*offered.get(proposal.answer_column, ()), *_said(sheet, rows, proposal.answer_column)]
    for word in dict.fromkeys(words):
        value = given.get(normal_text(word)) or _meaning(word, known)
        if value:
            proposal.words[word] = value
        elif len(proposal.unknown_words) < _MAX_SAMPLES and len(word) <= MAX_LABEL:
            proposal.unknown_words.append(word)


def _said(sheet: Sheet, rows: list[int], column: int) -> Counter[str]:
    return Counter(text.strip() for row in rows if (text := sheet.text(row, column)).strip())


def _meaning(word: str, known: Iterable[Understanding]) -> Choice | None:
    """What a word alone means by any of the templates' words; remarks behind it do not count here."""
    for one in known:
        value = one.words.get(normal_text(word)) or understand(word, one).value
        if value in CHOICES:
            return CHOICES[value]
    return None


def _offered(sheet: Sheet, rows: list[int], taken: set[int]) -> dict[int, tuple[str, ...]]:
    offered: dict[int, tuple[str, ...]] = {}
    for dropdown in sheet.dropdowns:
        for area in dropdown.ranges:
            if area.left not in taken and any(area.top <= row <= area.bottom for row in rows):
                offered.setdefault(area.left, dropdown.choices)
    return offered


def _labelled(titles: Mapping[int, list[str]], words: Iterable[str]) -> list[int]:
    """Columns whose heading is one of the words, then those whose heading contains one."""
    wanted = {normal_text(word) for word in words}
    same = [column for column, texts in titles.items() if wanted & set(texts)]
    longer = {word for word in wanted if len(word) > (3 if word.isascii() else 1)}
    near = [column for column, texts in titles.items() if any(word in text for text in texts for word in longer)]
    return list(dict.fromkeys([*same, *near]))
