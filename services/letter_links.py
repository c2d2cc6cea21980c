"""The secrets of letters: a link to scan, a number to type instead, and a code as the second part of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from models import Channel, Invitation, Submission
from services import clock
from services.history import record
from services.invitations import replace_links
from services.keys import digest_of, digest_of_code, new_code, new_token, trace_of
from services.letter_numbers import digest_of_number, new_number, read_number
from services.successors import hand_over_sessions
from services.vendor_refusals import NumberUnknown


@dataclass(frozen=True, slots=True)
class LetterSecrets:
    """What is printed on one letter and kept nowhere else."""

    token: str
    number: str
    code: str


def make_secrets() -> LetterSecrets:
    """Fresh ones."""
    return LetterSecrets(token=new_token(), number=new_number(), code=new_code())


def find_by_number(session: Session, *, typed: str) -> Invitation:
    """The invitation of a typed number; raises NumberUnknown. Whether it still works is for its user to check."""
    number = read_number(typed)
    statement = select(Invitation).where(Invitation.number_hash == digest_of_number(number))
    found = session.exec(statement).first() if number else None
    if found is None:
        raise NumberUnknown
    return found


def issue_letter(
    session: Session,
    *,
    submission: Submission,
    secrets: LetterSecrets,
    name: str,
    issued_by: UUID,
    expires_at: datetime,
) -> Invitation:
    """Let the secrets of a printed letter work from now on; those of the request's former letters stop."""
    moment = clock.now()
    replace_links(session, submission=submission, email="", channel=Channel.LETTER)
    invitation = Invitation(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        channel=Channel.LETTER,
        name=name,
        language=submission.language,
        token_hash=digest_of(secrets.token),
        number_hash=digest_of_number(secrets.number),
        is_reminder=submission.sent_at is not None,
        created_by=issued_by,
        created_at=moment,
        expires_at=expires_at,
    )
    invitation.code_hash = digest_of_code(secrets.code, bound_to=str(invitation.id))
    if invitation.is_reminder:
        submission.reminded_at = moment
    submission.sent_at = submission.sent_at or moment
    session.add_all([invitation, submission])
    session.flush()
    hand_over_sessions(session, invitation=invitation)
    record(
        session,
        "invitation.letter_made",
        clinic_id=invitation.clinic_id,
        subject=("invitation", invitation.id),
        submission_id=submission.id,
        trace=trace_of(invitation.token_hash),
    )
    return invitation
