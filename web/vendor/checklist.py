"""The form itself: one page per section, saved as it is filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from models import Answer, AnswerValue, Side, Submission
from services import answers, clock, completeness, editions, holders, surroundings, threads
from services.answers import AnswerEditedMeanwhile, Saved, Worksheet
from services.edition_forms import Item, Section
from services.fiscal_years import name_of
from services.formats import format_date, format_time
from services.languages import _
from services.refusals import NotFound
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from web.access import PartViewerDep, SessionDep
from web.forms import Submitted
from web.rendering import fragment, see, see_address
from web.vendor.answer_fields import Reading, TypedDep, read_item, told, values_of
from web.vendor.frame import item_address, vendor_page

router = APIRouter()


@router.get("/answer/{submission_id}/sections/{section_key}", name="show_section")
def show_section(request: Request, session: SessionDep, viewer: PartViewerDep, section_key: str) -> Response:
    if refusal_to_answer(viewer.submission) is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    sheet = answers.read_worksheet(session, submission=viewer.submission, scope=viewer.scope)
    section = sheet.get_section(section_key)
    return section_page(request, session, viewer, sheet, section, {}, {}, {})


def section_page(
    request: Request,
    session: SessionDep,
    viewer: VendorViewer,
    sheet: Worksheet,
    section: Section,
    typed: Mapping[str, str],
    errors: dict[str, str],
    conflicts: Mapping[str, Answer],
) -> Response:
    items = sheet.items_of(section)
    values = {name: value for item in items for name, value in values_of(item, sheet.answers.get(item.key)).items()}
    versions = {f"{item.key}.version" for item in items}
    values |= {name: text for name, text in typed.items() if name in values and name not in versions}
    around = neighbours(request, viewer, sheet, section)
    present = surroundings.look_around(session, submission=viewer.submission)
    conversations = (
        threads.list_conversations(
            session, submission=viewer.submission, side=Side.VENDOR, reader=viewer.person, scope=viewer.scope
        )
        if present.has_threads
        else {}
    )
    shown = {
        "section": section,
        "is_first": section == sheet.sections()[0],
        "items": items,
        "submitted": Submitted(values=values, errors=errors),
        "conflicts": conflicts,
        "limits": {item.key: limits_of(viewer.submission, item) for item in items},
        "mixes_scopes": len({item.scope for item in items}) > 1,
        "provenance": editions.describe_provenance,
        "apart": apart_from_others(request, viewer, items, sheet.answers) if present.systems > 1 else {},
        "answered_by": name_others(session, viewer, sheet),
        "conversations": conversations,
        "people": holders.name_people(session, submission=viewer.submission) if conversations else {},
        "before": around[0],
        "after": around[1],
    }
    return vendor_page(
        request,
        viewer,
        "vendor/section.html",
        shown,
        sheet=sheet,
        step=f"section-{section.key}",
        has_documents=present.has_documents,
        status_code=422 if errors or conflicts else 200,
    )


def name_others(session: SessionDep, viewer: VendorViewer, sheet: Worksheet) -> dict[str, str]:
    """Who answered each item, where it was somebody else than the reader."""
    others = {key: answer.answered_by for key, answer in sheet.answers.items() if answer.answered_by != viewer.person}
    people = holders.name_people(session, submission=viewer.submission) if others else {}
    return {key: people.get(person, person) for key, person in others.items() if person}


def apart_from_others(
    request: Request, viewer: VendorViewer, items: Sequence[Item], given: Mapping[str, Answer]
) -> dict[str, tuple[str, str]]:
    """Where the systems of the sheet may differ on each item, and those that do; for whoever has all of it in hand."""
    if viewer.scope is not None:
        return {}
    address, of = request.app.state.addresses, viewer.submission.id
    names = {key: ", ".join(each["system_name"] for each in answer.differences) for key, answer in given.items()}
    return {
        item.key: (address("show_differences", submission_id=of, item_key=item.key), names.get(item.key, ""))
        for item in items
    }


def limits_of(submission: Submission, item: Item) -> dict[str, Any]:
    """The days that the page offers, with the last one in words; the service decides."""
    value = AnswerValue.YES if item.plan_counts_until else AnswerValue.NO
    check = completeness.check_window(submission)
    target = completeness.target_window(submission, item, value=value, checked_on=None)
    hint = _("%(last)s at the latest", last=format_date(target.last))
    if item.plan_counts_until:
        year = name_of(item.plan_counts_until)
        hint = _(
            "A plan until the end of %(year)s counts as a yes: enter its date. Leave it empty if it is done.", year=year
        )
    return {"check": check, "target": target, "hint": hint}


def neighbours(request: Request, viewer: VendorViewer, sheet: Worksheet, section: Section) -> tuple[str, str]:
    """The addresses before and after a section."""
    addresses, of = request.app.state.addresses, {"submission_id": sheet.submission.id}
    pages = [addresses("show_welcome", **of)]
    pages += [addresses("show_section", section_key=each.key, **of) for each in sheet.sections()]
    pages.append(addresses("show_own_documents" if viewer.scope is None else "show_welcome", **of))
    place = sheet.sections().index(section) + 1
    return pages[place - 1], pages[place + 1]


@router.post("/answer/{submission_id}/sections/{section_key}", name="save_section")
def save_section(
    request: Request, session: SessionDep, viewer: PartViewerDep, section_key: str, typed: TypedDep
) -> Response:
    """Save whatever is valid; go on where all of it was, or show what was typed and what is wrong."""
    refusal = refusal_to_answer(viewer.submission)
    if refusal is not None:
        raise refusal
    sheet = answers.read_worksheet(session, submission=viewer.submission, scope=viewer.scope)
    section = sheet.get_section(section_key)
    errors: dict[str, str] = {}
    conflicts: dict[str, Answer] = {}
    chosen, settled = settle(typed, sheet)
    for item in sheet.items_of(section):
        try:
            reading = read_item(chosen, item)
            saved = save_item(session, viewer, item, reading)
            errors |= reading.errors | told(item, saved.faults)
        except AnswerEditedMeanwhile as conflict:
            conflicts[item.key] = conflict.stored
    if errors or conflicts:
        fresh = answers.read_worksheet(session, submission=viewer.submission, scope=viewer.scope)
        return section_page(request, session, viewer, fresh, section, chosen, errors, conflicts)
    here = item_address(request, sheet, settled) if settled else ""
    return see_address(here or neighbours(request, viewer, sheet, section)[1])


def settle(typed: Mapping[str, str], sheet: Worksheet) -> tuple[Mapping[str, str], str]:
    """What is to be saved where two people wrote at once and one of them chose, and on which item.

    “theirs” leaves what the colleague saved as it is; “both” puts one's own words below the colleague's.
    """
    choice, _mark, key = typed.get("settle", "").partition(":")
    stored = sheet.answers.get(key)
    if stored is None or choice not in {"theirs", "both"}:
        return typed, ""
    if choice == "theirs":
        return {name: text for name, text in typed.items() if not name.startswith(f"{key}.")}, key
    joined = {
        f"{key}.{name}": "\n".join(dict.fromkeys(text for text in (getattr(stored, name), own) if text))
        for name in ("condition", "remark")
        if (own := typed.get(f"{key}.{name}")) is not None
    }
    return {**typed, **joined}, key


def save_item(session: SessionDep, viewer: VendorViewer, item: Item, reading: Reading) -> Saved:
    """Save what could be read of one item, in the name of the person who typed the code."""
    return answers.save_answer(
        session,
        submission=viewer.submission,
        item=item,
        given=reading.given,
        version=reading.version,
        person=viewer.person,
    )


@router.post("/answer/{submission_id}/answers/{item_key}", name="save_answer")
def save_answer(
    request: Request, session: SessionDep, viewer: PartViewerDep, item_key: str, typed: TypedDep
) -> Response:
    """One item, as the page saves it by itself; answered in JSON."""
    item = editions.find_item(viewer.submission.asked, item_key, section_keys=viewer.scope)
    if item is None:
        raise NotFound
    reading = read_item(typed, item)
    try:
        saved = save_item(session, viewer, item, reading)
    except AnswerEditedMeanwhile as conflict:
        return conflict_response(request, conflict)
    answered, total = answers.count_answered(session, submission=viewer.submission, scope=viewer.scope)
    moment = saved.answer.saved_at if saved.answer else clock.now()
    return JSONResponse(
        {
            "saved_at": moment.isoformat(),
            "time": format_time(moment),
            "version": saved.answer.version if saved.answer else 0,
            "answered": answered,
            "total": total,
            "errors": reading.errors | told(item, saved.faults),
        }
    )


def conflict_response(request: Request, conflict: AnswerEditedMeanwhile) -> Response:
    """Both texts side by side: the colleague's in the answer, one's own still on the page."""
    told_now = {
        "sentence": f"{conflict} {conflict.say(conflict.advice)}",
        "version": conflict.stored.version,
        "conflict_html": fragment(request, "vendor/conflict.html", {"stored": conflict.stored}),
    }
    return JSONResponse(told_now, status_code=conflict.status)
