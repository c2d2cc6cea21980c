"""What was typed by somebody who is signed out meanwhile: carried along in the page, never stored on the server."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus

from fastapi import Request
from fastapi.responses import Response

from web.forms import read_fields
from web.rendering import is_own_path, page

FIELD: Final = "kept"
LARGEST: Final = 400_000
"""What a form to carry along may take on the wire, in bytes; a form may have a megabyte in all."""

MOST_FIELDS: Final = 2000
_SECRETS: Final = re.compile(r"\b(key|code)\b|password|recovery")
# What only a machine wrote or a press chose: "yes", a date, an id.
_NOT_WRITTEN: Final = re.compile(r"[!-~]{0,40}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that could not be taken: where it was going, and its text fields in the order they were sent."""

    path: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool = False

    @property
    def packed(self) -> str:
        """As the value of one hidden field."""
        return json.dumps([self.path, self.fields, self.had_files], ensure_ascii=False)

    @property
    def fits(self) -> bool:
        """Whether it can be carried along; where not, the page shows the texts to be copied."""
        return len(self.fields) <= MOST_FIELDS and len(quote_plus(self.packed)) <= LARGEST

    @property
    def texts(self) -> list[str]:
        """What the person has written, as they will recognise it."""
        return [value for _name, value in self.fields if not _NOT_WRITTEN.fullmatch(value)]


async def keep_form(request: Request) -> Kept | None:
    """The form of this request without its passwords; None where it holds nothing to keep."""
    kept = await keep_request(request)
    return kept if any(value for _name, value in kept.fields) or kept.had_files else None


async def keep_request(request: Request) -> Kept:
    """The same, also where it holds nothing but its address; a form that carries a kept one along gives that one."""
    typed = await read_fields(request)
    carried = typed.get(FIELD)
    within = unpack(carried) if isinstance(carried, str) and carried else None
    if within is not None:
        return within
    fields = tuple(
        (name, value)
        for name, value in typed.multi_items()
        if isinstance(value, str) and name != FIELD and not _SECRETS.search(name)
    )
    had_files = any(not isinstance(value, str) and value.filename for value in typed.values())
    query = f"?{request.url.query}" if request.url.query else ""
    return Kept(path=request.url.path + query, fields=fields, had_files=had_files)


def unpack(packed: str) -> Kept | None:
    """The form packed into a hidden field; None where there is none, or it is not one of ours."""
    try:
        path, fields, had_files = json.loads(packed)
        kept = Kept(str(path), tuple((str(name), str(value)) for name, value in fields), had_files is True)
    except (ValueError, TypeError, RecursionError):
        return None
    return kept if is_own_path(kept.path) else None


def show_kept(request: Request, kept: Kept, *, home: str = "") -> Response:
    """The page after signing in: everything is there, and one button sends it."""
    return page(request, "account/kept.html", {"kept": kept, "home": home, "here": "/"})
