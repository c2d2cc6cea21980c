"""The editions that a clinic can use: those of the catalog, and those imported from official workbooks.

A published edition never changes, so that its content is built once and kept. Every look goes through the clinic:
what another one has imported for itself does not exist here; what an operator has imported is there for all.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import ImportedEdition
from services import editions
from services.edition_files import build_edition
from services.edition_forms import Edition
from services.editions import UnknownEdition


def list_editions_of(session: Session, *, clinic_id: UUID | None) -> tuple[Edition, ...]:
    """All editions of a clinic, newest first: the catalog's, and before them the newest imported one of each year."""
    imported: dict[int, Edition] = {}
    for row in session.execute(_visible(clinic_id)):
        if row.fiscal_year not in imported:
            imported[row.fiscal_year] = build(row.content)
    found = [*imported.values(), *editions.list_editions()]
    return tuple(sorted(found, key=lambda edition: (-edition.fiscal_year, not edition.is_imported)))


def edition_for_year(session: Session, *, clinic_id: UUID, fiscal_year: int) -> Edition:
    """The edition to use in a fiscal year: its own, else the latest one before it, else the oldest there is."""
    known = list_editions_of(session, clinic_id=clinic_id)
    return next((edition for edition in known if edition.fiscal_year <= fiscal_year), known[-1])


def find_edition(session: Session, *, clinic_id: UUID, edition_id: str) -> Edition:
    """An edition of the catalog, or one that the clinic or an operator has published; raises UnknownEdition."""
    try:
        return editions.get_edition(edition_id)
    except UnknownEdition:
        statement = _visible(clinic_id).where(col(ImportedEdition.edition_id) == edition_id)
        row = session.execute(statement.limit(1)).first()
        if row is None:
            raise
        return build(row.content)


@lru_cache(maxsize=64)
def build(content: str) -> Edition:
    """The edition of a stored content, built once."""
    return build_edition(json.loads(content), file="imported")


def is_visible_to(clinic_id: Any) -> sa.ColumnElement[bool]:
    """Published, and the clinic's own or everybody's."""
    return sa.and_(
        col(ImportedEdition.published_at).is_not(None),
        sa.or_(col(ImportedEdition.clinic_id) == clinic_id, col(ImportedEdition.clinic_id).is_(None)),
    )


def has_imported(clinic_id: Any, fiscal_year: Any) -> sa.ColumnElement[bool]:
    """Whether the clinic has an imported form of a year, as a column of another query."""
    return sa.exists().where(is_visible_to(clinic_id), col(ImportedEdition.fiscal_year) == fiscal_year)


def _visible(clinic_id: UUID | None) -> sa.Select[*tuple[Any, ...]]:
    """The clinic's own before everybody's, later revisions before earlier ones."""
    return (
        sa.select(
            col(ImportedEdition.fiscal_year),
            col(ImportedEdition.edition_id),
            sa.cast(col(ImportedEdition.content), sa.Text).label("content"),
        )
        .where(is_visible_to(clinic_id))
        .order_by(
            col(ImportedEdition.fiscal_year).desc(),
            col(ImportedEdition.clinic_id).is_(None),
            col(ImportedEdition.published_at).desc(),
        )
    )
