"""Who calls: a program with a clinic's token, for the scopes that an endpoint needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final
from uuid import UUID

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.v1.endpoint import answer_again
from models import Scope
from services import api_tokens, clock
from services.api_refusals import ScopeMissing, TokenNeeded
from services.api_tokens import Caller
from services.history import Actor, act_as
from services.vendor_access import VendorViewer
from web.access import SAFE_METHODS, SessionDep, bearer_of, database_of, find_vendor_viewer, get_whole_holder

vendor_token: Final = HTTPBearer(
    auto_error=False,
    scheme_name="vendor_token",
    description="What link and code were exchanged for. It is good for exactly one submission and a few hours.",
)
clinic_token: Final = HTTPBearer(
    auto_error=False,
    scheme_name="clinic_token",
    description="A token that an owner of the clinic made under Settings → API. It has scopes and expires.",
)


def find_caller(
    request: Request,
    session: SessionDep,
    needed: SecurityScopes,
    _described: Annotated[HTTPAuthorizationCredentials | None, Security(clinic_token)],
) -> Caller:
    """The program that calls; raises TokenNeeded, and ScopeMissing where token or role do not reach this far."""
    caller = get_caller(request, session, needed.scopes)
    act_as(session, Actor(kind="token", id=str(caller.token_id), name=caller.name))
    note_use(request, session, caller)
    answer_again(request, session, clinic_id=caller.clinic.id)
    return caller


def get_caller(request: Request, session: SessionDep, scopes: Iterable[str]) -> Caller:
    """Whose token came along; raises TokenNeeded and ScopeMissing."""
    token = bearer_of(request)
    caller = api_tokens.find_caller(session, token=token) if token else None
    if caller is None:
        raise TokenNeeded
    for scope in scopes:
        if scope not in caller.scopes:
            raise ScopeMissing(scope)
    return caller


def find_answering(
    request: Request,
    submission_id: UUID,
    session: SessionDep,
    _described: Annotated[HTTPAuthorizationCredentials | None, Security(vendor_token)],
) -> VendorViewer:
    """The vendor's program that answers this submission; raises TokenNeeded, and what find_vendor raises."""
    viewer = find_vendor_viewer(request, submission_id, session)
    answer_again(request, session, clinic_id=viewer.clinic.id)
    return viewer


def note_use(request: Request, session: SessionDep, caller: Caller) -> None:
    """Once a day, note that the token is in use; a call that only reads does it in a transaction of its own."""
    if caller.last_used_on == clock.today():
        return
    if request.method not in SAFE_METHODS:
        api_tokens.note_use(session, token_id=caller.token_id)
        return
    with database_of(request).open_writer() as writing:
        api_tokens.note_use(writing, token_id=caller.token_id)
        writing.commit()


def _may(scope: Scope) -> object:
    return Security(find_caller, scopes=[scope.value])


VendorsReader = Annotated[Caller, _may(Scope.VENDORS_READ)]
VendorsWriter = Annotated[Caller, _may(Scope.VENDORS_WRITE)]
SystemsReader = Annotated[Caller, _may(Scope.SYSTEMS_READ)]
SystemsWriter = Annotated[Caller, _may(Scope.SYSTEMS_WRITE)]
SubmissionsReader = Annotated[Caller, _may(Scope.SUBMISSIONS_READ)]
SubmissionsWriter = Annotated[Caller, _may(Scope.SUBMISSIONS_WRITE)]
AnswersReader = Annotated[Caller, _may(Scope.ANSWERS_READ)]
DocumentsReader = Annotated[Caller, _may(Scope.DOCUMENTS_READ)]
DocumentsWriter = Annotated[Caller, _may(Scope.DOCUMENTS_WRITE)]
AssessmentReader = Annotated[Caller, _may(Scope.ASSESSMENT_READ)]
AssessmentWriter = Annotated[Caller, _may(Scope.ASSESSMENT_WRITE)]
EventsReader = Annotated[Caller, _may(Scope.EVENTS_READ)]
WebhooksWriter = Annotated[Caller, _may(Scope.WEBHOOKS_WRITE)]
PartAnswering = Annotated[VendorViewer, Security(find_answering)]
"""Also somebody who was handed some sections; an endpoint that takes this tells and takes nothing beyond `scope`."""


async def find_whole_holder(viewer: PartAnswering) -> VendorViewer:
    """Somebody who has the whole form in hand; raises OnlyAPart."""
    return await get_whole_holder(viewer)


AnsweringVendor = Annotated[VendorViewer, Security(find_whole_holder)]
