"""Letters to vendors as PDF: the request on the first page, then the form itself for writing by hand."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from services.edition_forms import Form
from services.editions import read_form
from services.fiscal_years import name_of as name_of_year
from services.formats import format_date
from services.languages import LANGUAGES, _, speaking
from services.reports.letter_words import words_of_letters
from services.reports.typesetting import render_pdf

TEMPLATE: Final = Path(__file__).with_suffix(".typ")
SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that stands in one letter; `asked` is the request's own copy of the form."""

    language: str
    written_on: date
    clinic_name: str
    clinic_address: str
    clinic_phone: str
    clinic_fax: str
    clinic_contact: str
    clinic_hours: str
    postal_code: str
    address: str
    vendor_name: str
    person: str
    fiscal_year: int
    asked: Mapping[str, Any]
    systems: Sequence[str]
    due_on: date
    minutes: int
    message: str
    is_reminder: bool
    link: str
    type_at: str
    number: str
    code: str
    expires_at: datetime
    reference: str


def render_letters(letters: Sequence[Letter], *, made_at: datetime) -> bytes:
    """The letters one after the other, each in its vendor's language; raises PaperNotMade."""
    forms = {form_key(letter): _form(read_form(dict(letter.asked)), letter.language) for letter in letters}
    data = {
        "title": _("Letters"),
        "words": {spoken: words_of_letters(spoken) for spoken in LANGUAGES},
        "forms": forms,
        "letters": [_contents(letter) for letter in letters],
    }
    return render_pdf(TEMPLATE, data, made_at=made_at, seconds=SECONDS)


def form_key(letter: Letter) -> str:
    """One copy of each form and language is enough for all letters."""
    return f"{letter.asked['edition_id']}-{letter.language}"


def draw_code(link: str) -> str:
    """The link as a QR code that survives a fax: black modules without grey edges, a quarter of them spare."""
    drawn = io.BytesIO()
    import segno

    segno.make(link, error="q", micro=False).save(drawn, kind="svg", xmldecl=False, border=4)
    return drawn.getvalue().decode()


def _form(form: Form, language: str) -> dict[str, Any]:
    return {
        "title": form.title.in_language(language),
        "sections": [
            {
                "title": section.title.in_language(language),
                "items": [{"number": item.number, "label": item.label.in_language(language)} for item in section.items],
            }
            for section in form.sections
        ],
    }


def _contents(letter: Letter) -> dict[str, Any]:
    with speaking(letter.language):
        return {
            "language": letter.language,
            "form": form_key(letter),
            "recipient": [
                line for line in (f"〒{letter.postal_code}" if letter.postal_code else "", letter.address) if line
            ],
            "addressee": _addressee(letter),
            "date": format_date(letter.written_on),
            "sender": letter.clinic_name,
            "sender_rows": _sender_rows(letter),
            "subject": _subject(letter),
            "paragraphs": _paragraphs(letter),
            "facts": _facts(letter),
            "qr": draw_code(letter.link),
            "address": letter.type_at,
            "number": "-".join(letter.number[start : start + 4] for start in range(0, len(letter.number), 4)),
            "code": letter.code,
            "valid": _("Both work until %(day)s, for your company only.", day=format_date(letter.expires_at)),
            "return_to": _return_to(letter),
            "return_short": _return_address(letter),
            "vendor": letter.vendor_name,
            "systems": _systems(letter),
            "reference": letter.reference,
            "footer": _("%(clinic)s to %(vendor)s", clinic=letter.clinic_name, vendor=letter.vendor_name),
        }


def _addressee(letter: Letter) -> list[str]:
    """The company as a whole, or a person or desk of it."""
    if letter.person:
        return [letter.vendor_name, _("Attn. %(person)s", person=letter.person)]
    return [_("%(company)s (to the company)", company=letter.vendor_name)]


def _sender_rows(letter: Letter) -> list[str]:
    rows = (
        letter.clinic_address,
        _("Tel. %(number)s", number=letter.clinic_phone) if letter.clinic_phone else "",
        _("Fax %(number)s", number=letter.clinic_fax) if letter.clinic_fax else "",
        _("Contact: %(name)s", name=letter.clinic_contact) if letter.clinic_contact else "",
    )
    return [row for row in rows if row]


def _subject(letter: Letter) -> str:
    subject = _("Request to answer the cybersecurity checklist")
    return _("[Reminder] %(subject)s", subject=subject) if letter.is_reminder else subject


def _paragraphs(letter: Letter) -> list[str]:
    opening = _("Thank you for looking after the systems of our institution.")
    purpose = _(
        "Once a year medical institutions ask the vendors of their systems how they protect them, and show the answers "
        "at the inspection. May we ask you to answer by the date below? Every answer helps us, a “no” as well."
    )
    again = _("We have asked you before and have no answer yet. The numbers of earlier letters no longer work.")
    written = [letter.message] if letter.message else []
    return [opening, again, purpose, *written] if letter.is_reminder else [opening, purpose, *written]


def _facts(letter: Letter) -> list[dict[str, Any]]:
    count = sum(len(section["items"]) for section in letter.asked["sections"])
    hours = f"（{letter.clinic_hours}）" if letter.clinic_hours else ""
    facts = (
        (_("Fiscal year"), name_of_year(letter.fiscal_year), False),
        (_("About"), _systems(letter), False),
        (_("Please answer by"), format_date(letter.due_on), True),
        (
            _("How much it is"),
            _("%(count)s items, about %(minutes)s minutes", count=count, minutes=letter.minutes),
            False,
        ),
        (_("Also please"), _("your MDS or SDS (disclosure on information security), if you have one"), False),
        (_("Questions"), f"{letter.clinic_contact} {letter.clinic_phone}{hours}".strip(), False),
    )
    return [{"label": label, "text": text, "is_strong": is_strong} for label, text, is_strong in facts if text]


def _systems(letter: Letter) -> str:
    return _(", ").join(letter.systems) or _("Everything your company provides to our institution")


def _return_to(letter: Letter) -> str:
    where = _return_address(letter)
    if letter.clinic_fax or letter.clinic_address:
        return _("Please fill in the following pages by hand and send them back: %(where)s", where=where)
    return _("Please fill in the following pages by hand. Where to send them: %(where)s", where=where)


def _return_address(letter: Letter) -> str:
    """Where paper goes: by fax where there is one, by post where there is an address, else after a call."""
    by_fax = _("Fax %(number)s", number=letter.clinic_fax) if letter.clinic_fax else ""
    by_post = _("by post to %(address)s, %(clinic)s", address=letter.clinic_address, clinic=letter.clinic_name)
    ways = [way for way in (by_fax, by_post if letter.clinic_address else "") if way]
    return _(" or ").join(ways) or _("please call %(phone)s first", phone=letter.clinic_phone)
