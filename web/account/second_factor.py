"""The two-step sign-in of a member: set up with an app, its recovery codes, and switched off again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup
from pydantic import BaseModel, Field

from services import clock, confirming, passwords, recovery_codes, second_factors
from services.account_refusals import PasswordTooShortAlone, SetUpOver, WrongFactorCode, WrongPassword
from services.formats import format_date
from services.languages import _
from services.recovery_codes import FreshCodes
from services.refusals import NotFound, Refusal, TooManyTries
from services.second_factors import TypedCode
from services.sessions import Viewer
from settings import get_settings
from web.access import ConfirmedMemberDep, EarlyMemberDep, MemberDep, ReaderDep, SessionDep
from web.cookies import MEMBER, set_cookie
from web.downloads import attachment_headers
from web.forms import Submitted, blank, read
from web.limits import say_when
from web.rendering import page, see

router = APIRouter()

_CODE: Final = re.compile("[a-z0-9]{5}-[a-z0-9]{5}")


class FinishForm(BaseModel):
    code: str = Field(max_length=40)


class SwitchOffForm(BaseModel):
    password: str = Field(max_length=1000)
    code: str = Field(max_length=100)


class CodesForm(BaseModel):
    code: list[str]


FinishDep = Annotated[Submitted[FinishForm], Depends(read(FinishForm))]
SwitchOffDep = Annotated[Submitted[SwitchOffForm], Depends(read(SwitchOffForm))]


@router.get("/account/second-factor")
def show_second_factor(request: Request, session: SessionDep, viewer: MemberDep) -> Response:
    return second_factor_page(request, session, viewer, status_code=200)


def second_factor_page(
    request: Request,
    session: SessionDep,
    viewer: Viewer,
    *,
    finish: Submitted[Any] | None = None,
    off: Submitted[Any] | None = None,
    status_code: int,
) -> Response:
    set_up = second_factors.find_set_up(session, viewer=viewer)
    values = {
        "current": "show_profile",
        "set_up": set_up,
        "picture": draw(set_up.address) if set_up else None,
        "left": recovery_codes.count_left(session, member_id=viewer.member_id),
        "finish": finish or blank(),
        "off": off or blank(),
        "here": request.app.state.addresses("show_second_factor"),
    }
    return page(request, "account/second_factor.html", values, status_code=status_code)


def draw(address: str) -> Markup:
    """A QR code as a drawing inside the page, black on white also where the page is dark."""
    import segno

    picture = segno.make(address, error="l", boost_error=False, micro=False)
    label = _("QR code for the authenticator app")
    drawn = picture.svg_inline(dark="#000", light="#fff", border=4, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn.replace("<svg", f'<svg role="img" aria-label="{Markup.escape(label)}"', 1))  # noqa: S704 - drawn by us; the label is escaped.


@router.post("/account/second-factor/begin")
def begin_second_factor(request: Request, session: SessionDep, viewer: ConfirmedMemberDep) -> Response:
    second_factors.begin_set_up(session, viewer=viewer)
    return see(request, "show_second_factor")


def prepare_codes(submitted: FinishDep, reader: ReaderDep, viewer: EarlyMemberDep) -> FreshCodes | None:
    """Recovery codes for a set-up whose code is right, hashed before the writing transaction begins."""
    if submitted.form is None or viewer is None:
        return None
    try:
        return second_factors.prepare_codes(reader, viewer=viewer, code=submitted.form.code)
    except WrongFactorCode as refusal:
        submitted.errors["code"] = f"{refusal} {refusal.say(refusal.advice)}"
        return None


@router.post("/account/second-factor/finish")
def finish_second_factor(
    request: Request,
    submitted: FinishDep,
    fresh: Annotated[FreshCodes | None, Depends(prepare_codes)],
    session: SessionDep,
    viewer: MemberDep,
) -> Response:
    if submitted.form is None or fresh is None:
        return second_factor_page(request, session, viewer, finish=submitted, status_code=422)
    token = second_factors.finish_set_up(session, viewer=viewer, code=submitted.form.code, fresh=fresh)
    return show_codes(request, fresh, token, is_new=True)


def show_codes(request: Request, fresh: FreshCodes, token: str, *, is_new: bool) -> Response:
    """The recovery codes, this one time; the session goes on under its new token."""
    response = page(request, "account/recovery_codes.html", {"codes": fresh.texts, "is_new": is_new, "here": "/"})
    set_cookie(response, MEMBER, token)
    return response


def make_codes(viewer: EarlyMemberDep) -> FreshCodes | None:
    """Fresh codes, hashed before the writing transaction begins; None for whom there will be none."""
    return (
        recovery_codes.make_codes() if viewer is not None and viewer.has_second_factor and viewer.is_confirmed else None
    )


@router.post("/account/second-factor/recovery-codes")
def renew_recovery_codes(
    request: Request,
    fresh: Annotated[FreshCodes | None, Depends(make_codes)],
    session: SessionDep,
    viewer: ConfirmedMemberDep,
) -> Response:
    if fresh is None:
        raise SetUpOver
    token = second_factors.renew_codes(session, viewer=viewer, fresh=fresh)
    return show_codes(request, fresh, token, is_new=False)


@router.post("/account/second-factor/recovery-codes.txt")
def download_recovery_codes(
    viewer: MemberDep, submitted: Annotated[Submitted[CodesForm], Depends(read(CodesForm))]
) -> Response:
    """The codes that the page before showed, as a file; the portal itself does not know them any more."""
    codes = submitted.form.code if submitted.form else []
    if not 0 < len(codes) <= recovery_codes.COUNT or not all(_CODE.fullmatch(code) for code in codes):
        raise NotFound
    portal, made = get_settings().portal_name(viewer.language), format_date(clock.today(), viewer.language)
    head = _("%(portal)s: recovery codes of %(email)s", portal=portal, email=viewer.email)
    rule = _("Made on %(day)s. Each works once, instead of the code of the app.", day=made)
    text = "\r\n".join([head, rule, "", *codes, ""])
    headers = attachment_headers(_("Your recovery codes") + ".txt")
    return Response("\ufeff" + text, media_type="text/plain; charset=utf-8", headers=headers)


@dataclass(frozen=True, slots=True)
class Shown:
    """What password and code came to, found out before the writing transaction begins."""

    code: TypedCode | None = None
    refusal: Refusal | None = None


def prove_both(submitted: SwitchOffDep, reader: ReaderDep, viewer: EarlyMemberDep) -> Shown:
    """Compare the password, and look what code was typed."""
    form = submitted.form
    if form is None or viewer is None:
        return Shown()
    try:
        confirming.prove_password(reader, viewer=viewer, password=form.password)
        return Shown(code=second_factors.weigh_code(reader, member_id=viewer.member_id, typed=form.code))
    except (WrongPassword, TooManyTries) as refusal:
        return Shown(refusal=refusal)


@router.post("/account/second-factor/off")
def switch_second_factor_off(
    request: Request,
    submitted: SwitchOffDep,
    shown: Annotated[Shown, Depends(prove_both)],
    session: SessionDep,
    viewer: MemberDep,
) -> Response:
    if isinstance(shown.refusal, WrongPassword):
        passwords.count_wrong(session, viewer=viewer)
    if shown.code is None:
        return refuse_off(request, session, viewer, submitted, shown.refusal)
    try:
        token = second_factors.switch_off(session, viewer=viewer, code=shown.code)
    except (WrongFactorCode, TooManyTries, PasswordTooShortAlone) as refusal:
        return refuse_off(request, session, viewer, submitted, refusal)
    response = see(request, "show_second_factor", said=_("The two-step sign-in is switched off."))
    set_cookie(response, MEMBER, token)
    return response


def refuse_off(
    request: Request, session: SessionDep, viewer: Viewer, submitted: Submitted[Any], refusal: Refusal | None
) -> Response:
    """The same page again; it is returned, not raised, so that the count of wrong tries is written."""
    if refusal is not None:
        field = "code" if isinstance(refusal, WrongFactorCode) else "password"
        submitted.errors[field] = f"{refusal} {refusal.say(refusal.advice)}"
    status_code = refusal.status if refusal else 422
    return say_when(second_factor_page(request, session, viewer, off=submitted, status_code=status_code), refusal)
