"""The first page behind the code: what is asked, where it stands, what comes next; and saying no."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Submission
from services import answers, documents, reuse, submissions, submitting
from services.answers import Worksheet
from services.languages import _
from services.mail.messages import minutes_for
from services.refusals import AlreadyDeclined
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from web.access import SessionDep, VendorViewerDep
from web.forms import Submitted, blank, read
from web.rendering import see
from web.texts import Name
from web.vendor.frame import days_left, edition_note, item_address, state_of, vendor_page

router = APIRouter()


class DeclineForm(BaseModel):
    reason: Annotated[Name, Field(max_length=2000)]


@router.get("/answer/{submission_id}", name="show_welcome")
def show_welcome(request: Request, session: SessionDep, viewer: VendorViewerDep) -> Response:
    submission = viewer.submission
    sheet = answers.read_worksheet(session, submission=submission)
    has_documents = bool(documents.list_own_documents(session, submission=submission))
    revision = submissions.latest_revision(session, submission=submission)
    is_open = refusal_to_answer(submission) is None
    values = {
        "stage": submission.stage.value,
        "is_open": is_open,
        "systems": submissions.list_covered_systems(session, submission=submission),
        "asker": submissions.get_asker_name(session, submission=submission),
        "minutes": minutes_for(sheet.total),
        "days_left": days_left(submission),
        "edition": edition_note(submission),
        "revision": revision,
        "earlier_year": earlier_year(session, submission) if is_open else None,
        "is_late": revision is not None and submitting.is_late(submission, revision),
        "onwards": next_address(request, sheet, has_documents),
        "returned": [(item, item_address(request, sheet, item.key)) for item in sheet.open_items if sheet.words],
    }
    shown = sheet if is_open else None
    return vendor_page(request, viewer, "vendor/welcome.html", values, sheet=shown, has_documents=has_documents)


def earlier_year(session: SessionDep, submission: Submission) -> int | None:
    """The fiscal year for which the vendor answered before, where it did."""
    earlier = reuse.find_last_year(session, submission=submission)
    return earlier.origin.details["fiscal_year"] if earlier else None


def next_address(request: Request, sheet: Worksheet, has_documents: bool) -> str:
    """Where to go on: the first section that is not done, then the files, then the check."""
    addresses, of = request.app.state.addresses, {"submission_id": sheet.submission.id}
    for section in sheet.sections():
        if state_of(sheet, section.key) != "done":
            return str(addresses("show_section", section_key=section.key, **of))
    return str(addresses("show_finish" if has_documents else "show_own_documents", **of))


@router.get("/answer/{submission_id}/decline", name="show_decline")
def show_decline(request: Request, viewer: VendorViewerDep) -> Response:
    refusal = refusal_to_answer(viewer.submission)
    if refusal is not None:
        return see(request, "show_welcome", submission_id=viewer.submission.id)
    return decline_page(request, viewer, blank())


def decline_page(
    request: Request, viewer: VendorViewer, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    return vendor_page(request, viewer, "vendor/decline.html", {"submitted": submitted}, status_code=status_code)


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
        submitting.decline(session, viewer=viewer, reason=submitted.form.reason)
    except AlreadyDeclined:
        return see(request, "show_welcome", submission_id=of)
    return see(request, "show_welcome", submission_id=of, said=_("The clinic has been told that you will not answer."))
