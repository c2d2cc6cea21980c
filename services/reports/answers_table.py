"""What vendors submitted as a table: one item a row, with what the clinic said about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models import AnswerValue
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
    rows = []
    for section in request.form.sections:
        for item in section.items:
            answer = request.answers.get(item.key)
            told: list[Cell] = [item.number, section.title.in_language(spoken), item.label.in_language(spoken)]
            if answer is not None:
                told += [
                    _answer(answer.value, is_conditional=answer.is_conditional),
                    answer.condition,
                    _day(answer.checked_on),
                    _day(answer.target_on),
                    answer.remark,
                    _answer(answer.second_value),
                    _day(answer.second_checked_on),
                    name_of_option(answer.responsibility) if answer.responsibility else "",
                    answer.responsibility_note,
                    answer.answered_by,
                ]
            rows.append([*about, *told, *[""] * (13 - len(told))])
    return rows


def _answer(value: AnswerValue | None, *, is_conditional: bool = False) -> str:
    if value is AnswerValue.YES and is_conditional:
        return _("Yes, with a condition")
    return "" if value is None else _("Yes") if value is AnswerValue.YES else _("No")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
