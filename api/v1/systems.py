"""Systems: the lines of the clinic's ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from api.v1.access import SystemsReader, SystemsWriter
from api.v1.collisions import telling_collisions
from api.v1.endpoint import make_router
from api.v1.shapes import Change, Cursor, Limit, Listed, Marked, Sent, cut_list
from models import Provision, System, SystemKind, UpdateDuty
from services import systems
from services.collisions import mark_of, refuse_unseen_changes
from services.options import name_of
from services.systems import SystemLine
from web.access import SessionDep
from web.texts import Name, Number

router = make_router("systems")


class SystemParticulars(Sent):
    """What may be told about a system."""

    name: Name = Field("", examples=["KarteNova クラウド"])
    kind: SystemKind = SystemKind.OTHER
    vendor_id: UUID | None = None
    provision: Provision = Provision.ON_SITE
    version: str = Field("", max_length=60)
    place: str = Field("", max_length=100)
    server_count: Number = 0
    pc_count: Number = 0
    network_device_count: Number = 0
    has_remote_maintenance: bool | None = Field(None, description="Null while nobody knows.")
    remote_maintenance_method: str = Field("", max_length=500)
    update_duty: UpdateDuty = Field(UpdateDuty.UNKNOWN, description="Who applies security updates.")
    update_clause: str = Field("", max_length=500, description="Which clause of the contract says so.")
    note: str = Field("", max_length=2000)


class SystemChanged(SystemParticulars, Change):
    """What is to change."""


class SystemAdded(SystemParticulars):
    """A new line of the ledger; name and kind are needed."""

    name: Name = Field(examples=["KarteNova クラウド"])
    kind: SystemKind


class SystemTold(Marked):
    """A system."""

    id: UUID
    name: str
    kind: SystemKind
    kind_label: str = Field(description="The kind in the language of Accept-Language.")
    vendor_id: UUID | None
    provision: Provision
    version: str
    place: str
    server_count: int
    pc_count: int
    network_device_count: int
    has_remote_maintenance: bool | None
    remote_maintenance_method: str
    update_duty: UpdateDuty
    update_clause: str
    note: str
    archived_at: datetime | None = Field(description="When it was put away; null while it is in use.")


def tell_system(system: System | SystemLine) -> SystemTold:
    """A system as it is told."""
    known = {name: getattr(system, name) for name in SystemTold.model_fields.keys() - {"kind_label", "mark"}}
    mark = mark_of(system, SystemChanged.particulars())
    return SystemTold(**known, kind_label=name_of(system.kind), mark=mark)


@router.get("/systems")
def list_systems(
    session: SessionDep,
    caller: SystemsReader,
    search: Annotated[str, Query(max_length=200)] = "",
    kind: SystemKind | None = None,
    vendor_id: UUID | None = None,
    archived: Annotated[bool, Query(description="Those put away instead of those in use.")] = False,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Listed[SystemTold]:
    """The ledger by name."""
    lines = systems.list_systems(
        session, clinic_id=caller.clinic.id, search=search, kind=kind, vendor_id=vendor_id, is_archived=archived
    )
    piece, onwards = cut_list(lines, place_of=lambda line: (line.name, str(line.id)), cursor=cursor, limit=limit)
    return Listed(items=[tell_system(line) for line in piece], next_cursor=onwards)


@router.post("/systems", status_code=201)
def add_system(
    request: Request, session: SessionDep, caller: SystemsWriter, sent: SystemAdded, response: Response
) -> SystemTold:
    """Add a line to the ledger; `name_taken` where there is one of this name."""
    system = systems.add_system(session, clinic_id=caller.clinic.id, **sent.model_dump())
    response.headers["Location"] = request.app.state.addresses("api_get_system", system_id=system.id)
    return tell_system(system)


@router.get("/systems/{system_id}")
def get_system(session: SessionDep, caller: SystemsReader, system_id: UUID) -> SystemTold:
    """One system."""
    return tell_system(systems.get_system(session, clinic_id=caller.clinic.id, system_id=system_id))


@router.patch("/systems/{system_id}")
def change_system(session: SessionDep, caller: SystemsWriter, system_id: UUID, sent: SystemChanged) -> SystemTold:
    """Change particulars; `name_taken` where another system has the name, `edited_meanwhile` for an outdated `mark`."""
    system = systems.get_system(session, clinic_id=caller.clinic.id, system_id=system_id)
    with telling_collisions(lambda: tell_system(system)):
        refuse_unseen_changes(session, system, names=SystemChanged.particulars(), seen=sent.mark)
    systems.change_system(session, system=system, **sent.wanted)
    return tell_system(system)


@router.post("/systems/{system_id}/archive")
def archive_system(session: SessionDep, caller: SystemsWriter, system_id: UUID) -> SystemTold:
    """Put a system away; what was asked about it stays."""
    system = systems.get_system(session, clinic_id=caller.clinic.id, system_id=system_id)
    systems.archive_system(session, system=system)
    return tell_system(system)


@router.post("/systems/{system_id}/restore")
def restore_system(session: SessionDep, caller: SystemsWriter, system_id: UUID) -> SystemTold:
    """Take a system back into use."""
    system = systems.get_system(session, clinic_id=caller.clinic.id, system_id=system_id)
    systems.restore_system(session, system=system)
    return tell_system(system)
