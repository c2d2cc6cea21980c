"""What stands around every page behind a vendor's link: who asks, the steps, whom to call, the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from models import DocumentKind, Submission
from services import clock, completeness
from services.answers import Worksheet
from services.fiscal_years import name_of
from services.languages import LANGUAGES, _, language, ngettext
from services.options import names_of
from services.vendor_access import VendorViewer
from web.cookies import LANGUAGE, read_cookie
from web.rendering import page


def language_for(request: Request, invited: str) -> str:
    """The language the reader has chosen, or that of the invitation."""
    chosen = read_cookie(request, LANGUAGE)
    return chosen if chosen in LANGUAGES else invited


def vendor_page(
    request: Request,
    viewer: VendorViewer,
    template: str,
    values: Mapping[str, Any] | None = None,
    *,
    sheet: Worksheet | None = None,
    step: str = "",
    has_documents: bool = False,
    status_code: int = 200,
) -> HTMLResponse:
    """A page of the form; with `sheet` the steps stand on top."""
    submission = viewer.submission
    context = {
        "clinic": viewer.clinic,
        "submission": submission,
        "edition": edition_note(submission),
        "kinds": names_of(DocumentKind),
        "leave_url": request.app.state.addresses("leave_answering", submission_id=submission.id),
        "steps": steps_of(request, viewer, sheet, has_documents) if sheet else [],
        "step": step,
        "sheet": sheet,
        **(values or {}),
    }
    return page(request, template, context, status_code=status_code)


def steps_of(request: Request, viewer: VendorViewer, sheet: Worksheet, has_documents: bool) -> list[dict[str, str]]:
    """The stage strip: where one stands, what is done, what needs a look."""
    addresses, of = request.app.state.addresses, {"submission_id": sheet.submission.id}
    steps = [{"key": "welcome", "label": _("Basics"), "url": addresses("show_welcome", **of), "state": "done"}]
    for section in sheet.sections():
        url = addresses("show_section", section_key=section.key, **of)
        label = section.title.in_language(language.get())
        state = state_of(sheet, section.key)
        steps.append({"key": f"section-{section.key}", "label": label, "url": url, "state": state})
    if viewer.scope is not None:
        return steps
    documents = {"key": "documents", "label": _("Files"), "url": addresses("show_own_documents", **of)}
    finish = {"key": "finish", "label": _("Check"), "url": addresses("show_finish", **of)}
    return [*steps, documents | {"state": "done" if has_documents else ""}, finish | {"state": ""}]


def state_of(sheet: Worksheet, section_key: str) -> str:
    """“done” where a section is complete, “trouble” where something in it was begun and lacks a part."""
    items = sheet.items_of(sheet.get_section(section_key))
    lacks = {item.key: completeness.lacks_of(item, sheet.answers.get(item.key)) for item in items}
    if not any(lacks.values()):
        return "done" if all(sheet.is_answered(item.key) or completeness.may_be_empty(item) for item in items) else ""
    begun = (key for key, missing in lacks.items() if missing and key in sheet.answers)
    return "trouble" if any(sheet.answers[key].value is not None for key in begun) else ""


def name_sections(submission: Submission) -> dict[str, str]:
    """What the sections of the form are called, by their keys."""
    spoken = language.get()
    return {section["key"]: section["title"][spoken] for section in submission.asked["sections"]}


def item_address(request: Request, sheet: Worksheet, item_key: str) -> str:
    """The page and place of an item."""
    addresses, section = request.app.state.addresses, sheet.form.section_of(item_key)
    place = addresses("show_section", submission_id=sheet.submission.id, section_key=section.key)
    return f"{place}#item-{item_key}"


def edition_note(submission: Submission) -> str:
    """Which form is used for which year, where the two are not the same; empty where they are."""
    asked = submission.asked
    if asked["fiscal_year"] == submission.fiscal_year:
        return ""
    return _(
        "For %(year)s, the form of the %(edition)s is used.",
        year=name_of(submission.fiscal_year),
        edition=asked["edition_name"][language.get()],
    )


def days_left(submission: Submission) -> str:
    """How long there is until the due date, in words."""
    days = (submission.due_on - clock.today()).days
    if days < 0:
        return _("The date has passed; your answers are still welcome.")
    if days == 0:
        return _("until tonight")
    return ngettext("%(count)s day left", "%(count)s days left", days)
