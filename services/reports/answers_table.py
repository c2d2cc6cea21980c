"""What vendors submitted as a table: one item a row, with what the clinic said about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models import AnswerValue, Transcript
from services.differences import Difference, describe
from services.exports import Cell
from services.fiscal_years import name_of
from services.formats import format_moment
from services.languages import _, language
from services.options import name_of as name_of_option
from services.reports.tables import Table
from services.submitted import SubmittedRequest


def answers_table(requests: Sequence[SubmittedRequest]) -> Table:
    """Every item of the newest version of each request, in the order of its form."""
    head = [
        _("Vendor"),
        _("Systems"),
        _("Fiscal year"),
        _("Version"),
        _("Submitted at"),
        _("No."),
        _("Section"),
        _("Item"),
        _("Answer"),
        _("Condition"),
        _("Checked on"),
        _("Target date"),
        _("Remark"),
        _("Second check"),
        _("Second check on"),
        _("Responsibility"),
        _("On the responsibility"),
        _("Answered by"),
        _("Systems that differ"),
        _("Typed in by the clinic"),
    ]
    rows = [row for request in requests for row in _rows(request)]
    return Table(_("Answers of vendors"), head, rows)


def remarks_table(requests: Sequence[SubmittedRequest]) -> Table:
    """Every verdict on every version, with the words for the whole and for single items."""
    head = [
        _("Vendor"),
        _("Fiscal year"),
        _("Version"),
        _("Verdict"),
        _("When"),
        _("Who"),
        _("No."),
        _("Item"),
        _("Words"),
    ]
    rows: list[list[Cell]] = []
    for request in requests:
        for review in request.reviews:
            verdict: list[Cell] = [
                request.vendor_name,
                name_of(request.fiscal_year),
                review.revision_number,
                name_of_option(review.verdict),
                format_moment(review.reviewed_at),
                review.reviewed_by,
            ]
            items = {item.key: item for item in request.form.items}
            if review.words or not review.remarks:
                rows.append([*verdict, "", "", review.words])
            for key, words in review.remarks.items():
                item = items.get(key)
                label = item.label.in_language(language.get()) if item else key
                rows.append([*verdict, item.number if item else "", label, words])
    return Table(_("What the clinic said about answers"), head, rows)


def _rows(request: SubmittedRequest) -> list[list[Cell]]:
    spoken = language.get()
    about: list[Cell] = [
        request.vendor_name,
        "、".join(request.systems),
        name_of(request.fiscal_year),
        request.revision_number,
        format_moment(request.submitted_at),
    ]
    typed_in = _typed_in(request.typed_in)
    rows = []
    for section in request.form.sections:
        for item in section.items:
            answer = request.answers.get(item.key)
            told: list[Cell] = [item.number, section.title.in_language(spoken), item.label.in_language(spoken)]
            if answer is not None:
                told += [
                    answer_words(answer.value, is_conditional=answer.is_conditional),
                    answer.condition,
                    _day(answer.checked_on),
                    _day(answer.target_on),
                    answer.remark,
                    answer_words(answer.second_value),
                    _day(answer.second_checked_on),
                    name_of_option(answer.responsibility) if answer.responsibility else "",
                    answer.responsibility_note,
                    answer.answered_by,
                    "\n".join(_differs(each) for each in answer.differences),
                ]
            rows.append([*about, *told, *[""] * (14 - len(told)), typed_in])
    return rows


def _differs(difference: Difference) -> str:
    """What holds for one system, in one line."""
    said = [describe(difference), difference.condition, _day(difference.target_on), difference.remark]
    return " / ".join(part for part in said if part)


def _typed_in(transcript: Transcript | None) -> str:
    """From what and by whom the answers were typed in; empty where the vendor gave them itself."""
    if transcript is None or transcript.submitted_at is None:
        return ""
    told = [name_of_option(transcript.source), _day(transcript.said_on), transcript.said_by]
    return " / ".join([*told, transcript.typed_by, format_moment(transcript.submitted_at)])


def answer_words(value: AnswerValue | None, *, is_conditional: bool = False) -> str:
    """はい, はい under a condition, いいえ, or nothing."""
    if value is AnswerValue.YES and is_conditional:
        return _("Yes, with a condition")
    return "" if value is None else _("Yes") if value is AnswerValue.YES else _("No")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
