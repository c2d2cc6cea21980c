"""Forms for the tests that teach: workbooks of our own making, and forms learned without the detour of the pages."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from models import DisclosureTemplate, FormSample
from services import form_samples
from services.disclosure_templates import Title, learn_template
from services.form_pointing import choose, point_as_proposed
from services.reading.grid import Cell, Sheet, Workbook, pack_sheet, pack_workbook, unpack_sheet
from services.reading.proposals import pack_proposal, propose, unpack_proposal
from services.reading.readings import unpack_reading
from services.reading.sandbox import GivenForm, Trial
from services.reading.template_files import list_templates
from services.reading.templates import unpack_template
from services.reading.trial import try_out
from tests.services.reading.books import Row, write_book

AREAS = ("体制", "接続", "記録")


def rows_of_form(said: str = "", *, count: int = 4, word: str = "対策", remark: str = "補足") -> list[Row]:
    """A form of our own with three areas, and an answer to each question."""
    rows: list[Row] = [
        ["医療情報システムの開示書"],
        [],
        ["製品名", "電子カルテ みどり"],
        ["番号", "質問", "回答", "備考"],
    ]
    for area, name in enumerate(AREAS, 1):
        rows.append([None, name])
        rows += [
            [f"{area}.{one}", f"{name}について、{one}番目の{word}をしていますか。", said, remark if said else None]
            for one in range(1, count + 1)
        ]
    return rows


def write_form(
    path: Path, said: str = "", *, answers: dict[str, str] | None = None, word: str = "対策", count: int = 4
) -> Path:
    """The same as a workbook; `answers` stand in the place of `said` for single questions."""
    rows = [list(row) for row in rows_of_form(said, word=word, count=count)]
    for row in rows:
        if row and answers and row[0] in answers:
            row[2] = answers[str(row[0])]
    return write_book(path, {"表紙": [["表紙"]], "開示書": rows})


def give_sample(session: Session, clinic_id: UUID, rows: list[Row] | None = None) -> FormSample:
    """A sample as if somebody had given the file."""
    sheet = Sheet("開示書")
    for number, row in enumerate(rows or rows_of_form(), 1):
        for column, value in enumerate(row, 1):
            if value not in (None, ""):
                sheet.cells[number, column] = Cell(number, column, str(value))
    workbook = Workbook("xlsx", [sheet])
    form = GivenForm(pack_workbook(workbook), propose(workbook, list_templates()), "other")
    return form_samples.start_sample(session, clinic_id=clinic_id, form=form, file_name="form.xlsx", given_by="山本")


def teach(
    session: Session,
    clinic_id: UUID,
    rows: list[Row] | None = None,
    *,
    name: str = "開示書",
    is_for_all: bool = False,
    is_no_unwelcome: bool = False,
) -> DisclosureTemplate:
    """A form learned as it was proposed."""
    sample = give_sample(session, clinic_id, rows)
    kept = form_samples.get_sheet(session, sample=sample, position=0)
    packed = form_samples.cells_of(kept)
    return learn_template(
        session,
        sample=sample,
        trial=trial_of(packed, kept.proposal),
        title=Title(name, "sds", "5.0", "ja", is_no_unwelcome),
        person="山本 あかり",
        is_for_all=is_for_all,
    )


def trial_of(packed: dict[str, object], proposal: dict[str, object] | None) -> Trial:
    """What the child would say, without a child."""
    assert proposal is not None
    sheet = unpack_sheet(packed)
    chosen = choose(sheet, point_as_proposed(sheet, unpack_proposal(proposal)))
    found = try_out(pack_sheet(sheet), pack_proposal(chosen), list_templates(), source="xlsx")
    return Trial(
        unpack_proposal(found["chosen"]),
        unpack_template(found["template"]),
        unpack_reading(found["reading"]),
        found["numbers"],
    )
