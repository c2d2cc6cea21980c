"""The template of a form that a person has shown: places as confirmed, wording from the file itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from services.reading.grid import Sheet, Workbook
from services.reading.layout import columns_of
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
    base = next((one for one in templates if one.kind == kind), templates[0] if templates else None)
    words: dict[Choice, list[str]] = {
        value: list(listed) for value, listed in (base.answers.words.items() if base else ())
    }
    for word, value in chosen.words.items():
        if all(normal_text(word) != normal_text(one) for listed in words.values() for one in listed):
            words.setdefault(value, []).append(word)
    rules = AnswerRules(
        family=chosen.family,
        words={value: tuple(listed) for value, listed in words.items()},
        columns={value: _labels(sheet, column, chosen.heading_rows) for value, column in chosen.mark_columns.items()},
        offsets={value: column - chosen.id_column for value, column in chosen.mark_columns.items()},
        placeholders=base.answers.placeholders if base else (),
    )
    return Template(
        id=template_id,
        kind=kind,
        edition=edition,
        name=Text(name, name),
        sheet=chosen.sheet,
        columns=_columns(sheet, chosen),
        numbers=Numbers(NUMBER.pattern),
        answers=rules,
        notes=base.notes if base else Notes(),
        labels=base.labels if base else {},
        sections=tuple(_sections(sheet, chosen)),
    )


def _labels(sheet: Sheet, column: int, rows: Iterable[int]) -> tuple[str, ...]:
    shown = (sheet.shown(row, column) for row in rows)
    return tuple(dict.fromkeys(cell.text.strip() for cell in shown if cell and len(cell.text) <= MAX_LABEL))


def _columns(sheet: Sheet, chosen: Proposal) -> Columns:
    """The headings that stand over one column only: what spans several would lead to the wrong one."""
    places = {"id": chosen.id_column, "question": chosen.question_column, "answer": chosen.answer_column}
    remark = chosen.remark_columns[0] if chosen.remark_columns else 0
    columns = columns_of(sheet, range(chosen.first_row, chosen.last_row + 1)) if chosen.last_row else []
    over = Counter(label for column in columns for label in _labels(sheet, column, chosen.heading_rows))

    def own(column: int) -> tuple[str, ...]:
        return tuple(label for label in _labels(sheet, column, chosen.heading_rows) if over[label] <= 1)

    offsets = {name: column - chosen.id_column for name, column in places.items() if column and name != "id"}
    offsets |= {"remark": remark - chosen.id_column} if remark else {}
    labels = {name: own(column) if column else () for name, column in places.items()}
    return Columns(
        remark=tuple(label for one in chosen.remark_columns for label in own(one)), offsets=offsets, **labels
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
            sections[-1][1].append(Question(number, text=shown.text.strip() if shown else ""))
        elif chosen.first_row - 1 <= row <= chosen.last_row and not number and len(texts) == 1:
            title = next(iter(texts))
            if 0 < len(title) <= MAX_LABEL:
                sections.append((title, []))
        elif number in chosen.left_out:
            sections.append((" ".join(texts)[:MAX_LABEL], []))
    kept = [(title, questions) for title, questions in sections if questions]
    return [Section(f"S{index}", Text(title, title), tuple(listed)) for index, (title, listed) in enumerate(kept, 1)]
