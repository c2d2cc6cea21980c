"""The form of a round of requests: some fields for all, some for each vendor, carried from step to step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field, field_validator

from services import clock, due_dates, fiscal_years
from services.asking import Ask, Delivery, Wishes
from services.candidates import Candidate
from services.edition_forms import Edition
from services.languages import LANGUAGES, _, marked, speaking
from web.forms import check, read_fields
from web.texts import Email

OF_ALL: Final = ("edition", "due_on", "per_system", *(f"message_{spoken}" for spoken in LANGUAGES))
OF_VENDOR: Final = ("how", "email", "name", "again")


class RoundForm(BaseModel):
    """What is the same for all vendors."""

    edition: str
    due_on: date
    per_system: bool = False
    message_ja: str = Field("", max_length=4000)
    message_en: str = Field("", max_length=4000)

    @field_validator("due_on")
    @classmethod
    def _in_future(cls, due_on: date) -> date:
        if due_on <= clock.today():
            raise ValueError(marked("The due date must be in the future. Please choose a later day."))
        return due_on


class VendorForm(BaseModel):
    """What is asked of one vendor."""

    how: Delivery
    email: Email | None = None
    name: Annotated[str, Field(max_length=100)] = ""
    systems: list[UUID] = []
    again: UUID | None = None


@dataclass(slots=True)
class Round:
    """Everything typed so far; offers .values and .errors like any submitted form."""

    vendor_ids: list[UUID]
    values: dict[str, Any]
    is_first_visit: bool
    is_confirmed: bool
    errors: dict[str, str] = field(default_factory=dict)
    editions: tuple[Edition, ...] = ()
    """The editions that the clinic can ask with, newest first."""

    @property
    def edition(self) -> Edition:
        """The edition that was chosen; where none was, the one to use in the year."""
        chosen = self.values.get("edition", "")
        of_year = (edition for edition in self.editions if edition.fiscal_year <= self.year)
        usual = next(of_year, self.editions[-1])
        return next((edition for edition in self.editions if edition.id == chosen), usual)

    @property
    def year(self) -> int:
        """The fiscal year asked for; the present one where none can be read."""
        return read_year(self.values.get("year", ""))

    def propose(self, values: dict[str, Any]) -> None:
        """Fill in what nobody has typed yet."""
        self.values = values | {"year": str(self.year)}

    def hidden(self) -> list[tuple[str, str]]:
        """Every field with its value, to be carried to the next step."""
        pairs = [("vendor", str(vendor_id)) for vendor_id in self.vendor_ids]
        for name, value in self.values.items():
            pairs += [(name, one) for one in value] if isinstance(value, list) else [(name, value)]
        return [("composed", "true"), *pairs]

    def covers(self, candidate: Candidate, system_id: UUID) -> bool:
        """Whether the system is ticked."""
        return str(system_id) in self.values.get(f"systems-{candidate.id}", [])

    def read_wishes(self) -> Wishes | None:
        """What is the same for all vendors, with a sentence for each field that is wrong; None where one is."""
        read = check(RoundForm, {name: self.values.get(name, "") for name in OF_ALL})
        self.errors |= read.errors
        if read.form and read.form.edition not in {edition.id for edition in self.editions}:
            self.errors["edition"] = _("Please choose one of the options.")
        if read.form is None or "edition" in self.errors:
            return None
        return Wishes(
            edition_id=read.form.edition,
            fiscal_year=self.year,
            due_on=read.form.due_on,
            messages={"ja": read.form.message_ja, "en": read.form.message_en},
            is_per_system=read.form.per_system,
        )

    def check(self, offered: list[Candidate]) -> tuple[Wishes, list[Ask]] | None:
        """The wishes and whom to ask, or None with a sentence for each field that is wrong."""
        wishes, asks = self.read_wishes(), [self._check_vendor(candidate) for candidate in offered]
        if self.errors or wishes is None:
            return None
        return wishes, [ask for ask in asks if ask is not None]

    def _check_vendor(self, candidate: Candidate) -> Ask | None:
        values = {name: self.values.get(f"{name}-{candidate.id}", "") for name in OF_VENDOR}
        systems = self.values.get(f"systems-{candidate.id}", [])
        read = check(VendorForm, {**values, "systems": systems})
        self.errors |= {f"{name}-{candidate.id}": sentence for name, sentence in read.errors.items()}
        if candidate.systems and not systems:
            self.errors[f"systems-{candidate.id}"] = _("Please tick at least one system.")
        if read.form is None:
            return None
        is_left_out = not read.form.again and candidate.is_asked_for(read.form.systems)
        if read.form.how is Delivery.MAIL and not read.form.email and not is_left_out:
            self.errors[f"email-{candidate.id}"] = _("Please enter an e-mail address, or choose another way to send.")
        return Ask(
            vendor_id=candidate.id,
            system_ids=tuple(read.form.systems),
            delivery=read.form.how,
            email=read.form.email or "",
            name=read.form.name,
            again_after=read.form.again,
        )


async def read_round(request: Request) -> Round:
    """The round as it was sent; lines of text are made equal, unreadable vendors are passed over."""
    typed = await read_fields(request)
    values: dict[str, Any] = {}
    for name, value in typed.multi_items():
        if not isinstance(value, str) or name in {"vendor", "composed", "confirmed"}:
            continue
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        if name.startswith("systems-"):
            values.setdefault(name, []).append(text)
        else:
            values[name] = text
    return Round(
        vendor_ids=list(dict.fromkeys(filter(None, map(_read_id, typed.getlist("vendor"))))),
        values=values,
        is_first_visit="composed" not in typed,
        is_confirmed="confirmed" in typed,
    )


def read_year(text: str) -> int:
    """A fiscal year as typed into an address or a form; the present one where it cannot be meant."""
    present = fiscal_years.fiscal_year_of(clock.today())
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else present
    return year if present - 5 <= year <= present + 1 else present


def list_years_to_ask(year: int) -> list[int]:
    """The fiscal years that can be asked for: the present one, its neighbours, and the one looked at."""
    present = fiscal_years.fiscal_year_of(clock.today())
    return sorted({present + 1, present, present - 1, year}, reverse=True)


def propose_values(year: int, edition: Edition, offered: list[Candidate]) -> dict[str, Any]:
    """What the form says before anybody has typed."""
    values: dict[str, Any] = {
        "edition": edition.id,
        "per_system": "false",
        "due_on": due_dates.propose_due_date(year, clock.today()).isoformat(),
        **{f"message_{spoken}": propose_message(spoken) for spoken in LANGUAGES},
    }
    for candidate in offered:
        values |= {
            f"how-{candidate.id}": propose_delivery(candidate).value,
            f"email-{candidate.id}": candidate.email,
            f"name-{candidate.id}": candidate.contact_name,
            f"systems-{candidate.id}": [str(system_id) for system_id, _name in candidate.systems],
        }
    return values


def propose_delivery(candidate: Candidate) -> Delivery:
    """By mail where there is an address; else by letter where the post or a fax finds the vendor."""
    if candidate.email:
        return Delivery.MAIL
    return Delivery.LETTER if candidate.can_get_letters else Delivery.LINK


def propose_message(spoken: str) -> str:
    """A few words in the clinic's name, in a language."""
    with speaking(spoken):
        return _(
            "Thank you for looking after our systems. For this year's check we ask you to fill in the form and to "
            "upload the MDS/SDS of each system. If anything is unclear, please write it into the remark and go on."
        )


def _read_id(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
