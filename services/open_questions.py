"""Open questions: conversations with vendors that nobody has closed, and whose turn it is in each."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Message, Side, Submission, Thread, Vendor
from services import editions


class OpenQuestion(NamedTuple):
    """A conversation about an item, or about the request as a whole, where the number is empty."""

    submission_id: UUID
    item_key: str
    number: str
    vendor_name: str
    waits_for_clinic: bool


def list_open_questions(session: Session, *, clinic_id: UUID) -> list[OpenQuestion]:
    """Those of all requests that were not withdrawn, the longest without a word first; in two queries."""
    rows = session.execute(_open(), {"clinic_id": clinic_id}).all()
    forms = _read_forms(session, {row.submission_id for row in rows if row.item_key})
    return [
        OpenQuestion(
            submission_id=row.submission_id,
            item_key=row.item_key,
            number=_number(forms[row.submission_id], row.item_key) if row.item_key else "",
            vendor_name=row.vendor_name,
            waits_for_clinic=row.side == Side.VENDOR,
        )
        for row in rows
    ]


def _number(form: editions.Form, item_key: str) -> str:
    item = form.find_item(item_key)
    return item.number if item else item_key


def _read_forms(session: Session, submission_ids: set[UUID]) -> dict[UUID, editions.Form]:
    statement = sa.select(col(Submission.id), col(Submission.asked)).where(col(Submission.id).in_(submission_ids))
    return {row.id: editions.read_form(row.asked) for row in session.execute(statement)}


@cache
def _open() -> sa.Select[*tuple[Any, ...]]:
    newest = (
        sa.select(col(Message.id))
        .where(col(Message.thread_id) == col(Thread.id))
        .order_by(col(Message.created_at).desc(), col(Message.id).desc())
        .limit(1)
        .correlate(Thread)
        .scalar_subquery()
    )
    columns = (col(Thread.submission_id), col(Thread.item_key), col(Message.side))
    return (
        sa.select(*columns, col(Vendor.name).label("vendor_name"))
        .join_from(Thread, Message, col(Message.id) == newest)
        .join(Submission, col(Submission.id) == col(Thread.submission_id))
        .join(Vendor, col(Vendor.id) == col(Submission.vendor_id))
        .where(
            col(Thread.clinic_id) == sa.bindparam("clinic_id"),
            col(Thread.closed_at).is_(None),
            col(Submission.withdrawn_at).is_(None),
        )
        .order_by(col(Message.created_at), col(Thread.id))
    )
