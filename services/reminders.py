"""Reminders and further links sent by hand: to one vendor, or to everybody whose due date has passed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from models import ANSWERABLE, Clinic, Invitation, Stage, Submission
from services import clock
from services.addressees import Addressee, find_addressee, list_addressees
from services.asking_again import propose_words
from services.bounces import clear_flag, list_flags
from services.formats import format_date
from services.invitations import refuse_over_cap, replace_links, revoke_invitation
from services.progress import Line, list_progress
from services.refusals import refuse_if
from services.request_mails import mail_request
from services.submission_refusals import AddressBounced, NoAddress, NotWaiting, RemindedJustNow
from services.submissions import get_submission, list_invitations

PAUSE: Final = timedelta(minutes=10)
"""A second press within this time is taken for the same one."""


@dataclass(frozen=True, slots=True)
class OverdueLine:
    """A request past its due date, and where a reminder would go."""

    line: Line
    addressee: Addressee | None
    is_reminded_today: bool


def can_be_reminded(submission: Submission) -> bool:
    """Whether the vendor has been asked and it is its turn."""
    return submission.stage in ANSWERABLE


def can_be_sent(submission: Submission) -> bool:
    """Whether a link has any use: the vendor has not answered and the request is open."""
    return submission.stage in ANSWERABLE | {Stage.DRAFT}


def list_overdue(session: Session, *, clinic_id: UUID, fiscal_year: int) -> list[OverdueLine]:
    """Everybody who was asked and has not answered in time, the longest overdue first."""
    lines = [
        line
        for line in list_progress(session, clinic_id=clinic_id, fiscal_year=fiscal_year)
        if line.is_overdue and line.stage in ANSWERABLE
    ]
    addressees = list_addressees(session, clinic_id=clinic_id, submission_ids=[line.id for line in lines])
    today = clock.today()
    return [
        OverdueLine(
            line=line,
            addressee=addressees.get(line.id),
            is_reminded_today=line.moments.reminded_at is not None
            and clock.local_date(line.moments.reminded_at) == today,
        )
        for line in sorted(lines, key=lambda line: (line.due_on, line.vendor_name))
    ]


def remind_vendor(
    session: Session, *, clinic: Clinic, submission: Submission, reminded_by: UUID, words: str = ""
) -> Invitation:
    """Mail a reminder with a new link; the old one stops working. The words stand there for this once.

    Raises NotWaiting, RemindedJustNow, NoAddress, AddressBounced and CapReached.
    """
    refuse_over_cap(session, clinic=clinic, member_id=reminded_by, wanted=1, is_bulk=False)
    return _remind(session, submission, reminded_by, words)


def send_link(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    email: str,
    name: str,
    stop_others: bool,
    sent_by: UUID,
    is_sure: bool = False,
    message: str | None = None,
) -> Invitation:
    """Mail the request to an address, a first time or a better one; others stop working where that is wanted.

    `message` are the clinic's words from now on; None leaves them as they are.
    Raises NotWaiting where the vendor has answered, CapReached, and AddressBounced where mails to the address came
    back, unless somebody `is_sure` that it is right.
    """
    session.refresh(submission, with_for_update=True)
    refuse_if(not can_be_sent(submission), NotWaiting())
    refuse_over_cap(session, clinic=clinic, member_id=sent_by, wanted=1, is_bulk=False)
    if is_sure:
        clear_flag(session, clinic_id=clinic.id, email=email, cleared_by=sent_by)
    _refuse_flagged(session, clinic_id=clinic.id, email=email)
    if message is not None:
        submission.message = message
    # The clinic chose this person itself, so that the link stands on its own and reaches the whole form.
    replace_links(session, submission=submission, email=email)
    sent = mail_request(session, submission=submission, email=email, name=name, sent_by=sent_by)
    if stop_others:
        stop_other_links(session, submission=submission, email=email)
    return sent


def stop_other_links(session: Session, *, submission: Submission, email: str) -> None:
    """Take back every working link that went elsewhere, with the sessions opened by it."""
    moment = clock.now()
    for invitation in list_invitations(session, submission=submission):
        is_over = invitation.revoked_at or invitation.replaced_at or invitation.expires_at <= moment
        if invitation.email != email and not is_over:
            revoke_invitation(session, invitation=invitation)


def remind_overdue(
    session: Session,
    *,
    clinic: Clinic,
    submission_ids: Collection[UUID],
    reminded_by: UUID,
    adds_words: bool = False,
) -> list[Invitation]:
    """Remind these vendors in one transaction; who answered or was reminded meanwhile is left in peace.

    Each may get the ready wording that fits how often it was reminded.
    Raises CapReached, and NotFound for a foreign request; then nobody was reminded.
    """
    chosen = [get_submission(session, clinic_id=clinic.id, submission_id=one) for one in submission_ids]
    refuse_over_cap(session, clinic=clinic, member_id=reminded_by, wanted=len(chosen), is_bulk=len(chosen) > 1)
    sent = []
    for submission in chosen:
        try:
            words = propose_words(session, submission=submission) if adds_words else ""
            sent.append(_remind(session, submission, reminded_by, words))
        except (NotWaiting, RemindedJustNow, NoAddress, AddressBounced):
            continue
    return sent


def _remind(session: Session, submission: Submission, reminded_by: UUID, words: str) -> Invitation:
    """Every refusal comes before the first change, so that a caller may go on with the next vendor."""
    session.refresh(submission, with_for_update=True)
    refuse_if(not can_be_reminded(submission), NotWaiting())
    is_recent = submission.reminded_at is not None and clock.now() - submission.reminded_at < PAUSE
    refuse_if(is_recent, RemindedJustNow())
    addressee = find_addressee(session, submission=submission)
    if addressee is None:
        raise NoAddress
    _refuse_flagged(session, clinic_id=submission.clinic_id, email=addressee.email)
    return mail_request(
        session,
        submission=submission,
        email=addressee.email,
        name=addressee.name,
        sent_by=reminded_by,
        is_reminder=True,
        words=words,
    )


def _refuse_flagged(session: Session, *, clinic_id: UUID, email: str) -> None:
    flag = list_flags(session, clinic_id=clinic_id, emails=[email]).get(email.lower())
    if flag is not None:
        raise AddressBounced(email=email, day=format_date(flag.since), words=flag.words)
