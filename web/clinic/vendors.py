"""Vendors: listed with where their answers stand, shown with everything that belongs to them, changed, put away."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, Field

from models import Clinic, DocumentKind, ScanState, SystemKind, Vendor
from services import clock, contacts, handed_over, systems, vendors
from services.bounces import list_flags
from services.collisions import ChangedMeanwhile, mark_of
from services.fiscal_years import fiscal_year_of
from services.languages import _
from services.options import names_of
from services.past_submissions import list_past_submissions
from services.refusals import NameTaken
from services.reports.tables import vendors_table
from services.vendors import VENDOR_SORTS, VendorLine, normal_corporate_number
from web.access import ClinicDep, ConfirmedMemberDep, EditableClinicDep, EditableVendorDep, SessionDep, VendorDep
from web.access_log import record_look
from web.collisions import say_plainly, show_collision
from web.downloads import download_table
from web.forms import Submitted, blank, read
from web.lists import ListView, read_list
from web.rendering import page, see
from web.texts import Name, Phone, PostalCode

router = APIRouter()


class VendorForm(BaseModel):
    """The particulars of a company; only its name is needed."""

    name: Name
    name_kana: str = Field("", max_length=200)
    corporate_number: Annotated[str, AfterValidator(normal_corporate_number)] = ""
    postal_code: PostalCode = ""
    address: str = Field("", max_length=300)
    phone: Phone = ""
    fax: Phone = ""
    note: str = Field("", max_length=2000)


class VendorChangeForm(VendorForm):
    """A company that is entered already, with the mark of what was said of it when the form was opened."""

    seen: str = Field("", max_length=16)


SubmittedVendor = Annotated[Submitted[VendorForm], Depends(read(VendorForm))]
SubmittedChange = Annotated[Submitted[VendorChangeForm], Depends(read(VendorChangeForm))]


async def read_view(request: Request) -> ListView:
    """Search, filter and order of the vendors."""
    return read_list(request, filters=("search", "archived"), sorts=VENDOR_SORTS, first_sort="name")


ViewDep = Annotated[ListView, Depends(read_view)]


@router.get("/vendors")
def list_vendors(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    values = {
        "current": "list_vendors",
        "lines": find_lines(session, clinic, view),
        "counts": vendors.count_vendors(session, clinic_id=clinic.id),
        "fiscal_year": fiscal_year_of(clock.today()),
        "view": view,
    }
    return page(request, "clinic/vendors/list.html", values)


@router.get("/vendors.csv")
def download_vendors_csv(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    record_look(request, session, "vendors.exported", clinic_id=clinic.id, format="csv")
    return download_table("csv", vendors_table(find_lines(session, clinic, view)))


@router.get("/vendors.xlsx")
def download_vendors_xlsx(request: Request, session: SessionDep, clinic: ClinicDep, view: ViewDep) -> Response:
    record_look(request, session, "vendors.exported", clinic_id=clinic.id, format="xlsx")
    return download_table("xlsx", vendors_table(find_lines(session, clinic, view)))


@router.get("/vendors/new")
def show_new_vendor(request: Request, clinic: EditableClinicDep) -> Response:
    return show_form(request, blank())


@router.post("/vendors/new")
def add_vendor(
    request: Request, session: SessionDep, clinic: EditableClinicDep, submitted: SubmittedVendor
) -> Response:
    if submitted.form:
        try:
            vendor = vendors.add_vendor(session, clinic_id=clinic.id, **submitted.form.model_dump())
            said = _("%(name)s is entered. Please add whom to write to.", name=vendor.name)
            return see(request, "show_vendor", vendor_id=vendor.id, said=said, anchor="contacts")
        except NameTaken as refusal:
            submitted.errors["name"] = str(refusal)
    return show_form(request, submitted, status_code=422)


@router.get("/vendors/{vendor_id}")
def show_vendor(request: Request, session: SessionDep, vendor: VendorDep) -> Response:
    return vendor_page(request, session, vendor, contact=blank(language="ja"))


@router.get("/vendors/{vendor_id}/edit")
def show_vendor_form(request: Request, vendor: EditableVendorDep) -> Response:
    names = set(VendorForm.model_fields)
    return show_form(request, blank(**vendor.model_dump(include=names), seen=mark_of(vendor, names)), vendor=vendor)


@router.post("/vendors/{vendor_id}/edit")
def change_vendor(
    request: Request, session: SessionDep, vendor: EditableVendorDep, submitted: SubmittedChange
) -> Response:
    if submitted.form:
        try:
            vendors.change_vendor(session, vendor=vendor, **submitted.form.model_dump())
            return see(request, "show_vendor", vendor_id=vendor.id, said=_("The changes are saved."))
        except NameTaken as refusal:
            submitted.errors["name"] = str(refusal)
        except ChangedMeanwhile as collision:
            show_collision(submitted, collision, say=say_plainly)
    return show_form(request, submitted, vendor=vendor, status_code=422)


@router.post("/vendors/{vendor_id}/archive")
def archive_vendor(request: Request, session: SessionDep, vendor: EditableVendorDep) -> Response:
    vendors.archive_vendor(session, vendor=vendor)
    return see(request, "show_vendor", vendor_id=vendor.id, said=_("%(name)s is archived.", name=vendor.name))


@router.post("/vendors/{vendor_id}/restore")
def restore_vendor(request: Request, session: SessionDep, vendor: EditableVendorDep) -> Response:
    vendors.restore_vendor(session, vendor=vendor)
    return see(request, "show_vendor", vendor_id=vendor.id, said=_("%(name)s is in use again.", name=vendor.name))


@router.post("/vendors/{vendor_id}/delete")
def delete_vendor(
    request: Request, session: SessionDep, vendor: EditableVendorDep, _viewer: ConfirmedMemberDep
) -> Response:
    vendors.delete_vendor(session, vendor=vendor)
    return see(request, "list_vendors", said=_("%(name)s is deleted.", name=vendor.name))


def vendor_page(
    request: Request, session: SessionDep, vendor: Vendor, *, contact: Submitted[Any], status_code: int = 200
) -> Response:
    """Everything about a vendor, with the form of one more contact."""
    clinic_id = vendor.clinic_id
    values = {
        "current": "list_vendors",
        "vendor": vendor,
        "contact": contact,
        "contacts": contacts.list_contacts(session, vendor=vendor),
        "systems": systems.list_systems(session, clinic_id=clinic_id, vendor_id=vendor.id),
        "submissions": list_past_submissions(session, clinic_id=clinic_id, vendor_id=vendor.id),
        "documents": handed_over.list_handed_over(session, clinic_id=clinic_id, vendor_id=vendor.id),
        "flags": list_flags(session, clinic_id=clinic_id),
        "has_history": vendors.has_history(session, vendor=vendor),
        "kinds": names_of(SystemKind),
        "document_kinds": names_of(DocumentKind),
        "scan_states": names_of(ScanState),
    }
    return page(request, "clinic/vendors/show.html", values, status_code=status_code)


def show_form(
    request: Request, submitted: Submitted[Any], *, vendor: Vendor | None = None, status_code: int = 200
) -> Response:
    """The form of a new vendor or of a known one."""
    values = {"current": "list_vendors", "submitted": submitted, "vendor": vendor}
    return page(request, "clinic/vendors/form.html", values, status_code=status_code)


def find_lines(session: SessionDep, clinic: Clinic, view: ListView) -> list[VendorLine]:
    """The vendors that the address asks for."""
    return vendors.list_vendors(
        session,
        clinic_id=clinic.id,
        fiscal_year=fiscal_year_of(clock.today()),
        search=view.filters["search"],
        is_archived=bool(view.filters["archived"]),
        sort=view.sort,
    )
