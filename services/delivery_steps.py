"""Delivery steps: how far the newest link of a request has come, told only from what mail servers and people did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Bounce, Channel, Invitation, Mail, Stage, Submission
from services.link_states import REQUESTS
from services.mail.sending import explain_error
from settings import get_settings


class Step(StrEnum):
    """Something that happened to a link, in the order in which it can."""

    HANDED = "handed"
    LETTER = "letter"
    WRITTEN = "written"
    WAITING = "waiting"
    RETRYING = "retrying"
    CANCELLED = "cancelled"
    FAILED = "failed"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    BOUNCED = "bounced"
    OPENED = "opened"
    STARTED = "started"
    SAVED = "saved"
    SUBMITTED = "submitted"
    TYPED_IN = "typed_in"


class Passed(NamedTuple):
    """A step with its moment; `words` are the mail server's, `until` is when it is tried again."""

    step: Step
    at: datetime
    words: str = ""
    until: datetime | None = None


_MADE_BY_HAND: Final = {Channel.COPIED: Step.HANDED, Channel.LETTER: Step.LETTER}
"""Links that no mail carries."""


def list_steps(session: Session, *, submission: Submission) -> list[Passed]:
    """The way of the newest link that counts, and what the vendor did since, the oldest first."""
    link = session.execute(_newest_link(submission)).first()
    if link is None:
        return []
    made = _MADE_BY_HAND.get(link.channel)
    steps = [Passed(made, link.created_at)] if made else _follow_mail(link)
    opened = link.opened_at or submission.opened_at
    done = (
        (Step.OPENED, opened),
        (Step.STARTED, submission.started_at),
        (Step.SAVED, submission.saved_at),
        (Step.TYPED_IN if submission.is_typed_in else Step.SUBMITTED, submission.submitted_at),
    )
    # After a return it begins anew; what the vendor did before lies in the versions it submitted.
    since = submission.returned_at if submission.stage is Stage.RETURNED else None
    steps += [Passed(step, at) for step, at in done if at is not None and (since is None or at > since)]
    return sorted(steps, key=lambda passed: passed.at)


def _follow_mail(link: Any) -> list[Passed]:
    """From the outbox to the mail server, and back where it came back."""
    if link.written_at is None:
        return [Passed(Step.WRITTEN, link.created_at)]
    steps = [Passed(Step.WRITTEN, link.written_at)]
    words = explain_error(link.last_error)
    if link.delivered_at is not None:
        steps.append(Passed(Step.ACCEPTED, link.delivered_at))
    elif link.failed_at is not None:
        steps.append(Passed(Step.FAILED, link.failed_at, words))
    elif link.cancelled_at is not None:
        steps.append(Passed(Step.CANCELLED, link.cancelled_at))
    elif not get_settings().smtp_host:
        steps.append(Passed(Step.WAITING, link.written_at))
    elif link.last_error:
        steps.append(Passed(Step.RETRYING, link.written_at, words, link.next_try_at))
    if link.reported_at is not None:
        steps.append(Passed(Step.BOUNCED if link.is_hard else Step.RETURNED, link.reported_at, link.bounce_words))
    return steps


def _newest_link(submission: Submission) -> sa.Select[*tuple[Any, ...]]:
    of_mail = sa.and_(col(Mail.invitation_id) == col(Invitation.id), col(Mail.kind).in_(REQUESTS))
    return (
        sa.select(
            col(Invitation.channel),
            col(Invitation.created_at),
            col(Invitation.opened_at),
            col(Mail.created_at).label("written_at"),
            col(Mail.next_try_at),
            col(Mail.delivered_at),
            col(Mail.failed_at),
            col(Mail.cancelled_at),
            col(Mail.last_error),
            col(Bounce.is_hard),
            col(Bounce.reported_at),
            col(Bounce.words).label("bounce_words"),
        )
        .join(Mail, of_mail, isouter=True)
        .join(Bounce, col(Bounce.mail_id) == col(Mail.id), isouter=True)
        .where(
            col(Invitation.clinic_id) == submission.clinic_id,
            col(Invitation.submission_id) == submission.id,
            col(Invitation.replaced_at).is_(None),
            col(Invitation.section_keys).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
        .order_by(col(Invitation.created_at).desc())
        .limit(1)
    )
