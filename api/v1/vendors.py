"""Vendors: the companies that the clinic knows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import AfterValidator, Field

from api.v1.access import VendorsReader, VendorsWriter
from api.v1.endpoint import make_router
from api.v1.shapes import BLANK_PASSES, Cursor, Limit, Listed, Sent, Told, cut_list
from services import clock, vendors
from services.fiscal_years import fiscal_year_of
from services.vendors import normal_corporate_number
from web.access import SessionDep
from web.texts import Name, Phone, PostalCode

router = make_router("vendors")

CorporateNumber = Annotated[str, AfterValidator(normal_corporate_number), BLANK_PASSES]


class VendorChanged(Sent):
    """What is to change; what is left out stays."""

    name: Name = Field("", examples=["みどりメディカルシステム株式会社"])
    name_kana: str = Field("", max_length=200, examples=["ミドリメディカルシステム"])
    corporate_number: CorporateNumber = Field("", description="13 digits with their check digit, or empty.")
    postal_code: Annotated[PostalCode, BLANK_PASSES] = Field("", examples=["100-0001"])
    address: str = Field("", max_length=300)
    phone: Phone = Field("", examples=["03-0000-0000"])
    fax: Phone = ""
    note: str = Field("", max_length=2000)


class VendorAdded(VendorChanged):
    """A new vendor; only its name is needed."""

    name: Name = Field(examples=["みどりメディカルシステム株式会社"])


class VendorTold(Told):
    """A vendor."""

    id: UUID
    name: str
    name_kana: str
    corporate_number: str
    postal_code: str
    address: str
    phone: str
    fax: str
    note: str
    archived_at: datetime | None = Field(description="When it was put away; null while it is in use.")


@router.get("/vendors")
def list_vendors(
    session: SessionDep,
    caller: VendorsReader,
    search: Annotated[str, Query(max_length=200, description="In names, contacts, systems and numbers.")] = "",
    archived: Annotated[bool, Query(description="Those put away instead of those in use.")] = False,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Listed[VendorTold]:
    """Vendors by name."""
    lines = vendors.list_vendors(
        session,
        clinic_id=caller.clinic.id,
        fiscal_year=fiscal_year_of(clock.today()),
        search=search,
        is_archived=archived,
    )
    piece, onwards = cut_list(lines, place_of=lambda line: (line.name, str(line.id)), cursor=cursor, limit=limit)
    return Listed(items=[VendorTold.model_validate(line) for line in piece], next_cursor=onwards)


@router.post("/vendors", status_code=201)
def add_vendor(
    request: Request, session: SessionDep, caller: VendorsWriter, sent: VendorAdded, response: Response
) -> VendorTold:
    """Add a vendor; `name_taken` where there is one of this name."""
    vendor = vendors.add_vendor(session, clinic_id=caller.clinic.id, **sent.model_dump())
    response.headers["Location"] = request.app.state.addresses("api_get_vendor", vendor_id=vendor.id)
    return VendorTold.model_validate(vendor)


@router.get("/vendors/{vendor_id}")
def get_vendor(session: SessionDep, caller: VendorsReader, vendor_id: UUID) -> VendorTold:
    """One vendor."""
    return VendorTold.model_validate(vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id))


@router.patch("/vendors/{vendor_id}")
def change_vendor(session: SessionDep, caller: VendorsWriter, vendor_id: UUID, sent: VendorChanged) -> VendorTold:
    """Change particulars; `name_taken` where another vendor has the name."""
    vendor = vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id)
    vendors.change_vendor(session, vendor=vendor, **sent.model_dump(exclude_unset=True))
    return VendorTold.model_validate(vendor)


@router.post("/vendors/{vendor_id}/archive")
def archive_vendor(session: SessionDep, caller: VendorsWriter, vendor_id: UUID) -> VendorTold:
    """Put a vendor away; what was asked of it stays."""
    vendor = vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id)
    vendors.archive_vendor(session, vendor=vendor)
    return VendorTold.model_validate(vendor)


@router.post("/vendors/{vendor_id}/restore")
def restore_vendor(session: SessionDep, caller: VendorsWriter, vendor_id: UUID) -> VendorTold:
    """Take a vendor back into use."""
    vendor = vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id)
    vendors.restore_vendor(session, vendor=vendor)
    return VendorTold.model_validate(vendor)
