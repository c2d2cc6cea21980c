"""The first page behind the code: what is asked, where it stands, what comes next; and saying no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, field_validator

from models import OF_VENDORS, Document, OutcomeKind, Revision, Side, Source, Submission
from services import (
    answers,
    documents,
    holders,
    outcomes,
    own_statements,
    reuse,
    submissions,
    submitting,
    threads,
    transcripts,
)
from services.answers import Worksheet
from services.file_types import ACCEPTED_EXTENSIONS
from services.languages import _, marked
from services.mail.messages import minutes_for
from services.options import names_of
from services.refusals import AlreadyDeclined
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from web.access import PartViewerDep, SessionDep, VendorViewerDep
from web.forms import Submitted, blank, read
from web.rendering import see
from web.texts import Name, WebAddress
from web.vendor.frame import days_left, edition_note, item_address, name_sections, state_of, vendor_page

router = APIRouter()


class DeclineForm(BaseModel):
    kind: OutcomeKind = OutcomeKind.DECLINED
    reason: Annotated[Name, Field(max_length=2000)]
    link: WebAddress = ""

    @field_validator("kind")
    @classmethod
    def _of_vendors(cls, kind: OutcomeKind) -> OutcomeKind:
        if kind not in OF_VENDORS:
            raise ValueError(marked("Please choose one of the options."))
        return kind


@router.get("/answer/{submission_id}", name="show_welcome")
def show_welcome(request: Request, session: SessionDep, viewer: PartViewerDep) -> Response:
    return welcome_page(request, session, viewer)


def welcome_page(
    request: Request, session: SessionDep, viewer: VendorViewer, *, wrong: str = "", status_code: int = 200
) -> Response:
    """What is asked, where it stands, and what comes next."""
    submission = viewer.submission
    sheet = answers.read_worksheet(session, submission=submission, scope=viewer.scope)
    own_files = documents.list_own_documents(session, submission=submission)
    revision = submissions.latest_revision(session, submission=submission)
    is_open = refusal_to_answer(submission) is None
    values = {
        "stage": submission.stage.value,
        "is_open": is_open,
        "systems": submissions.list_covered_systems(session, submission=submission),
        "asker": submissions.get_asker_name(session, submission=submission),
        "item_count": sheet.total if is_open or viewer.scope is not None else submission.item_count,
        "minutes": minutes_for(sheet.total),
        "days_left": days_left(submission),
        "edition": edition_note(submission),
        **describe_end(session, submission, revision),
        "earlier_year": earlier_year(session, submission) if is_open and viewer.scope is None else None,
        "onwards": next_address(request, sheet, bool(own_files))
        if viewer.scope is None
        else next_section(request, sheet),
        **describe_hands(session, viewer),
        **count_talks(session, viewer),
        **describe_statement(session, viewer, own_files, wrong),
        "returned": [(item, item_address(request, sheet, item.key)) for item in sheet.open_items if sheet.words],
    }
    shown = sheet if is_open else None
    return vendor_page(
        request,
        viewer,
        "vendor/welcome.html",
        values,
        sheet=shown,
        has_documents=bool(own_files),
        status_code=status_code,
    )


def describe_statement(
    session: SessionDep, viewer: VendorViewer, own_files: Sequence[Document], wrong: str
) -> dict[str, Any]:
    """The files of the vendor's own statement, where it answers with one."""
    answers_with_it = viewer.scope is None and own_statements.may_hand_over(session, submission=viewer.submission)
    return {
        "statement_files": own_files if answers_with_it else None,
        "extensions": ",".join(ACCEPTED_EXTENSIONS),
        "submitted": Submitted(errors={"files": wrong} if wrong else {}),
    }


def earlier_year(session: SessionDep, submission: Submission) -> int | None:
    """The fiscal year for which the vendor answered before, where it did."""
    earlier = reuse.find_last_year(session, submission=submission)
    return earlier.origin.details["fiscal_year"] if earlier else None


def count_talks(session: SessionDep, viewer: VendorViewer) -> dict[str, Any]:
    """How many conversations with the clinic are open, and how much in them is new to the reader."""
    found = threads.list_conversations(
        session, submission=viewer.submission, side=Side.VENDOR, reader=viewer.person, scope=viewer.scope
    ).values()
    return {
        "talks": len(found),
        "open_talks": sum(one.is_open for one in found),
        "unread_messages": sum(one.unread for one in found),
    }


def describe_hands(session: SessionDep, viewer: VendorViewer) -> dict[str, Any]:
    """Who has the form in hand: the reader, from whom, and with whom else it is."""
    submission = viewer.submission
    people = holders.name_people(session, submission=submission)
    own = holders.find_holder(session, submission=submission, person=viewer.person)
    present = holders.present_holders(session, submission=submission)
    elsewhere = next((one for one in present if one.sections is None and one.person != viewer.person), None)
    return {
        "is_part": viewer.scope is not None,
        "forwarder": people.get(own.forwarded_by, own.forwarded_by) if own else "",
        "note": own.note if own else "",
        "is_elsewhere": elsewhere,
        "colleagues": holders.list_colleagues(session, submission=submission, person=viewer.person),
        "section_titles": name_sections(submission),
        "own_sections": viewer.scope,
    }


def describe_end(session: SessionDep, submission: Submission, revision: Revision | None) -> dict[str, Any]:
    """What was handed in last and where it came from, or how the request ended without it."""
    return {
        "revision": revision,
        "is_late": revision is not None and submitting.is_late(submission, revision),
        "transcript": transcripts.find_transcript(session, revision=revision),
        "sources": names_of(Source),
        "outcome": outcomes.find_outcome(session, submission=submission),
    }


def next_address(request: Request, sheet: Worksheet, has_documents: bool) -> str:
    """Where to go on: the first section that is not done, then the files, then the check."""
    route = "show_finish" if has_documents else "show_own_documents"
    return next_section(request, sheet) or request.app.state.addresses(route, submission_id=sheet.submission.id)


def next_section(request: Request, sheet: Worksheet) -> str:
    """The first section that is not done; empty where all are."""
    for section in sheet.sections():
        if state_of(sheet, section.key) != "done":
            of = {"submission_id": sheet.submission.id, "section_key": section.key}
            return str(request.app.state.addresses("show_section", **of))
    return ""


def said_of_end(kind: OutcomeKind) -> str:
    """What was done, and for a vendor with its own statement what is left to do."""
    if kind is OutcomeKind.OWN_STATEMENT:
        return _("The clinic has been told that you answer with your own statement. You may add its file below.")
    return _("The clinic has been told that you will not answer.")


@router.get("/answer/{submission_id}/decline", name="show_decline")
def show_decline(request: Request, viewer: VendorViewerDep) -> Response:
    refusal = refusal_to_answer(viewer.submission)
    if refusal is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    return decline_page(request, viewer, blank(kind=OutcomeKind.DECLINED.value))


def decline_page(
    request: Request, viewer: VendorViewer, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    names = names_of(OutcomeKind)
    values = {"submitted": submitted, "endings": [(kind, names[kind]) for kind in OF_VENDORS]}
    return vendor_page(request, viewer, "vendor/decline.html", values, status_code=status_code)


@router.post("/answer/{submission_id}/decline", name="decline")
def decline(
    request: Request,
    session: SessionDep,
    viewer: VendorViewerDep,
    submitted: Annotated[Submitted[DeclineForm], Depends(read(DeclineForm))],
) -> Response:
    if submitted.form is None:
        return decline_page(request, viewer, submitted, status_code=422)
    of = viewer.submission.id
    try:
        submitting.decline(session, viewer=viewer, **submitted.form.model_dump())
    except AlreadyDeclined:
        return see(request, "show_welcome", submission_id=of)
    return see(request, "show_welcome", submission_id=of, said=said_of_end(submitted.form.kind))
