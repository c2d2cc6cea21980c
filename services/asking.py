"""Asking: one year's form for many vendors at once, sent whole or not at all, nobody asked twice by accident."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, select

from models import Clinic, LetterBatch, Submission, System, Vendor
from services import clock, editions, invitations, letters, submissions
from services.bounces import clear_flag, list_flags
from services.candidates import Candidate, list_candidates
from services.imported_editions import find_edition
from services.invitations import CopiedLink
from services.letters import WantedLetter
from services.links import invitation_link
from services.mail import messages
from services.mail.rendering import Letter
from services.refusals import NotFound, refuse_if
from services.submission_refusals import DueDatePassed


class Delivery(StrEnum):
    """How a request reaches its vendor."""

    MAIL = "mail"
    LINK = "link"
    LETTER = "letter"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is the same for all vendors of one round."""

    edition_id: str
    fiscal_year: int
    due_on: date
    messages: Mapping[str, str]
    is_per_system: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One vendor of a round: which systems, how, to whom.

    `again_after` asks although the newest request of the year is this one; after a second press it no longer is.
    """

    vendor_id: UUID
    system_ids: tuple[UUID, ...]
    delivery: Delivery
    email: str = ""
    name: str = ""
    again_after: UUID | None = None


@dataclass(frozen=True, slots=True)
class HandedLink:
    """A link made for handing over, with whom it is for."""

    submission_id: UUID
    vendor_name: str
    phone: str
    systems: tuple[str, ...]
    copied: CopiedLink


@dataclass(slots=True)
class Outcome:
    """What one press did."""

    mailed: int = 0
    prepared: int = 0
    links: list[HandedLink] = field(default_factory=list)
    letters: list[WantedLetter] = field(default_factory=list)
    batch: LetterBatch | None = None
    skipped: list[str] = field(default_factory=list)
    submission_ids: list[UUID] = field(default_factory=list)
    vendors: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Unit:
    """What becomes one submission."""

    ask: Ask
    candidate: Candidate
    systems: tuple[tuple[UUID, str], ...]

    @property
    def is_mailed(self) -> bool:
        """Whether a mail leaves."""
        return self.ask.delivery is Delivery.MAIL and not self.is_skipped

    @property
    def is_skipped(self) -> bool:
        """Whether the vendor was asked about all of this in the year, and nobody wants it asked again."""
        if not self.candidate.is_asked_for([system_id for system_id, _ in self.systems]):
            return False
        return self.ask.again_after != self.candidate.asked[-1].submission_id


def plan_requests(session: Session, *, clinic_id: UUID, wishes: Wishes, asks: Sequence[Ask]) -> list[Unit]:
    """What would be sent and what would be skipped; raises NotFound for a vendor or system that is not offered."""
    return list(_units(session, clinic_id, wishes, asks))


def preview_letter(
    session: Session, clinic: Clinic, *, wishes: Wishes, candidate: Candidate, name: str, systems: Collection[str]
) -> Letter:
    """The mail as this vendor will read it; nothing is stored, and the link in it leads nowhere."""
    edition = find_edition(session, clinic_id=clinic.id, edition_id=wishes.edition_id)
    copied = editions.copy_form(edition.vendor_form, edition)
    submission = Submission(
        clinic_id=clinic.id,
        vendor_id=candidate.id,
        fiscal_year=wishes.fiscal_year,
        edition_id=edition.id,
        asked=copied,
        item_count=copied["item_count"],
        due_on=wishes.due_on,
        language=candidate.language,
        message=wishes.messages.get(candidate.language, ""),
        created_by=clinic.id,
        created_at=clock.now(),
    )
    return messages.preview_invitation(
        clinic=clinic,
        submission=submission,
        contact_name=name,
        vendor_name=candidate.name,
        systems=list(systems),
        link=invitation_link("…"),
    )


def send_requests(session: Session, *, clinic: Clinic, member_id: UUID, wishes: Wishes, asks: Sequence[Ask]) -> Outcome:
    """Ask all of them in one transaction; whoever was asked for the same systems this year is skipped.

    Raises DueDatePassed, CapReached, TooManyLetters, and NotFound for a vendor or system that is not offered.
    """
    refuse_if(wishes.due_on <= clock.today(), DueDatePassed())
    # Two presses one after the other: the second waits here and then finds everything asked.
    session.exec(select(Clinic).where(Clinic.id == clinic.id).with_for_update()).one()
    outcome, wanted = Outcome(), []
    for unit in _units(session, clinic.id, wishes, asks):
        if unit.is_skipped:
            outcome.skipped.append(unit.candidate.name)
        else:
            wanted.append(unit)
    mails = sum(unit.is_mailed for unit in wanted)
    if mails:
        invitations.refuse_over_cap(session, clinic=clinic, member_id=member_id, wanted=mails, is_bulk=mails > 1)
    # Whoever sends there has been warned, so that the address counts as right until a mail comes back again.
    emails = {unit.ask.email for unit in wanted if unit.is_mailed}
    for flagged in list_flags(session, clinic_id=clinic.id, emails=emails) if emails else ():
        clear_flag(session, clinic_id=clinic.id, email=flagged, cleared_by=member_id)
    for unit in wanted:
        _send(session, clinic, member_id, wishes, unit, outcome)
    if outcome.letters:
        outcome.batch = letters.order_letters(session, clinic=clinic, member_id=member_id, wanted=outcome.letters)
    return outcome


def _send(session: Session, clinic: Clinic, member_id: UUID, wishes: Wishes, unit: Unit, outcome: Outcome) -> None:
    vendor = session.get_one(Vendor, unit.candidate.id)
    submission = submissions.create_submission(
        session,
        clinic=clinic,
        vendor=vendor,
        systems=[session.get_one(System, system_id) for system_id, _ in unit.systems],
        edition_id=wishes.edition_id,
        fiscal_year=wishes.fiscal_year,
        due_on=wishes.due_on,
        message=wishes.messages.get(unit.candidate.language, ""),
        language=unit.candidate.language,
        created_by=member_id,
    )
    outcome.vendors.add(vendor.id)
    outcome.submission_ids.append(submission.id)
    if unit.ask.delivery is Delivery.LATER:
        outcome.prepared += 1
    elif unit.ask.delivery is Delivery.LINK:
        copied = invitations.copy_link(session, submission=submission, name=unit.ask.name, copied_by=member_id)
        names = tuple(name for _, name in unit.systems)
        outcome.links.append(HandedLink(submission.id, vendor.name, unit.candidate.phone, names, copied))
    elif unit.ask.delivery is Delivery.LETTER:
        outcome.letters.append(WantedLetter(submission.id, unit.ask.name, submission.message))
    else:
        invitations.invite_vendor(
            session, submission=submission, email=unit.ask.email, name=unit.ask.name, invited_by=member_id
        )
        outcome.mailed += 1


def _units(session: Session, clinic_id: UUID, wishes: Wishes, asks: Sequence[Ask]) -> Iterator[Unit]:
    chosen = [ask.vendor_id for ask in asks]
    offered = list_candidates(session, clinic_id=clinic_id, fiscal_year=wishes.fiscal_year, vendor_ids=chosen)
    by_id = {candidate.id: candidate for candidate in offered}
    for ask in asks:
        candidate = by_id.get(ask.vendor_id)
        if candidate is None or not set(ask.system_ids) <= {system_id for system_id, _ in candidate.systems}:
            raise NotFound
        systems = tuple(system for system in candidate.systems if system[0] in ask.system_ids)
        if wishes.is_per_system and systems:
            yield from (Unit(ask, candidate, (system,)) for system in systems)
        else:
            yield Unit(ask, candidate, systems)
