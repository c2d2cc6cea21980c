"""The clinic's own particulars: what vendors read about who asks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models import Clinic, ClinicKind
from services import clinics
from services.languages import _
from services.options import names_of
from web.access import OwnedClinicDep, SessionDep
from web.forms import Submitted, blank, read
from web.rendering import page, see
from web.texts import Name, Phone, PostalCode

router = APIRouter()


class ClinicForm(BaseModel):
    name: Annotated[Name, Field(max_length=200)]
    kind: ClinicKind
    institution_code: str = Field("", max_length=20)
    postal_code: PostalCode | Literal[""] = ""
    address: str = Field("", max_length=300)
    phone: Phone
    fax: Phone = ""
    contact_name: Annotated[Name, Field(max_length=100)]
    contact_hours: str = Field("", max_length=100)
    document_review_months: int = Field(12, ge=0, le=60)
    language: Literal["ja", "en"]


@router.get("/settings")
def show_settings(request: Request, clinic: OwnedClinicDep) -> Response:
    values = clinic.model_dump(include=set(ClinicForm.model_fields), mode="json")
    return settings_page(request, clinic, blank(**values), status_code=200)


@router.post("/settings")
def change_settings(
    request: Request,
    session: SessionDep,
    clinic: OwnedClinicDep,
    submitted: Annotated[Submitted[ClinicForm], Depends(read(ClinicForm))],
) -> Response:
    if submitted.form is None:
        return settings_page(request, clinic, submitted, status_code=422)
    clinics.change_clinic(session, clinic=clinic, **submitted.form.model_dump())
    return see(request, "show_settings", said=_("The settings are saved."))


def settings_page(request: Request, clinic: Clinic, submitted: Submitted[Any], *, status_code: int) -> Response:
    values = {
        "current": "show_settings",
        "clinic": clinic,
        "submitted": submitted,
        "kinds": list(names_of(ClinicKind).items()),
        "here": request.app.state.addresses("show_settings"),
    }
    return page(request, "clinic/settings/edit.html", values, status_code=status_code)
