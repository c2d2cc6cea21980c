"""Things that tests need to exist beforehand, made by the product's own services."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlmodel import Session

from models import (
    Clinic,
    ClinicKind,
    Contact,
    Member,
    Membership,
    Role,
    Submission,
    System,
    SystemKind,
    Vendor,
)
from services import clinics, clock, editions, submissions

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
