"""Editions of the checklist: those in use, and official workbooks on their way to becoming one."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models import ImportedEdition, OfficialForm, OfficialWorkbook
from services import clock, edition_drafts, imported_editions
from services.edition_making import BrokenEdition
from services.edition_refusals import EditionIncomplete, FormThere, FormUnknown
from services.fiscal_years import fiscal_year_of, name_of
from services.languages import _
from services.official_files import find_official_file
from services.refusals import NotAllowed
from services.sessions import Viewer
from web.access import MemberDep, SessionDep
from web.clinic.edition_files import BODY_LIMIT, GivenWorkbook, GivenWorkbooksDep, refuse_others
from web.clinic.edition_views import edition_values, form_names
from web.downloads import XLSX, download_file
from web.forms import Submitted, blank
from web.rendering import page, see

router = APIRouter()

FOR_ALL: Final = "all"
FOR_CLINIC: Final = "clinic"


def get_keeper(viewer: MemberDep) -> Viewer:
    """A member who looks after editions: an owner for the clinic, an operator for all."""
    return refuse_others(viewer)


KeeperDep = Annotated[Viewer, Depends(get_keeper)]


def get_imported(imported_id: UUID, viewer: KeeperDep, session: SessionDep) -> ImportedEdition:
    """An edition that this member looks after."""
    return edition_drafts.get_imported(
        session,
        imported_id=imported_id,
        clinic_id=viewer.clinic_id if viewer.is_owner else None,
        is_operator=viewer.is_operator,
    )


ImportedDep = Annotated[ImportedEdition, Depends(get_imported)]


def get_workbook(workbook_id: UUID, imported: ImportedDep, session: SessionDep) -> OfficialWorkbook:
    """A workbook of such an edition."""
    return edition_drafts.get_workbook(session, imported=imported, workbook_id=workbook_id)


WorkbookDep = Annotated[OfficialWorkbook, Depends(get_workbook)]


@router.get("/editions")
def list_editions(request: Request, session: SessionDep, viewer: KeeperDep) -> Response:
    return list_page(request, session, viewer, blank(audience=usual_audience(viewer)))


@router.post("/editions", max_body_size=BODY_LIMIT)
def give_workbooks(request: Request, given: GivenWorkbooksDep, session: SessionDep, viewer: KeeperDep) -> Response:
    """Put each workbook into the draft of its year; what a file does not say must be chosen."""
    taken: OfficialWorkbook | None = None
    for one in given.workbooks:
        try:
            taken = take_in(session, viewer, given.submitted, one)
        except (FormUnknown, FormThere) as refusal:
            given.submitted.errors["files"] = f"{one.file_name}: {refusal} {refusal.say(refusal.advice)}"
    if taken is None or given.submitted.errors:
        return list_page(request, session, viewer, given.submitted, status_code=422)
    return see(request, "show_edition", imported_id=taken.imported_edition_id, said=_("The workbook is read."))


@router.get("/editions/{imported_id}")
def show_edition(request: Request, session: SessionDep, imported: ImportedDep) -> Response:
    return edition_page(request, session, imported)


@router.post("/editions/{imported_id}/publish")
def publish_edition(request: Request, session: SessionDep, imported: ImportedDep, viewer: KeeperDep) -> Response:
    try:
        edition_drafts.publish(session, imported=imported, member_id=viewer.member_id)
    except EditionIncomplete as refusal:
        return edition_page(request, session, imported, wrong=f"{refusal} {refusal.say(refusal.advice)}")
    except BrokenEdition as broken:
        reason = f"{broken.place}: {broken.reason}"
        wrong = _("The parts of this edition do not fit together: %(reason)s", reason=reason)
        return edition_page(request, session, imported, wrong=wrong)
    said = _("The edition is published. From now on it is used for %(year)s.", year=name_of(imported.fiscal_year))
    return see(request, "show_edition", imported_id=imported.id, said=said)


@router.post("/editions/{imported_id}/discard")
def discard_edition(request: Request, session: SessionDep, imported: ImportedDep) -> Response:
    edition_drafts.discard(session, imported=imported)
    return see(request, "list_editions", said=_("The draft is thrown away. Nothing was published."))


@router.post("/editions/{imported_id}/workbooks/{workbook_id}/remove")
def remove_official_workbook(
    request: Request, session: SessionDep, imported: ImportedDep, workbook: WorkbookDep
) -> Response:
    edition_drafts.remove_workbook(session, imported=imported, workbook=workbook)
    return see(request, "show_edition", imported_id=imported.id, said=_("The workbook is removed from the draft."))


@router.get("/editions/{imported_id}/workbooks/{workbook_id}/original")
def download_official_workbook(workbook: WorkbookDep) -> Response:
    """The workbook as it was given."""
    pieces = edition_drafts.open_original(workbook)
    return download_file(pieces, file_name=workbook.file_name, media_type=XLSX, size=workbook.size)


def take_in(session: SessionDep, viewer: Viewer, submitted: Submitted[Any], given: GivenWorkbook) -> OfficialWorkbook:
    """One workbook into its draft; the known file, the file itself, and then what was chosen say what it is."""
    known, (checklist, _sheet) = find_official_file(given.stored.sha256), given.found
    chosen_form, chosen_year = submitted.values.get("form", ""), submitted.values.get("fiscal_year", "")
    form = known.form.value if known else chosen_form or checklist.form
    year = known.fiscal_year if known else int(chosen_year) if chosen_year in years() else checklist.fiscal_year
    if form not in set(OfficialForm) or year is None:
        raise FormUnknown(file=given.file_name)
    is_for_all = viewer.is_operator and (submitted.values.get("audience") or usual_audience(viewer)) == FOR_ALL
    if not is_for_all and not viewer.is_owner:
        raise NotAllowed
    return edition_drafts.add_workbook(
        session,
        clinic_id=None if is_for_all else viewer.clinic_id,
        member_id=viewer.member_id,
        form=OfficialForm(form),
        fiscal_year=year,
        stored=given.stored,
        file_name=given.file_name,
        found=given.found,
    )


def usual_audience(viewer: Viewer) -> str:
    """For whom a member imports unless it says otherwise."""
    return FOR_CLINIC if viewer.is_owner else FOR_ALL


def years() -> dict[str, str]:
    """The fiscal years that can be imported, with their names."""
    present = fiscal_year_of(clock.today())
    return {str(year): name_of(year) for year in range(present + 1, present - 5, -1)}


def list_page(
    request: Request, session: SessionDep, viewer: Viewer, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """The editions in use, the drafts, and the form that takes workbooks."""
    own = edition_drafts.list_imported(session, clinic_id=viewer.clinic_id) if viewer.is_owner else []
    for_all = edition_drafts.list_imported(session, clinic_id=None) if viewer.is_operator else []
    values = {
        "current": "show_settings",
        "submitted": submitted,
        "imported": [*own, *for_all],
        "in_use": imported_editions.list_editions_of(session, clinic_id=viewer.clinic_id),
        "year_names": {one.fiscal_year: name_of(one.fiscal_year) for one in (*own, *for_all)},
        "years": list(years().items()),
        "forms": list(form_names().items()),
        "may_choose": viewer.is_owner and viewer.is_operator,
    }
    return page(request, "clinic/editions/list.html", values, status_code=status_code)


def edition_page(request: Request, session: SessionDep, imported: ImportedEdition, *, wrong: str = "") -> Response:
    """What the edition is made of, and what still needs a person."""
    values = {"current": "show_settings", "submitted": Submitted[Any](errors={"form": wrong} if wrong else {})}
    values |= edition_values(session, imported)
    return page(request, "clinic/editions/show.html", values, status_code=422 if wrong else 200)
