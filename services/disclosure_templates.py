"""The forms of disclosures that a clinic's documents can be read by."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session

from services.reading.template_files import list_templates
from services.reading.templates import Template


def list_templates_of(session: Session, *, clinic_id: UUID) -> dict[str, Template]:
    """The catalog's templates by id."""
    return {template.id: template for template in list_templates()}
