"""Around every request: security headers, the cross-origin guard, the language, one log line, and the last resort."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import crash_response, refusal_response
from api.logs import redact_path
from services.languages import LANGUAGES, choose_language, language
from services.refusals import CrossOrigin, TextTooLarge
from settings import Settings
from web.cookies import LANGUAGE, read_cookie

FORM_LIMIT: Final = 1024 * 1024
"""Largest body of an ordinary form or call, in bytes; uploads have a limit of their own."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}


class Protection:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.headers = dict(HEADERS)
        if settings.is_https and settings.hsts:
            self.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        address = urlsplit(settings.base_url)
        self.own_origin = f"{address.scheme}://{address.netloc}"
        self.log = structlog.get_logger("access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        request_id, began, status = uuid4().hex[:16], time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = request_id
        spoken = read_cookie(request, LANGUAGE)
        if spoken not in LANGUAGES:
            spoken = choose_language(request.headers.get("accept-language", ""), default=self.settings.default_language)
        token = language.set(spoken)

        async def send_protected(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._protect(MutableHeaders(scope=message), request, request_id, spoken)
            await send(message)

        try:
            if request.method not in SAFE_METHODS and not is_same_origin(request.headers, self.own_origin):
                response = refusal_response(request, CrossOrigin())
                await response(scope, receive, send_protected)
            elif is_too_large(request.headers):
                # The framework would answer in a line of plain English.
                response = refusal_response(request, TextTooLarge())
                await response(scope, receive, send_protected)
            else:
                await self.app(scope, receive, send_protected)
        except Exception:
            structlog.get_logger("crash").exception("crash", request_id=request_id, path=redact_path(scope["path"]))
            if status == 0:
                await crash_response(request)(scope, receive, send_protected)
        finally:
            language.reset(token)
            self.log.info(
                "request",
                request_id=request_id,
                method=request.method,
                path=redact_path(scope["path"]),
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )

    def _protect(self, headers: MutableHeaders, request: Request, request_id: str, spoken: str) -> None:
        for name, value in self.headers.items():
            headers[name] = value
        headers["X-Request-Id"] = request_id
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Content-Language", spoken)


def is_same_origin(headers: Headers, own_origin: str) -> bool:
    """Whether an unsafe request comes from our own pages: Sec-Fetch-Site first, Origin where it is missing.

    A client that sends neither is no browser and carries no cookies by itself.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or origin == own_origin


def is_too_large(headers: Headers) -> bool:
    """Whether a body that is no upload says of itself that it is larger than a form may be."""
    length = headers.get("content-length", "")
    is_upload = headers.get("content-type", "").startswith("multipart/form-data")
    return not is_upload and length.isascii() and length.isdigit() and int(length[:20]) > FORM_LIMIT
