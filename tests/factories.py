"""Things that tests need to exist beforehand, made by the product's own services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlmodel import Session

from models import (
    Answer,
    AnswerValue,
    Clinic,
    ClinicKind,
    Contact,
    Document,
    DocumentKind,
    Member,
    Membership,
    Revision,
    Role,
    Submission,
    System,
    SystemKind,
    Vendor,
)
from services import clinics, clock, editions, revisions, submissions, submitting

_numbers = count(1)


def make_clinic(session: Session, name: str = "", kind: ClinicKind = ClinicKind.CLINIC) -> Clinic:
    return clinics.create_clinic(
        session,
        name=name or f"やまもと内科クリニック{next(_numbers)}",
        kind=kind,
        phone="03-0000-0000",
        contact_name="事務 佐藤",
    )


def make_member(
    session: Session,
    clinic: Clinic | None,
    *,
    name: str = "",
    role: Role = Role.OWNER,
    email: str = "",
    operator: bool = False,
) -> Member:
    number = next(_numbers)
    member = Member(
        email=email or f"member{number}@clinic.example",
        name=name or f"職員{number}",
        password_hash="!",
        password_changed_at=clock.now(),
        created_at=clock.now(),
        is_operator=operator,
    )
    session.add(member)
    session.flush()
    if clinic is not None:
        session.add(Membership(clinic_id=clinic.id, member_id=member.id, role=role, created_at=clock.now()))
        session.flush()
    return member


def make_vendor(session: Session, clinic: Clinic, *, name: str = "", email: str = "") -> tuple[Vendor, Contact]:
    number = next(_numbers)
    vendor = Vendor(clinic_id=clinic.id, name=name or f"みどりメディカルシステム{number}", created_at=clock.now())
    session.add(vendor)
    session.flush()
    contact = Contact(
        clinic_id=clinic.id,
        vendor_id=vendor.id,
        name="サポート窓口",
        email=email or f"support{number}@vendor.example",
        is_main=True,
        created_at=clock.now(),
    )
    session.add(contact)
    session.flush()
    return vendor, contact


def make_system(session: Session, clinic: Clinic, vendor: Vendor | None = None, **values: Any) -> System:
    number = next(_numbers)
    values = {"name": f"KarteNova {number}", "kind": SystemKind.ELECTRONIC_CHART, **values}
    system = System(clinic_id=clinic.id, vendor_id=vendor.id if vendor else None, created_at=clock.now(), **values)
    session.add(system)
    session.flush()
    return system


def make_submission(
    session: Session,
    clinic: Clinic,
    vendor: Vendor,
    systems: list[System] | None = None,
    *,
    created_by: UUID,
    edition_id: str = "r7",
    fiscal_year: int = 2026,
    due_on: date | None = None,
) -> Submission:
    editions.get_edition(edition_id)
    return submissions.create_submission(
        session,
        clinic=clinic,
        vendor=vendor,
        systems=systems or [],
        edition_id=edition_id,
        fiscal_year=fiscal_year,
        due_on=due_on or clock.today() + timedelta(days=30),
        message="",
        language="ja",
        created_by=created_by,
    )


def submit_answers(
    session: Session, submission: Submission, given: Mapping[str, Mapping[str, Any]] | None = None
) -> Revision:
    """A revision in which every item is a plain はい, but for what is given."""
    form, moment = editions.read_form(submission.asked), clock.now()
    plain = {"value": AnswerValue.YES, "checked_on": clock.today(), "saved_at": moment}
    answers = {
        item.key: Answer(
            clinic_id=submission.clinic_id,
            submission_id=submission.id,
            item_key=item.key,
            **{**plain, **(given or {}).get(item.key, {})},
        )
        for item in form.items
    }
    frozen = submitting.freeze_answers(form, answers)
    counts = revisions.count_noteworthy(frozen)
    revision = Revision(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        number=len(submissions.list_revisions(session, submission=submission)) + 1,
        no_count=counts.no,
        conditional_count=counts.conditional,
        answers=frozen,
        documents=[],
        sha256="0" * 64,
        responsible_name="緑川 誠",
        responsible_title="品質保証部 部長",
        submitted_by="vera@vendor.example",
        submitted_at=moment,
    )
    submission.sent_at = submission.sent_at or moment
    submission.submitted_at = moment
    session.add_all([revision, submission])
    session.flush()
    return revision


def hand_over(
    session: Session,
    submission: Submission,
    *,
    kind: DocumentKind = DocumentKind.SDS,
    system: System | None = None,
    **values: Any,
) -> Document:
    """A document that was submitted; its bytes are nowhere."""
    number, moment = next(_numbers), clock.now()
    document = Document(
        clinic_id=submission.clinic_id,
        vendor_id=submission.vendor_id,
        submission_id=submission.id,
        system_id=system.id if system else None,
        kind=kind,
        **{
            "file_name": f"{kind.value}{number}.pdf",
            "media_type": "application/pdf",
            "size": 1234,
            "sha256": "0" * 64,
            "storage_key": f"made-up-{number}",
            "uploaded_by": "vera@vendor.example",
            "uploaded_at": moment,
            "submitted_at": moment,
            **values,
        },
    )
    session.add(document)
    session.flush()
    return document
