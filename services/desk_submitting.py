"""Handing in several requests with one name: each is checked, frozen and receipted by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from models import Answer, AnswerValue, Clinic, Submission
from services import answers, desk, submitting
from services.answers import Worksheet
from services.desk_access import DeskViewer
from services.desk_transfers import MOST_AT_ONCE
from services.differences import differences_of
from services.documents import list_own_documents
from services.refusals import Refusal, refuse_if
from services.submissions import list_covered_systems, refusal_to_answer
from services.vendor_refusals import TooManyAtOnce


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request before it is handed in: what stands in it and what is in the way."""

    submission: Submission
    clinic: Clinic
    systems: tuple[str, ...]
    sheet: Worksheet
    file_count: int
    gap_count: int
    doubts: tuple[str, ...]
    refusal: Refusal | None

    @property
    def is_ready(self) -> bool:
        """Whether it can be handed in."""
        return self.refusal is None and not self.gap_count

    @property
    def no_count(self) -> int:
        """How many answers are いいえ."""
        return sum(_says_no(answer) for answer in self.sheet.answers.values())


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What one press did: the clinics that received answers, and those that did not."""

    done: tuple[str, ...]
    refused: tuple[str, ...]


def list_candidates(session: Session, *, viewer: DeskViewer, submission_ids: Sequence[UUID]) -> list[Candidate]:
    """The requests as they would be handed in; raises NotFound for a foreign one, and TooManyAtOnce."""
    wanted = list(dict.fromkeys(submission_ids))
    refuse_if(len(wanted) > MOST_AT_ONCE, TooManyAtOnce(limit=MOST_AT_ONCE))
    return [_look_at(session, viewer, submission_id) for submission_id in wanted]


def hand_in(
    session: Session,
    *,
    viewer: DeskViewer,
    submission_ids: Sequence[UUID],
    responsible_name: str,
    responsible_title: str,
) -> HandedIn:
    """Hand in each that can be; one that cannot does not keep the others back."""
    done, refused = [], []
    for candidate in list_candidates(session, viewer=viewer, submission_ids=submission_ids):
        acting = desk.answer_as(
            session, session_id=viewer.session_id, email=viewer.email, submission_id=candidate.submission.id
        )
        try:
            submitting.submit(
                session, viewer=acting, responsible_name=responsible_name, responsible_title=responsible_title
            )
            done.append(acting.clinic.name)
        except Refusal:
            refused.append(acting.clinic.name)
    return HandedIn(tuple(done), tuple(refused))


def _says_no(answer: Answer) -> bool:
    return answer.value is AnswerValue.NO or any(
        each.value is AnswerValue.NO for each in differences_of(answer).values()
    )


def _look_at(session: Session, viewer: DeskViewer, submission_id: UUID) -> Candidate:
    _invitation, submission, clinic = desk.find_request(session, email=viewer.email, submission_id=submission_id)
    sheet = answers.read_worksheet(session, submission=submission)
    files = list_own_documents(session, submission=submission)
    systems = list_covered_systems(session, submission=submission)
    return Candidate(
        submission=submission,
        clinic=clinic,
        systems=tuple(system.name for system in systems),
        sheet=sheet,
        file_count=len(files),
        gap_count=len(sheet.gaps()),
        doubts=tuple(str(doubt) for doubt in sheet.mismatches([file.kind for file in files])),
        refusal=refusal_to_answer(submission),
    )
