"""The vendor's desk: every request to one address, whichever clinic asks, and the way into each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    ANSWERABLE,
    MAILED,
    Answer,
    Clinic,
    Document,
    Invitation,
    Stage,
    Submission,
    SubmissionSystem,
    System,
    stage_of,
)
from services import clock, vendor_access
from services.accounts import normal_address
from services.desk_hands import Hands, Part, list_hands, list_parts
from services.edition_forms import Section
from services.history import Actor, act_as, record
from services.languages import LANGUAGES
from services.past_submissions import OVERDUE
from services.refusals import NotFound
from services.vendor_access import VendorViewer

OPEN, DONE, CLOSED = "open", "done", "closed"
_GROUPS: Final[Mapping[Stage, str]] = {
    **dict.fromkeys(ANSWERABLE, OPEN),
    Stage.SUBMITTED: DONE,
    Stage.ACCEPTED: DONE,
}


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One request in one line; whoever was handed some sections of it sees these alone counted."""

    submission_id: UUID
    clinic_name: str
    systems: tuple[str, ...]
    fiscal_year: int
    edition_id: str
    edition_names: Mapping[str, str]
    """What the edition is called, by language, as the request's own copy tells."""
    due_on: date
    submitted_at: datetime | None
    stage: Stage
    item_count: int
    answered: int
    file_count: int
    hands: Hands
    sections: tuple[Section, ...] | None

    @property
    def group(self) -> str:
        """Whose turn it is: the vendor's, nobody's, or it is closed."""
        return _GROUPS.get(self.stage, CLOSED)

    @property
    def standing(self) -> str:
        """The stage as it is shown: overdue comes before the stage it happened in."""
        return OVERDUE if self.group == OPEN and self.due_on < clock.today() else self.stage.value

    @property
    def missing(self) -> int:
        """How many items have no answer yet."""
        return max(0, self.item_count - self.answered)

    @property
    def is_complete(self) -> bool:
        """Whether every item has an answer, so that it can be looked over and handed in; a part cannot."""
        return self.group == OPEN and not self.missing and self.sections is None


def address_as_invited(session: Session, *, email: str) -> str:
    """The address as the newest invitation writes it; empty where no clinic asks it."""
    newest = _links(sa.select(col(Invitation.email)), email).order_by(col(Invitation.created_at).desc())
    return session.execute(newest.limit(1)).scalar() or ""


def list_requests(session: Session, *, email: str) -> list[DeskRow]:
    """Every request to the address, the most urgent first; one line each, however often it was invited."""
    rows = _newest_links(session, email)
    mine = _links(sa.select(col(Invitation.submission_id)), email)
    answered = _count(session, Answer, mine, col(Answer.value).is_not(None))
    files = _count(session, Document, mine, col(Document.removed_at).is_(None))
    systems = _name_systems(session, mine)
    hands = list_hands(session, email=email, requests={one: row.forwarded_by for one, row in rows.items()})
    in_part = {one: row.section_keys for one, row in rows.items() if row.section_keys is not None}
    parts = list_parts(session, keys=in_part)
    found = [
        _row(row, parts.get(one), answered.get(one, 0), files.get(one, 0), tuple(systems.get(one, ())), hands[one])
        for one, row in rows.items()
    ]
    return sorted(found, key=lambda row: (row.due_on, row.clinic_name, str(row.submission_id)))


def find_request(
    session: Session, *, email: str, submission_id: UUID, whole: bool = True
) -> tuple[Invitation, Submission, Clinic]:
    """A request to the address that can still be opened; raises NotFound for all others, as for what never was.

    Only an invitation to the `whole` form counts, unless a part of it is enough.
    """
    statement = _links(
        sa.select(Invitation, Submission, Clinic).join_from(
            Invitation, Submission, col(Submission.id) == col(Invitation.submission_id)
        ),
        email,
        is_joined=True,
    ).join(Clinic, col(Clinic.id) == col(Submission.clinic_id))
    statement = statement.where(col(Submission.id) == submission_id, col(Submission.withdrawn_at).is_(None))
    # Whoever was handed some sections has less in hand than whoever was asked for all of them.
    newest_first = statement.order_by(col(Invitation.created_at).desc())
    rows = sorted(session.execute(newest_first), key=lambda row: row[0].section_keys is not None)
    if not rows or (whole and rows[0][0].section_keys is not None):
        raise NotFound
    return rows[0][0], rows[0][1], rows[0][2]


def open_request(session: Session, *, email: str, submission_id: UUID, token: str) -> str:
    """Begin a session for one request, in the name of its invitation; returns the browser's new vendor token."""
    invitation, submission, _clinic = find_request(session, email=email, submission_id=submission_id, whole=False)
    fresh, _submission = vendor_access.admit(session, invitation=invitation, token=token)
    record(
        session,
        "desk.opened",
        clinic_id=submission.clinic_id,
        subject=("submission", submission.id),
        submission_id=submission.id,
    )
    return fresh


def answer_as(session: Session, *, session_id: UUID, email: str, submission_id: UUID) -> VendorViewer:
    """The owner of the address as the one who answers a request, for deeds on several requests at once."""
    invitation, submission, clinic = find_request(session, email=email, submission_id=submission_id)
    act_as(session, Actor(kind="vendor", id=str(session_id), name=invitation.email))
    return VendorViewer(
        session_id=session_id,
        invitation_id=invitation.id,
        person=invitation.email,
        language=invitation.language,
        submission=submission,
        clinic=clinic,
    )


def _newest_links(session: Session, email: str) -> dict[UUID, Any]:
    """Each request with the link that gives the most of it: to all of it where there is one, else the newest."""
    columns = sa.select(
        *(getattr(Submission, name) for name in _COLUMNS),
        col(Clinic.name).label("clinic_name"),
        *(col(Submission.asked)["edition_name"][spoken].as_string().label(f"edition_{spoken}") for spoken in LANGUAGES),
        col(Invitation.section_keys),
        col(Invitation.forwarded_by),
    ).join_from(Invitation, Submission, col(Submission.id) == col(Invitation.submission_id))
    statement = _links(columns, email, is_joined=True).join(Clinic, col(Clinic.id) == col(Submission.clinic_id))
    found: dict[UUID, Any] = {}
    for row in session.execute(statement.order_by(col(Invitation.created_at))):
        if row.section_keys is None or row.id not in found or found[row.id].section_keys is not None:
            found[row.id] = row
    return found


def _row(
    row: Any, part: Part | None, answered: int, file_count: int, systems: tuple[str, ...], hands: Hands
) -> DeskRow:
    return DeskRow(
        submission_id=row.id,
        clinic_name=row.clinic_name,
        systems=systems,
        fiscal_year=row.fiscal_year,
        edition_id=row.edition_id,
        edition_names={spoken: getattr(row, f"edition_{spoken}") for spoken in LANGUAGES},
        due_on=row.due_on,
        submitted_at=row.submitted_at,
        stage=stage_of(row),
        item_count=part.item_count if part else row.item_count,
        answered=part.answered if part else answered,
        file_count=file_count,
        hands=hands,
        sections=part.sections if part else None,
    )


_COLUMNS: Final = (
    *("id", "fiscal_year", "edition_id", "due_on", "item_count", "sent_at", "opened_at", "started_at"),
    *("submitted_at", "returned_at", "accepted_at", "declined_at", "withdrawn_at"),
)


def _links(statement: Any, email: str, *, is_joined: bool = False) -> Any:
    """Narrowed to mailed links that still stand; those that ended with the request's withdrawal count too."""
    if not is_joined:
        statement = statement.join_from(Invitation, Submission, col(Submission.id) == col(Invitation.submission_id))
    stands = sa.or_(col(Invitation.revoked_at).is_(None), col(Invitation.revoked_at) >= col(Submission.withdrawn_at))
    return statement.where(
        sa.func.lower(col(Invitation.email)) == normal_address(email),
        col(Invitation.email) != "",
        col(Invitation.channel).in_(MAILED),
        col(Invitation.replaced_at).is_(None),
        stands,
    )


def _count(session: Session, kind: type[Answer] | type[Document], mine: sa.Select[Any], which: Any) -> dict[UUID, int]:
    statement = sa.select(col(kind.submission_id), sa.func.count()).where(col(kind.submission_id).in_(mine), which)
    return {row[0]: row[1] for row in session.execute(statement.group_by(col(kind.submission_id)))}


def _name_systems(session: Session, mine: sa.Select[Any]) -> dict[UUID, list[str]]:
    statement = (
        select(SubmissionSystem.submission_id, System.name)
        .join(System, col(System.id) == col(SubmissionSystem.system_id))
        .where(col(SubmissionSystem.submission_id).in_(mine))
        .order_by(col(System.name))
    )
    names: dict[UUID, list[str]] = {}
    for submission_id, name in session.execute(statement):
        names.setdefault(submission_id, []).append(name)
    return names
