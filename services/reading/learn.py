"""The template of a form that a person has shown: places as confirmed, wording from the file itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from services.reading.grid import Sheet, Workbook
from services.reading.normal import normal_text
from services.reading.proposals import MAX_LABEL, NUMBER, Proposal, numbered_rows
from services.reading.templates import (
    AnswerRules,
    Choice,
    Columns,
    DocumentKind,
    Notes,
    Numbers,
    Question,
    Section,
    Template,
    Text,
)


def make_template(
    workbook: Workbook,
    chosen: Proposal,
    *,
    template_id: str,
    kind: DocumentKind,
    edition: str,
    name: str,
    templates: Sequence[Template],
) -> Template:
    """The template of a form as a person confirmed it. Raises LookupError where the file has no such sheet."""
    sheet = workbook.sheet(chosen.sheet)
    if sheet is None:
        raise LookupError(chosen.sheet)
    # Templates without questions hold what is common in forms of all kinds.
    hints = [one for one in templates if not one.questions]
    own = _own_labels(sheet, chosen)
    rules = AnswerRules(
        family=chosen.family,
        words=_words(hints, chosen),
        columns={value: tuple(own[column]) for value, column in chosen.mark_columns.items()},
        offsets={value: column - chosen.id_column for value, column in chosen.mark_columns.items()},
        placeholders=_all(one.answers.placeholders for one in hints),
    )
    return Template(
        id=template_id,
        kind=kind,
        edition=edition,
        name=Text(name, name),
        sheet=chosen.sheet,
        columns=_columns(own, chosen),
        numbers=Numbers(NUMBER.pattern),
        answers=rules,
        notes=Notes(
            _all(one.notes.headings for one in hints),
            _all(one.notes.labels for one in hints),
            _all(one.notes.citations for one in hints),
        ),
        labels={name: labels for one in hints for name, labels in one.labels.items()},
        sections=tuple(_sections(sheet, chosen)),
    )


def _words(hints: Sequence[Template], chosen: Proposal) -> dict[Choice, tuple[str, ...]]:
    """The words that are common, and those of this form; what a person said a word means comes before all else."""
    meanings: dict[str, tuple[str, Choice]] = {}
    for hint in hints:
        for value, listed in hint.answers.words.items():
            for word in listed:
                meanings.setdefault(normal_text(word), (word, value))
    meanings |= {normal_text(word): (word, value) for word, value in chosen.words.items()}
    words: dict[Choice, tuple[str, ...]] = {}
    for word, value in meanings.values():
        words[value] = (*words.get(value, ()), word)
    return words


def _all(listed: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for words in listed for one in words))


def _own_labels(sheet: Sheet, chosen: Proposal) -> dict[int, list[str]]:
    """The headings that stand over one column only: what spans several would lead to the wrong one."""
    places = [chosen.id_column, chosen.question_column, chosen.answer_column, *chosen.remark_columns]
    rows = range(chosen.first_row, chosen.last_row + 1)
    columns = {*places, *chosen.mark_columns.values()}.union(
        cell.column for row, cells in sheet.rows() if row in rows for cell in cells
    )
    labels: dict[int, list[str]] = {}
    for column in columns:
        shown = (sheet.shown(row, column) for row in chosen.heading_rows)
        texts = (cell.text.strip() for cell in shown if cell and len(cell.text) <= MAX_LABEL)
        labels[column] = list(dict.fromkeys(text for text in texts if text))
    over = Counter(normal_text(label) for listed in labels.values() for label in listed)
    return {column: [one for one in listed if over[normal_text(one)] == 1] for column, listed in labels.items()}


def _columns(own: dict[int, list[str]], chosen: Proposal) -> Columns:
    """Headings, and places beside the numbers for files without."""
    places = {"question": chosen.question_column, "answer": chosen.answer_column}
    places |= {"remark": chosen.remark_columns[0]} if chosen.remark_columns else {}
    return Columns(
        id=tuple(own[chosen.id_column]),
        question=tuple(own.get(chosen.question_column, ())),
        answer=tuple(own.get(chosen.answer_column, ())),
        remark=tuple(label for column in chosen.remark_columns for label in own[column]),
        offsets={name: column - chosen.id_column for name, column in places.items() if column},
    )


def _sections(sheet: Sheet, chosen: Proposal) -> list[Section]:
    numbers = dict(numbered_rows(sheet, chosen.id_column, chosen.first_row, chosen.last_row))
    sections: list[tuple[str, list[Question]]] = [("", [])]
    seen: set[str] = set()
    for row, cells in sheet.rows():
        number = numbers.get(row, "")
        texts = dict.fromkeys(cell.text.strip() for cell in cells)
        if number and number not in seen and number not in chosen.left_out:
            seen.add(number)
            shown = sheet.shown(row, chosen.question_column)
            kind: Literal["choice", "text"] = "text" if number in chosen.free_text else "choice"
            sections[-1][1].append(Question(number, text=shown.text.strip() if shown else "", kind=kind))
        elif chosen.first_row - 1 <= row <= chosen.last_row and not number and len(texts) == 1:
            title = next(iter(texts))
            if 0 < len(title) <= MAX_LABEL:
                sections.append((title, []))
        elif number in chosen.left_out:
            sections.append((" ".join(texts)[:MAX_LABEL], []))
    kept = [(title, questions) for title, questions in sections if questions]
    return [Section(f"S{index}", Text(title, title), tuple(listed)) for index, (title, listed) in enumerate(kept, 1)]
