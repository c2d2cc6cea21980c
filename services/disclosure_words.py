"""What was read from a disclosure, in words: answers, why one is not sure, and how the reading of a file ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models import Disclosure, ReadState
from services.languages import _, marked, ngettext
from services.reading.readings import Reason
from services.reading.reasons import NotRead
from services.reading.templates import Value
from services.reading.words import sentence_for

FILE_MISSING: Final = "file_missing"

_VALUES: Final[Mapping[Value, str]] = {
    Value.YES: marked("Yes"),
    Value.NO: marked("No"),
    Value.NOT_APPLICABLE: marked("Not applicable"),
    Value.SEE_NOTES: marked("See the remark"),
    Value.TEXT: marked("Text"),
    Value.UNANSWERED: marked("Not answered"),
    Value.NEEDS_PERSON: marked("Needs a person"),
}
_REASONS: Final[Mapping[Reason, str]] = {
    Reason.UNKNOWN_WORD: marked("The cell holds a word that is no answer."),
    Reason.TWO_ANSWERS: marked("The cell holds two answers."),
    Reason.TWO_MARKS: marked("Two columns are marked."),
    Reason.UNKNOWN_MARK: marked("The mark is of no kind we know."),
    Reason.MISSING_ROW: marked("The question's row is missing."),
    Reason.NUMBER_TWICE: marked("The question's number stands twice."),
    Reason.SEVERAL_QUESTIONS: marked("Several questions stand in one cell."),
    Reason.SEVERAL_ROWS: marked("The answer spans several questions."),
    Reason.NOT_CALCULATED: marked("The cell is a formula without a result."),
    Reason.ERROR_VALUE: marked("The cell holds an error."),
    Reason.TICK_BOX: marked("A tick box floats over the row; which answer it means is not certain."),
    Reason.DOUBTFUL_NUMBER: marked("The question's number could be read in two ways."),
    Reason.NO_ANSWER_COLUMN: marked("There is no column with answers."),
    Reason.WITH_REMARK: marked("The answer comes with a remark in its cell."),
    Reason.MISPRINTED_NUMBER: marked("The question's number is misprinted in the file."),
    Reason.HIDDEN: marked("The row or column is hidden in the file."),
    Reason.FROM_PDF: marked("Read from a PDF: please compare with the page."),
    Reason.UNKNOWN_NUMBER: marked("A row has a number that the form does not know."),
    Reason.NOTE_MISSING: marked("A remark is pointed to that is not in the file."),
    Reason.NOTE_NOT_CITED: marked("A remark belongs to no answer."),
    Reason.OTHER_WORDING: marked("The question is worded differently from the form we know."),
    Reason.SHEET_HIDDEN: marked("The sheet is hidden in the file."),
    Reason.ANOTHER_FORM: marked("Another sheet of the file holds another form; only the filled one was read."),
}
_STATES: Final[Mapping[ReadState, str]] = {
    ReadState.WAITING: marked("Being read …"),
    ReadState.NEEDS_TEMPLATE: marked("It looks like a questionnaire whose form this portal does not know yet."),
    ReadState.OTHER: marked("No questions with answers were found in it; it is kept as another file."),
}


def value_names() -> dict[str, str]:
    """The answers by their names in the table."""
    return {value.value: _(name) for value, name in _VALUES.items()}


def say_value(value: str) -> str:
    """One answer by its name."""
    return _(_VALUES[Value(value)]) if value in set(Value) else ""


def say_reason(reason: str) -> str:
    """Why an answer is not sure; empty where there is no reason."""
    return _(_REASONS[Reason(reason)]) if reason else ""


def say_reading(disclosure: Disclosure) -> str:
    """How the reading of a file ended, in one sentence with its counts."""
    if disclosure.state is ReadState.UNREAD:
        return say_refused(disclosure.refused)
    if disclosure.state in _STATES:
        return _(_STATES[disclosure.state])
    parts = [
        ngettext("%(count)s item read", "%(count)s items read", disclosure.answer_count),
        _("%(count)s no", count=disclosure.no_count),
    ]
    if disclosure.unclear_count:
        parts.append(ngettext("%(count)s needs a person", "%(count)s need a person", disclosure.unclear_count))
    return _(", ").join(parts)


def is_waiting(disclosure: Disclosure) -> bool:
    """Whether the file has not been read yet."""
    return disclosure.state is ReadState.WAITING


def say_refused(reason: str) -> str:
    """Why a file could not be read."""
    if reason == FILE_MISSING:
        return _("The file is not where it was kept. Please tell the operator.")
    return sentence_for(NotRead(reason))
