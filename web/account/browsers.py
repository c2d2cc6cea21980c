"""Browsers: what they are called, how one is known again, and what one receives when somebody signs in."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from services.signing_in import CodeAwaited, SignedIn, browser_mark
from web.cookies import KNOWN, LANGUAGE, MEMBER, STEP, drop_cookie, read_cookie, set_cookie

KNOWN_DAYS: Final = 400
"""As long as browsers keep a cookie at all."""

MOST_MARKS: Final = 10
_MARK: Final = re.compile(r"[0-9a-f]{32}")
# The order matters: Edge and Opera also say that they are Chrome, and Chrome says that it is Safari.
_PROGRAMS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def name_of_browser(request: Request) -> str:
    """“Chrome (Windows)”; empty where the browser says nothing that is known, because the rest is anybody's text."""
    agent = request.headers.get("user-agent", "")
    program = next((name for sign, name in _PROGRAMS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{program} ({system})" if program and system else program or system


def network_address(request: Request) -> str:
    """Where the request came from; behind a trusted proxy the server has put the real address here."""
    return request.client.host if request.client else ""


def read_marks(request: Request) -> list[str]:
    """The marks of members who signed in here before."""
    return _MARK.findall(read_cookie(request, KNOWN))[:MOST_MARKS]


def let_in(request: Request, response: Response, signed_in: SignedIn) -> Response:
    """Give the browser the fresh session, remember it as known, and speak the member's language where none is set."""
    set_cookie(response, MEMBER, signed_in.token)
    remember_browser(request, response, signed_in.member.id)
    if not read_cookie(request, LANGUAGE):
        set_cookie(response, LANGUAGE, signed_in.member.language, days=365)
    if read_cookie(request, STEP):
        drop_cookie(response, STEP)
    return response


def await_code(response: Response, awaited: CodeAwaited) -> Response:
    """Let the browser show that it was the one in which the password was right; that opens nothing else."""
    set_cookie(response, STEP, awaited.token)
    return response


def remember_browser(request: Request, response: Response, member_id: UUID) -> None:
    """Put the member's mark in front of those of others who share this browser."""
    own = browser_mark(member_id)
    marks = [own, *(mark for mark in read_marks(request) if mark != own)]
    set_cookie(response, KNOWN, ".".join(marks[:MOST_MARKS]), days=KNOWN_DAYS)
