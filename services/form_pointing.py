"""What a person pointed at on a form, as the reader takes it, and why that is not enough yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, cast, get_args

from services.languages import _
from services.number_lists import read_numbers
from services.reading.grid import Sheet, letters_of
from services.reading.layout import HEADING_ROWS
from services.reading.proposals import MAX_LABEL, Proposal, numbered_rows
from services.reading.templates import Choice

Role = Literal["number", "question", "answer", "yes", "no", "not_applicable", "remark"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
ONCE: Final[tuple[Role, ...]] = ("number", "question", "answer", "yes", "no", "not_applicable")
"""What only one column can be."""
MARKS: Final[tuple[Choice, ...]] = ("yes", "no", "not_applicable")
MEANINGS: Final[tuple[Choice, ...]] = ("yes", "no", "not_applicable", "see_notes")
FEWEST: Final = 3
"""A form with fewer questions cannot be told from other files."""
MOST_WORDS: Final = 60
MOST_FIELDS: Final = 120
"""The page shows forty columns; whoever sends more than that sends nonsense."""
_ROLE_FIELD: Final = re.compile(r"role\.([1-9][0-9]{0,4})")


class Typed(Protocol):
    """Fields as a form sends them, each perhaps several times."""

    def getlist(self, key: str) -> Sequence[object]:
        """All values of one field."""

    def keys(self) -> object:
        """The names of all fields."""


@dataclass
class Pointing:
    """The columns by what they are, the row with their names, and what some words and numbers mean."""

    roles: dict[int, Role] = field(default_factory=dict)
    heading: int = 0
    last_row: int = 0
    words: dict[str, Choice] = field(default_factory=dict)
    left_out: str = ""
    free_text: str = ""


def read_pointing(typed: Typed, usual: Pointing) -> Pointing:
    """What the fields of the page say; what stands in `usual` where they were not sent at all."""
    names = [str(name) for name in cast("Sequence[str]", typed.keys())]
    sent = {int(found[1]): _last(typed, name) for name in names[:MOST_FIELDS] if (found := _ROLE_FIELD.fullmatch(name))}
    if not sent:
        return usual
    roles = {column: role for column, role in sent.items() if role in ROLES}
    words = zip(typed.getlist("word"), typed.getlist("meaning"), strict=False)
    return Pointing(
        roles,
        _number(_last(typed, "heading")),
        _number(_last(typed, "last_row")),
        {str(word)[:MAX_LABEL]: meaning for word, meaning in list(words)[:MOST_WORDS] if meaning in MEANINGS},
        _last(typed, "left_out"),
        _last(typed, "free_text"),
    )


def point_as_proposed(sheet: Sheet, proposal: Proposal | None) -> Pointing:
    """The proposal as if a person had pointed at it."""
    if proposal is None:
        return Pointing()
    roles: dict[int, Role] = {}
    for column in proposal.remark_columns:
        roles[column] = "remark"
    for mark, column in proposal.mark_columns.items():
        roles[column] = cast("Role", mark)
    for column, role in (
        (proposal.answer_column, "answer"),
        (proposal.question_column, "question"),
        (proposal.id_column, "number"),
    ):
        if column:
            roles[column] = cast("Role", role)
    words = proposal.words if proposal.family == "cell" else {}
    return Pointing(
        roles,
        find_heading(sheet, list(roles), proposal.heading_rows),
        proposal.last_row,
        words,
        ", ".join(proposal.left_out),
        ", ".join(proposal.free_text),
    )


def find_heading(sheet: Sheet, columns: Sequence[int], rows: Sequence[int]) -> int:
    """The row in which the columns are named: the lowest with two names, or where merged cells begin that reach it."""
    for row in reversed(rows[-HEADING_ROWS:]):
        named = [cell for column in columns if (cell := sheet.shown(row, column)) and len(cell.text) <= MAX_LABEL]
        if len({cell.column for cell in named}) >= 2:
            return max(min(cell.row for cell in named), rows[0])
    return rows[-1] if rows else 0


def what_is_missing(pointing: Pointing) -> list[str]:
    """Sentences that say what has to be pointed at before anything can be read."""
    by_role: dict[Role, list[int]] = {}
    for column, role in sorted(pointing.roles.items()):
        by_role.setdefault(role, []).append(column)
    wrong = [
        _("Columns %(columns)s are marked alike, but only one can be it.", columns=_letters(by_role[role]))
        for role in ONCE
        if len(by_role.get(role, ())) > 1
    ]
    marks = {role for role in MARKS if role in by_role}
    if "number" not in by_role:
        wrong.append(_("Please choose the column with the numbers of the questions."))
    if "question" not in by_role:
        wrong.append(_("Please choose the column with the questions."))
    if marks and "answer" in by_role:
        wrong.append(_("Please choose either one column with answers, or one column for each answer."))
    elif marks and not {"yes", "no"} <= marks:
        wrong.append(_("Where each answer has a column of its own, please choose those for Yes and for No."))
    elif not marks and "answer" not in by_role:
        wrong.append(_("Please choose the column with the answers."))
    return wrong


def choose(sheet: Sheet, pointing: Pointing) -> Proposal:
    """What was pointed at as the reader takes it; only where nothing is missing."""
    by_role = {role: column for column, role in sorted(pointing.roles.items(), reverse=True)}
    marks: dict[Choice, int] = {mark: by_role[mark] for mark in MARKS if mark in by_role}
    chosen = Proposal(
        sheet=sheet.name,
        heading_rows=[pointing.heading] if pointing.heading else [],
        first_row=0,
        last_row=pointing.last_row,
        id_column=by_role["number"],
        question_column=by_role["question"],
        family="marks" if marks else "cell",
        answer_column=0 if marks else by_role["answer"],
        mark_columns=marks,
        remark_columns=[column for column, role in sorted(pointing.roles.items()) if role == "remark"],
        words=dict(pointing.words),
    )
    rows = numbered_rows(sheet, chosen.id_column, pointing.heading + 1, pointing.last_row or 10**9)
    numbers = list(dict.fromkeys(number for _row, number in rows))
    chosen.left_out = read_numbers(pointing.left_out, numbers).found
    chosen.free_text = read_numbers(pointing.free_text, numbers).found
    return chosen


def _letters(columns: Sequence[int]) -> str:
    return _(", ").join(letters_of(column) for column in columns)


def _last(typed: Typed, name: str) -> str:
    values = typed.getlist(name)
    return str(values[-1]) if values and isinstance(values[-1], str) else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 7 else 0
