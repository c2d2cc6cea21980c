"""The forms of disclosures that a clinic's documents can be read by: the catalog's, and those that people showed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Disclosure, DisclosureTemplate, Document, FormSample, ReadState
from services import clock
from services.disclosure_template_refusals import FormKnown
from services.history import record
from services.reading.normal import normal_id, squeezed
from services.reading.proposals import pack_proposal
from services.reading.sandbox import Trial
from services.reading.template_files import build_template, list_templates
from services.reading.templates import DocumentKind, Template, Text, pack_template, unpack_template
from services.refusals import NotAllowed, NotFound, refuse_if

MOST_READINGS: Final = 200


class FormLine(NamedTuple):
    """A form in the list; `learned` is missing for those of the catalog."""

    id: str
    name: Text
    kind: str
    edition: str
    question_count: int
    reading_count: int
    learned: DisclosureTemplate | None


@dataclass(frozen=True, slots=True)
class Title:
    """What a person calls a form."""

    name: str
    kind: DocumentKind
    edition: str
    language: str


class ReadDocument(NamedTuple):
    """A document that was read by a form."""

    id: UUID
    file_name: str
    vendor_id: UUID
    product: str
    version: str
    submitted_at: datetime
    answer_count: int
    no_count: int
    unclear_count: int


def list_templates_of(session: Session, *, clinic_id: UUID) -> dict[str, Template]:
    """The templates by which a clinic's documents are read: its own first, then those for all, then the catalog's."""
    mine = _content(clinic_id).where(col(DisclosureTemplate.retired_at).is_(None))
    found = {str(row.id): unpack_template(row.content) for row in session.execute(mine)}
    return found | {template.id: template for template in list_templates()}


def find_template(session: Session, *, clinic_id: UUID, template_id: str) -> Template | None:
    """One template by the id that readings keep, also a retired one; None where there is none for this clinic."""
    built_in = next((template for template in list_templates() if template.id == template_id), None)
    identity = _identity(template_id)
    if built_in is not None or identity is None:
        return built_in
    row = session.execute(_content(clinic_id).where(col(DisclosureTemplate.id) == identity)).first()
    return unpack_template(row.content) if row else None


def get_learned(session: Session, *, clinic_id: UUID, template_id: UUID) -> DisclosureTemplate:
    """A form that was learned here or for all; raises NotFound."""
    statement = select(DisclosureTemplate).where(DisclosureTemplate.id == template_id, _is_seen_by(clinic_id))
    learned = session.exec(statement).first()
    if learned is None:
        raise NotFound
    return learned


def list_forms(session: Session, *, clinic_id: UUID) -> list[FormLine]:
    """All forms that this clinic knows, the newest first and those of the catalog last."""
    counted = (
        sa.select(col(Disclosure.template_id), sa.func.count())
        .where(col(Disclosure.clinic_id) == clinic_id, col(Disclosure.template_id) != "")
        .group_by(col(Disclosure.template_id))
    )
    counts: dict[str, int] = {row.template_id: row[1] for row in session.execute(counted)}
    statement = select(DisclosureTemplate).where(_is_seen_by(clinic_id))
    statement = statement.order_by(col(DisclosureTemplate.learned_at).desc()).options(
        sa.orm.defer(_column("content")), sa.orm.defer(_column("chosen"))
    )
    learned = [
        FormLine(
            str(one.id),
            Text(one.name, one.name),
            one.kind,
            one.edition,
            one.question_count,
            counts.get(str(one.id), 0),
            one,
        )
        for one in session.exec(statement)
    ]
    built_in = [
        FormLine(one.id, one.name, one.kind, one.edition, len(one.questions), counts.get(one.id, 0), None)
        for one in list_templates()
        if one.questions
    ]
    return [*learned, *built_in]


def list_readings(session: Session, *, clinic_id: UUID, template_id: str) -> list[ReadDocument]:
    """The clinic's documents that were read by a form, the newest first."""
    statement = (
        sa.select(
            *(col(getattr(Document, name)) for name in ReadDocument._fields[:6]),
            *(col(getattr(Disclosure, name)) for name in ReadDocument._fields[6:]),
        )
        .join(Disclosure, col(Disclosure.document_id) == col(Document.id))
        .where(
            col(Document.clinic_id) == clinic_id,
            col(Document.removed_at).is_(None),
            col(Document.submitted_at).is_not(None),
            col(Disclosure.template_id) == template_id,
        )
        .order_by(col(Document.submitted_at).desc())
        .limit(MOST_READINGS)
    )
    return [ReadDocument._make(row) for row in session.execute(statement)]


def list_waiting(session: Session, *, clinic_id: UUID) -> list[tuple[UUID, str]]:
    """The clinic's documents that look like a form nobody has shown yet: id and file name, the newest first."""
    statement = (
        sa.select(col(Document.id), col(Document.file_name))
        .join(Disclosure, col(Disclosure.document_id) == col(Document.id))
        .where(
            col(Document.clinic_id) == clinic_id,
            col(Document.removed_at).is_(None),
            col(Document.submitted_at).is_not(None),
            col(Disclosure.state) == ReadState.NEEDS_TEMPLATE,
        )
        .order_by(col(Document.submitted_at).desc())
    )
    return [(document_id, file_name) for document_id, file_name in session.execute(statement)]


def find_known(session: Session, *, clinic_id: UUID, fingerprint: str) -> DisclosureTemplate | None:
    """The form in use with the same questions, learned here or for all."""
    statement = select(DisclosureTemplate).where(
        DisclosureTemplate.fingerprint == fingerprint,
        col(DisclosureTemplate.retired_at).is_(None),
        _is_seen_by(clinic_id),
    )
    return session.exec(statement).first()


def fingerprint_of(template: Template) -> str:
    """The same for the same questions, wherever they stand and however they are wrapped."""
    asked = sorted(f"{normal_id(one.id)}\t{squeezed(one.text)}" for one in template.questions.values())
    return hashlib.sha256("\n".join(asked).encode("utf-8", "surrogatepass")).hexdigest()


def learn_template(
    session: Session,
    *,
    sample: FormSample,
    trial: Trial,
    title: Title,
    person: str,
    is_for_all: bool = False,
    replaces: DisclosureTemplate | None = None,
) -> DisclosureTemplate:
    """Store a form as it was pointed at; in place of an earlier version, which is then out of use.

    Raises FormKnown where a form in use has the same questions.
    """
    fingerprint = fingerprint_of(trial.template)
    known = find_known(session, clinic_id=sample.clinic_id, fingerprint=fingerprint)
    if known is not None and (replaces is None or known.id != replaces.id):
        raise FormKnown(known.name)
    learned = DisclosureTemplate(
        clinic_id=sample.clinic_id,
        is_for_all=is_for_all,
        name=title.name,
        kind=title.kind,
        edition=title.edition,
        language=title.language,
        fingerprint=fingerprint,
        question_count=len(trial.template.questions),
        content={},
        chosen=pack_proposal(trial.chosen),
        sample_id=sample.id,
        replaces_id=replaces.id if replaces else None,
        learned_by=person,
        learned_at=clock.now(),
    )
    # Built anew from its parts, so that nothing is stored that the catalog would refuse.
    template = replace(trial.template, id=str(learned.id), **_words_of(title))
    learned.content = pack_template(build_template(pack_template(template), file=title.name))
    sample.expires_at = None
    session.add(sample)
    session.add(learned)
    session.flush()
    if replaces is not None:
        replaces.retired_at = clock.now()
        session.add(replaces)
    _note(session, "form.learned", learned, count=learned.question_count)
    return learned


def rename_template(session: Session, *, learned: DisclosureTemplate, title: Title) -> None:
    """Call a form by another name; what was read by it follows."""
    learned.name, learned.kind, learned.edition = title.name, title.kind, title.edition
    learned.language = title.language
    template = replace(unpack_template(learned.content), **_words_of(title))
    learned.content = pack_template(template)
    session.add(learned)
    _note(session, "form.renamed", learned)


def retire_template(session: Session, *, learned: DisclosureTemplate) -> None:
    """Read no more documents by a form; what was read by it stays readable."""
    learned.retired_at = learned.retired_at or clock.now()
    session.add(learned)
    _note(session, "form.retired", learned)


def restore_template(session: Session, *, learned: DisclosureTemplate) -> None:
    """Read documents by a form again; raises FormKnown where another version of it is in use."""
    known = find_known(session, clinic_id=learned.clinic_id, fingerprint=learned.fingerprint)
    if known is not None:
        raise FormKnown(known.name)
    learned.retired_at = None
    session.add(learned)
    _note(session, "form.restored", learned)


def check_may_change(learned: DisclosureTemplate, *, clinic_id: UUID, is_operator: bool) -> None:
    """Raise NotAllowed where a form is not one's own to change: forms for all are the operator's."""
    refuse_if(learned.clinic_id != clinic_id or (learned.is_for_all and not is_operator), NotAllowed())


def _note(session: Session, verb: str, learned: DisclosureTemplate, **details: Any) -> None:
    subject = ("disclosure_template", learned.id)
    record(session, verb, clinic_id=learned.clinic_id, subject=subject, name=learned.name, **details)


def _words_of(title: Title) -> dict[str, Any]:
    return {"name": Text(title.name, title.name), "kind": title.kind, "edition": title.edition}


def _is_seen_by(clinic_id: UUID) -> sa.ColumnElement[bool]:
    return sa.or_(col(DisclosureTemplate.clinic_id) == clinic_id, col(DisclosureTemplate.is_for_all).is_(True))


def _content(clinic_id: UUID) -> sa.Select[tuple[UUID, dict[str, Any]]]:
    return (
        sa.select(col(DisclosureTemplate.id), col(DisclosureTemplate.content))
        .where(_is_seen_by(clinic_id))
        .order_by(col(DisclosureTemplate.is_for_all), col(DisclosureTemplate.learned_at).desc())
    )


def _column(name: str) -> Any:
    return getattr(DisclosureTemplate, name)


def _identity(template_id: str) -> UUID | None:
    try:
        return UUID(template_id)
    except ValueError:
        return None
