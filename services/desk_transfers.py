"""Answering many at once: the answers of one request written as drafts into others that ask the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from sqlmodel import Session

from models import Answer, AnswerOrigin, Clinic, Submission
from services import answers, clock, completeness, desk, editions
from services.answers import FIELDS, Given, Origin, Worksheet
from services.desk_access import DeskViewer
from services.edition_forms import Item
from services.history import record
from services.refusals import Refusal, refuse_if
from services.submissions import list_covered_systems, refusal_to_answer
from services.vendor_refusals import NothingToTransfer, PlanOutdated, TooManyAtOnce

MOST_AT_ONCE: Final = 50
ELSEWHERE: Final = Origin(AnswerOrigin.ELSEWHERE)
_COMPARED: Final = ("value", "is_conditional", "condition", "target_on", "remark", "responsibility")


@dataclass(frozen=True, slots=True)
class Change:
    """An item of a request, with what stands there now and what would."""

    item: Item
    now: Answer | None
    then: Answer
    is_kept: bool

    @property
    def is_new(self) -> bool:
        """Whether nothing was answered there yet."""
        return self.now is None


@dataclass(frozen=True, slots=True)
class Transfer:
    """What would become of one request; `refusal` says why nothing would."""

    submission: Submission
    clinic: Clinic
    systems: tuple[str, ...]
    sheet: Worksheet
    changes: tuple[Change, ...]
    same: int
    refusal: Refusal | None = None

    @property
    def written(self) -> tuple[Change, ...]:
        """The items that would be written."""
        return tuple(change for change in self.changes if not change.is_kept)

    @property
    def kept(self) -> tuple[Change, ...]:
        """The items with another answer that would stay as they are."""
        return tuple(change for change in self.changes if change.is_kept)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a press would do; its digest tells whether it is still the one that was read."""

    source: Submission
    source_clinic: Clinic
    answered: int
    transfers: tuple[Transfer, ...]

    @property
    def written(self) -> int:
        """How many items would be written in all."""
        return sum(len(transfer.written) for transfer in self.transfers)

    @property
    def digest(self) -> str:
        """A check value over every request, item and answer of the plan."""
        seen = hashlib.sha256()
        for transfer in self.transfers:
            for change in transfer.changes:
                now = change.now.version if change.now else 0
                parts = (transfer.submission.id, change.item.key, now, change.then.version, change.is_kept)
                seen.update("|".join(map(str, parts)).encode() + b"\n")
        return seen.hexdigest()


def plan_transfers(
    session: Session, *, viewer: DeskViewer, source_id: UUID, target_ids: Sequence[UUID], overwrite: bool
) -> Plan:
    """What each of these requests would receive; answers that stand there stay unless `overwrite`.

    Raises NotFound for a request that is not the viewer's, NothingToTransfer where the source has no answers, and
    TooManyAtOnce.
    """
    wanted = [target_id for target_id in dict.fromkeys(target_ids) if target_id != source_id]
    refuse_if(len(wanted) > MOST_AT_ONCE, TooManyAtOnce(limit=MOST_AT_ONCE))
    _invitation, source, clinic = desk.find_request(session, email=viewer.email, submission_id=source_id)
    given = _whole_answers(source, answers.list_answers(session, submission=source))
    refuse_if(not given or not wanted, NothingToTransfer())
    transfers = [_plan(session, viewer, source, given, target_id, overwrite) for target_id in wanted]
    return Plan(source=source, source_clinic=clinic, answered=len(given), transfers=tuple(transfers))


def write_transfers(session: Session, *, viewer: DeskViewer, plan: Plan, digest: str) -> list[UUID]:
    """Write the plan as drafts, handed in by nobody; returns the requests that changed. Raises PlanOutdated."""
    refuse_if(plan.digest != digest, PlanOutdated())
    return [transfer.submission.id for transfer in plan.transfers if _write(session, viewer, transfer)]


def _write(session: Session, viewer: DeskViewer, transfer: Transfer) -> bool:
    if not transfer.written:
        return False
    acting = desk.answer_as(
        session, session_id=viewer.session_id, email=viewer.email, submission_id=transfer.submission.id
    )
    for change in transfer.written:
        answers.save_answer(
            session,
            submission=acting.submission,
            item=change.item,
            given=_as_given(transfer.submission, change.then),
            version=change.now.version if change.now else 0,
            person=acting.person,
            origin=ELSEWHERE,
        )
    record(
        session,
        "desk.answered",
        clinic_id=transfer.submission.clinic_id,
        subject=("submission", transfer.submission.id),
        submission_id=transfer.submission.id,
        items=len(transfer.written),
    )
    return True


def _plan(
    session: Session,
    viewer: DeskViewer,
    source: Submission,
    given: Mapping[str, Answer],
    target_id: UUID,
    overwrite: bool,
) -> Transfer:
    _invitation, target, clinic = desk.find_request(session, email=viewer.email, submission_id=target_id)
    sheet = answers.read_worksheet(session, submission=target)
    systems = tuple(system.name for system in list_covered_systems(session, submission=target))
    refusal = refusal_to_answer(target)
    if refusal is None and editions.digest_of_items(target.asked) != editions.digest_of_items(source.asked):
        refusal = NothingToTransfer()
    if refusal is not None:
        return Transfer(target, clinic, systems, sheet, (), 0, refusal)
    items = [item for item in sheet.open_items if item.key in given]
    standing = {item.key: _standing(sheet, item) for item in items}
    changes = tuple(
        Change(item, standing[item.key], given[item.key], is_kept=standing[item.key] is not None and not overwrite)
        for item in items
        if not _is_same(standing[item.key], given[item.key])
    )
    return Transfer(target, clinic, systems, sheet, changes, same=len(items) - len(changes))


def _whole_answers(source: Submission, given: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers that lack nothing."""
    items: Iterable[Item] = editions.read_form(source.asked).items
    return {item.key: given[item.key] for item in items if _is_whole(item, given.get(item.key))}


def _is_whole(item: Item, answer: Answer | None) -> bool:
    """Whether the answer is complete and the same for all systems: other clinics have other systems."""
    if answer is None or answer.value is None or answer.differences:
        return False
    return not completeness.lacks_of(item, answer)


def _standing(sheet: Worksheet, item: Item) -> Answer | None:
    found = sheet.answers.get(item.key)
    return found if found is not None and found.value is not None else None


def _is_same(now: Answer | None, then: Answer) -> bool:
    return now is not None and all(getattr(now, name) == getattr(then, name) for name in _COMPARED)


def _as_given(target: Submission, then: Answer) -> Given:
    """The answer for another request; a day of the check that it cannot bear becomes today."""
    # FIELDS are the names of Given itself, so that what an answer gains is carried along.
    given = cast("Given", {name: getattr(then, name) for name in FIELDS})
    if then.checked_on is None or then.checked_on not in completeness.check_window(target):
        given["checked_on"] = clock.today()
    return given
