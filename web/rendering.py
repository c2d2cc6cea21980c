"""Pages: the Jinja environments, one per language, and what every template may use."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services import clock, formats
from services.fiscal_years import name_of
from services.languages import LANGUAGES, language, sentences
from settings import get_settings
from web.summaries import name_fields

HERE: Final = Path(__file__).resolve().parent
STATIC_FOLDER: Final = HERE / "static"
NOTICE_COOKIE: Final = "said"
LONGEST_NOTICE: Final = 1000


@lru_cache
def static(name: str) -> str:
    """Address of a file in web/static that changes with its content, so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@lru_cache
def environment(spoken: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.policies["ext.i18n.trimmed"] = True
    # The i18n extension adds this method when it is loaded, which no type can say.
    install: Any = made
    install.install_gettext_translations(sentences(spoken), newstyle=True)
    made.globals.update(
        language=spoken,
        languages=LANGUAGES,
        static=static,
        portal_name=get_settings().portal_name(spoken),
    )
    made.filters.update(
        date=lambda day: formats.format_date(day, spoken),
        short_date=lambda day: formats.format_short_date(day, spoken),
        moment=lambda moment: formats.format_moment(moment, spoken),
        time=lambda moment: formats.format_time(moment, spoken),
        size=lambda size: formats.format_size(size),
        number=lambda number: f"{number:,}",
        fiscal_year=lambda year: name_of(year, spoken),
        query=lambda values: urlencode({key: value for key, value in values.items() if value not in (None, "")}),
    )
    return made


def page(
    request: Request, template: str, context: Mapping[str, Any] | None = None, *, status_code: int = 200
) -> HTMLResponse:
    """A template as a response in the language now spoken; a sentence said before a redirect is shown once."""
    routes = request.app.state.addresses
    values: dict[str, Any] = {
        "request": request,
        "url": routes,
        "now": clock.now(),
        "today": clock.today(),
        "current": None,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "notices": _heard(request),
        "viewer": getattr(request.state, "viewer", None),
    }
    if context:
        values.update(context)
    text = name_fields(environment(language.get()).get_template(template).render(values))
    response = HTMLResponse(text, status_code=status_code, headers={"Content-Language": language.get()})
    if NOTICE_COOKIE in request.cookies:
        response.delete_cookie(NOTICE_COOKIE, path="/")
    return response


def fragment(request: Request, template: str, context: Mapping[str, Any]) -> str:
    """A piece of a page, for a script that puts it into the page it belongs to."""
    values = {"url": request.app.state.addresses, **context}
    return environment(language.get()).get_template(template).render(values)


def see(request: Request, route: str, *, said: str = "", anchor: str = "", **params: Any) -> Response:
    """Go on to another page (303), which shows the sentence once."""
    address = request.app.state.addresses(route, **params)
    return see_address(address + (f"#{anchor}" if anchor else ""), said=said)


def see_address(address: str, *, said: str = "") -> Response:
    """Go on to a path of this portal (303), which shows the sentence once."""
    response = RedirectResponse(address, status_code=303)
    if said:
        text = base64.urlsafe_b64encode(json.dumps(said[:LONGEST_NOTICE]).encode()).decode()
        response.set_cookie(
            NOTICE_COOKIE, text, max_age=60, httponly=True, samesite="lax", secure=get_settings().is_https, path="/"
        )
    return response


def _heard(request: Request) -> list[str]:
    """The sentence said before the redirect; whatever else the cookie holds is ignored."""
    text = request.cookies.get(NOTICE_COOKIE)
    if not text:
        return []
    try:
        said = json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        return []
    return [said] if isinstance(said, str) else []


def wants_json(request: Request) -> bool:
    """Whether a script asks, which shows the sentence itself."""
    return "application/json" in request.headers.get("accept", "")


def is_own_path(address: str) -> bool:
    """Whether an address is a path of this portal and nothing that a browser reads as another site (ASVS 3.7.2)."""
    return (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and "\\" not in address
        and "%5c" not in address.lower()
        and address.isprintable()
    )
