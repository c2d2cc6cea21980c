"""Cookies: only tokens, only for this host, never readable by scripts."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from fastapi.responses import Response

from settings import get_settings

MEMBER: Final = "member"
STEP: Final = "step"
VENDOR: Final = "vendor"
DESK: Final = "desk"
BROWSER: Final = "browser"
LANGUAGE: Final = "language"
KNOWN: Final = "known"


def _full_name(name: str) -> str:
    # Browsers accept __Host- cookies over https only; plain names serve http on this machine (ASVS 3.3.1).
    return f"__Host-{name}" if get_settings().is_https else name


def read_cookie(request: Request, name: str) -> str:
    """The cookie's value, empty where there is none."""
    return request.cookies.get(_full_name(name), "")


def set_cookie(response: Response, name: str, value: str, *, days: int | None = None) -> None:
    """Set a cookie that lives as long as the browser is open, or for some days."""
    response.set_cookie(
        _full_name(name),
        value,
        max_age=days * 86_400 if days else None,
        path="/",
        secure=get_settings().is_https,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, name: str) -> None:
    """Tell the browser to forget a cookie."""
    response.delete_cookie(_full_name(name), path="/", secure=get_settings().is_https, httponly=True, samesite="lax")
