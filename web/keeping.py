"""What was typed by somebody who is signed out meanwhile: carried along in the page, never stored on the server."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from web.rendering import is_own_path

FIELD: Final = "kept"
LARGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A form's address and its text fields, in the order they were sent."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def packed(self) -> str:
        """As the value of one hidden field."""
        return base64.urlsafe_b64encode(json.dumps([self.path, self.fields]).encode()).decode()


async def keep_form(request: Request) -> Kept | None:
    """The form of this request; None where it holds nothing to keep or is too large to carry along."""
    typed = await request.form()
    fields = tuple((name, value) for name, value in typed.multi_items() if isinstance(value, str) and name != FIELD)
    if not fields or sum(len(value) for _name, value in fields) > LARGEST:
        return None
    return Kept(path=request.url.path, fields=fields)


def unpack(packed: str) -> Kept | None:
    """The form packed into a hidden field; None where it is not one of ours."""
    try:
        path, fields = json.loads(base64.urlsafe_b64decode(packed))
        kept = Kept(path=str(path), fields=tuple((str(name), str(value)) for name, value in fields))
    except (ValueError, TypeError):
        return None
    return kept if is_own_path(kept.path) else None
