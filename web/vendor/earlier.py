"""Answers given before, item by item: a person says “still so”, and only then they are saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from models import AnswerOrigin
from services import answer_file_reading, answers, documents, reuse
from services.answers import Worksheet
from services.fiscal_years import name_of
from services.formats import format_date
from services.languages import _, ngettext
from services.refusals import NotFound
from services.reuse import Earlier, Offer, OfferedSection
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from web.access import SessionDep, VendorViewerDep
from web.forms import Submitted
from web.rendering import see, see_address
from web.vendor.answer_fields import TypedDep, read_item, told
from web.vendor.checklist import limits_of
from web.vendor.frame import item_address, vendor_page
from web.vendor.welcome import next_address

router = APIRouter()

_WORDS = ("condition", "target_on", "remark")
_SOURCES: Final[Mapping[str, Callable[..., Earlier | None]]] = {
    reuse.LAST_YEAR: reuse.find_last_year,
    answer_file_reading.FILE: answer_file_reading.find_earlier,
}


def find_earlier(session: SessionDep, viewer: VendorViewer, key: str) -> Earlier:
    """The answers that the address names; raises NotFound where there are none."""
    find = _SOURCES.get(key)
    found = find(session, submission=viewer.submission) if find else None
    if found is None:
        raise NotFound
    return found


@router.get("/answer/{submission_id}/earlier/{source}", name="show_earlier")
def show_earlier(request: Request, session: SessionDep, viewer: VendorViewerDep, source: str) -> Response:
    if refusal_to_answer(viewer.submission) is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    sheet = answers.read_worksheet(session, submission=viewer.submission)
    return earlier_page(request, session, viewer, sheet, find_earlier(session, viewer, source), {}, {})


def earlier_page(
    request: Request,
    session: SessionDep,
    viewer: VendorViewer,
    sheet: Worksheet,
    earlier: Earlier,
    typed: Mapping[str, str],
    errors: dict[str, str],
) -> Response:
    sections = reuse.list_offers(sheet, earlier)
    has_documents = bool(documents.list_own_documents(session, submission=viewer.submission))
    shown: dict[str, Any] = {
        "source": earlier.key,
        "sections": sections,
        "told": describe(earlier),
        "about": earlier.about,
        "is_known": earlier.origin.details.get("is_known"),
        "is_same_form": earlier.form.edition_id == sheet.form.edition_id,
        "left": reuse.count_open(sections),
        "submitted": Submitted(values=values_of(sections, typed), errors=errors),
        "limits": {offer.item.key: limits_of(viewer.submission, offer.item) for offer in open_offers(sections)},
        "addresses": {item.key: item_address(request, sheet, item.key) for item in sheet.open_items},
        "onwards": next_address(request, sheet, has_documents),
    }
    return vendor_page(
        request,
        viewer,
        "vendor/earlier.html",
        shown,
        sheet=sheet,
        step="welcome",
        has_documents=has_documents,
        status_code=422 if errors else 200,
    )


def open_offers(sections: Sequence[OfferedSection]) -> list[Offer]:
    return [offer for section in sections for offer in section.open_offers]


def values_of(sections: Sequence[OfferedSection], typed: Mapping[str, str]) -> dict[str, Any]:
    """What stands in the fields: last time's words as a text to edit, or what was typed."""
    values: dict[str, Any] = {}
    for offer in open_offers(sections):
        key = offer.item.key
        values |= {f"{key}.{name}": offer.given.get(name) or "" for name in _WORDS} | {f"{key}.still": ""}
    return values | {name: text for name, text in typed.items() if name in values}


def describe(earlier: Earlier) -> str:
    """Where the answers come from, as the vendor knows it."""
    details = earlier.origin.details
    if earlier.origin.kind is AnswerOrigin.LAST_YEAR:
        return _(
            "Your answers for %(year)s, submitted on %(day)s",
            year=name_of(details["fiscal_year"]),
            day=format_date(date.fromisoformat(details["submitted_on"])),
        )
    return _(
        "An answer file issued on %(day)s by %(issuer)s (key %(key)s)",
        day=format_date(date.fromisoformat(details["issued_on"])),
        issuer=details["issuer"],
        key=details["key_id"],
    )


@router.post("/answer/{submission_id}/earlier/{source}", name="confirm_earlier")
def confirm_earlier(
    request: Request, session: SessionDep, viewer: VendorViewerDep, source: str, typed: TypedDep
) -> Response:
    """Save what was ticked, or all of one section; what a colleague answered meanwhile stays as it is."""
    refusal = refusal_to_answer(viewer.submission)
    if refusal is not None:
        raise refusal
    sheet = answers.read_worksheet(session, submission=viewer.submission)
    earlier = find_earlier(session, viewer, source)
    chosen = chosen_offers(reuse.list_offers(sheet, earlier), typed)
    errors = confirm_all(session, viewer, sheet, earlier, chosen, typed)
    fresh = answers.read_worksheet(session, submission=viewer.submission)
    if errors or not chosen:
        errors = errors or {"form": _("Please tick the items that are still so.")}
        return earlier_page(request, session, viewer, fresh, earlier, typed, errors)
    said = ngettext("%(count)s item is saved.", "%(count)s items are saved.", len(chosen))
    if reuse.count_open(reuse.list_offers(fresh, earlier)):
        return see(request, "show_earlier", submission_id=viewer.submission.id, source=source, said=said)
    has_documents = bool(documents.list_own_documents(session, submission=viewer.submission))
    return see_address(next_address(request, fresh, has_documents), said=said)


def chosen_offers(sections: Sequence[OfferedSection], typed: Mapping[str, str]) -> list[Offer]:
    """The offers that were ticked, and those of the section whose button was pressed."""
    return [
        offer
        for part in sections
        for offer in part.open_offers
        if typed.get(f"{offer.item.key}.still") == "yes" or typed.get("all") == part.section.key
    ]


def confirm_all(
    session: SessionDep,
    viewer: VendorViewer,
    sheet: Worksheet,
    earlier: Earlier,
    chosen: Sequence[Offer],
    typed: Mapping[str, str],
) -> dict[str, str]:
    """Save each with the words as they were edited; returns sentences for what could not be taken."""
    errors: dict[str, str] = {}
    words = {name: text for name, text in typed.items() if name.rpartition(".")[2] in _WORDS}
    for offer in chosen:
        reading = read_item(words, offer.item)
        faults = told(offer.item, reuse.find_faults(viewer.submission, offer, reading.given)) | reading.errors
        if faults:
            errors |= faults
            continue
        reuse.confirm(session, sheet=sheet, offer=offer, edited=reading.given, earlier=earlier, person=viewer.person)
    return errors
