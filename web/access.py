"""Who is asking: the dependencies through which pages receive a session, the viewer and their objects.

Those that only look at what is at hand are asynchronous: the others run in a thread each, and waiting for one takes
longer than they do. Their annotations are no texts (no `from __future__ import annotations`): FastAPI reads them anew
for each route that uses them, and evaluating texts was a good part of starting up.
"""

import re
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlmodel import Session

from models import Assessment, Clinic, Contact, Document, Group, Submission, System, Vendor
from models.database import Database
from services import (
    assessments,
    clinics,
    clock,
    contacts,
    desk_access,
    groups,
    handed_over,
    submissions,
    systems,
    vendor_access,
    vendors,
)
from services.account_refusals import GroupsOnly
from services.api_refusals import TokenNeeded
from services.desk_access import DeskViewer
from services.fiscal_years import fiscal_year_of
from services.history import Actor, act_as
from services.languages import LANGUAGES, language
from services.refusals import ConfirmationNeeded, NotAllowed, SecondFactorNeeded, SignInNeeded
from services.sessions import Viewer, find_viewer
from services.vendor_access import VendorViewer
from services.vendor_refusals import OnlyAPart
from web.cookies import DESK, LANGUAGE, MEMBER, VENDOR, read_cookie
from web.forms import read_fields

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def body_arrived(request: Request) -> None:
    """Wait for the whole form, so that a slow sender never holds the database's write lock."""
    if request.method not in SAFE_METHODS and not getattr(request.state, "body_is_read", False):
        await read_fields(request)


def database_of(request: Request) -> Database:
    """The engines of this process."""
    database: Database = request.app.state.database
    return database


async def get_database(request: Request) -> Database:
    """The same as a dependency."""
    return database_of(request)


def open_session(request: Request, _arrived: Annotated[None, Depends(body_arrived)]) -> Iterator[Session]:
    """One request, one transaction: a return commits, a raise rolls back; reading requests cannot write."""
    database = database_of(request)
    if request.method in SAFE_METHODS:
        with database.open_reader() as session:
            yield session
        return
    with database.open_writer() as session:
        yield session
        session.commit()


SessionDep = Annotated[Session, Depends(open_session, scope="function")]


def open_reader(request: Request, _arrived: Annotated[None, Depends(body_arrived)]) -> Iterator[Session]:
    """A session for looking before the transaction begins, such as comparing passwords, which takes long."""
    with database_of(request).open_reader() as session:
        yield session


ReaderDep = Annotated[Session, Depends(open_reader, scope="function")]


def look_for_member(request: Request, reader: ReaderDep) -> Viewer | None:
    """The signed-in member, for slow looking before the transaction begins; the page itself asks again."""
    token = read_cookie(request, MEMBER)
    return find_viewer(reader, token=token) if token else None


EarlyMemberDep = Annotated[Viewer | None, Depends(look_for_member)]


def find_member(request: Request, session: SessionDep) -> Viewer | None:
    """The signed-in member, if any."""
    token = read_cookie(request, MEMBER)
    viewer = find_viewer(session, token=token) if token else None
    if viewer is not None:
        request.state.viewer = viewer
        act_as(session, Actor(kind="member", id=str(viewer.member_id), name=viewer.name))
    return viewer


def get_member(request: Request, session: SessionDep) -> Viewer:
    """The signed-in member; raises SignInNeeded."""
    viewer = find_member(request, session)
    if viewer is None:
        raise SignInNeeded
    return viewer


MaybeMemberDep = Annotated[Viewer | None, Depends(find_member)]
MemberDep = Annotated[Viewer, Depends(get_member)]


async def get_confirmed_member(viewer: MemberDep) -> Viewer:
    """The signed-in member, who has shown a short while ago who it is; raises ConfirmationNeeded.

    Stands last among a page's parameters, so that nobody is asked for a password on the way to a 404.
    """
    if not viewer.is_confirmed:
        raise ConfirmationNeeded
    return viewer


ConfirmedMemberDep = Annotated[Viewer, Depends(get_confirmed_member)]


def get_clinic(viewer: MemberDep, session: SessionDep) -> Clinic:
    """The clinic the member is looking at; raises NotAllowed where it belongs to none, GroupsOnly to groups alone.

    Everything of a clinic is reached through here, so that SecondFactorNeeded stands before all of it.
    """
    if viewer.clinic_id is None:
        raise GroupsOnly if viewer.is_in_group else NotAllowed
    if viewer.must_set_up_factor:
        raise SecondFactorNeeded
    return clinics.get_clinic(session, clinic_id=viewer.clinic_id)


async def get_editable_clinic(viewer: MemberDep, clinic: Annotated[Clinic, Depends(get_clinic)]) -> Clinic:
    """The clinic, for members who may work in it."""
    if not viewer.may_edit:
        raise NotAllowed
    return clinic


async def get_owned_clinic(viewer: MemberDep, clinic: Annotated[Clinic, Depends(get_clinic)]) -> Clinic:
    """The clinic, for its owners."""
    if not viewer.is_owner:
        raise NotAllowed
    return clinic


ClinicDep = Annotated[Clinic, Depends(get_clinic)]
EditableClinicDep = Annotated[Clinic, Depends(get_editable_clinic)]
OwnedClinicDep = Annotated[Clinic, Depends(get_owned_clinic)]


def get_group(group_id: UUID, viewer: MemberDep, session: SessionDep) -> Group:
    """A group to which the member belongs."""
    return groups.get_group(session, group_id=group_id, member_id=viewer.member_id)


GroupDep = Annotated[Group, Depends(get_group)]


def get_submission(submission_id: UUID, clinic: ClinicDep, session: SessionDep) -> Submission:
    """A submission of the clinic."""
    return submissions.get_submission(session, clinic_id=clinic.id, submission_id=submission_id)


def get_editable_submission(submission_id: UUID, clinic: EditableClinicDep, session: SessionDep) -> Submission:
    """A submission of the clinic, for members who may work in it."""
    return submissions.get_submission(session, clinic_id=clinic.id, submission_id=submission_id)


SubmissionDep = Annotated[Submission, Depends(get_submission)]
EditableSubmissionDep = Annotated[Submission, Depends(get_editable_submission)]


def get_system(system_id: UUID, clinic: ClinicDep, session: SessionDep) -> System:
    """A system of the clinic."""
    return systems.get_system(session, clinic_id=clinic.id, system_id=system_id)


def get_editable_system(system_id: UUID, clinic: EditableClinicDep, session: SessionDep) -> System:
    """A system of the clinic, for members who may work in it."""
    return systems.get_system(session, clinic_id=clinic.id, system_id=system_id)


def get_vendor(vendor_id: UUID, clinic: ClinicDep, session: SessionDep) -> Vendor:
    """A vendor of the clinic."""
    return vendors.get_vendor(session, clinic_id=clinic.id, vendor_id=vendor_id)


def get_editable_vendor(vendor_id: UUID, clinic: EditableClinicDep, session: SessionDep) -> Vendor:
    """A vendor of the clinic, for members who may work in it."""
    return vendors.get_vendor(session, clinic_id=clinic.id, vendor_id=vendor_id)


def get_editable_contact(contact_id: UUID, clinic: EditableClinicDep, session: SessionDep) -> Contact:
    """A contact of one of the clinic's vendors, for members who may work in it."""
    return contacts.get_contact(session, clinic_id=clinic.id, contact_id=contact_id)


def get_document(document_id: UUID, clinic: ClinicDep, session: SessionDep) -> Document:
    """A document that was handed over to the clinic."""
    return handed_over.get_handed_over(session, clinic_id=clinic.id, document_id=document_id)


SystemDep = Annotated[System, Depends(get_system)]
EditableSystemDep = Annotated[System, Depends(get_editable_system)]
VendorDep = Annotated[Vendor, Depends(get_vendor)]
EditableVendorDep = Annotated[Vendor, Depends(get_editable_vendor)]
EditableContactDep = Annotated[Contact, Depends(get_editable_contact)]
DocumentDep = Annotated[Document, Depends(get_document)]


async def read_fiscal_year(request: Request) -> int:
    """The fiscal year that the address asks for with ?year=, or the present one."""
    asked = request.query_params.get("year", "")
    return int(asked) if re.fullmatch("20[0-9]{2}", asked) else fiscal_year_of(clock.today())


FiscalYearDep = Annotated[int, Depends(read_fiscal_year)]


def get_editable_assessment(clinic: EditableClinicDep, session: SessionDep, fiscal_year: FiscalYearDep) -> Assessment:
    """The clinic's own form of the year that the address asks for, for members who may work in it."""
    return assessments.get_assessment(session, clinic_id=clinic.id, fiscal_year=fiscal_year)


EditableAssessmentDep = Annotated[Assessment, Depends(get_editable_assessment)]


def bearer_of(request: Request) -> str:
    """The token of a call, from its header alone: never from a cookie or the address."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def vendor_token_of(request: Request) -> str:
    """What lets somebody at a vendor in: the cookie of a browser; where a program calls, the token in the header.

    Raises TokenNeeded where a program has none.
    """
    if not request.url.path.startswith("/api/"):
        return read_cookie(request, VENDOR)
    token = bearer_of(request)
    if not token:
        raise TokenNeeded
    return token


def find_vendor_viewer(request: Request, submission_id: UUID, session: SessionDep) -> VendorViewer:
    """The person at a vendor who answers this submission in this browser; raises what find_vendor raises."""
    found = vendor_access.find_vendor(session, token=vendor_token_of(request), submission_id=submission_id)
    act_as(session, Actor(kind="vendor", id=str(found.session_id), name=found.person))
    return found


async def speak_to_vendor(
    request: Request, viewer: Annotated[VendorViewer, Depends(find_vendor_viewer)]
) -> VendorViewer:
    """The same, spoken to in the language of the invitation unless the reader has chosen another.

    Not a plain function: what one sets of the language in another thread would be forgotten there.
    """
    if read_cookie(request, LANGUAGE) not in LANGUAGES:
        language.set(viewer.language)
    return viewer


async def get_whole_holder(viewer: Annotated[VendorViewer, Depends(speak_to_vendor)]) -> VendorViewer:
    """Somebody who has the whole form in hand; raises OnlyAPart."""
    if viewer.scope is not None:
        raise OnlyAPart
    return viewer


VendorViewerDep = Annotated[VendorViewer, Depends(get_whole_holder)]
"""Whoever has the whole form in hand at the vendor: what pages behind a link ask for, unless they mind the scope."""

PartViewerDep = Annotated[VendorViewer, Depends(speak_to_vendor)]
"""Also a colleague who was handed some sections; a page that takes this shows and takes nothing beyond `scope`."""


def find_desk_viewer(request: Request, session: SessionDep) -> DeskViewer:
    """The owner of an address, at the desk; raises DeskCodeNeeded."""
    found = desk_access.find_desk(session, token=read_cookie(request, DESK))
    act_as(session, Actor(kind="vendor", id=str(found.session_id), name=found.email))
    return found


DeskViewerDep = Annotated[DeskViewer, Depends(find_desk_viewer)]
