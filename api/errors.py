"""A refusal becomes a page for people and JSON for scripts; so does everything unforeseen."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.addresses import Addresses
from api.problems import MEDIA_TYPE, Crash, WrongMethod, is_call, problem_of, problem_response, read_invalid_call
from services.account_refusals import GroupsOnly
from services.api_refusals import ContentUnreadable
from services.languages import _
from services.refusals import (
    CodeNeeded,
    ConfirmationNeeded,
    NotFound,
    Refusal,
    SecondFactorNeeded,
    SignInNeeded,
    TextTooLarge,
    TooManyTries,
)
from web.access import SAFE_METHODS
from web.account.confirm import confirmation_page
from web.forms import blank, read_fields
from web.keeping import FIELD, Kept, keep_form, keep_request, unpack
from web.rendering import page, wants_json

KEEPING: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GONE})
"""Refusals after which what was typed would be lost; a form that is too large is not read once more."""


def install_errors(app: FastAPI) -> None:
    """Let every refusal and error of the application end in a page or JSON of ours."""
    app.add_exception_handler(Refusal, answer_refusal)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_invalid_request)


async def answer_refusal(request: Request, refusal: Exception) -> Response:
    """The page or JSON of a refusal; who must sign in first comes back afterwards with everything typed."""
    if not isinstance(refusal, Refusal):
        raise refusal
    if isinstance(refusal, SignInNeeded) and not wants_json(request) and not is_call(request):
        return await sign_in_first(request, refusal)
    if isinstance(refusal, GroupsOnly) and request.method in SAFE_METHODS and not wants_json(request):
        return RedirectResponse(request.app.state.addresses("list_groups"), status_code=303)
    if isinstance(refusal, SecondFactorNeeded) and not wants_json(request) and request.method in SAFE_METHODS:
        return RedirectResponse(request.app.state.addresses("show_second_factor"), status_code=303)
    if isinstance(refusal, ConfirmationNeeded) and not wants_json(request):
        return await confirm_first(request, refusal)
    return refusal_response(request, refusal, kept=await keep_words(request, refusal))


async def keep_words(request: Request, refusal: Refusal) -> Kept | None:
    """What a vendor has written and can no longer send, so that it can be copied from the page that says so."""
    is_written = request.method not in SAFE_METHODS and not getattr(request.state, "is_upload", False)
    is_vendor = request.url.path.startswith(("/answer/", "/code"))
    if not is_written or not is_vendor or wants_json(request) or refusal.status not in KEEPING:
        return None
    carried = (await read_fields(request)).get(FIELD)
    kept = unpack(carried) if isinstance(carried, str) else None
    return kept or await keep_form(request)


async def sign_in_first(request: Request, refusal: SignInNeeded) -> Response:
    """Send readers to the sign-in page; keep what writers typed on the page that asks them to sign in."""
    addresses = request.app.state.addresses
    # Files cannot be carried along, so that their bytes are not even read; they are chosen again on their page.
    is_upload = getattr(request.state, "is_upload", False)
    if isinstance(refusal, CodeNeeded):
        is_written = request.method not in SAFE_METHODS and not is_upload
        kept = await keep_form(request) if is_written else None
        onwards = "" if is_written else request.url.path
        values = {
            "refusal": refusal,
            "kept": kept,
            "onwards": onwards,
            "submission_id": refusal.submission_id,
            "here": "/",
        }
        return page(request, "errors/code_needed.html", values, status_code=refusal.status)
    if request.method in SAFE_METHODS:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{addresses('show_sign_in')}?next={quote(path, safe='')}", status_code=303)
    kept = None if is_upload else await keep_form(request)
    values = {"refusal": refusal, "kept": kept, "here": "/"}
    return page(request, "errors/sign_in_needed.html", values, status_code=refusal.status)


async def confirm_first(request: Request, refusal: ConfirmationNeeded) -> Response:
    """Ask for the password once more; what was typed goes on afterwards."""
    if request.method in SAFE_METHODS:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address = request.app.state.addresses("show_confirmation")
        return RedirectResponse(f"{address}?next={quote(path, safe='')}", status_code=303)
    kept = await keep_request(request)
    return confirmation_page(request, blank(), kept=kept, status_code=refusal.status)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Errors of the framework, told in our words."""
    if not isinstance(error, HTTPException):
        raise error
    known: dict[int, Refusal] = {
        400: ContentUnreadable() if is_call(request) else Crash(),
        404: NotFound(),
        405: WrongMethod(),
        413: TextTooLarge(),
    }
    response = refusal_response(request, known.get(error.status_code) or Crash(), status=error.status_code)
    if error.headers and "allow" in {name.lower() for name in error.headers}:
        response.headers["Allow"] = next(value for name, value in error.headers.items() if name.lower() == "allow")
    return response


async def answer_invalid_request(request: Request, error: Exception) -> Response:
    """An address whose parts cannot be read leads nowhere, like any other unknown address."""
    if is_call(request) and isinstance(error, RequestValidationError):
        return problem_response(read_invalid_call(request, error))
    return refusal_response(request, NotFound())


def refusal_response(
    request: Request, refusal: Refusal, *, status: int | None = None, kept: Kept | None = None
) -> Response:
    """The refusal as a page, or as JSON (RFC 9457) where a script asked."""
    if is_call(request):
        return problem_response(refusal, status=status)
    code = status or refusal.status
    if wants_json(request):
        sentence = f"{refusal} {refusal.say(refusal.advice)}"
        told = problem_of(refusal, code) | {"sentence": sentence}
        response: Response = JSONResponse(told, code, media_type=MEDIA_TYPE)
    else:
        values = {"refusal": refusal, "here": "/", "way_out": way_out(request, code), "kept": kept}
        response = page(request, "errors/refusal.html", values, status_code=code)
    if isinstance(refusal, TooManyTries):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def way_out(request: Request, status: int) -> tuple[str, str] | None:
    """Where the page of a refusal leads; a vendor has no first page, so that its way leads back to the request."""
    addresses, path = request.app.state.addresses, request.url.path
    if path.startswith("/desk"):
        return _way_to_desk(addresses, status)
    if not path.startswith(("/i/", "/code", "/answer/")):
        return addresses("show_start"), _("To the first page")
    if path.startswith("/code"):
        return addresses("show_code"), _("Back")
    submission_id = request.path_params.get("submission_id")
    if submission_id is None or status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return None
    return addresses("show_welcome", submission_id=submission_id), _("Back to the request")


def _way_to_desk(addresses: Addresses, status: int) -> tuple[str, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return addresses("show_desk_door"), _("Have a code sent")
    return addresses("show_desk"), _("To all requests")


def crash_response(request: Request) -> Response:
    """The last resort; it must not fail itself, so it falls back to plain text."""
    if is_call(request):
        return problem_response(Crash())
    try:
        values = {"refusal": Crash(), "request_id": request.state.request_id, "here": "/"}
        return page(request, "errors/crash.html", values, status_code=HTTPStatus.INTERNAL_SERVER_ERROR)
    except Exception:
        return HTMLResponse(_("Something went wrong here"), status_code=HTTPStatus.INTERNAL_SERVER_ERROR)
