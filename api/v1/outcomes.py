"""Outcomes: how a request ends without an answer on its form; and opened again where the clinic asks once more."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.v1.access import SubmissionsReader, SubmissionsWriter
from api.v1.endpoint import make_router
from api.v1.shapes import BLANK_PASSES, Listed, Sent
from api.v1.submission_shapes import OutcomeTold, SubmissionTold, tell_outcome, tell_submission
from api.v1.submissions import find
from models import OutcomeKind
from services import clock, outcomes
from web.access import SessionDep
from web.texts import PastDay, WebAddress

router = make_router("outcomes")


class OutcomeSent(Sent):
    """How a request ended. The vendor's own statement may also be uploaded as a document."""

    kind: OutcomeKind
    told_on: PastDay | None = Field(None, description="When it was said. Left out: today, in Japan.")
    person: str = Field("", max_length=100, description="Who said so, at the vendor.")
    note: str = Field("", max_length=2000, description="Only the clinic reads it.")
    link: Annotated[WebAddress, BLANK_PASSES] = Field("", description="Where the vendor's own statement can be read.")


@router.get("/submissions/{submission_id}/outcomes")
def list_outcomes(session: SessionDep, caller: SubmissionsReader, submission_id: UUID) -> Listed[OutcomeTold]:
    """Every ending that was noted, the newest first; one with `reopened_at` holds no longer."""
    found = outcomes.list_outcomes(session, submission=find(session, caller, submission_id))
    return Listed(items=[tell_outcome(outcome) for outcome in found], next_cursor=None)


@router.post("/submissions/{submission_id}/outcomes", status_code=201)
def record_outcome(
    session: SessionDep, caller: SubmissionsWriter, submission_id: UUID, sent: OutcomeSent
) -> OutcomeTold:
    """Note how the request ended; `not_changeable` where it was answered, withdrawn, or has ended already."""
    submission = find(session, caller, submission_id)
    noted = sent.model_dump() | {"told_on": sent.told_on or clock.today()}
    return tell_outcome(outcomes.record_outcome(session, submission=submission, recorded_by=caller.name, **noted))


@router.post("/submissions/{submission_id}/reopen")
def reopen_submission(session: SessionDep, caller: SubmissionsWriter, submission_id: UUID) -> SubmissionTold:
    """Ask again after all; how it ended stays on record. `not_changeable` where it has not ended."""
    submission = find(session, caller, submission_id)
    outcomes.reopen(session, submission=submission)
    return tell_submission(session, submission)
