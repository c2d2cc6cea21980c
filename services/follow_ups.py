"""Follow-ups: dated いいえ, measures decided and documents to look at again, in sight until they are closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    DISCLOSURES,
    AnswerValue,
    Clinic,
    Disclosure,
    Document,
    DocumentKind,
    Submission,
    Treatment,
    Vendor,
)
from services import assessments, clock
from services.edition_forms import GATE
from services.imported_editions import find_edition
from services.material import gather_material
from services.revisions import SubmittedAnswer


class Source(StrEnum):
    """Where a follow-up comes from."""

    VENDOR = "vendor"
    OWN = "own"
    TREATMENT = "treatment"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something to come back to: what, whose, until when, and whether it is closed. `about` leads to its place."""

    source: Source
    about: UUID | None
    vendor_id: UUID | None
    vendor_name: str
    number: str
    subject: str
    target_on: date | None
    remark: str
    owner_name: str = ""
    closed_on: date | None = None
    is_closed: bool = False

    @property
    def is_late(self) -> bool:
        """Whether its day has passed and it is still open."""
        return not self.is_closed and self.target_on is not None and self.target_on < clock.today()


SHOWN: Final = ("open", "late", "closed")


def list_follow_ups(session: Session, *, clinic: Clinic, fiscal_year: int, language: str) -> list[FollowUp]:
    """Everything to come back to in a year, the nearest date first; what has none stands last."""
    found = [
        *_of_vendors(session, clinic.id, fiscal_year, language),
        *_of_own_form(session, clinic.id, fiscal_year, language),
        *_of_treatments(session, clinic.id),
        *_of_documents(session, clinic),
    ]
    return sorted(found, key=lambda one: (one.is_closed, one.target_on or date.max, one.vendor_name, one.number))


def choose(found: Iterable[FollowUp], *, show: str) -> list[FollowUp]:
    """Those that are open, late or closed."""
    if show == "closed":
        return [one for one in found if one.is_closed]
    return [one for one in found if not one.is_closed and (show != "late" or one.is_late)]


def review_day(document: Any, months: int) -> date | None:
    """When a document is to be looked at again: the day set by hand, or so many months after its issue or arrival.

    Nobody sets an expiry for MDS and SDS, so this is the clinic's own rhythm; 0 months means none.
    """
    if document.review_on is not None:
        day: date = document.review_on
        return day
    if not months:
        return None
    start: date = document.issued_on or clock.local_date(document.submitted_at)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return _last_of_month(year, month + 1, start.day)


def _last_of_month(year: int, month: int, day: int) -> date:
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def _of_vendors(session: Session, clinic_id: UUID, fiscal_year: int, language: str) -> Iterator[FollowUp]:
    for request in gather_material(session, clinic_id=clinic_id, fiscal_year=fiscal_year).requests:
        edition = find_edition(session, clinic_id=clinic_id, edition_id=request.edition_id)
        items = {item.key: item for item in edition.vendor_form.items}
        for key, answer in request.answers.items():
            if not answer.says_no or key not in items:
                continue
            yield FollowUp(
                source=Source.VENDOR,
                about=request.submission_id,
                vendor_id=request.vendor_id,
                vendor_name=request.vendor_name,
                number=items[key].number,
                subject=items[key].label.in_language(language),
                target_on=answer.last_target,
                remark=answer.told_remark,
                closed_on=answer.second_checked_on,
                is_closed=_is_mended(answer),
            )


def _is_mended(answer: SubmittedAnswer | Any) -> bool:
    return answer.second_value is AnswerValue.YES


def _of_own_form(session: Session, clinic_id: UUID, fiscal_year: int, language: str) -> Iterator[FollowUp]:
    sheet = assessments.find_sheet(session, clinic_id=clinic_id, fiscal_year=fiscal_year)
    if sheet is None or sheet.is_over:
        return
    for item in sheet.form.items:
        answer = sheet.answers.get(item.key)
        if answer is None or item.key == GATE or answer.value is not AnswerValue.NO:
            continue
        yield FollowUp(
            source=Source.OWN,
            about=None,
            vendor_id=None,
            vendor_name="",
            number=item.number,
            subject=item.label.in_language(language),
            target_on=answer.target_on,
            remark=answer.remark,
            owner_name=answer.owner_name,
            closed_on=answer.second_checked_on,
            is_closed=_is_mended(answer),
        )


def _of_treatments(session: Session, clinic_id: UUID) -> Iterator[FollowUp]:
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Treatment, col(Document.id).label("document_id"), col(Document.file_name), Vendor)
        .join(Disclosure, col(Disclosure.id) == col(Treatment.disclosure_id))
        .join(Document, col(Document.id) == col(Disclosure.document_id))
        .join(Vendor, col(Vendor.id) == col(Document.vendor_id))
        .where(col(Treatment.clinic_id) == clinic_id, col(Document.removed_at).is_(None))
    )
    for treatment, document_id, file_name, vendor in session.execute(statement):
        yield FollowUp(
            source=Source.TREATMENT,
            about=document_id,
            vendor_id=vendor.id,
            vendor_name=vendor.name,
            number=treatment.number,
            subject=treatment.measure or treatment.risk,
            target_on=treatment.until_on,
            remark=file_name,
            owner_name=treatment.owner_name,
            closed_on=treatment.done_on,
            is_closed=treatment.done_on is not None,
        )


def _of_documents(session: Session, clinic: Clinic) -> Iterator[FollowUp]:
    """The newest MDS, SDS or MDS2 of each product; an older one is closed by its successor."""
    newest: dict[tuple[UUID, DocumentKind, UUID | None, str], Any] = {}
    for row in session.execute(_documents(clinic.id)):
        newest[row.vendor_id, row.kind, row.system_id, row.product] = row
    for row in newest.values():
        day = review_day(row, clinic.document_review_months)
        if day is not None:
            yield FollowUp(
                source=Source.DOCUMENT,
                about=row.id,
                vendor_id=row.vendor_id,
                vendor_name=row.vendor_name,
                number=row.kind.value.upper(),
                subject=" ".join(filter(None, (row.product, row.version))) or row.file_name,
                target_on=day,
                remark=row.file_name,
            )


def _documents(clinic_id: UUID) -> sa.Select[*tuple[Any, ...]]:
    names = ("id", "vendor_id", "kind", "system_id", "product", "version", "file_name", "issued_on", "review_on")
    return (
        sa.select(
            *(col(getattr(Document, name)) for name in names),
            col(Document.submitted_at),
            col(Vendor.name).label("vendor_name"),
        )
        .join(Submission, col(Submission.id) == col(Document.submission_id))
        .join(Vendor, col(Vendor.id) == col(Document.vendor_id))
        .where(
            col(Document.clinic_id) == clinic_id,
            col(Document.kind).in_(DISCLOSURES),
            col(Document.submitted_at).is_not(None),
            col(Document.removed_at).is_(None),
            col(Submission.withdrawn_at).is_(None),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Document.submitted_at), col(Document.id))
    )
