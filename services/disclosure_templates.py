"""The forms of disclosures that a clinic's documents can be read by: the catalog's, and those that people showed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import DisclosureTemplate, FormSample, QuestionSetting
from services import clock
from services.disclosure_template_refusals import FormKnown
from services.history import record
from services.question_settings import lay_over, list_settings
from services.reading.normal import normal_id, squeezed
from services.reading.proposals import pack_proposal
from services.reading.sandbox import Trial
from services.reading.template_files import build_template, list_templates
from services.reading.templates import DocumentKind, Template, Text, Welcome, pack_template, unpack_template
from services.refusals import NotAllowed, NotFound, refuse_if


@dataclass(frozen=True, slots=True)
class Title:
    """What a person calls a form."""

    name: str
    kind: DocumentKind
    edition: str
    language: str
    is_no_unwelcome: bool = True
    """Whether a No is something to look at, for questions of which nothing else is said."""


def list_templates_of(session: Session, *, clinic_id: UUID) -> dict[str, Template]:
    """The templates by which a clinic's documents are read: its own first, then those for all, then the catalog's."""
    learned = session.execute(_content(clinic_id).where(col(DisclosureTemplate.retired_at).is_(None))).all()
    said = list_settings(session, clinic_ids=_speakers(clinic_id, learned))
    found = [_laid_over(unpack_template(row.content), said, {row.clinic_id, clinic_id}) for row in learned]
    built_in = [_laid_over(template, said, {clinic_id}) for template in list_templates()]
    return {template.id: template for template in (*found, *built_in)}


def find_template(session: Session, *, clinic_id: UUID, template_id: str) -> Template | None:
    """One template by the id that readings keep, also a retired one; None where there is none for this clinic."""
    template = next((one for one in list_templates() if one.id == template_id), None)
    identity = _identity(template_id)
    speakers = [clinic_id]
    if template is None and identity is not None:
        row = session.execute(_content(clinic_id).where(col(DisclosureTemplate.id) == identity)).first()
        if row is not None:
            template, speakers = unpack_template(row.content), _speakers(clinic_id, [row])
    if template is None:
        return None
    return _laid_over(template, list_settings(session, clinic_ids=speakers), set(speakers))


def get_learned(session: Session, *, clinic_id: UUID, template_id: UUID) -> DisclosureTemplate:
    """A form that was learned here or for all; raises NotFound."""
    statement = select(DisclosureTemplate).where(DisclosureTemplate.id == template_id, is_seen_by(clinic_id))
    learned = session.exec(statement).first()
    if learned is None:
        raise NotFound
    return learned


def find_known(session: Session, *, clinic_id: UUID, fingerprint: str) -> DisclosureTemplate | None:
    """The form in use with the same questions, learned here or for all."""
    statement = select(DisclosureTemplate).where(
        DisclosureTemplate.fingerprint == fingerprint,
        col(DisclosureTemplate.retired_at).is_(None),
        is_seen_by(clinic_id),
    )
    return session.exec(statement).first()


def fingerprints_of(session: Session, *, clinic_id: UUID, template_ids: Iterable[str]) -> dict[str, str]:
    """The fingerprints of learned forms by id; those of the catalog have none but their id."""
    identities = [identity for one in template_ids if (identity := _identity(one))]
    statement = sa.select(col(DisclosureTemplate.id), col(DisclosureTemplate.fingerprint)).where(
        col(DisclosureTemplate.id).in_(identities), is_seen_by(clinic_id)
    )
    return {str(row.id): row.fingerprint for row in session.execute(statement)}


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
    template = replace(_welcoming(trial.template, title), id=str(learned.id), **_words_of(title))
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


def _welcoming(template: Template, title: Title) -> Template:
    welcome: Welcome = "yes" if title.is_no_unwelcome else "any"
    sections = tuple(
        replace(
            section,
            questions=tuple(
                replace(one, welcome=welcome) if one.kind == "choice" else one for one in section.questions
            ),
        )
        for section in template.sections
    )
    return replace(template, sections=sections)


def _words_of(title: Title) -> dict[str, Any]:
    return {"name": Text(title.name, title.name), "kind": title.kind, "edition": title.edition}


def is_seen_by(clinic_id: UUID) -> sa.ColumnElement[bool]:
    """Learned here, or for all."""
    return sa.or_(col(DisclosureTemplate.clinic_id) == clinic_id, col(DisclosureTemplate.is_for_all).is_(True))


def _speakers(clinic_id: UUID, learned: Iterable[Any]) -> list[UUID]:
    """Whose words on questions count: those of who taught a form for all, and after them the clinic's own."""
    return [*dict.fromkeys(row.clinic_id for row in learned if row.clinic_id != clinic_id), clinic_id]


def _laid_over(template: Template, said: dict[str, list[QuestionSetting]], speakers: set[UUID]) -> Template:
    settings = [setting for setting in said.get(template.id, ()) if setting.clinic_id in speakers]
    return lay_over(template, settings, is_built_in=_identity(template.id) is None)


def _content(clinic_id: UUID) -> sa.Select[tuple[UUID, UUID, dict[str, Any]]]:
    columns = (col(DisclosureTemplate.id), col(DisclosureTemplate.clinic_id), col(DisclosureTemplate.content))
    return (
        sa.select(*columns)
        .where(is_seen_by(clinic_id))
        .order_by(col(DisclosureTemplate.is_for_all), col(DisclosureTemplate.learned_at).desc())
    )


def _identity(template_id: str) -> UUID | None:
    try:
        return UUID(template_id)
    except ValueError:
        return None
