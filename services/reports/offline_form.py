"""A form as a workbook to fill in where no browser is allowed; only its answer cells can be changed."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from models import Answer, AnswerValue, Submission
from services import completeness, own_answers
from services.assessments import Sheet
from services.completeness import Window
from services.edition_forms import Item
from services.fiscal_years import name_of
from services.formats import format_date
from services.languages import _, language, marked
from services.offline_layout import (
    CARRIERS,
    COLUMNS,
    DATES,
    FIXED,
    HEADINGS,
    KEY_COLUMN,
    OWN_COLUMNS,
    VALUES,
    WIDTHS,
    YES_OR_NO,
)
from services.own_answers import Draft

_FONT: Final = {"font_name": "Yu Gothic", "font_size": 11, "valign": "top", "text_wrap": True}
_HEAD_ROW: Final = 5
_HOW_TO: Final = marked(
    "Please fill in the coloured cells, save, and upload the file on the page where you downloaded it."
)
_OPTIONS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_LONGEST_NOTE: Final = 1500


@dataclass(frozen=True, slots=True)
class OfflineForm:
    """What a workbook is made of: words on top, items, what is saved of them, and which days may be entered."""

    introduction: Sequence[str]
    items: Sequence[Item]
    answers: Mapping[str, Any]
    columns: Sequence[str]
    window_of: Callable[[str, Item], Window]


def vendor_form(
    submission: Submission,
    *,
    title: str,
    items: Sequence[Item],
    answers: Mapping[str, Answer],
    clinic_name: str,
    vendor_name: str,
    systems: Sequence[str],
) -> OfflineForm:
    """A vendor's form: for itself, or for the clinic that types in what came on paper."""
    about = "、".join(systems) if language.get() == "ja" else ", ".join(systems)
    introduction = [
        title,
        _("%(clinic)s asks %(vendor)s", clinic=clinic_name, vendor=vendor_name) + (f" · {about}" if about else ""),
        _("For %(year)s, due on %(day)s", year=name_of(submission.fiscal_year), day=format_date(submission.due_on)),
        _HOW_TO,
    ]

    def window_of(name: str, item: Item) -> Window:
        value = AnswerValue.YES if item.plan_counts_until else AnswerValue.NO
        if name == "target_on":
            return completeness.target_window(submission, item, value=value, checked_on=None)
        return completeness.check_window(submission)

    return OfflineForm(_spoken(introduction), items, answers, COLUMNS, window_of)


def own_form(sheet: Sheet, *, clinic_name: str) -> OfflineForm:
    """The institution's own form of a year."""
    title = sheet.form.title.in_language(language.get())
    introduction = [title, clinic_name, name_of(sheet.fiscal_year), _HOW_TO]

    def window_of(name: str, item: Item) -> Window:
        value = AnswerValue.YES if item.plan_counts_until else AnswerValue.NO
        if name == "target_on":
            return own_answers.target_window(item, Draft(value=value), sheet.fiscal_year)
        return own_answers.check_window(sheet.fiscal_year)

    return OfflineForm(_spoken(introduction), sheet.form.items, sheet.answers, OWN_COLUMNS, window_of)


def offline_form_bytes(form: OfflineForm) -> bytes:
    """A workbook with a row for each item: lists to choose from, dates checked, help as notes, saved answers."""
    target = io.BytesIO()
    # Loaded when the first workbook is made: it takes 14 MB that most processes never need.
    import xlsxwriter

    with xlsxwriter.Workbook(target, _OPTIONS) as workbook:
        page = workbook.add_worksheet(_("Answers"))
        formats = _make_formats(workbook)
        for place, name in enumerate(form.columns):
            page.set_column(place, place, WIDTHS[name], None, {"hidden": name == KEY_COLUMN})
            page.write_string(_HEAD_ROW, place, _(HEADINGS[name]), formats["head"])
        for line, text in enumerate(form.introduction):
            page.write_string(line, 1, text, formats["title" if line == 0 else "plain_line"])
        for line, item in enumerate(form.items, start=_HEAD_ROW + 1):
            _write_item(page, line, item, form, formats)
        page.freeze_panes(_HEAD_ROW + 1, 3)
        page.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(_HEAD_ROW)
        page.set_footer("&C&P / &N")
    return target.getvalue()


def _spoken(lines: Sequence[str]) -> list[str]:
    """The lines with the last one, which is the same for all forms, in the language now spoken."""
    return [*lines[:-1], _(lines[-1])]


def _make_formats(workbook: Any) -> dict[str, Any]:
    return {
        "title": workbook.add_format({"font_name": "Yu Gothic", "font_size": 14, "bold": True}),
        "plain_line": workbook.add_format({"font_name": "Yu Gothic", "font_size": 11}),
        "head": workbook.add_format({**_FONT, "bold": True, "bg_color": "#E6F1F0", "bottom": 1}),
        "fixed": workbook.add_format({**_FONT, "bottom": 4}),
        "open": workbook.add_format({**_FONT, "bottom": 4, "locked": False, "bg_color": "#FFFDF3", "num_format": "@"}),
        "day": workbook.add_format(
            {**_FONT, "bottom": 4, "locked": False, "bg_color": "#FFFDF3", "num_format": "yyyy-mm-dd"}
        ),
    }


def _write_item(page: Any, line: int, item: Item, form: OfflineForm, formats: dict[str, Any]) -> None:
    stored = form.answers.get(item.key)
    fixed = {KEY_COLUMN: item.key, "number": item.number, "label": item.label.in_language(language.get())}
    for place, name in enumerate(form.columns):
        if name in fixed:
            page.write_string(line, place, fixed[name], formats["fixed"])
            continue
        value = _stored_value(stored, name)
        if isinstance(value, date):
            page.write_datetime(line, place, value, formats["day"])
        elif value:
            page.write_string(line, place, value, formats["open"])
        else:
            page.write_blank(line, place, None, formats["day" if name in DATES else "open"])
        _restrict(page, line, place, name, form.window_of, item)
    page.set_row(line, 48)
    page.write_comment(line, form.columns.index("label"), _help_for(item)[:_LONGEST_NOTE], {"x_scale": 3, "y_scale": 3})


def _help_for(item: Item) -> str:
    spoken = language.get()
    return f"{item.help.in_language(spoken)}\n\n{_('What serves as evidence:')} {item.evidence.in_language(spoken)}"


def _restrict(
    page: Any, line: int, place: int, name: str, window_of: Callable[[str, Item], Window], item: Item
) -> None:
    """Lists for choices and windows for dates, as the page of the form has them."""
    if name in YES_OR_NO or name == "responsibility":
        words = [_(word) for word in (VALUES if name in YES_OR_NO else CARRIERS).values()]
        page.data_validation(
            line, place, line, place, {"validate": "list", "source": words, "error_message": _("Please choose one.")}
        )
    elif name in DATES:
        window = window_of(name, item)
        page.data_validation(
            line,
            place,
            line,
            place,
            {
                "validate": "date",
                "criteria": "between",
                "minimum": window.first,
                "maximum": window.last,
                "error_message": _(
                    "From %(first)s to %(last)s", first=window.first.isoformat(), last=window.last.isoformat()
                ),
            },
        )


def _stored_value(stored: Any, name: str) -> str | date:
    if stored is None or name in FIXED:
        return ""
    value = getattr(stored, "value" if name == "answer" else name)
    if name in YES_OR_NO:
        return _(VALUES[value]) if value else ""
    if name == "responsibility":
        return _(CARRIERS[value]) if value else ""
    return value or ""
