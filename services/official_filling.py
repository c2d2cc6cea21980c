"""The official workbook with the answers in it: for the clinic's own check, and for each vendor as it handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from models import AnswerValue, ImportedEdition, OfficialForm, OfficialWorkbook
from services import editions, storage
from services.assessments import Sheet
from services.edition_refusals import CannotBeFilled
from services.imported_editions import is_visible_to
from services.languages import _, speaking
from services.own_answers import Draft
from services.reading.checklist_words import SECONDS, Part
from services.reading.filling import Entry
from services.reading.reasons import NotRead
from services.reading.sandbox import fill_workbook
from services.revisions import SubmittedAnswer
from settings import get_settings

_FIRST: Final = (Part.ANSWER, Part.YES, Part.NO, Part.DATE)


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as the official form takes it."""

    value: AnswerValue | None
    checked_on: date | None
    target_on: date | None
    remark: str
    second_value: AnswerValue | None
    second_checked_on: date | None


def has_official_workbook(session: Session, *, clinic_id: UUID, edition_id: str, form_id: str) -> bool:
    """Whether a form can be taken along as the official workbook; costs a query only for imported forms."""
    return find_official_workbook(session, clinic_id=clinic_id, edition_id=edition_id, form_id=form_id) is not None


def find_official_workbook(
    session: Session, *, clinic_id: UUID, edition_id: str, form_id: str
) -> OfficialWorkbook | None:
    """The workbook that a form was made of; None for the forms of the catalog, without asking the database."""
    if form_id not in set(OfficialForm) or edition_id in {edition.id for edition in editions.list_editions()}:
        return None
    statement = (
        select(OfficialWorkbook)
        .join(ImportedEdition, col(ImportedEdition.id) == col(OfficialWorkbook.imported_edition_id))
        .where(
            is_visible_to(clinic_id),
            ImportedEdition.edition_id == edition_id,
            OfficialWorkbook.form == OfficialForm(form_id),
        )
        .order_by(col(ImportedEdition.clinic_id).is_(None), col(ImportedEdition.published_at).desc())
    )
    return session.exec(statement.limit(1)).first()


def fill_own(workbook: OfficialWorkbook, sheet: Sheet) -> bytes:
    """The institution's form with the clinic's own answers; raises CannotBeFilled."""
    return _fill(workbook, {key: _of_clinic(answer) for key, answer in sheet.answers.items()})


def fill_for_vendor(workbook: OfficialWorkbook, answers: Mapping[str, SubmittedAnswer], *, is_accepted: bool) -> bytes:
    """The vendor's form with what it handed in; raises CannotBeFilled.

    A conditional はい stands as はい only once the clinic has accepted it; its condition is told either way.
    """
    return _fill(workbook, {key: _of_vendor(answer, is_accepted) for key, answer in answers.items()})


def _fill(workbook: OfficialWorkbook, answers: Mapping[str, Written]) -> bytes:
    columns = {Part(name): column for name, column in workbook.places["columns"].items()}
    entries = [
        entry
        for key, row in workbook.places["rows"].items()
        if key in answers
        for entry in entries_of(row, columns, answers[key], is_dated_below=key in workbook.places["dated_below"])
    ]
    try:
        path = storage.file_path(get_settings().files_folder, workbook.storage_key)
        return fill_workbook(path, sheet=workbook.places["sheet"], entries=entries).content
    except (NotRead, storage.FileMissing) as error:
        raise CannotBeFilled from error


def entries_of(
    row: int, columns: Mapping[Part, int], answer: Written, *, is_dated_below: bool = False
) -> Iterator[Entry]:
    """What is written into one row: only cells that the form has, and only what was said."""
    if is_dated_below:
        for part, day in ((Part.ANSWER, answer.checked_on), (Part.SECOND_ANSWER, answer.second_checked_on)):
            if part in columns and day:
                yield Entry(row + 1, columns[part], "date", day.isoformat())
    yield from _check(row, columns, dict.fromkeys(_FIRST), answer.value, answer.checked_on)
    yield from _check(row, columns, SECONDS, answer.second_value, answer.second_checked_on)
    if answer.target_on and Part.TARGET in columns:
        yield Entry(row, columns[Part.TARGET], "date", answer.target_on.isoformat())
    if answer.remark and Part.REMARK in columns:
        yield Entry(row, columns[Part.REMARK], "text", answer.remark)


def _check(
    row: int,
    columns: Mapping[Part, int],
    parts: Mapping[Part, Part | None],
    value: AnswerValue | None,
    checked_on: date | None,
) -> Iterator[Entry]:
    """One of the two checks; `parts` say which columns are its own."""
    own = {part: columns[parts[part] or part] for part in _FIRST if (parts[part] or part) in columns}
    if value is None:
        return
    day = checked_on.isoformat() if checked_on else ""
    if Part.ANSWER in own:
        yield Entry(row, own[Part.ANSWER], "answer", value.value, "" if Part.DATE in own else day)
    tick = Part.YES if value is AnswerValue.YES else Part.NO
    if tick in own:
        yield Entry(row, own[tick], "tick", "true")
    if day and Part.DATE in own:
        yield Entry(row, own[Part.DATE], "date", day)


def _of_clinic(answer: Draft) -> Written:
    return Written(
        value=answer.value,
        checked_on=answer.checked_on,
        target_on=answer.target_on,
        remark=answer.remark,
        second_value=answer.second_value,
        second_checked_on=answer.second_checked_on,
    )


def _of_vendor(answer: SubmittedAnswer, is_accepted: bool) -> Written:
    """いいえ for one system is いいえ; what differs, and the condition of a はい, are told in the remark."""
    remarks, condition = [answer.told_remark], answer.told_condition
    value = answer.value
    if any(difference.value is AnswerValue.NO for difference in answer.differences):
        value = AnswerValue.NO
    elif condition and value is AnswerValue.YES and not is_accepted:
        value = None
    if condition:
        # The form itself is in Japanese, whoever takes it along.
        with speaking("ja"):
            remarks.insert(0, _("Yes on condition: %(condition)s", condition=condition))
    return Written(
        value=value,
        checked_on=answer.checked_on,
        target_on=answer.last_target,
        remark="\n".join(remark for remark in remarks if remark),
        second_value=answer.second_value,
        second_checked_on=answer.second_checked_on,
    )
