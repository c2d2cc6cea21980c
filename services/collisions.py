"""Two people with the same form open: the second to save is shown what the first one saved, and loses nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, SQLModel

from services.refusals import EditedMeanwhile


class ChangedMeanwhile(EditedMeanwhile):
    """Somebody saved the entry after this form was opened; `stored` is what stands there now, `mark` its new mark."""

    def __init__(self, stored: dict[str, Any], mark: str) -> None:
        super().__init__()
        self.stored = stored
        self.mark = mark


def mark_of(row: object, names: Iterable[str]) -> str:
    """A short mark of what these columns say, carried by a form or a program from reading to saving."""
    said = json.dumps({name: getattr(row, name) for name in sorted(names)}, default=str, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def refuse_unseen_changes(session: Session, row: SQLModel, *, names: Iterable[str], seen: str) -> None:
    """Raise ChangedMeanwhile where the row no longer says what `seen` marks; an empty mark asks for no check.

    Takes the row's lock, so that of two who save at once the second one is told.
    """
    if not seen:
        return
    session.refresh(row, with_for_update=True)
    names = tuple(names)
    mark = mark_of(row, names)
    if mark != seen:
        raise ChangedMeanwhile({name: getattr(row, name) for name in names}, mark)
