"""Values of a table in words, as a person would write them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from services.languages import _
from services.options import name_of


def tell_value(value: Any) -> str:
    """What stands in a field, in the language now spoken."""
    if isinstance(value, StrEnum):
        return name_of(value)
    if value is None:
        return _("Not known yet")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return {"ja": "日本語", "en": "English"}.get(value, str(value)) if isinstance(value, str) else str(value)
