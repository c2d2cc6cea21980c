"""Answer files: what a vendor submitted, as one signed file that it may take to any portal of this kind.

The format is open and described in docs/answer-file.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import Session

from models import AnswerValue, Responsibility, Revision, Submission
from services import clock, editions, signing
from services.edition_forms import Form
from services.fiscal_years import name_of
from services.formats import format_date
from services.history import record
from services.languages import _, language
from services.revisions import SubmittedAnswer, read_answers
from settings import get_settings

FORMAT: Final = "vendor-answer-file"
VERSION: Final = 1
LARGEST: Final = 512 * 1024
MOST_ANSWERS: Final = 300


def _refuse_unstorable(text: str) -> str:
    if "\0" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
        raise ValueError("A character that cannot be stored.")
    return text


Text = Annotated[str, AfterValidator(_refuse_unstorable)]
Short = Annotated[Text, StringConstraints(max_length=200)]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,120}$")]


class Piece(BaseModel):
    """Anything in an answer file: exactly the fields that are described, of exactly their types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Issuer(Piece):
    """The portal that signed."""

    name: Short
    key_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    public_key: Token


class AnsweredEdition(Piece):
    """The form that was answered; `items_sha256` is the check value of what its items ask."""

    id: Token
    name: Short
    items_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Product(Piece):
    """What the answers are about, in the vendor's own words."""

    name: Short
    version: Short


class Responsible(Piece):
    """Who answers for it at the vendor."""

    name: Short
    title: Short


class FiledAnswer(Piece):
    """One item."""

    item: Token
    number: Annotated[Text, StringConstraints(max_length=20)]
    value: Literal["yes", "no"]
    condition: Annotated[Text, StringConstraints(max_length=2000)] | None
    checked_on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] | None
    target_on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] | None
    remark: Annotated[Text, StringConstraints(max_length=4000)]
    responsibility: Literal["vendor", "clinic", "shared"] | None
    responsibility_note: Annotated[Text, StringConstraints(max_length=1000)]


class Payload(Piece):
    """Everything that is signed."""

    issued_at: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    issuer: Issuer
    edition: AnsweredEdition
    fiscal_year: Annotated[int, Field(ge=2000, le=2999)]
    product: Product
    responsible: Responsible
    submitted_on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
    answers: Annotated[list[FiledAnswer], Field(min_length=1, max_length=MOST_ANSWERS)]
    summary: Annotated[list[Annotated[Text, StringConstraints(max_length=8000)]], Field(max_length=1000)]


class AnswerFile(Piece):
    """The whole file."""

    format: Literal["vendor-answer-file"]
    version: Literal[1]
    payload: Payload
    signature: Token


def make_answer_file(*, submission: Submission, revision: Revision, product: str, version: str) -> bytes:
    """What was submitted as a signed file: no clinic, no system of its ledger, no address, no link."""
    form = editions.read_form(submission.asked)
    answers = read_answers(revision)
    key = signing.public_key()
    payload: dict[str, Any] = {
        "issued_at": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "issuer": {
            "name": get_settings().portal_name(language.get()),
            "key_id": signing.key_id_of(key),
            "public_key": key,
        },
        "edition": {
            "id": form.edition_id,
            "name": form.edition_name.in_language(language.get()),
            "items_sha256": editions.digest_of_items(submission.asked),
        },
        "fiscal_year": submission.fiscal_year,
        "product": {"name": product, "version": version},
        "responsible": {"name": revision.responsible_name, "title": revision.responsible_title},
        "submitted_on": clock.local_date(revision.submitted_at).isoformat(),
        "answers": [_file(key, number, answer) for key, number, answer in _list_said(form, answers)],
    }
    payload["summary"] = write_summary(payload, form)
    content = {"format": FORMAT, "version": VERSION, "payload": payload, "signature": signing.sign(message_of(payload))}
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def record_taking(session: Session, *, submission: Submission, revision: Revision) -> None:
    """The clinic's log tells that the vendor took its own answers along; their words stand in the file alone."""
    record(
        session,
        "answer.file_taken",
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
        number=revision.number,
    )


def message_of(payload: Mapping[str, Any]) -> bytes:
    """What is signed: the format and its version, and the payload in its canonical form."""
    return f"{FORMAT}:{VERSION}\n".encode() + signing.canonical(payload)


def write_summary(payload: Mapping[str, Any], form: Form) -> list[str]:
    """The same for people who open the file in an editor, line by line."""
    product, responsible = payload["product"], payload["responsible"]
    lines = [
        _("Answers of a vendor to the cybersecurity checklist (%(edition)s)", edition=payload["edition"]["name"]),
        _("Product: %(product)s", product=f"{product['name']} {product['version']}".strip()),
        _("Responsible person: %(person)s", person=f"{responsible['title']} {responsible['name']}".strip()),
        _(
            "Submitted on %(day)s for %(year)s; signed by %(issuer)s, key %(key)s",
            day=format_date(date.fromisoformat(payload["submitted_on"])),
            year=name_of(payload["fiscal_year"]),
            issuer=payload["issuer"]["name"],
            key=payload["issuer"]["key_id"],
        ),
    ]
    for answer in payload["answers"]:
        item = form.find_item(answer["item"])
        asked = item.label.in_language(language.get()) if item else ""
        lines.append(f"{answer['number']} {asked} → {_describe(answer)}")
    return lines


def _describe(answer: Mapping[str, Any]) -> str:
    said = _("Yes") if answer["value"] == "yes" else _("No")
    target = format_date(date.fromisoformat(answer["target_on"])) if answer["target_on"] else ""
    more = [answer["condition"] or "", _("by %(day)s", day=target) if target else "", answer["remark"]]
    return " / ".join([said, *(" ".join(part.split()) for part in more if part)])


def _list_said(form: Form, answers: Mapping[str, SubmittedAnswer]) -> list[tuple[str, str, SubmittedAnswer]]:
    found = ((item.key, item.number, answers.get(item.key)) for item in form.items)
    return [(key, number, answer) for key, number, answer in found if answer is not None and _goes_along(answer)]


def _goes_along(answer: SubmittedAnswer) -> bool:
    # What differs by system names systems of the ledger, so that it stays here.
    return answer.standing is not None and not answer.differences


def _file(key: str, number: str, answer: SubmittedAnswer) -> dict[str, Any]:
    """One answer as it stands; the second check, where there was one, is what holds."""
    checked_on = answer.second_checked_on if answer.second_value else answer.checked_on
    return {
        "item": key,
        "number": number,
        "value": answer.standing.value if answer.standing else "",
        "condition": answer.condition if answer.is_conditional else None,
        "checked_on": checked_on.isoformat() if checked_on else None,
        "target_on": answer.target_on.isoformat() if answer.target_on else None,
        "remark": answer.remark,
        "responsibility": answer.responsibility.value if answer.responsibility else None,
        "responsibility_note": answer.responsibility_note,
    }


def as_submitted(answers: Sequence[FiledAnswer]) -> dict[str, SubmittedAnswer]:
    """The answers of a file as those of a revision are read; raises ValueError for a day that is none."""
    return {
        answer.item: SubmittedAnswer(
            item_key=answer.item,
            value=AnswerValue(answer.value),
            is_conditional=answer.value == "yes" and answer.condition is not None,
            condition=answer.condition or "",
            checked_on=date.fromisoformat(answer.checked_on) if answer.checked_on else None,
            target_on=date.fromisoformat(answer.target_on) if answer.target_on else None,
            remark=answer.remark,
            responsibility=Responsibility(answer.responsibility) if answer.responsibility else None,
            responsibility_note=answer.responsibility_note,
        )
        for answer in answers
    }


def issued_on(payload: Payload) -> date:
    """The day on which the file was signed, in Japan; raises ValueError."""
    return clock.local_date(datetime.fromisoformat(payload.issued_at))
