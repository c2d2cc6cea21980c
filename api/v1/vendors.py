"""Vendors: the companies that the clinic knows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import AfterValidator, Field

from api.v1.access import VendorsReader, VendorsWriter
from api.v1.collisions import telling_collisions
from api.v1.endpoint import make_router
from api.v1.shapes import BLANK_PASSES, Change, Cursor, Limit, Listed, Marked, Sent, cut_list
from models import Vendor
from services import clock, vendors
from services.collisions import mark_of, refuse_unseen_changes
from services.fiscal_years import fiscal_year_of
from services.vendors import VendorLine, normal_corporate_number
from web.access import SessionDep
from web.texts import Name, Phone, PostalCode

router = make_router("vendors")

CorporateNumber = Annotated[str, AfterValidator(normal_corporate_number), BLANK_PASSES]


class VendorParticulars(Sent):
    """What may be told about a vendor."""

    name: Name = Field("", examples=["みどりメディカルシステム株式会社"])
    name_kana: str = Field("", max_length=200, examples=["ミドリメディカルシステム"])
    corporate_number: CorporateNumber = Field("", description="13 digits with their check digit, or empty.")
    postal_code: Annotated[PostalCode, BLANK_PASSES] = Field("", examples=["100-0001"])
    address: str = Field("", max_length=300)
    phone: Phone = Field("", examples=["03-0000-0000"])
    fax: Phone = ""
    note: str = Field("", max_length=2000)


class VendorChanged(VendorParticulars, Change):
    """What is to change."""


class VendorAdded(VendorParticulars):
    """A new vendor; only its name is needed."""

    name: Name = Field(examples=["みどりメディカルシステム株式会社"])


class VendorTold(Marked):
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


def tell_vendor(vendor: Vendor | VendorLine) -> VendorTold:
    """A vendor as it is told."""
    known = {name: getattr(vendor, name) for name in VendorTold.model_fields.keys() - {"mark"}}
    return VendorTold(**known, mark=mark_of(vendor, VendorChanged.particulars()))


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
    return Listed(items=[tell_vendor(line) for line in piece], next_cursor=onwards)


@router.post("/vendors", status_code=201)
def add_vendor(
    request: Request, session: SessionDep, caller: VendorsWriter, sent: VendorAdded, response: Response
) -> VendorTold:
    """Add a vendor; `name_taken` where there is one of this name."""
    vendor = vendors.add_vendor(session, clinic_id=caller.clinic.id, **sent.model_dump())
    response.headers["Location"] = request.app.state.addresses("api_get_vendor", vendor_id=vendor.id)
    return tell_vendor(vendor)


@router.get("/vendors/{vendor_id}")
def get_vendor(session: SessionDep, caller: VendorsReader, vendor_id: UUID) -> VendorTold:
    """One vendor."""
    return tell_vendor(vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id))


@router.patch("/vendors/{vendor_id}")
def change_vendor(session: SessionDep, caller: VendorsWriter, vendor_id: UUID, sent: VendorChanged) -> VendorTold:
    """Change particulars; `name_taken` where another vendor has the name, `edited_meanwhile` for an outdated `mark`."""
    vendor = vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id)
    with telling_collisions(lambda: tell_vendor(vendor)):
        refuse_unseen_changes(session, vendor, names=VendorChanged.particulars(), seen=sent.mark)
    vendors.change_vendor(session, vendor=vendor, **sent.wanted)
    return tell_vendor(vendor)


@router.post("/vendors/{vendor_id}/archive")
def archive_vendor(session: SessionDep, caller: VendorsWriter, vendor_id: UUID) -> VendorTold:
    """Put a vendor away; what was asked of it stays."""
    vendor = vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id)
    vendors.archive_vendor(session, vendor=vendor)
    return tell_vendor(vendor)


@router.post("/vendors/{vendor_id}/restore")
def restore_vendor(session: SessionDep, caller: VendorsWriter, vendor_id: UUID) -> VendorTold:
    """Take a vendor back into use."""
    vendor = vendors.get_vendor(session, clinic_id=caller.clinic.id, vendor_id=vendor_id)
    vendors.restore_vendor(session, vendor=vendor)
    return tell_vendor(vendor)
