"""Problem documents (RFC 9457): every refusal and error as a program reads it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.responses import Response

from services.api_refusals import (
    ContentInvalid,
    ContentUnreadable,
    ItemsMissing,
    ScopeMissing,
    TokenNeeded,
    TooManyCalls,
    VersionOutdated,
    WrongContentType,
)
from services.assessment_refusals import AnswerIncomplete
from services.languages import marked
from services.refusals import NotFound, Refusal, SignInNeeded, TextTooLarge, TooManyTries
from services.vendor_refusals import LinkFirst
from web.forms import sentence_for

API: Final = "/api/"
MEDIA_TYPE: Final = "application/problem+json"


class Crash(Refusal):
    """Something failed that should not."""

    status = 500
    code = "crash"
    heading = marked("Something went wrong here")
    text = marked("This is our fault, not yours. What was saved before is safe.")
    advice = marked("Go back and try again. If it happens again, tell the operator the number below.")


class WrongMethod(Refusal):
    """The address exists, but is not to be opened like this."""

    status = 405
    code = "wrong_method"
    heading = marked("This address cannot be opened directly")
    text = marked("The address belongs to a button of the portal.")
    advice = marked("Start again from the first page and press the button there.")


class CallFailed(Crash):
    """The same, told to a program."""

    advice = marked("Try again. If it happens again, tell the operator the number in the header X-Request-Id.")


class MethodUnknown(WrongMethod):
    """The same, told to a program."""

    heading = marked("This method is not possible here")
    text = marked("The address exists, but does not take this method.")
    advice = marked("The header Allow names the methods that it takes.")


class NothingHere(NotFound):
    """The same, told to a program."""

    heading = marked("There is nothing at this address")
    text = marked("It does not exist, or not for this token.")
    advice = marked("Check the address and the ids in it.")


class BodyTooLarge(TextTooLarge):
    """The same, told to a program."""

    text = marked("The body is larger than this address accepts.")
    advice = marked("Send less at once.")


_FOR_PROGRAMS: Final[dict[type[Refusal], type[Refusal]]] = {
    Crash: CallFailed,
    WrongMethod: MethodUnknown,
    NotFound: NothingHere,
    LinkFirst: NothingHere,
    TextTooLarge: BodyTooLarge,
}
"""Refusals whose sentences speak of pages, and what programs are told instead."""


def is_call(request: Request) -> bool:
    """Whether a program called the API."""
    return request.url.path.startswith(API)


def problem_response(refusal: Refusal, *, status: int | None = None) -> Response:
    """The refusal as a problem document with the headers that belong to it."""
    told = _FOR_PROGRAMS.get(type(refusal), type(refusal))
    if told is not type(refusal):
        refusal = told()
    code = status or refusal.status
    content = problem_of(refusal, code) | {"advice": refusal.say(refusal.advice)} | _more_about(refusal)
    return JSONResponse(content, code, headers=_headers_of(refusal), media_type=MEDIA_TYPE)


def problem_of(refusal: Refusal, status: int) -> dict[str, Any]:
    """The members that every problem document has."""
    return {
        "type": f"urn:problem:{refusal.code}",
        "title": refusal.say(refusal.heading),
        "status": status,
        "detail": str(refusal),
    }


def read_invalid_call(request: Request, error: RequestValidationError) -> Refusal:
    """What is wrong with a call that does not fit its description."""
    faults: dict[str, str] = {}
    for detail in error.errors():
        place, *parts = detail["loc"]
        if place == "path":
            # An address whose parts cannot be read leads nowhere, like any other unknown address.
            return NotFound()
        if detail["type"] == "json_invalid":
            return ContentUnreadable()
        if place == "body" and not parts and not _is_json(request):
            return WrongContentType()
        name = _pointer(parts) if place == "body" else f"{place}:{parts[0]}"
        faults.setdefault(name, sentence_for(detail))
    return ContentInvalid(faults)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _pointer(parts: list[Any]) -> str:
    """A JSON pointer as the fragment of a URI (RFC 6901)."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _more_about(refusal: Refusal) -> dict[str, Any]:
    if isinstance(refusal, ContentInvalid):
        return {"errors": [_fault(name, sentence) for name, sentence in refusal.faults.items()]}
    if isinstance(refusal, ItemsMissing):
        return {"errors": [{"item_key": key, "detail": sentence} for key, sentence in refusal.gaps]}
    if isinstance(refusal, AnswerIncomplete):
        return {"errors": [{"pointer": f"#/{name}", "detail": said} for name, said in refusal.faults.items()]}
    if isinstance(refusal, VersionOutdated):
        return {"current": jsonable_encoder(refusal.current)}
    return {}


def _fault(name: str, sentence: str) -> dict[str, str]:
    if name.startswith("#"):
        return {"pointer": name, "detail": sentence}
    place, _, of = name.partition(":")
    return {"header" if place == "header" else "parameter": of, "detail": sentence}


def _headers_of(refusal: Refusal) -> dict[str, str]:
    if isinstance(refusal, TooManyTries | TooManyCalls):
        return {"Retry-After": str(refusal.retry_after)}
    if isinstance(refusal, ScopeMissing):
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{refusal.scope}"'}
    if isinstance(refusal, TokenNeeded | SignInNeeded):
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return {}
