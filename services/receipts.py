"""Receipts: a frozen revision as the paper that its vendor keeps."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from models import Clinic, DocumentKind, Revision, Submission, Transcript
from services import editions, revisions, submissions
from services.differences import Difference, describe
from services.edition_forms import Form
from services.formats import format_date
from services.languages import _, speaking
from services.options import name_of
from services.reports.receipt import Receipt, ReceiptAnswer, ReceiptDocument, render_receipt
from services.transcripts import find_transcript
from settings import get_settings


def make_receipt(
    session: Session, *, clinic: Clinic, submission: Submission, revision: Revision, language: str
) -> bytes:
    """The receipt of a revision as PDF; raises PaperNotMade."""
    return render_receipt(read_receipt(session, clinic, submission, revision, language), language)


def read_receipt(
    session: Session, clinic: Clinic, submission: Submission, revision: Revision, language: str
) -> Receipt:
    """What the receipt tells, from the frozen copy alone; only names of clinic, vendor and systems are today's."""
    form = editions.read_form(submission.asked)
    systems = submissions.list_covered_systems(session, submission=submission)
    return Receipt(
        portal_name=get_settings().portal_name(language),
        clinic_name=clinic.name,
        vendor_name=submissions.get_vendor_of(session, submission=submission).name,
        systems=[system.name for system in systems],
        form_title=form.title.in_language(language),
        fiscal_year=submission.fiscal_year,
        form_year=form.fiscal_year,
        edition_name=form.edition_name.in_language(language),
        revision=revision.number,
        submitted_at=revision.submitted_at,
        responsible_name=revision.responsible_name,
        responsible_title=revision.responsible_title,
        answers=_read_answers(form, revision, language),
        documents=[_read_document(document) for document in revision.documents],
        sha256=revision.sha256,
        typed_in=_say_typed_in(find_transcript(session, revision=revision), language),
    )


def _say_typed_in(transcript: Transcript | None, language: str) -> str:
    """Where answers come from that the vendor did not hand in itself."""
    if transcript is None or transcript.said_on is None:
        return ""
    with speaking(language):
        return _(
            "Typed in by the clinic (%(name)s) from: %(source)s of %(day)s, %(person)s.",
            name=transcript.typed_by,
            source=name_of(transcript.source),
            day=format_date(transcript.said_on),
            person=f"{transcript.said_by_title} {transcript.said_by}".strip(),
        )


def _read_answers(form: Form, revision: Revision, language: str) -> list[ReceiptAnswer]:
    given = revisions.read_answers(revision)
    return [
        ReceiptAnswer(
            number=item.number,
            label=item.label.in_language(language),
            section=section.title.in_language(language),
            value=answer.value,
            condition=answer.condition,
            checked_on=answer.checked_on,
            target_on=answer.target_on,
            remark=answer.remark,
            differences=tuple(_describe(each) for each in answer.differences),
            second_value=answer.second_value,
            second_checked_on=answer.second_checked_on,
            responsibility=answer.responsibility,
            responsibility_note=answer.responsibility_note,
        )
        for section in form.sections
        for item in section.items
        if (answer := given.get(item.key))
    ]


def _describe(difference: Difference) -> str:
    """What holds for one system, in one line."""
    target = _("by %(date)s", date=format_date(difference.target_on)) if difference.target_on else ""
    return " · ".join(part for part in (describe(difference), target, difference.condition, difference.remark) if part)


def _read_document(frozen: dict[str, Any]) -> ReceiptDocument:
    return ReceiptDocument(
        kind=DocumentKind(frozen["kind"]),
        file_name=frozen["file_name"],
        size=frozen["size"],
        sha256=frozen["sha256"],
        product=frozen["product"],
        version=frozen["version"],
        issued_on=date.fromisoformat(frozen["issued_on"]) if frozen["issued_on"] else None,
    )
