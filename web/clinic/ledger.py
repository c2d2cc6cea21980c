"""The ledger: systems listed, entered, changed, put away and taken along as a table."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from models import Clinic, DocumentKind, Provision, ScanState, System, SystemKind, UpdateDuty
from services import handed_over, systems, vendors
from services.collisions import ChangedMeanwhile, mark_of
from services.languages import _, marked
from services.options import names_of
from services.past_submissions import list_past_submissions
from services.refusals import NameTaken
from services.reports.tables import systems_table
from services.systems import SYSTEM_SORTS, SystemLine
from web.access import ClinicDep, ConfirmedMemberDep, EditableClinicDep, EditableSystemDep, SessionDep, SystemDep
from web.access_log import record_look
from web.collisions import show_collision
from web.downloads import download_table
from web.forms import Submitted, blank, read
from web.lists import ListView, read_list
from web.rendering import page, see
from web.texts import Name, Number

router = APIRouter()


class SystemForm(BaseModel):
    """One line of the ledger."""

    name: Name
    kind: SystemKind
    vendor_id: UUID | None = None
    new_vendor_name: Name | None = None
    provision: Provision = Provision.ON_SITE
    version: str = Field("", max_length=60)
    place: str = Field("", max_length=100)
    server_count: Number = 0
    pc_count: Number = 0
    network_device_count: Number = 0
    has_remote_maintenance: bool | None = None
    remote_maintenance_method: str = Field("", max_length=500)
    update_duty: UpdateDuty = UpdateDuty.UNKNOWN
    update_clause: str = Field("", max_length=500)
    note: str = Field("", max_length=2000)

    @field_validator("new_vendor_name")
    @classmethod
    def _one_vendor(cls, name: str | None, info: ValidationInfo) -> str | None:
        if name and info.data.get("vendor_id"):
            raise ValueError(marked("Please choose a vendor from the list or write a new name, not both."))
        return name

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return self.model_dump() | {"new_vendor_name": self.new_vendor_name or ""}


class SystemChangeForm(SystemForm):
    """A line that stands in the ledger already, with the mark of what it said when the form was opened."""

    seen: str = Field("", max_length=16)


PARTICULARS = tuple(SystemForm.model_fields.keys() - {"new_vendor_name"})

SubmittedSystem = Annotated[Submitted[SystemForm], Depends(read(SystemForm))]
SubmittedChange = Annotated[Submitted[SystemChangeForm], Depends(read(SystemChangeForm))]


async def read_view(request: Request) -> ListView:
    """Search, filters and order of the ledger."""
    return read_list(request, filters=("search", "kind", "vendor", "archived"), sorts=SYSTEM_SORTS, first_sort="name")


ViewDep = Annotated[ListView, Depends(read_view)]


@router.get("/systems")
def list_systems(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    lines = find_lines(session, clinic, view)
    values = {
        "lines": lines,
        "totals": systems.add_up(lines),
        "counts": systems.count_systems(session, clinic_id=clinic.id),
        "vendors": vendors.list_vendor_choices(session, clinic_id=clinic.id, including=view.identity("vendor")),
        "view": view,
        **words(),
    }
    return page(request, "clinic/ledger/list.html", values)


@router.get("/systems.csv")
def download_systems_csv(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    record_look(request, session, "systems.exported", clinic_id=clinic.id, format="csv")
    return download_table("csv", systems_table(find_lines(session, clinic, view)))


@router.get("/systems.xlsx")
def download_systems_xlsx(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    record_look(request, session, "systems.exported", clinic_id=clinic.id, format="xlsx")
    return download_table("xlsx", systems_table(find_lines(session, clinic, view)))


@router.get("/systems/new")
def show_new_system(request: Request, session: SessionDep, clinic: EditableClinicDep, vendor_id: str = "") -> Response:
    start = blank(vendor_id=vendor_id, provision="on_site", has_remote_maintenance="", update_duty="unknown")
    return show_form(request, session, clinic, start)


@router.post("/systems/new")
def add_system(
    request: Request, session: SessionDep, clinic: EditableClinicDep, submitted: SubmittedSystem
) -> Response:
    if submitted.form:
        try:
            system = systems.add_system(session, clinic_id=clinic.id, **submitted.form.values())
            said = _("%(name)s is now in the ledger.", name=system.name)
            return see(request, "show_system", system_id=system.id, said=said)
        except NameTaken as refusal:
            submitted.errors["name"] = str(refusal)
    return show_form(request, session, clinic, submitted, status_code=422)


@router.get("/systems/{system_id}")
def show_system(request: Request, session: SessionDep, clinic: ClinicDep, system: SystemDep) -> Response:
    values = {
        "system": system,
        "vendor": vendors.find_vendor(session, clinic_id=clinic.id, vendor_id=system.vendor_id),
        "submissions": list_past_submissions(session, clinic_id=clinic.id, system_id=system.id),
        "documents": handed_over.list_handed_over(session, clinic_id=clinic.id, system_id=system.id),
        "has_history": systems.has_history(session, system=system),
        **words(),
    }
    return page(request, "clinic/ledger/show.html", values)


@router.get("/systems/{system_id}/edit")
def show_system_form(
    request: Request, session: SessionDep, clinic: EditableClinicDep, system: EditableSystemDep
) -> Response:
    return show_form(request, session, clinic, filled_in(system), system=system)


@router.post("/systems/{system_id}/edit")
def change_system(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    system: EditableSystemDep,
    submitted: SubmittedChange,
) -> Response:
    if submitted.form:
        try:
            systems.change_system(session, system=system, **submitted.form.values())
            return see(request, "show_system", system_id=system.id, said=_("The changes are saved."))
        except NameTaken as refusal:
            submitted.errors["name"] = str(refusal)
        except ChangedMeanwhile as collision:
            companies = vendors.list_vendor_choices(session, clinic_id=clinic.id, including=system.vendor_id)
            show_collision(submitted, collision, say=partial(say_stored, vendors=dict(companies)))
    return show_form(request, session, clinic, submitted, system=system, status_code=422)


@router.post("/systems/{system_id}/archive")
def archive_system(request: Request, session: SessionDep, system: EditableSystemDep) -> Response:
    systems.archive_system(session, system=system)
    return see(request, "show_system", system_id=system.id, said=_("%(name)s is archived.", name=system.name))


@router.post("/systems/{system_id}/restore")
def restore_system(request: Request, session: SessionDep, system: EditableSystemDep) -> Response:
    systems.restore_system(session, system=system)
    return see(request, "show_system", system_id=system.id, said=_("%(name)s is in use again.", name=system.name))


@router.post("/systems/{system_id}/delete")
def delete_system(
    request: Request, session: SessionDep, system: EditableSystemDep, _viewer: ConfirmedMemberDep
) -> Response:
    systems.delete_system(session, system=system)
    return see(request, "list_systems", said=_("%(name)s is deleted.", name=system.name))


def show_form(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    submitted: Submitted[Any],
    *,
    system: System | None = None,
    status_code: int = 200,
) -> Response:
    """The form of a new system or of one in the ledger."""
    values = {
        "submitted": submitted,
        "system": system,
        "vendors": vendors.list_vendor_choices(
            session, clinic_id=clinic.id, including=system.vendor_id if system else None
        ),
        **words(),
    }
    return page(request, "clinic/ledger/form.html", values, status_code=status_code)


def filled_in(system: System) -> Submitted[Any]:
    """The form as it stands in the ledger."""
    told = {name: getattr(system, name) for name in SystemForm.model_fields if name in System.model_fields}
    told["has_remote_maintenance"] = {True: "yes", False: "no", None: None}[system.has_remote_maintenance]
    told["seen"] = mark_of(system, PARTICULARS)
    return blank(**{name: None if value is None else str(value) for name, value in told.items()})


def say_stored(name: str, value: Any, *, vendors: dict[UUID, str]) -> str:
    """The words for what the ledger holds in a field."""
    if name == "has_remote_maintenance":
        return {True: _("Yes"), False: _("No"), None: _("Not known yet")}[value]
    named: dict[Any, str] = {**names_of(SystemKind), **names_of(Provision), **names_of(UpdateDuty), **vendors}
    return str(named.get(value, "" if value is None else value))


def words() -> dict[str, Any]:
    """What the ledger's pages call their options, and which entry of the menu they belong to."""
    return {
        "current": "list_systems",
        "kinds": names_of(SystemKind),
        "provisions": names_of(Provision),
        "duties": names_of(UpdateDuty),
        "document_kinds": names_of(DocumentKind),
        "scan_states": names_of(ScanState),
    }


def find_lines(session: SessionDep, clinic: Clinic, view: ListView) -> list[SystemLine]:
    """The systems that the address asks for."""
    return systems.list_systems(
        session,
        clinic_id=clinic.id,
        search=view.filters["search"],
        kind=view.option("kind", SystemKind),
        vendor_id=view.identity("vendor"),
        is_archived=bool(view.filters["archived"]),
        sort=view.sort,
    )
