"""Mails about who has a form in hand: handed on, given back, handed in by a colleague, reached the wrong person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from models import Clinic, Invitation, Mail, Revision, Submission
from services import clock, editions
from services.edition_forms import Section
from services.mail.messages import Addressee, mail_about, minutes_for


def post_forwarded(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    invitation: Invitation,
    vendor_name: str,
    systems: Sequence[str],
    link: str,
    forwarder: str,
) -> Mail:
    """Tell a colleague who handed the form or sections of it on, for which clinic, and whom to call there."""
    form = editions.read_form(submission.asked)
    parts = [part for part in form.sections if invitation.section_keys is None or part.key in invitation.section_keys]
    item_count = sum(len(part.items) for part in parts)
    return mail_about(
        session,
        "forwarded",
        clinic,
        submission,
        invitation,
        invitation=invitation,
        company=vendor_name,
        forwarder=forwarder,
        note=invitation.note,
        sections=[] if invitation.section_keys is None else [_title(part, invitation.language) for part in parts],
        systems=list(systems),
        item_count=item_count,
        minutes=minutes_for(item_count),
        due_on=submission.due_on,
        is_overdue=submission.due_on < clock.today(),
        until=invitation.expires_at,
        link=link,
    )


def post_given_back(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    invitation: Invitation,
    colleague: str,
    vendor_name: str,
    link: str,
) -> Mail:
    """Tell whoever handed it on that the colleague said no, with a link of their own to go on."""
    return mail_about(
        session,
        "given_back",
        clinic,
        submission,
        invitation,
        invitation=invitation,
        company=vendor_name,
        colleague=colleague,
        due_on=submission.due_on,
        until=invitation.expires_at,
        link=link,
    )


def post_colleague_submitted(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    revision: Revision,
    to: Addressee,
    colleague: str,
    vendor_name: str,
) -> Mail:
    """The one notice that a former holder gets: it has been handed in, nothing is left to do."""
    return mail_about(
        session,
        "colleague_submitted",
        clinic,
        submission,
        to,
        company=vendor_name,
        colleague=colleague,
        submitted_at=revision.submitted_at,
    )


def post_wrong_recipient(
    session: Session, *, clinic: Clinic, submission: Submission, to: Addressee, vendor_name: str, person: str, link: str
) -> Mail:
    """Tell a member of the clinic that a request reached somebody whom it does not concern."""
    return mail_about(
        session,
        "wrong_recipient",
        clinic,
        submission,
        to,
        vendor_name=vendor_name,
        person=person,
        link=link,
    )


def _title(section: Section, language: str) -> str:
    return section.title.in_language(language)
