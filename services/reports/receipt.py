"""The vendor's receipt as PDF: what arrived, when, and the value by which it can be checked later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from models import AnswerValue, DocumentKind, Responsibility
from services.fiscal_years import name_of as name_of_year
from services.formats import format_moment, format_short_date, format_size
from services.languages import _, speaking
from services.options import name_of
from services.reports.typesetting import render_pdf

TEMPLATE: Final = Path(__file__).with_suffix(".typ")


@dataclass(frozen=True, slots=True)
class ReceiptAnswer:
    """One item with its answer; `label` and `section` are in the language of the receipt."""

    number: str
    label: str
    value: AnswerValue | None
    section: str = ""
    condition: str = ""
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = ""
    differences: tuple[str, ...] = ()
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    responsibility: Responsibility | None = None
    responsibility_note: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptDocument:
    """One file that was handed in."""

    kind: DocumentKind
    file_name: str
    size: int
    sha256: str
    product: str = ""
    version: str = ""
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A revision as it was submitted: `fiscal_year` was asked for, `form_year` is that of the form it was given on."""

    portal_name: str
    clinic_name: str
    vendor_name: str
    systems: Sequence[str]
    form_title: str
    fiscal_year: int
    form_year: int
    edition_name: str
    revision: int
    submitted_at: datetime
    responsible_name: str
    responsible_title: str
    answers: Sequence[ReceiptAnswer]
    documents: Sequence[ReceiptDocument]
    sha256: str
    typed_in: str = ""


def render_receipt(receipt: Receipt, language: str) -> bytes:
    """The receipt in a language, as PDF; the same receipt gives the same bytes. Raises PaperNotMade."""
    with speaking(language):
        return render_pdf(TEMPLATE, _contents(receipt, language), made_at=receipt.submitted_at)


def _contents(receipt: Receipt, language: str) -> dict[str, Any]:
    return {
        "language": language,
        "words": _words(),
        "facts": _facts(receipt),
        "notice": _notice(receipt),
        "sections": [
            {"title": title, "answers": [_answer(answer) for answer in answers]}
            for title, answers in groupby(receipt.answers, key=lambda answer: answer.section)
        ],
        "documents": [_document(document) for document in receipt.documents],
        "sha256": receipt.sha256,
        "footer": f"{receipt.portal_name} · {receipt.clinic_name} · {receipt.vendor_name}",
    }


def _words() -> dict[str, str]:
    return {
        "title": _("Receipt of your answers"),
        "introduction": _("These answers and files have arrived. They can no longer be changed."),
        "colon": _(": "),
        "answers": _("Answers"),
        "number": _("Number"),
        "item": _("Item"),
        "answer": _("Answer"),
        "checked_on": _("Checked on"),
        "target_on": _("Target date"),
        "responsibility": _("Responsibility"),
        "documents": _("Files you handed in"),
        "no_documents": _("No files were handed in."),
        "kind": _("Kind"),
        "file_name": _("File name and check value (SHA-256)"),
        "product": _("Product and version"),
        "size": _("Size"),
        "check_value": _("Check value of this receipt (SHA-256)"),
        "about_check_value": _(
            "This value was made from all answers and files. If only one letter were changed later, it would differ."
        ),
    }


def _facts(receipt: Receipt) -> list[tuple[str, str]]:
    return [
        (_("Asked by"), receipt.clinic_name),
        (_("Answered by"), receipt.vendor_name),
        (_("Systems answered for"), "\n".join(receipt.systems)),
        (_("Fiscal year"), name_of_year(receipt.fiscal_year)),
        (_("Form"), f"{receipt.form_title}\n{receipt.edition_name}"),
        (_("Revision"), _("No. %(number)s", number=receipt.revision)),
        (_("Arrived on"), _("%(moment)s (Japan time)", moment=format_moment(receipt.submitted_at))),
        (_("Responsible person"), f"{receipt.responsible_name}\n{receipt.responsible_title}".strip()),
    ]


def _notice(receipt: Receipt) -> str:
    if receipt.fiscal_year == receipt.form_year:
        return receipt.typed_in
    used = _(
        "The answers for %(asked)s were given on the form of %(used)s.",
        asked=name_of_year(receipt.fiscal_year),
        used=name_of_year(receipt.form_year),
    )
    return "\n".join(part for part in (receipt.typed_in, used) if part)


def _answer(answer: ReceiptAnswer) -> dict[str, Any]:
    notes = [
        (_("Condition"), answer.condition),
        (_("Remark"), answer.remark),
        (_("Different for a system"), "\n".join(answer.differences)),
        (_("Second check"), _second_check(answer)),
        (_("On the responsibility"), answer.responsibility_note),
    ]
    return {
        "number": answer.number,
        "label": answer.label,
        "value": _value(answer.value, is_conditional=bool(answer.condition)),
        "checked_on": _date(answer.checked_on),
        "target_on": _date(answer.target_on),
        "responsibility": _responsible(answer.responsibility),
        "notes": [(label, text) for label, text in notes if text],
    }


def _second_check(answer: ReceiptAnswer) -> str:
    parts = (_value(answer.second_value), _date(answer.second_checked_on))
    return " ".join(part for part in parts if part) if answer.second_value else ""


def _value(value: AnswerValue | None, *, is_conditional: bool = False) -> str:
    if value is None:
        return "–"
    if value is AnswerValue.NO:
        return _("No")
    return "\n".join([_("Yes"), _("on a condition")] if is_conditional else [_("Yes")])


def _responsible(responsibility: Responsibility | None) -> str:
    names = {
        Responsibility.VENDOR: _("The vendor"),
        Responsibility.CLINIC: _("The clinic"),
        Responsibility.SHARED: _("Both together"),
    }
    return names[responsibility] if responsibility else ""


def _document(document: ReceiptDocument) -> dict[str, str]:
    issued = _("issued %(date)s", date=_date(document.issued_on)) if document.issued_on else ""
    return {
        "kind": name_of(document.kind),
        "file_name": document.file_name,
        "product": "\n".join(part for part in (f"{document.product} {document.version}".strip(), issued) if part),
        "size": format_size(document.size),
        "sha256": document.sha256,
    }


def _date(day: date | None) -> str:
    """Without the day of the week, so that it fits into its column."""
    return _("%(day)s %(year)s", day=format_short_date(day), year=day.year) if day else ""
