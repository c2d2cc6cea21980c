"""The description of the API for programs (OpenAPI 3.1): made when first asked for, the same for everybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from fastapi.routing import APIRoute

from api.problems import MEDIA_TYPE

ABOUT: Final = """\
The portal as a program sees it: what a clinic's members do on its pages, and what a vendor does behind its link.

Tokens travel in the header `Authorization: Bearer …` only. Bodies are JSON in UTF-8, moments are ISO 8601 in UTC,
dates are local to Japan. `Accept-Language: ja` or `en` chooses the language of labels and of problem documents. Every
refusal is a problem document (RFC 9457) whose `type` stays the same. Unsafe methods take an `Idempotency-Key`: the same
call with the same key is done once and answered alike for 24 hours.
"""

SERVERS: Final = [{"url": "/api/v1"}]

_PROBLEMS: Final = {
    "400": "The body or a header cannot be read.",
    "401": "No token, or one that does not work (any more).",
    "403": "The token lacks a scope, or its maker's role does not reach this far.",
    "404": "It does not exist, or not for this token; the two look the same.",
    "409": "The state does not allow it, or somebody else was quicker.",
    "422": "Values that cannot be right; `errors` names each.",
    "429": "Too many calls; `Retry-After` says how long to wait.",
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "advice"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Stays the same; decide by it."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, in the language of Accept-Language."},
        "advice": {"type": "string", "description": "What to do now."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body, such as #/name."},
                    "parameter": {"type": "string", "description": "Name of a query parameter."},
                    "header": {"type": "string"},
                    "item_key": {"type": "string", "description": "Key of an item that lacks something."},
                    "detail": {"type": "string"},
                },
            },
        },
        "current": {"type": "object", "description": "What stands there now, where somebody else was quicker."},
    },
    "example": {
        "type": "urn:problem:content_invalid",
        "title": "What was sent does not fit",
        "status": 422,
        "detail": "Some values are missing or cannot be right. Nothing was changed.",
        "advice": "The list of errors names each value.",
        "errors": [{"pointer": "#/name", "detail": "Please fill this in."}],
    },
}
_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A fresh UUID for each deed; the same one to repeat exactly this call.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "5f8e3f0c-6a0b-4f0e-9d7e-6f8f4d3a1b2c",
}


def make_router(routers: tuple[APIRouter, ...]) -> APIRouter:
    """The one endpoint that describes the others."""
    router = APIRouter()

    @lru_cache
    def write() -> tuple[bytes, str]:
        content = json.dumps(make_description(routers), ensure_ascii=False).encode()
        return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'

    @router.get("/openapi.json", name="api_describe", include_in_schema=False)
    def describe(request: Request) -> Response:
        """Public: it tells nothing that the documentation does not."""
        content, tag = write()
        headers = {"ETag": tag, "Cache-Control": "public, max-age=3600"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="application/json", headers=headers)

    return router


def make_description(routers: tuple[APIRouter, ...]) -> dict[str, Any]:
    """The whole document."""
    routes = [route for each in routers for route in each.routes if isinstance(route, APIRoute)]
    told = get_openapi(title="Disclosure portal", version="1", description=ABOUT, routes=routes, servers=SERVERS)
    components = told["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["schemas"]["Problem"] = _PROBLEM
    components["parameters"] = {"IdempotencyKey": _KEY}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {
        f"Problem{status}": {"description": said, "content": content} for status, said in _PROBLEMS.items()
    }
    for path, method, operation in _operations(told):
        _add_problems(path, method, operation)
    return told


def _operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _add_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say which refusals a call may meet, and that a deed may be repeated."""
    statuses = ["401", "403", "429"] if operation.get("security") else ["429"]
    if "{" in path:
        statuses.append("404")
    if operation.get("parameters") or "requestBody" in operation:
        statuses.append("422")
    if method != "get":
        statuses += ["400", "409"]
        if operation.get("security"):
            operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
    operation["responses"].pop("422", None)
    for status in sorted(statuses):
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
