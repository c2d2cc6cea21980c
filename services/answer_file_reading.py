"""Reading an answer file: it is anybody's bytes until size, form, signature and edition are right."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlmodel import Session, select

from models import AnswerOrigin, OfferedAnswers, Submission
from services import answer_files, clock, editions, signing
from services.answer_file_refusals import FileAltered, FileOfOtherForm, FileOfOtherVersion, FileTooLong, NoAnswerFile
from services.answer_files import AnswerFile, Payload
from services.answers import Origin
from services.comparison import sources_by_item
from services.edition_forms import Form
from services.history import record
from services.imported_editions import find_edition
from services.refusals import refuse_if
from services.reuse import Earlier

FILE: Final = "file"


class _Double(Exception):
    """A name stands twice in one object."""


def read_answer_file(content: bytes) -> Payload:
    """The signed part of a file; raises FileTooLong, NoAnswerFile, FileOfOtherVersion or FileAltered."""
    refuse_if(len(content) > answer_files.LARGEST, FileTooLong(limit=answer_files.LARGEST // 1024))
    raw = _parse(content)
    is_ours = isinstance(raw, dict) and raw.get("format") == answer_files.FORMAT
    refuse_if(not is_ours, NoAnswerFile())
    refuse_if(raw.get("version") != answer_files.VERSION, FileOfOtherVersion())
    try:
        file = AnswerFile.model_validate(raw)
        message = answer_files.message_of(raw["payload"])
    except (ValueError, RecursionError):
        raise NoAnswerFile from None
    payload, issuer = file.payload, file.payload.issuer
    refuse_if(not signing.is_signed(message, signature=file.signature, key=issuer.public_key), FileAltered())
    refuse_if(signing.key_id_of(issuer.public_key) != issuer.key_id, FileAltered())
    keys = [answer.item for answer in payload.answers]
    try:
        answer_files.as_submitted(payload.answers)
        answer_files.issued_on(payload)
    except ValueError:
        raise NoAnswerFile from None
    refuse_if(len(set(keys)) != len(keys), NoAnswerFile())
    return payload


def bring_in(session: Session, *, submission: Submission, content: bytes, person: str) -> OfferedAnswers:
    """Keep what a file says as an offer to confirm item by item; the one brought before goes.

    Raises what read_answer_file raises, and FileOfOtherForm where it answers another form.
    """
    payload = read_answer_file(content)
    form = _form_answered(session, submission, payload)
    known = {item.key for item in form.items}
    refuse_if(not {answer.item for answer in payload.answers} <= known, FileOfOtherForm(edition=payload.edition.name))
    former = find_offer(session, submission=submission)
    if former is not None:
        session.delete(former)
        session.flush()
    offer = OfferedAnswers(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        edition_id=form.edition_id,
        details={
            "issuer": payload.issuer.name,
            "key_id": payload.issuer.key_id,
            "is_known": signing.is_known_issuer(payload.issuer.public_key),
            "issued_on": answer_files.issued_on(payload).isoformat(),
            "product": f"{payload.product.name} {payload.product.version}".strip(),
        },
        answers=[answer.model_dump() for answer in payload.answers],
        brought_by=person,
        brought_at=clock.now(),
    )
    session.add(offer)
    session.flush()
    record(
        session,
        "answer.file_read",
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        issuer=payload.issuer.key_id,
        is_known=offer.details["is_known"],
    )
    return offer


def find_offer(session: Session, *, submission: Submission) -> OfferedAnswers | None:
    """What was brought in by a file, if anything."""
    statement = select(OfferedAnswers).where(
        OfferedAnswers.submission_id == submission.id, OfferedAnswers.clinic_id == submission.clinic_id
    )
    return session.exec(statement).first()


def find_earlier(session: Session, *, submission: Submission) -> Earlier | None:
    """The same as earlier answers, to be confirmed item by item."""
    offer = find_offer(session, submission=submission)
    if offer is None:
        return None
    filed = [answer_files.FiledAnswer.model_validate(answer) for answer in offer.answers]
    form = editions.read_form(submission.asked)
    if offer.edition_id != form.edition_id:
        form = find_edition(session, clinic_id=submission.clinic_id, edition_id=offer.edition_id).vendor_form
    about = (offer.details["product"],)
    return Earlier(FILE, Origin(AnswerOrigin.FILE, offer.details), form, answer_files.as_submitted(filed), about)


def _form_answered(session: Session, submission: Submission, payload: Payload) -> Form:
    """The form that the file answers: the one asked now, or an older one that leads to it."""
    asked = editions.read_form(submission.asked)
    if payload.edition.items_sha256 == editions.digest_of_items(submission.asked):
        return asked
    try:
        older = find_edition(session, clinic_id=submission.clinic_id, edition_id=payload.edition.id)
    except editions.UnknownEdition:
        raise FileOfOtherForm(edition=payload.edition.name) from None
    is_whole = payload.edition.items_sha256 == editions.digest_of_items(editions.copy_form(older.vendor_form, older))
    leads_here = older.id != asked.edition_id and bool(sources_by_item(asked, older.id))
    refuse_if(not (is_whole and leads_here), FileOfOtherForm(edition=payload.edition.name))
    return older.vendor_form


def _parse(content: bytes) -> Any:
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_without_doubles,
            parse_constant=_refuse_number,
            parse_float=_refuse_number,
        )
    except (ValueError, RecursionError, _Double):
        raise NoAnswerFile from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Double
    return made


def _refuse_number(text: str) -> Any:
    raise ValueError(f"{text[:20]} is no whole number.")
