"""API tokens: made by owners for other programs, shown once, revoked."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, field_validator

from models import ApiToken, Clinic, Scope
from services import api_tokens
from services.api_tokens import DEFAULT_DAYS, MOST_DAYS
from services.languages import _, marked, ngettext
from services.options import names_of
from web.access import ConfirmedMemberDep, OwnedClinicDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import PersonName

router = APIRouter()

LIVES: Final = (30, DEFAULT_DAYS, 180, 365)


class TokenForm(BaseModel):
    """What a token is for, what it may do, how long."""

    name: PersonName
    scopes: Annotated[list[Scope], Field(validate_default=True)] = []
    days: int = Field(DEFAULT_DAYS, ge=1, le=MOST_DAYS)

    @field_validator("scopes")
    @classmethod
    def _some(cls, scopes: list[Scope]) -> list[Scope]:
        if not scopes:
            raise ValueError(marked("Please tick at least one of them."))
        return scopes


def get_token(token_id: UUID, clinic: OwnedClinicDep, session: SessionDep) -> ApiToken:
    """A token of the clinic, for its owners."""
    return api_tokens.get_token(session, clinic_id=clinic.id, token_id=token_id)


@router.get("/settings/api-tokens")
def list_api_tokens(request: Request, session: SessionDep, clinic: OwnedClinicDep) -> Response:
    return tokens_page(request, session, clinic, blank(days=DEFAULT_DAYS))


@router.post("/settings/api-tokens")
def make_api_token(
    request: Request,
    session: SessionDep,
    clinic: OwnedClinicDep,
    submitted: Annotated[Submitted[TokenForm], Depends(read(TokenForm))],
    viewer: ConfirmedMemberDep,
) -> Response:
    """The token is shown by this answer and never again, so that there is no redirect."""
    if submitted.form is None:
        return tokens_page(request, session, clinic, submitted, status_code=422)
    token, text = api_tokens.make_token(
        session, clinic_id=clinic.id, made_by=viewer.member_id, **submitted.form.model_dump()
    )
    here = request.app.state.addresses("list_api_tokens")
    values = {"current": "show_settings", "token": token, "text": text, "scopes": names_of(Scope), "here": here}
    return page(request, "clinic/api_tokens/made.html", values)


@router.post("/settings/api-tokens/{token_id}/revoke")
def revoke_api_token(request: Request, session: SessionDep, token: Annotated[ApiToken, Depends(get_token)]) -> Response:
    api_tokens.revoke_token(session, token=token)
    return see(request, "list_api_tokens", said=_("“%(name)s” no longer works.", name=token.name))


def tokens_page(
    request: Request, session: SessionDep, clinic: Clinic, submitted: Submitted[Any], *, status_code: int = 200
) -> Response:
    """The tokens in use and the form of a new one."""
    values = {
        "current": "show_settings",
        "tokens": api_tokens.list_tokens(session, clinic_id=clinic.id),
        "scopes": names_of(Scope),
        "lives": [(days, ngettext("%(count)s day", "%(count)s days", days)) for days in LIVES],
        "submitted": submitted,
        "here": request.app.state.addresses("list_api_tokens"),
    }
    return page(request, "clinic/api_tokens/list.html", values, status_code=status_code)
