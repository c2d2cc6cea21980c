"""Clinics: created once, looked up through a member's role."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session

from models import Clinic, ClinicKind, Routine
from services import clock
from services.history import record
from services.refusals import NotFound


def get_clinic(session: Session, *, clinic_id: UUID) -> Clinic:
    """The clinic; raises NotFound."""
    clinic = session.get(Clinic, clinic_id)
    if clinic is None:
        raise NotFound
    return clinic


def create_clinic(session: Session, *, name: str, kind: ClinicKind, phone: str = "", contact_name: str = "") -> Clinic:
    """Add a tenant."""
    clinic = Clinic(name=name, kind=kind, phone=phone, contact_name=contact_name, created_at=clock.now())
    session.add(clinic)
    session.flush()
    session.add(Routine(clinic_id=clinic.id, digested_at=clinic.created_at))
    session.flush()
    record(session, "clinic.created", clinic_id=clinic.id, subject=("clinic", clinic.id), name=name)
    return clinic


def change_clinic(session: Session, *, clinic: Clinic, **values: object) -> Clinic:
    """Write the clinic's own particulars: name, kind, address, telephone, contact."""
    changed = sorted(name for name, value in values.items() if getattr(clinic, name) != value)
    for name in changed:
        setattr(clinic, name, values[name])
    session.add(clinic)
    if changed:
        record(session, "clinic.changed", clinic_id=clinic.id, subject=("clinic", clinic.id), fields=changed)
    return clinic
