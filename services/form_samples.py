"""Samples: files from which forms are learned, kept as cells between giving them and saving what was pointed at."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import FormSample, SampleSheet
from services import clock
from services.history import record
from services.reading.proposals import Proposal, pack_proposal, unpack_proposal
from services.reading.sandbox import GivenForm
from services.refusals import NotFound

KEPT_FOR: Final = timedelta(days=7)
_LIGHT: Final = 1
"""How hard the cells are pressed together: lightly, for they are read at every look."""


class SheetLine(NamedTuple):
    """A sheet to choose, and how many questions seem to stand on it."""

    position: int
    name: str
    questions: int


def get_sample(session: Session, *, clinic_id: UUID, sample_id: UUID) -> FormSample:
    """A sample of this clinic that is still kept; raises NotFound."""
    statement = select(FormSample).where(
        FormSample.id == sample_id,
        FormSample.clinic_id == clinic_id,
        sa.or_(col(FormSample.expires_at).is_(None), col(FormSample.expires_at) > clock.now()),
    )
    sample = session.exec(statement).first()
    if sample is None:
        raise NotFound
    return sample


def list_sheets(session: Session, *, sample: FormSample) -> list[SheetLine]:
    """The sheets of a sample in the order of the file, without their cells."""
    statement = (
        sa.select(col(SampleSheet.position), col(SampleSheet.name), col(SampleSheet.proposal))
        .where(col(SampleSheet.sample_id) == sample.id, col(SampleSheet.clinic_id) == sample.clinic_id)
        .order_by(col(SampleSheet.position))
    )
    return [
        SheetLine(position, name, proposal["count"] if proposal else 0)
        for position, name, proposal in session.execute(statement)
    ]


def get_likeliest(session: Session, *, sample: FormSample) -> int:
    """The position of the sheet that most likely holds the questions; the first where none does."""
    statement = sa.select(col(SampleSheet.position), col(SampleSheet.proposal)).where(
        col(SampleSheet.sample_id) == sample.id, col(SampleSheet.clinic_id) == sample.clinic_id
    )
    scores = {position: proposal["score"] if proposal else -1.0 for position, proposal in session.execute(statement)}
    return max(scores, key=lambda position: (scores[position], -position), default=0)


def get_sheet(session: Session, *, sample: FormSample, position: int) -> SampleSheet:
    """One sheet with its cells; raises NotFound."""
    statement = select(SampleSheet).where(
        SampleSheet.sample_id == sample.id,
        SampleSheet.clinic_id == sample.clinic_id,
        SampleSheet.position == position,
    )
    sheet = session.exec(statement).first()
    if sheet is None:
        raise NotFound
    return sheet


def cells_of(sheet: SampleSheet) -> dict[str, Any]:
    """The cells of a sheet, packed as the readers take them."""
    packed: dict[str, Any] = json.loads(zlib.decompress(sheet.cells))
    return packed


def proposal_of(sheet: SampleSheet) -> Proposal | None:
    """Where the sheet's parts seem to stand."""
    return unpack_proposal(sheet.proposal) if sheet.proposal else None


def start_sample(
    session: Session,
    *,
    clinic_id: UUID,
    form: GivenForm,
    file_name: str,
    given_by: str,
    document_id: UUID | None = None,
) -> FormSample:
    """Keep the cells of a file that somebody wants to teach; what is proposed for each sheet stands beside them."""
    moment = clock.now()
    sample = FormSample(
        clinic_id=clinic_id,
        document_id=document_id,
        file_name=file_name,
        source=form.workbook["kind"],
        kind=form.kind,
        given_by=given_by,
        created_at=moment,
        expires_at=moment + KEPT_FOR,
    )
    session.add(sample)
    session.flush()
    proposed = {proposal.sheet: pack_proposal(proposal) for proposal in form.proposals}
    for position, sheet in enumerate(form.workbook["sheets"]):
        content = json.dumps(sheet, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        session.add(
            SampleSheet(
                clinic_id=clinic_id,
                sample_id=sample.id,
                position=position,
                name=sheet["name"][:200],
                proposal=proposed.get(sheet["name"]),
                cells=zlib.compress(content, _LIGHT),
            )
        )
    session.flush()
    record(session, "form.shown", clinic_id=clinic_id, subject=("form_sample", sample.id), name=file_name)
    return sample


def has_expired_samples(session: Session) -> bool:
    """Whether any sample's days are over."""
    return bool(session.execute(sa.select(sa.exists().where(col(FormSample.expires_at) < clock.now()))).scalar_one())


def forget_samples(session: Session) -> None:
    """Forget every sample from which nothing was learned and whose days are over."""
    expired = sa.select(col(FormSample.id)).where(col(FormSample.expires_at) < clock.now())
    session.execute(sa.delete(SampleSheet).where(col(SampleSheet.sample_id).in_(expired)))
    session.execute(sa.delete(FormSample).where(col(FormSample.expires_at) < clock.now()))
