"""The vendor's form as a workbook to fill in where no browser is allowed; only its answer cells can be changed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from models import Answer, AnswerValue
from services import completeness
from services.answers import Worksheet
from services.edition_forms import Item
from services.fiscal_years import name_of
from services.formats import format_date
from services.languages import _, language
from services.offline_layout import (
    ANSWER_COLUMNS,
    CARRIERS,
    COLUMNS,
    DATES,
    HEADINGS,
    KEY_COLUMN,
    VALUES,
    WIDTHS,
    YES_OR_NO,
)

_FONT: Final = {"font_name": "Yu Gothic", "font_size": 11, "valign": "top", "text_wrap": True}
_HEAD_ROW: Final = 5
_OPTIONS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_LONGEST_NOTE: Final = 1500


def offline_form_bytes(sheet: Worksheet, *, clinic_name: str, vendor_name: str, systems: Sequence[str]) -> bytes:
    """A workbook with a row for each open item: lists to choose from, dates checked, help as notes, saved answers."""
    target = io.BytesIO()
    # Loaded when the first workbook is made: it takes 14 MB that most processes never need.
    import xlsxwriter

    with xlsxwriter.Workbook(target, _OPTIONS) as workbook:
        page = workbook.add_worksheet(_("Answers"))
        formats = _make_formats(workbook)
        for place, name in enumerate(COLUMNS):
            page.set_column(place, place, WIDTHS[name], None, {"hidden": name == KEY_COLUMN})
            page.write_string(_HEAD_ROW, place, _(HEADINGS[name]), formats["head"])
        for line, text in enumerate(_introduce(sheet, clinic_name, vendor_name, systems)):
            page.write_string(line, 1, text, formats["title" if line == 0 else "plain_line"])
        for line, item in enumerate(sheet.open_items, start=_HEAD_ROW + 1):
            _write_item(page, line, item, sheet, formats)
        page.freeze_panes(_HEAD_ROW + 1, 3)
        page.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(_HEAD_ROW)
        page.set_footer("&C&P / &N")
    return target.getvalue()


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


def _introduce(sheet: Worksheet, clinic_name: str, vendor_name: str, systems: Sequence[str]) -> list[str]:
    submission = sheet.submission
    about = "、".join(systems) if language.get() == "ja" else ", ".join(systems)
    return [
        sheet.form.title.in_language(language.get()),
        _("%(clinic)s asks %(vendor)s", clinic=clinic_name, vendor=vendor_name) + (f" · {about}" if about else ""),
        _("For %(year)s, due on %(day)s", year=name_of(submission.fiscal_year), day=format_date(submission.due_on)),
        _("Please fill in the coloured cells, save, and upload the file on the page where you downloaded it."),
    ]


def _write_item(page: Any, line: int, item: Item, sheet: Worksheet, formats: dict[str, Any]) -> None:
    stored = sheet.answers.get(item.key)
    fixed = {KEY_COLUMN: item.key, "number": item.number, "label": item.label.in_language(language.get())}
    for place, name in enumerate(COLUMNS):
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
        _restrict(page, line, place, name, sheet, item)
    page.set_row(line, 48)
    page.write_comment(line, COLUMNS.index("label"), _help_for(item)[:_LONGEST_NOTE], {"x_scale": 3, "y_scale": 3})


def _help_for(item: Item) -> str:
    spoken = language.get()
    return f"{item.help.in_language(spoken)}\n\n{_('What serves as evidence:')} {item.evidence.in_language(spoken)}"


def _restrict(page: Any, line: int, place: int, name: str, sheet: Worksheet, item: Item) -> None:
    """Lists for choices and windows for dates, as the page of the form has them."""
    if name in YES_OR_NO or name == "responsibility":
        words = [_(word) for word in (VALUES if name in YES_OR_NO else CARRIERS).values()]
        page.data_validation(
            line, place, line, place, {"validate": "list", "source": words, "error_message": _("Please choose one.")}
        )
    elif name in DATES:
        value = AnswerValue.YES if item.plan_counts_until else AnswerValue.NO
        window = (
            completeness.target_window(sheet.submission, item, value=value, checked_on=None)
            if name == "target_on"
            else completeness.check_window(sheet.submission)
        )
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


def _stored_value(stored: Answer | None, name: str) -> str | date:
    if stored is None or name not in ANSWER_COLUMNS:
        return ""
    value = getattr(stored, "value" if name == "answer" else name)
    if name in YES_OR_NO:
        return _(VALUES[value]) if value else ""
    if name == "responsibility":
        return _(CARRIERS[value]) if value else ""
    return value or ""
