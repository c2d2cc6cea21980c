"""Disclosures as people use them: what was read, filtered to what needs attention; what a person said a cell means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from models import Disclosure, DisclosureAnswer, Document, ReadState, Treatment
from services import clock
from services.history import record
from services.reading.readings import Reason, closing_gate
from services.reading.templates import Template, Value
from services.refusals import NotFound

SETTLED_VALUES: Final = (Value.YES, Value.NO, Value.NOT_APPLICABLE, Value.UNANSWERED)
"""What a person may say that a cell means."""

_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

FILTERS: Final = ("no", "unwelcome", "person", "appendix", "untreated")


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer in the table, with the words of its question and whether the clinic has decided about it."""

    id: UUID
    number: str
    subject: str
    section: str
    area: str
    value: Value
    read_as: Value
    raw: str
    remark: str
    place: str
    reason: str
    closed_by: str
    is_appendix: bool
    is_unwelcome: bool
    settled_by: str
    settled_at: datetime | None
    treatment: Treatment | None = None

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to say what it means."""
        return self.value is Value.NEEDS_PERSON

    @property
    def is_untreated(self) -> bool:
        """Whether it is unwelcome and nothing was decided yet."""
        return self.is_unwelcome and self.treatment is None


def get_disclosure(session: Session, *, document: Document) -> Disclosure:
    """What was read, or is waiting to be read, from a document; raises NotFound where it is of no kind to be read."""
    disclosure = find_disclosure(session, document=document)
    if disclosure is None:
        raise NotFound
    return disclosure


def find_disclosure(session: Session, *, document: Document) -> Disclosure | None:
    """The same, or None."""
    statement = select(Disclosure).where(
        Disclosure.document_id == document.id, Disclosure.clinic_id == document.clinic_id
    )
    return session.exec(statement).first()


def disclosures_of(session: Session, *, clinic_id: UUID, document_ids: Iterable[UUID]) -> dict[UUID, Disclosure]:
    """What was read from each of these documents."""
    statement = select(Disclosure).where(
        Disclosure.clinic_id == clinic_id, col(Disclosure.document_id).in_(list(document_ids))
    )
    return {disclosure.document_id: disclosure for disclosure in session.exec(statement)}


def list_other_sheets(disclosure: Disclosure) -> list[str]:
    """The sheets with another form that was not read, for a person to choose from."""
    places = (one["place"] for one in disclosure.findings if one["reason"] == Reason.ANOTHER_FORM.value)
    return list(dict.fromkeys(place for place in places if place))


def offered_fields(disclosure: Disclosure | None, document: Document) -> dict[str, str]:
    """Product, version and day of issue as the file tells them, for fields of the document that are still empty."""
    if disclosure is None:
        return {}
    told = {name: str(one["value"]) for name, one in disclosure.fields.items()}
    product = " ".join(filter(None, (told.get("product"), told.get("model"))))
    offered = {
        "product": product[:200],
        "version": told.get("version", "")[:60],
        "issued_on": told.get("issued_on", ""),
    }
    if not _ISO_DAY.fullmatch(offered["issued_on"]):
        offered["issued_on"] = ""
    return {name: value for name, value in offered.items() if value and not getattr(document, name)}


def list_lines(
    session: Session, *, disclosure: Disclosure, template: Template | None, language: str
) -> list[AnswerLine]:
    """All answers in the order of the form, with subjects in a language."""
    statement = select(DisclosureAnswer).where(
        DisclosureAnswer.disclosure_id == disclosure.id, DisclosureAnswer.clinic_id == disclosure.clinic_id
    )
    rows = session.exec(statement.order_by(col(DisclosureAnswer.position))).all()
    treatments = list_treatments(session, disclosure=disclosure)
    sections = _section_names(template, language)
    return [_line_of(row, template, sections, treatments.get(row.number), language) for row in rows]


def list_treatments(session: Session, *, disclosure: Disclosure) -> dict[str, Treatment]:
    """What was decided, by question."""
    statement = select(Treatment).where(
        Treatment.disclosure_id == disclosure.id, Treatment.clinic_id == disclosure.clinic_id
    )
    return {treatment.number: treatment for treatment in session.exec(statement)}


def choose_lines(lines: Iterable[AnswerLine], *, show: str = "", area: str = "") -> list[AnswerLine]:
    """Those that a filter lets through: `show` is one of FILTERS, or empty for all."""
    tests: dict[str, Callable[[AnswerLine], bool]] = {
        "no": lambda line: line.value is Value.NO,
        "unwelcome": lambda line: line.is_unwelcome,
        "person": lambda line: line.needs_person,
        "appendix": lambda line: line.is_appendix,
        "untreated": lambda line: line.is_untreated,
    }
    wanted = tests.get(show) or (lambda line: True)
    return [line for line in lines if wanted(line) and (not area or line.area == area)]


def get_answer(session: Session, *, disclosure: Disclosure, number: str) -> DisclosureAnswer:
    """One question's answer; raises NotFound."""
    statement = select(DisclosureAnswer).where(
        DisclosureAnswer.disclosure_id == disclosure.id,
        DisclosureAnswer.clinic_id == disclosure.clinic_id,
        DisclosureAnswer.number == number,
    )
    answer = session.exec(statement).first()
    if answer is None:
        raise NotFound
    return answer


def settle_answer(
    session: Session,
    *,
    disclosure: Disclosure,
    document: Document,
    template: Template | None,
    number: str,
    value: Value,
    person: str,
) -> DisclosureAnswer:
    """Say what a cell means, in place of what it was read as; the raw cell stays. Raises NotFound.

    With the form it was read by, questions that hang on this one are opened or closed as well.
    """
    answer = get_answer(session, disclosure=disclosure, number=number)
    answer.settled_value, answer.settled_by, answer.settled_at = value.value, person, clock.now()
    session.add(answer)
    session.flush()
    if template is not None and any(gate.question == number for gate in template.gates):
        rows = session.exec(select(DisclosureAnswer).where(DisclosureAnswer.disclosure_id == disclosure.id)).all()
        close_anew(rows, template)
        session.add_all(rows)
        session.flush()
    count_anew(session, disclosure=disclosure)
    record(
        session,
        "document.answer_settled",
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
        item=number,
    )
    return answer


def close_anew(rows: Iterable[DisclosureAnswer], template: Template) -> None:
    """Say anew which questions another's answer makes pointless."""
    rows = list(rows)
    said = {row.number: value_of(row) for row in rows}
    for row in rows:
        gate = closing_gate(template, row.number, said)
        row.closed_by = gate.question if gate else ""


def count_anew(session: Session, *, disclosure: Disclosure) -> None:
    """Bring the counts up to date with the answers, and the state with what still needs a person."""
    statement = select(DisclosureAnswer).where(
        DisclosureAnswer.disclosure_id == disclosure.id, DisclosureAnswer.clinic_id == disclosure.clinic_id
    )
    rows = session.exec(statement).all()
    counts = Counter(value_of(row) for row in rows)
    disclosure.answer_count, disclosure.no_count = len(rows), counts[Value.NO]
    disclosure.unclear_count = counts[Value.NEEDS_PERSON]
    unwelcome = {row.number for row in rows if is_unwelcome(row)}
    treated = set(list_treatments(session, disclosure=disclosure))
    disclosure.unwelcome_count, disclosure.untreated_count = len(unwelcome), len(unwelcome - treated)
    if disclosure.state in {ReadState.READ, ReadState.NEEDS_PERSON}:
        disclosure.state = ReadState.NEEDS_PERSON if disclosure.unclear_count else ReadState.READ
    session.add(disclosure)


def value_of(answer: DisclosureAnswer) -> Value:
    """What the answer counts as: a person's word before the reader's."""
    return Value(answer.settled_value or answer.value)


def is_unwelcome(answer: DisclosureAnswer) -> bool:
    """Whether the clinic has to treat it: not what it is glad of, on a question that no other closes."""
    if answer.closed_by or answer.welcome == "any":
        return False
    return value_of(answer) is (Value.NO if answer.welcome == "yes" else Value.YES)


def _section_names(template: Template | None, language: str) -> Mapping[str, str]:
    if template is None:
        return {}
    return {
        question.id: section.name.en if language.startswith("en") else section.name.ja
        for section in template.sections
        for question in section.questions
    }


def _line_of(
    row: DisclosureAnswer,
    template: Template | None,
    sections: Mapping[str, str],
    treatment: Treatment | None,
    language: str,
) -> AnswerLine:
    question = template.questions.get(row.number) if template else None
    return AnswerLine(
        id=row.id,
        number=row.number,
        subject=(question.words(language) if question else "") or row.asked,
        section=sections.get(row.number, ""),
        area=row.area,
        value=value_of(row),
        read_as=Value(row.value),
        raw=row.raw,
        remark=row.remark,
        place=row.place,
        reason="" if row.settled_value else row.reason,
        closed_by=row.closed_by,
        is_appendix=row.is_appendix,
        is_unwelcome=is_unwelcome(row),
        settled_by=row.settled_by,
        settled_at=row.settled_at,
        treatment=treatment,
    )
