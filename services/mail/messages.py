"""Every mail of the portal as a function, so that no caller forgets a value that the templates need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlmodel import Session

from models import Clinic, Invitation, Mail, MemberInvitation, Revision, Role, Submission
from services import clock
from services.languages import _, marked, speaking
from services.mail import post
from services.mail.rendering import Letter, write_letter

ROLES = {Role.OWNER: marked("owner"), Role.EDITOR: marked("editor"), Role.VIEWER: marked("viewer")}


class Addressee(Protocol):
    """Whoever receives a mail: a member, a vendor's contact, an invitation."""

    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str: ...


def minutes_for(item_count: int) -> int:
    """How long the form takes the first time: 45 seconds an item, told in steps of five minutes."""
    return max(5, -(-item_count * 45 // 300) * 5)


def post_invitation(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    invitation: Invitation,
    vendor_name: str,
    systems: Sequence[str],
    link: str,
) -> Mail:
    """Ask the vendor: who, for what, how much, until when, how it works, whom to call."""
    return _post_request(session, "invitation", clinic, submission, invitation, vendor_name, systems, link)


def post_reminder(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    invitation: Invitation,
    vendor_name: str,
    systems: Sequence[str],
    link: str,
    words: str = "",
) -> Mail:
    """Ask once more, with a fresh link; the words stand there instead of those of the request."""
    return _post_request(session, "reminder", clinic, submission, invitation, vendor_name, systems, link, words)


def preview_invitation(
    *, clinic: Clinic, submission: Submission, contact_name: str, vendor_name: str, systems: Sequence[str], link: str
) -> Letter:
    """The mail as the vendor will read it, for a submission that need not be stored yet."""
    return write_letter(
        "invitation",
        language=submission.language,
        name=contact_name,
        clinic=clinic,
        **form_values(submission, submission.language),
        **_request_values(submission, vendor_name, systems),
        until=None,
        link=link,
    )


def post_access_code(session: Session, *, invitation: Invitation, code: str) -> Mail:
    """The six digits that show that the reader owns the address; the mail names no clinic."""
    return post(
        session,
        "access_code",
        to=invitation.email,
        language=invitation.language,
        clinic=session.get_one(Clinic, invitation.clinic_id),
        submission_id=invitation.submission_id,
        invitation_id=invitation.id,
        code=code,
    )


def post_desk_code(session: Session, *, to: str, language: str, code: str) -> Mail:
    """The six digits that open the overview of all requests to an address; the mail names no clinic."""
    return post(session, "desk_code", to=to, language=language, clinic=None, code=code)


def post_receipt(
    session: Session, *, clinic: Clinic, submission: Submission, revision: Revision, to: Addressee, vendor_name: str
) -> Mail:
    """Tell the vendor what arrived and when; no answers."""
    return mail_about(
        session,
        "receipt",
        clinic,
        submission,
        to,
        company=vendor_name,
        number=revision.number,
        submitted_at=revision.submitted_at,
        responsible=f"{revision.responsible_title} {revision.responsible_name}",
        documents=len(revision.documents),
        sha256=revision.sha256,
    )


def post_submitted(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    revision: Revision,
    to: Addressee,
    vendor_name: str,
    link: str,
) -> Mail:
    """Tell a member of the clinic that a vendor has answered; no answers."""
    return mail_about(
        session,
        "submitted",
        clinic,
        submission,
        to,
        vendor_name=vendor_name,
        number=revision.number,
        submitted_at=revision.submitted_at,
        link=link,
    )


def post_returned(
    session: Session,
    *,
    clinic: Clinic,
    submission: Submission,
    invitation: Invitation,
    vendor_name: str,
    remark_count: int,
    link: str,
) -> Mail:
    """Ask the vendor to look at some items again; what the clinic wrote stands behind the link."""
    return mail_about(
        session,
        "returned",
        clinic,
        submission,
        invitation,
        invitation=invitation,
        company=vendor_name,
        count=remark_count,
        is_reminder=invitation.is_reminder,
        until=invitation.expires_at,
        link=link,
    )


def post_accepted(session: Session, *, clinic: Clinic, submission: Submission, to: Addressee, vendor_name: str) -> Mail:
    """Thank the vendor: nothing more to do this year."""
    return mail_about(session, "accepted", clinic, submission, to, company=vendor_name)


def post_declined(
    session: Session, *, clinic: Clinic, submission: Submission, to: Addressee, vendor_name: str, link: str
) -> Mail:
    """Tell a member of the clinic that a vendor will not answer; the reason stands behind the link."""
    return mail_about(session, "declined", clinic, submission, to, vendor_name=vendor_name, link=link)


def post_withdrawn(
    session: Session, *, clinic: Clinic, submission: Submission, to: Addressee, vendor_name: str
) -> Mail:
    """Tell the vendor that the clinic no longer asks."""
    return mail_about(session, "withdrawn", clinic, submission, to, company=vendor_name)


def post_member_invitation(
    session: Session, *, clinic: Clinic, invitation: MemberInvitation, invited_by: str, link: str
) -> Mail:
    """Ask a person to join the clinic's work in the portal."""
    with speaking(clinic.language):
        role = _(ROLES[invitation.role])
    return post(
        session,
        "member_invitation",
        to=invitation.email,
        name=invitation.name,
        language=clinic.language,
        clinic=clinic,
        inviter=invited_by,
        role=role,
        until=invitation.expires_at,
        link=link,
    )


def _post_request(
    session: Session,
    message: str,
    clinic: Clinic,
    submission: Submission,
    invitation: Invitation,
    vendor_name: str,
    systems: Sequence[str],
    link: str,
    words: str = "",
) -> Mail:
    return mail_about(
        session,
        message,
        clinic,
        submission,
        invitation,
        invitation=invitation,
        **_request_values(submission, vendor_name, systems, words),
        until=invitation.expires_at,
        link=link,
    )


def _request_values(
    submission: Submission, vendor_name: str, systems: Sequence[str], words: str = ""
) -> dict[str, Any]:
    return {
        "company": vendor_name,
        "systems": list(systems),
        "item_count": submission.item_count,
        "minutes": minutes_for(submission.item_count),
        "due_on": submission.due_on,
        "is_overdue": submission.due_on < clock.today(),
        "has_begun": submission.started_at is not None,
        "clinic_message": words or submission.message,
    }


def form_values(submission: Submission, language: str) -> dict[str, Any]:
    """What the mail calls the form; another year's edition is named, because it is not the year asked for."""
    asked = submission.asked
    borrowed = asked["fiscal_year"] != submission.fiscal_year
    return {
        "title": asked["title"][language],
        "fiscal_year": submission.fiscal_year,
        "borrowed_edition": asked["edition_name"][language] if borrowed else "",
    }


def mail_about(
    session: Session,
    message: str,
    clinic: Clinic,
    submission: Submission,
    to: Addressee,
    *,
    invitation: Invitation | None = None,
    **values: Any,
) -> Mail:
    """A mail of the kind “clinic, submission, link”: what every mail about a request needs, and its own values."""
    return post(
        session,
        message,
        to=to.email,
        name=to.name,
        language=to.language,
        clinic=clinic,
        submission_id=submission.id,
        invitation_id=invitation.id if invitation else None,
        **form_values(submission, to.language),
        **values,
    )
