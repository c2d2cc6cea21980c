"""Submissions: forms asked of vendors, from the first mail to the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response
from pydantic import AwareDatetime
from pydantic_core import to_json

from api.v1.access import SubmissionsReader, SubmissionsWriter
from api.v1.endpoint import make_router
from api.v1.request_shapes import (
    Accepted,
    Ask,
    DueChanged,
    InvitationSent,
    LinkTold,
    LinkWanted,
    RequestSent,
    RequestTold,
    Returned,
    Withdrawn,
)
from api.v1.shapes import Cursor, Limit, Listed, cut_list
from api.v1.submission_shapes import SubmissionListed, SubmissionTold, tell_lines, tell_submission
from models import Stage, Submission
from services import (
    asking,
    candidates,
    clock,
    due_dates,
    invitations,
    progress,
    reminders,
    reviews,
    submissions,
    withdrawals,
)
from services.activity import last_moment
from services.api_refusals import ContentInvalid
from services.api_tokens import Caller
from services.asking import Delivery, HandedLink, Wishes
from services.candidates import Candidate
from services.edition_forms import Edition
from services.fiscal_years import fiscal_year_of
from services.imported_editions import list_editions_of
from services.languages import _
from services.refusals import NotFound
from web.access import SessionDep

router = make_router("submissions")

Year = Annotated[int | None, Query(ge=2000, le=2999, description="Left out: the present fiscal year of Japan.")]


@router.get("/submissions", response_model=Listed[SubmissionListed])
def list_submissions(
    session: SessionDep,
    caller: SubmissionsReader,
    fiscal_year: Year = None,
    stage: Annotated[list[Stage] | None, Query(description="One or several.", max_length=9)] = None,
    vendor_id: UUID | None = None,
    overdue: Annotated[bool | None, Query(description="Whether the due date has passed without an answer.")] = None,
    updated_since: Annotated[AwareDatetime | None, Query(description="Something happened at or after it.")] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Response:
    """Requests of a year in the order in which they were made."""
    year = fiscal_year or fiscal_year_of(clock.today())
    lines = [
        line
        for line in progress.list_progress(session, clinic_id=caller.clinic.id, fiscal_year=year, with_links=False)
        if (not stage or line.stage in stage)
        and vendor_id in (None, line.vendor_id)
        and overdue in (None, line.is_overdue)
        and (updated_since is None or last_moment(line) >= updated_since)
    ]
    piece, onwards = cut_list(lines, place_of=place_of, cursor=cursor, limit=limit)
    told = {"items": tell_lines(piece, fiscal_year=year), "next_cursor": onwards}
    return Response(to_json(told), media_type="application/json")


def place_of(line: progress.Line) -> tuple[str, ...]:
    """Where a request stands in the list: by the moment it was made."""
    return line.moments.created_at.isoformat(timespec="microseconds"), str(line.id)


@router.post("/submissions", status_code=201)
def ask_vendors(session: SessionDep, caller: SubmissionsWriter, sent: RequestSent) -> RequestTold:
    """Ask vendors for a year's form: all of them, or none where one ask cannot be right."""
    wishes = read_wishes(sent, list_editions_of(session, clinic_id=caller.clinic.id))
    chosen = [ask.vendor_id for ask in sent.asks]
    offered = {
        one.id: one
        for one in candidates.list_candidates(
            session, clinic_id=caller.clinic.id, fiscal_year=sent.fiscal_year, vendor_ids=chosen
        )
    }
    asks = [read_ask(ask, offered.get(ask.vendor_id), number) for number, ask in enumerate(sent.asks)]
    outcome = asking.send_requests(session, clinic=caller.clinic, member_id=caller.member_id, wishes=wishes, asks=asks)
    return RequestTold(
        submission_ids=outcome.submission_ids,
        mailed=outcome.mailed,
        prepared=outcome.prepared,
        links=[tell_link(link) for link in outcome.links],
        skipped=outcome.skipped,
    )


def read_wishes(sent: RequestSent, editions: Sequence[Edition]) -> Wishes:
    """What is the same for all vendors; raises ContentInvalid for an edition that the clinic does not have."""
    of_year = (edition for edition in editions if edition.fiscal_year <= sent.fiscal_year)
    edition = next(of_year, editions[-1])
    if sent.edition_id is not None and sent.edition_id not in {known.id for known in editions}:
        raise ContentInvalid({"#/edition_id": _("Please choose one of the options.")})
    return Wishes(
        edition_id=sent.edition_id or edition.id,
        fiscal_year=sent.fiscal_year,
        due_on=sent.due_on,
        messages={"ja": sent.message_ja, "en": sent.message_en},
        is_per_system=sent.one_per_system,
    )


def read_ask(ask: Ask, candidate: Candidate | None, number: int) -> asking.Ask:
    """One ask with what it left open filled in; raises NotFound, and ContentInvalid without an address for a mail."""
    if candidate is None:
        raise NotFound
    email = ask.email or candidate.email
    if ask.delivery == "mail" and not email:
        said = _("Please enter an e-mail address, or choose another way to send.")
        raise ContentInvalid({f"#/asks/{number}/email": said})
    systems = [system_id for system_id, _name in candidate.systems] if ask.system_ids is None else ask.system_ids
    return asking.Ask(
        vendor_id=candidate.id,
        system_ids=tuple(systems),
        delivery=Delivery(ask.delivery),
        email=email,
        name=ask.contact_name or candidate.contact_name,
        again_after=ask.again_after,
    )


def tell_link(link: HandedLink) -> LinkTold:
    """A link to hand over."""
    return LinkTold(
        submission_id=link.submission_id,
        vendor_name=link.vendor_name,
        link=link.copied.link,
        code=link.copied.code,
        expires_at=link.copied.invitation.expires_at,
    )


@router.get("/submissions/{submission_id}")
def get_submission(session: SessionDep, caller: SubmissionsReader, submission_id: UUID) -> SubmissionTold:
    """One request with what was submitted."""
    return tell_submission(session, find(session, caller, submission_id))


def find(session: SessionDep, caller: Caller, submission_id: UUID) -> Submission:
    """A request of the caller's clinic."""
    return submissions.get_submission(session, clinic_id=caller.clinic.id, submission_id=submission_id)


@router.patch("/submissions/{submission_id}")
def change_due_date(
    session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, sent: DueChanged
) -> SubmissionTold:
    """Give the vendor another day."""
    submission = find(session, caller, submission_id)
    due_dates.give_time(session, submission=submission, due_on=sent.due_on)
    return tell_submission(session, submission)


@router.post("/submissions/{submission_id}/invitations")
def send_invitation(
    session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, sent: InvitationSent
) -> SubmissionTold:
    """Mail the request to an address; an earlier link to the same address stops working."""
    submission = find(session, caller, submission_id)
    reminders.send_link(
        session,
        clinic=caller.clinic,
        submission=submission,
        email=sent.email,
        name=sent.name,
        stop_others=sent.stop_other_links,
        sent_by=caller.member_id,
    )
    return tell_submission(session, submission)


@router.post("/submissions/{submission_id}/links", status_code=201)
def make_link(session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, sent: LinkWanted) -> LinkTold:
    """A link with its code, to hand over by other ways; an earlier one of this kind stops working."""
    submission = find(session, caller, submission_id)
    copied = invitations.copy_link(session, submission=submission, name=sent.name, copied_by=caller.member_id)
    vendor = submissions.get_vendor_of(session, submission=submission)
    return tell_link(HandedLink(submission.id, vendor.name, vendor.phone, (), copied))


@router.post("/submissions/{submission_id}/remind")
def remind_vendor(session: SessionDep, caller: SubmissionsWriter, submission_id: UUID) -> SubmissionTold:
    """Mail a reminder with a new link to the address used last."""
    submission = find(session, caller, submission_id)
    reminders.remind_vendor(session, clinic=caller.clinic, submission=submission, reminded_by=caller.member_id)
    return tell_submission(session, submission)


@router.post("/submissions/{submission_id}/withdraw")
def withdraw_submission(
    session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, sent: Withdrawn
) -> SubmissionTold:
    """Ask no longer; every link ends."""
    submission = find(session, caller, submission_id)
    withdrawals.withdraw_request(session, clinic=caller.clinic, submission=submission, tell=sent.tell_vendor)
    return tell_submission(session, submission)


@router.post("/submissions/{submission_id}/accept")
def accept_submission(
    session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, sent: Accepted
) -> SubmissionTold:
    """Accept the revision that was read; `newer_revision` where another one has arrived."""
    return judge(session, caller, submission_id, sent, reviews.accept_submission)


@router.post("/submissions/{submission_id}/return")
def return_submission(
    session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, sent: Returned
) -> SubmissionTold:
    """Return it with words; the vendor is mailed a new link where it has an address."""
    remarks = {remark.item_key: remark.words for remark in sent.remarks}
    verdict = partial(reviews.return_submission, remarks=remarks, words=sent.words, due_on=sent.due_on)
    return judge(session, caller, submission_id, sent, verdict)


def judge(
    session: SessionDep, caller: Caller, submission_id: UUID, sent: Accepted, verdict: Callable[..., object]
) -> SubmissionTold:
    """Pass a verdict on the revision that was read."""
    submission, member_id = find(session, caller, submission_id), caller.member_id
    verdict(session, clinic=caller.clinic, submission=submission, revision_number=sent.revision, reviewed_by=member_id)
    return tell_submission(session, submission)
